"""Reading, writing and counting reviews."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_paging_client, as_paging_client
from ...models.create_review_media import CreateReviewMedia
from ...models.create_review_media_lists import CreateReviewMediaLists
from ...models.create_review_reply import CreateReviewReply
from ...models.created_review import CreatedReview
from ...models.rating import Rating
from ...models.review import Review
from ...models.review_page import ReviewPage
from ...types import JSON, AsyncPaginator, Paginator, Response, ToDict
from . import reviews_create, reviews_delete, reviews_get, reviews_list, reviews_rating


class Reviews:
    """Reading, writing and counting reviews."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "ReviewsWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return ReviewsWithRawResponse(self._client)

    def get(
        self,
        *,
        id: str,
        extra_query: Mapping[str, object] | None = None,
    ) -> Review:
        """One review.

        Looks a review up by its id.

        Credentials: hmac or bearer. Scope: read_reviews.
        Evidence: documented (review-detail).

        Args:
            id: Inferred name of the review id; the page says that one review is found by id but its
                parameter table could not be read. (inferred)
        """
        return reviews_get.sync(
            client=self._client,
            id=id,
            extra_query=extra_query,
        )

    def list(
        self,
        *,
        product_ids: Sequence[str | int] | None = None,
        is_store_review: int | None = None,
        keyword: str | None = None,
        ratings: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> ReviewPage:
        """Reviews by filter, page by page.

        Filtering, sorting and paging are documented; the parameters' names are known from public clients
        only.

        Credentials: hmac or bearer. Scope: read_reviews.
        Evidence: documented (review-list).

        Args:
            product_ids: Shopify product ids. The parameter is repeated for each id. No public client sends several
                ids. (field)
            is_store_review: 1 for reviews of the store itself. Leaving it out differs from 0. (field)
            keyword: Text to look for. (field)
            ratings: Star counts to keep. (field)
            sources: Origins to keep, in the words of a review's `source`. (field)
            sort_by: Order of the result. (field)
            page: Page number, from 1. (field)
            page_size: Reviews per page. A client's comment gives 100 as the most. (field)
        """
        return reviews_list.sync(
            client=self._client,
            product_ids=product_ids,
            is_store_review=is_store_review,
            keyword=keyword,
            ratings=ratings,
            sources=sources,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def iterate(
        self,
        *,
        product_ids: Sequence[str | int] | None = None,
        is_store_review: int | None = None,
        keyword: str | None = None,
        ratings: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> Paginator[Review]:
        """Every item of `list`, fetched page by page while it is iterated over. Nothing is sent before that.

        The arguments are those of `list` without `page`, and:

        Args:
            limit: stop after so many items.
            known_ids: stop at the first item with one of these ids: what came before is new. Sort newest first.
            since: stop at the first item created before this aware date-time. Sort newest first.
            checkpoint: where an earlier iteration stood (its `checkpoint`), with the same other arguments.

        Raises, while iterating, what `list` raises, and PaginationError when the pages go in cycles.
        """
        return as_paging_client(self._client).paginate(
            lambda page: reviews_list.build(
                product_ids=product_ids,
                is_store_review=is_store_review,
                keyword=keyword,
                ratings=ratings,
                sources=sources,
                sort_by=sort_by,
                page=page,
                page_size=page_size,
                extra_query=extra_query,
            ),
            reviews_list.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )

    def create(
        self,
        *,
        rating: Literal[1, 2, 3, 4, 5],
        author: str,
        product_id: str | int | None = None,
        order_id: str | int | None = None,
        author_email: str | None = None,
        author_phone: str | None = None,
        author_country: str | None = None,
        title: str | None = None,
        content: str | None = None,
        commented_at: str | datetime | None = None,
        item_type: str | None = None,
        source: Literal[
            "CSV uploaded",
            "AliExpress",
            "Amazon",
            "Store front",
            "Store link",
            "Email request",
            "Auto",
            "Shop",
            "QR Code",
            "Shopee",
            "ChatWILL",
        ]
        | str
        | None = None,
        tag: str | None = None,
        is_verified: bool | Literal[0, 1] | None = None,
        is_featured: bool | Literal[0, 1] | None = None,
        is_published: bool | Literal[0, 1] | None = None,
        is_top: bool | Literal[0, 1] | None = None,
        media: Sequence[CreateReviewMedia | Mapping[str, JSON] | ToDict]
        | CreateReviewMediaLists
        | Mapping[str, JSON]
        | ToDict
        | None = None,
        reply: CreateReviewReply | Mapping[str, JSON] | ToDict | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CreatedReview | None:
        """Add a review to a product or the store.

        Repeating the call adds a second review. Two shapes of `media` were published, a list of objects
        being the newer.

        Credentials: hmac or bearer. Scope: write_reviews.
        Evidence: documented (review-create).

        Args:
            rating: Not described. (documented)
            author: Not described. (documented)
            product_id: Shopify product id; 0 made it a review of the store in 2025. The table says integer, the
                newest example has a string. (documented)
            order_id: Shopify order id. (documented)
            author_email: Not described. (documented)
            author_phone: Not described. (documented)
            author_country: Country or region code. (documented)
            title: Not described. (documented)
            content: Not described. (documented)
            commented_at: When the review was written. Zone not stated. (documented)
            item_type: Variant bought. (documented)
            source: Where the review comes from. (documented)
            tag: Not described. (documented)
            is_verified: Not described. (documented)
            is_featured: Not described. (documented)
            is_published: Not described. (documented)
            is_top: 1 pins the review. (documented)
            media: A list of objects since 2026; one object of lists in 2025. (documented)
            reply: Not described. (documented)
        """
        return reviews_create.sync(
            client=self._client,
            rating=rating,
            author=author,
            product_id=product_id,
            order_id=order_id,
            author_email=author_email,
            author_phone=author_phone,
            author_country=author_country,
            title=title,
            content=content,
            commented_at=commented_at,
            item_type=item_type,
            source=source,
            tag=tag,
            is_verified=is_verified,
            is_featured=is_featured,
            is_published=is_published,
            is_top=is_top,
            media=media,
            reply=reply,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Delete a review.

        Path and body as one public client of 2025 has them; only title and method are documented.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: field (clients, navigation).

        Args:
            id: The one client that deletes sends an integer; ids are read as strings. (field)
        """
        return reviews_delete.sync(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def rating(
        self,
        *,
        product_id: str | int | None = None,
        product_handle: str | None = None,
        is_store_rating: int | None = None,
        is_all_products_rating: int | None = None,
        is_all_rating: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Rating:
        """Average and star counts.

        For one product, the store or all products. How the flags combine is not stated; clients send
        `product_id` alone.

        Credentials: hmac or bearer. Scope: read_reviews.
        Evidence: documented (rating).

        Args:
            product_id: Shopify product id. (example)
            product_handle: Shopify handle of the product. (example)
            is_store_rating: 1 for the store's own rating. (example)
            is_all_products_rating: 1 for all products together. (example)
            is_all_rating: 1 for everything together. (example)
        """
        return reviews_rating.sync(
            client=self._client,
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        )


class ReviewsWithRawResponse:
    """Reading, writing and counting reviews. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def get(
        self,
        *,
        id: str,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[Review]:
        """As `Reviews.get`."""
        return reviews_get.sync_detailed(
            client=self._client,
            id=id,
            extra_query=extra_query,
        )

    def list(
        self,
        *,
        product_ids: Sequence[str | int] | None = None,
        is_store_review: int | None = None,
        keyword: str | None = None,
        ratings: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ReviewPage]:
        """As `Reviews.list`."""
        return reviews_list.sync_detailed(
            client=self._client,
            product_ids=product_ids,
            is_store_review=is_store_review,
            keyword=keyword,
            ratings=ratings,
            sources=sources,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def create(
        self,
        *,
        rating: Literal[1, 2, 3, 4, 5],
        author: str,
        product_id: str | int | None = None,
        order_id: str | int | None = None,
        author_email: str | None = None,
        author_phone: str | None = None,
        author_country: str | None = None,
        title: str | None = None,
        content: str | None = None,
        commented_at: str | datetime | None = None,
        item_type: str | None = None,
        source: Literal[
            "CSV uploaded",
            "AliExpress",
            "Amazon",
            "Store front",
            "Store link",
            "Email request",
            "Auto",
            "Shop",
            "QR Code",
            "Shopee",
            "ChatWILL",
        ]
        | str
        | None = None,
        tag: str | None = None,
        is_verified: bool | Literal[0, 1] | None = None,
        is_featured: bool | Literal[0, 1] | None = None,
        is_published: bool | Literal[0, 1] | None = None,
        is_top: bool | Literal[0, 1] | None = None,
        media: Sequence[CreateReviewMedia | Mapping[str, JSON] | ToDict]
        | CreateReviewMediaLists
        | Mapping[str, JSON]
        | ToDict
        | None = None,
        reply: CreateReviewReply | Mapping[str, JSON] | ToDict | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[CreatedReview | None]:
        """As `Reviews.create`."""
        return reviews_create.sync_detailed(
            client=self._client,
            rating=rating,
            author=author,
            product_id=product_id,
            order_id=order_id,
            author_email=author_email,
            author_phone=author_phone,
            author_country=author_country,
            title=title,
            content=content,
            commented_at=commented_at,
            item_type=item_type,
            source=source,
            tag=tag,
            is_verified=is_verified,
            is_featured=is_featured,
            is_published=is_published,
            is_top=is_top,
            media=media,
            reply=reply,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `Reviews.delete`."""
        return reviews_delete.sync_detailed(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def rating(
        self,
        *,
        product_id: str | int | None = None,
        product_handle: str | None = None,
        is_store_rating: int | None = None,
        is_all_products_rating: int | None = None,
        is_all_rating: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[Rating]:
        """As `Reviews.rating`."""
        return reviews_rating.sync_detailed(
            client=self._client,
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        )


class AsyncReviews:
    """Reading, writing and counting reviews."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncReviewsWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncReviewsWithRawResponse(self._client)

    async def get(
        self,
        *,
        id: str,
        extra_query: Mapping[str, object] | None = None,
    ) -> Review:
        """One review.

        Looks a review up by its id.

        Credentials: hmac or bearer. Scope: read_reviews.
        Evidence: documented (review-detail).

        Args:
            id: Inferred name of the review id; the page says that one review is found by id but its
                parameter table could not be read. (inferred)
        """
        return await reviews_get.asyncio(
            client=self._client,
            id=id,
            extra_query=extra_query,
        )

    async def list(
        self,
        *,
        product_ids: Sequence[str | int] | None = None,
        is_store_review: int | None = None,
        keyword: str | None = None,
        ratings: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> ReviewPage:
        """Reviews by filter, page by page.

        Filtering, sorting and paging are documented; the parameters' names are known from public clients
        only.

        Credentials: hmac or bearer. Scope: read_reviews.
        Evidence: documented (review-list).

        Args:
            product_ids: Shopify product ids. The parameter is repeated for each id. No public client sends several
                ids. (field)
            is_store_review: 1 for reviews of the store itself. Leaving it out differs from 0. (field)
            keyword: Text to look for. (field)
            ratings: Star counts to keep. (field)
            sources: Origins to keep, in the words of a review's `source`. (field)
            sort_by: Order of the result. (field)
            page: Page number, from 1. (field)
            page_size: Reviews per page. A client's comment gives 100 as the most. (field)
        """
        return await reviews_list.asyncio(
            client=self._client,
            product_ids=product_ids,
            is_store_review=is_store_review,
            keyword=keyword,
            ratings=ratings,
            sources=sources,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def iterate(
        self,
        *,
        product_ids: Sequence[str | int] | None = None,
        is_store_review: int | None = None,
        keyword: str | None = None,
        ratings: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> AsyncPaginator[Review]:
        """Every item of `list`, fetched page by page while it is iterated over. Nothing is sent before that.

        The arguments are those of `list` without `page`, and:

        Args:
            limit: stop after so many items.
            known_ids: stop at the first item with one of these ids: what came before is new. Sort newest first.
            since: stop at the first item created before this aware date-time. Sort newest first.
            checkpoint: where an earlier iteration stood (its `checkpoint`), with the same other arguments.

        Raises, while iterating, what `list` raises, and PaginationError when the pages go in cycles.
        """
        return as_async_paging_client(self._client).paginate(
            lambda page: reviews_list.build(
                product_ids=product_ids,
                is_store_review=is_store_review,
                keyword=keyword,
                ratings=ratings,
                sources=sources,
                sort_by=sort_by,
                page=page,
                page_size=page_size,
                extra_query=extra_query,
            ),
            reviews_list.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )

    async def create(
        self,
        *,
        rating: Literal[1, 2, 3, 4, 5],
        author: str,
        product_id: str | int | None = None,
        order_id: str | int | None = None,
        author_email: str | None = None,
        author_phone: str | None = None,
        author_country: str | None = None,
        title: str | None = None,
        content: str | None = None,
        commented_at: str | datetime | None = None,
        item_type: str | None = None,
        source: Literal[
            "CSV uploaded",
            "AliExpress",
            "Amazon",
            "Store front",
            "Store link",
            "Email request",
            "Auto",
            "Shop",
            "QR Code",
            "Shopee",
            "ChatWILL",
        ]
        | str
        | None = None,
        tag: str | None = None,
        is_verified: bool | Literal[0, 1] | None = None,
        is_featured: bool | Literal[0, 1] | None = None,
        is_published: bool | Literal[0, 1] | None = None,
        is_top: bool | Literal[0, 1] | None = None,
        media: Sequence[CreateReviewMedia | Mapping[str, JSON] | ToDict]
        | CreateReviewMediaLists
        | Mapping[str, JSON]
        | ToDict
        | None = None,
        reply: CreateReviewReply | Mapping[str, JSON] | ToDict | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CreatedReview | None:
        """Add a review to a product or the store.

        Repeating the call adds a second review. Two shapes of `media` were published, a list of objects
        being the newer.

        Credentials: hmac or bearer. Scope: write_reviews.
        Evidence: documented (review-create).

        Args:
            rating: Not described. (documented)
            author: Not described. (documented)
            product_id: Shopify product id; 0 made it a review of the store in 2025. The table says integer, the
                newest example has a string. (documented)
            order_id: Shopify order id. (documented)
            author_email: Not described. (documented)
            author_phone: Not described. (documented)
            author_country: Country or region code. (documented)
            title: Not described. (documented)
            content: Not described. (documented)
            commented_at: When the review was written. Zone not stated. (documented)
            item_type: Variant bought. (documented)
            source: Where the review comes from. (documented)
            tag: Not described. (documented)
            is_verified: Not described. (documented)
            is_featured: Not described. (documented)
            is_published: Not described. (documented)
            is_top: 1 pins the review. (documented)
            media: A list of objects since 2026; one object of lists in 2025. (documented)
            reply: Not described. (documented)
        """
        return await reviews_create.asyncio(
            client=self._client,
            rating=rating,
            author=author,
            product_id=product_id,
            order_id=order_id,
            author_email=author_email,
            author_phone=author_phone,
            author_country=author_country,
            title=title,
            content=content,
            commented_at=commented_at,
            item_type=item_type,
            source=source,
            tag=tag,
            is_verified=is_verified,
            is_featured=is_featured,
            is_published=is_published,
            is_top=is_top,
            media=media,
            reply=reply,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Delete a review.

        Path and body as one public client of 2025 has them; only title and method are documented.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: field (clients, navigation).

        Args:
            id: The one client that deletes sends an integer; ids are read as strings. (field)
        """
        return await reviews_delete.asyncio(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def rating(
        self,
        *,
        product_id: str | int | None = None,
        product_handle: str | None = None,
        is_store_rating: int | None = None,
        is_all_products_rating: int | None = None,
        is_all_rating: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Rating:
        """Average and star counts.

        For one product, the store or all products. How the flags combine is not stated; clients send
        `product_id` alone.

        Credentials: hmac or bearer. Scope: read_reviews.
        Evidence: documented (rating).

        Args:
            product_id: Shopify product id. (example)
            product_handle: Shopify handle of the product. (example)
            is_store_rating: 1 for the store's own rating. (example)
            is_all_products_rating: 1 for all products together. (example)
            is_all_rating: 1 for everything together. (example)
        """
        return await reviews_rating.asyncio(
            client=self._client,
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        )


class AsyncReviewsWithRawResponse:
    """Reading, writing and counting reviews. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def get(
        self,
        *,
        id: str,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[Review]:
        """As `AsyncReviews.get`."""
        return await reviews_get.asyncio_detailed(
            client=self._client,
            id=id,
            extra_query=extra_query,
        )

    async def list(
        self,
        *,
        product_ids: Sequence[str | int] | None = None,
        is_store_review: int | None = None,
        keyword: str | None = None,
        ratings: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ReviewPage]:
        """As `AsyncReviews.list`."""
        return await reviews_list.asyncio_detailed(
            client=self._client,
            product_ids=product_ids,
            is_store_review=is_store_review,
            keyword=keyword,
            ratings=ratings,
            sources=sources,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    async def create(
        self,
        *,
        rating: Literal[1, 2, 3, 4, 5],
        author: str,
        product_id: str | int | None = None,
        order_id: str | int | None = None,
        author_email: str | None = None,
        author_phone: str | None = None,
        author_country: str | None = None,
        title: str | None = None,
        content: str | None = None,
        commented_at: str | datetime | None = None,
        item_type: str | None = None,
        source: Literal[
            "CSV uploaded",
            "AliExpress",
            "Amazon",
            "Store front",
            "Store link",
            "Email request",
            "Auto",
            "Shop",
            "QR Code",
            "Shopee",
            "ChatWILL",
        ]
        | str
        | None = None,
        tag: str | None = None,
        is_verified: bool | Literal[0, 1] | None = None,
        is_featured: bool | Literal[0, 1] | None = None,
        is_published: bool | Literal[0, 1] | None = None,
        is_top: bool | Literal[0, 1] | None = None,
        media: Sequence[CreateReviewMedia | Mapping[str, JSON] | ToDict]
        | CreateReviewMediaLists
        | Mapping[str, JSON]
        | ToDict
        | None = None,
        reply: CreateReviewReply | Mapping[str, JSON] | ToDict | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[CreatedReview | None]:
        """As `AsyncReviews.create`."""
        return await reviews_create.asyncio_detailed(
            client=self._client,
            rating=rating,
            author=author,
            product_id=product_id,
            order_id=order_id,
            author_email=author_email,
            author_phone=author_phone,
            author_country=author_country,
            title=title,
            content=content,
            commented_at=commented_at,
            item_type=item_type,
            source=source,
            tag=tag,
            is_verified=is_verified,
            is_featured=is_featured,
            is_published=is_published,
            is_top=is_top,
            media=media,
            reply=reply,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `AsyncReviews.delete`."""
        return await reviews_delete.asyncio_detailed(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def rating(
        self,
        *,
        product_id: str | int | None = None,
        product_handle: str | None = None,
        is_store_rating: int | None = None,
        is_all_products_rating: int | None = None,
        is_all_rating: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[Rating]:
        """As `AsyncReviews.rating`."""
        return await reviews_rating.asyncio_detailed(
            client=self._client,
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        )
