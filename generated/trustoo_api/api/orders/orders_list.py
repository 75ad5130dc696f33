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
    Raises ArgumentError for an argument that cannot be sent. docs/errors.md lists the errors of a call.

    Args:
        type: Stage of the review request. 0 all, 1 waiting, 2 scheduled, 3 sent, 4 opened, 5 reviewed, 6
            cancelled. (documented)
        start_sent_at: Return only orders whose request is sent from this time on. Whether the time itself is included
            is not documented. (documented)
        end_sent_at: Return only orders whose request is sent up to this time. Whether the time itself is included is
            not documented. (documented)
        start_time: Return only orders created from this time on. Whether the time itself is included is not
            documented. (documented)
        end_time: Return only orders created up to this time. Whether the time itself is included is not
            documented. (documented)
        sort_by: Order of the result. (documented)
        page_size: Entries per page, 20 if left out. (documented)
        page: Page number, 1 if left out. (documented)
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

    The arguments are those of `list` without `page`, and these:

    Args:
        limit: stop after this number of items.
        known_ids: leave out the items with these ids, and stop after the first page that ends with one. Sort newest
            first.
        since: leave out the items created before this aware date-time, and stop after the first page that ends with
            one. Sort newest first.
        checkpoint: the `checkpoint` of an earlier iteration with the same other arguments.
        prefetch: the largest number of pages to fetch at once, from 1 to 64, such as 4. Pages are fetched ahead only
            while their totals prove that no item is lost. Default: 1.

    The result is an iterator: a second loop continues where the first stopped. During iteration, raises the errors of
    `list`, and warns with PaginationWarning if items may be missing.
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
