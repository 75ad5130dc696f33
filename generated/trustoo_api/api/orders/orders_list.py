"""Orders by filter, page by page: GET /api/v1/openapi/get_orders"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.order import Order
from ...models.order_page import OrderPage
from ...operations import ORDERS_LIST
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, PaginationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[OrderPage](
    OrderPage,
    expected=True,
)

_QUERY = {
    "type": Constraint(types=("string",)),
    "start_sent_at": Constraint(types=("string",)),
    "end_sent_at": Constraint(types=("string",)),
    "start_time": Constraint(types=("string",)),
    "end_time": Constraint(types=("string",)),
    "sort_by": Constraint(types=("string",)),
    "page_size": Constraint(types=("integer",)),
    "page": Constraint(types=("integer",)),
}


class OrdersListArguments(TypedDict, total=False):
    """The arguments of `build`."""

    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None
    start_sent_at: str | None
    end_sent_at: str | None
    start_time: str | None
    end_time: str | None
    sort_by: Literal["created-ascending", "created-descending"] | str | None
    page_size: int | None
    page: int | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None = None,
    start_sent_at: str | None = None,
    end_sent_at: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    page: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Orders by filter, page by page.

    Known from pages of 2025, because the newest page could not be read. The format of the time filters
    is not documented, and no scope is known.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (orders-2025).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        type: Stage of the review request. 0 all, 1 waiting, 2 scheduled, 3 sent, 4 opened, 5 reviewed, 6
            cancelled. (documented)
        start_sent_at: Return only orders whose request is sent from this time on. Whether the time
            itself is included is not documented. (documented)
        end_sent_at: Return only orders whose request is sent up to this time. Whether the time itself is
            included is not documented. (documented)
        start_time: Return only orders created from this time on. Whether the time itself is included is
            not documented. (documented)
        end_time: Return only orders created up to this time. Whether the time itself is included is not
            documented. (documented)
        sort_by: Order of the result. (documented)
        page_size: Entries per page, 20 if left out. (documented)
        page: Page number, 1 if left out. (documented)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A page. Its `list` has the `Order` objects, and its `page` the number of the page and the totals.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> page = shop.orders.list(type="0")
        >>> len(page.list)
        1
    """
    return OperationRequest(
        operation=ORDERS_LIST,
        path=ORDERS_LIST.path,
        query=query_pairs(
            {
                "type": type,
                "start_sent_at": start_sent_at,
                "end_sent_at": end_sent_at,
                "start_time": start_time,
                "end_time": end_time,
                "sort_by": sort_by,
                "page_size": page_size,
                "page": page,
            },
            extra_query,
            _QUERY,
        ),
    )


def iterate(
    *,
    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None = None,
    start_sent_at: str | None = None,
    end_sent_at: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
    limit: int | None = None,
    known_ids: Container[str | int] | Iterable[str | int] = (),
    since: datetime | None = None,
    checkpoint: Mapping[str, int] | None = None,
    prefetch: int = 1,
) -> PaginationRequest[Order]:
    """Every item of `list`, fetched page by page during iteration. Nothing is sent before that.

    The arguments are those of `list` without `page`, and those of the iteration. None leaves one out.

    Args:
        type: Stage of the review request. 0 all, 1 waiting, 2 scheduled, 3 sent, 4 opened, 5 reviewed, 6
            cancelled. (documented)
        start_sent_at: Return only orders whose request is sent from this time on. Whether the time
            itself is included is not documented. (documented)
        end_sent_at: Return only orders whose request is sent up to this time. Whether the time itself is
            included is not documented. (documented)
        start_time: Return only orders created from this time on. Whether the time itself is included is
            not documented. (documented)
        end_time: Return only orders created up to this time. Whether the time itself is included is not
            documented. (documented)
        sort_by: Order of the result. (documented)
        page_size: Entries per page, 20 if left out. (documented)
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
        An iterator of `Order` objects. A second loop continues where the first stopped. An attribute of an
        item is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent, or if an option is invalid.
        PaginationError: during iteration, if items may be missing and the client is strict. Other clients warn with
            PaginationWarning.
        TrustooError: during iteration, for the same reasons as `list`.

    Example:
        >>> for order in shop.orders.iterate(type="0", limit=2):
        ...     print(order.to_dict())
        {}
    """
    first = build(
        type=type,
        start_sent_at=start_sent_at,
        end_sent_at=end_sent_at,
        start_time=start_time,
        end_time=end_time,
        sort_by=sort_by,
        page_size=page_size,
        page=1,
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
def sync(*, client: SyncClient, **arguments: Unpack[OrdersListArguments]) -> OrderPage:
    """Orders by filter, page by page. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[OrdersListArguments]) -> Response[OrderPage]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[OrdersListArguments]) -> OrderPage:
    """Orders by filter, page by page. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[OrdersListArguments]
) -> Response[OrderPage]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
