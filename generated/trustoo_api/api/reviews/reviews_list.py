"""Reviews by filter, page by page: GET /api/v1/openapi/get_reviews"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.review import Review
from ...models.review_page import ReviewPage
from ...operations import REVIEWS_LIST
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, PaginationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[ReviewPage](
    ReviewPage,
    expected=True,
)

_QUERY = {
    "product_ids": Constraint(
        types=("array",), items=Constraint(types=("string",), min_length=1, gid="Product")
    ),
    "is_store_review": Constraint(types=("integer",)),
    "keyword": Constraint(types=("string",)),
    "ratings": Constraint(types=("array",), items=Constraint(types=("string", "integer"))),
    "sources": Constraint(types=("array",), items=Constraint(types=("string",))),
    "sort_by": Constraint(types=("string",)),
    "page": Constraint(types=("integer",)),
    "page_size": Constraint(types=("integer",)),
}


class ReviewsListArguments(TypedDict, total=False):
    """The arguments of `build`."""

    product_ids: Iterable[str | int] | None
    is_store_review: int | None
    keyword: str | None
    ratings: Iterable[str | int] | None
    sources: Iterable[str] | None
    sort_by: Literal["created-ascending", "created-descending"] | str | None
    page: int | None
    page_size: int | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    product_ids: Iterable[str | int] | None = None,
    is_store_review: int | None = None,
    keyword: str | None = None,
    ratings: Iterable[str | int] | None = None,
    sources: Iterable[str] | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Reviews by filter, page by page.

    Filtering, sorting and paging are documented. The names of the parameters are known only from public
    client code (field).

    Credentials: hmac or bearer. Scope: read_reviews.
    Evidence: documented (review-list).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        product_ids: Shopify product ids. Public clients send one. (field; form inferred)
        is_store_review: 1 for reviews of the store itself. Whether 0 means the same as leaving it out is
            unknown. (field; meaning inferred)
        keyword: Text to look for. The members that are searched are unknown. (field; meaning inferred)
        ratings: Return only reviews with these numbers of stars. (field; meaning inferred; form
            inferred)
        sources: Return only reviews with one of these values of `source`. (field; meaning inferred; form
            inferred)
        sort_by: Order of the result. (field)
        page: Page number, starting at 1. (field)
        page_size: Reviews per page. According to a comment in one client, the maximum is 100. (field)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A page. Its `list` has the `Review` objects, and its `page` the number of the page and the totals.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> page = shop.reviews.list(product_ids=["8100000000019"])
        >>> [review.id for review in page.list]
        ['1001']
    """
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
            _QUERY,
        ),
    )


def iterate(
    *,
    product_ids: Iterable[str | int] | None = None,
    is_store_review: int | None = None,
    keyword: str | None = None,
    ratings: Iterable[str | int] | None = None,
    sources: Iterable[str] | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
    limit: int | None = None,
    known_ids: Container[str | int] | Iterable[str | int] = (),
    since: datetime | None = None,
    checkpoint: Mapping[str, int] | None = None,
    prefetch: int = 1,
) -> PaginationRequest[Review]:
    """Every item of `list`, fetched page by page during iteration. Nothing is sent before that.

    The arguments are those of `list` without `page`, and those of the iteration. None leaves one out.

    Args:
        product_ids: Shopify product ids. Public clients send one. (field; form inferred)
        is_store_review: 1 for reviews of the store itself. Whether 0 means the same as leaving it out is
            unknown. (field; meaning inferred)
        keyword: Text to look for. The members that are searched are unknown. (field; meaning inferred)
        ratings: Return only reviews with these numbers of stars. (field; meaning inferred; form
            inferred)
        sources: Return only reviews with one of these values of `source`. (field; meaning inferred; form
            inferred)
        sort_by: Order of the result. (field)
        page_size: Reviews per page. According to a comment in one client, the maximum is 100. (field)
        extra_query: further query parameters, which the OpenAPI spec lacks.
        limit: stop after this number of items.
        known_ids: leave out the items with these ids, and stop after the first page that ends with one. Sort newest
            first.
        since: leave out the items created before this aware date-time, and stop after the first page that ends with
            one. Sort newest first.
        checkpoint: the `checkpoint` of an earlier iteration with the same other arguments.
        prefetch: the largest number of pages to fetch at once, from 1 to 64, such as 4. Pages are fetched ahead only
            while their totals prove that no item is lost. Default: 1.

    Returns:
        An iterator of `Review` objects. A second loop continues where the first stopped. An attribute of an
        item is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent, or if an option is invalid.
        PaginationError: during iteration, if items may be missing and the client is strict. Other clients warn with
            PaginationWarning.
        TrustooError: during iteration, for the same reasons as `list`.

    Example:
        >>> for review in shop.reviews.iterate(product_ids=["8100000000019"], limit=2):
        ...     print(review.id)
        1001
    """
    first = build(
        product_ids=product_ids,
        is_store_review=is_store_review,
        keyword=keyword,
        ratings=ratings,
        sources=sources,
        sort_by=sort_by,
        page=1,
        page_size=page_size,
        extra_query=extra_query,
    )
    return PaginationRequest(
        first.for_page,
        DECODER,
        {
            "limit": limit,
            "known_ids": known_ids,
            "since": since,
            "checkpoint": checkpoint,
            "prefetch": prefetch,
        },
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[ReviewsListArguments]) -> ReviewPage:
    """Reviews by filter, page by page. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[ReviewsListArguments]) -> Response[ReviewPage]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[ReviewsListArguments]) -> ReviewPage:
    """Reviews by filter, page by page. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[ReviewsListArguments]
) -> Response[ReviewPage]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
