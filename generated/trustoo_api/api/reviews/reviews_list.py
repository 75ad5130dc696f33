"""Reviews by filter, page by page: GET /api/v1/openapi/get_reviews"""

from collections.abc import Mapping, Sequence
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.review_page import ReviewPage
from ...operations import REVIEWS_LIST
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[ReviewPage] = ResponseDecoder(ReviewPage, expected=True)

_QUERY_RULES = {"product_ids": Constraint(gid="Product")}


def build(
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
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=REVIEWS_LIST,
        path=REVIEWS_LIST.path,
        query=query_pairs(
            {
                "product_ids": product_ids,
                "is_store_review": is_store_review,
                "keyword": keyword,
                "ratings": ratings,
                "sources": sources,
                "sort_by": sort_by,
                "page": page,
                "page_size": page_size,
            },
            extra_query,
            _QUERY_RULES,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
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
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
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
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
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
        product_ids: Shopify product ids. The parameter is repeated for each id. No public client sends several ids.
            (field)
        is_store_review: 1 for reviews of the store itself. Leaving it out differs from 0. (field)
        keyword: Text to look for. (field)
        ratings: Star counts to keep. (field)
        sources: Origins to keep, in the words of a review's `source`. (field)
        sort_by: Order of the result. (field)
        page: Page number, from 1. (field)
        page_size: Reviews per page. A client's comment gives 100 as the most. (field)
    """
    return sync_detailed(
        client=client,
        product_ids=product_ids,
        is_store_review=is_store_review,
        keyword=keyword,
        ratings=ratings,
        sources=sources,
        sort_by=sort_by,
        page=page,
        page_size=page_size,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
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
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
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
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
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
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
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
    ).parsed
