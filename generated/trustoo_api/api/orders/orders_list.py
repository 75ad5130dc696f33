"""Orders by filter, page by page: GET /api/v1/openapi/get_orders"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.order_page import OrderPage
from ...operations import ORDERS_LIST
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[OrderPage] = Answer(OrderPage, expected=True)


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
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
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
        ),
    )


def sync_detailed(
    *,
    client: Transport,
    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None = None,
    start_sent_at: str | None = None,
    end_sent_at: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    page: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[OrderPage]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            type=type,
            start_sent_at=start_sent_at,
            end_sent_at=end_sent_at,
            start_time=start_time,
            end_time=end_time,
            sort_by=sort_by,
            page_size=page_size,
            page=page,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None = None,
    start_sent_at: str | None = None,
    end_sent_at: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    page: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OrderPage:
    """Orders by filter, page by page.

    Known from pages of 2025; the newest could not be read. The format of the time filters is not stated,
    and no scope is known.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (orders-2025).

    Args:
        type: Stage of the review request. 0 all, 1 waiting, 2 scheduled, 3 sent, 4 opened, 5 reviewed, 6
            cancelled. (documented)
        start_sent_at: Request sent at or after this time. (documented)
        end_sent_at: Request sent at or before this time. (documented)
        start_time: Order created at or after this time. (documented)
        end_time: Order created at or before this time. (documented)
        sort_by: Order of the result. (documented)
        page_size: Entries per page, 20 if left out. (documented)
        page: Page number, 1 if left out. (documented)
    """
    return sync_detailed(
        client=client,
        type=type,
        start_sent_at=start_sent_at,
        end_sent_at=end_sent_at,
        start_time=start_time,
        end_time=end_time,
        sort_by=sort_by,
        page_size=page_size,
        page=page,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None = None,
    start_sent_at: str | None = None,
    end_sent_at: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    page: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[OrderPage]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            type=type,
            start_sent_at=start_sent_at,
            end_sent_at=end_sent_at,
            start_time=start_time,
            end_time=end_time,
            sort_by=sort_by,
            page_size=page_size,
            page=page,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    type: Literal["0", "1", "2", "3", "4", "5", "6"] | str | None = None,
    start_sent_at: str | None = None,
    end_sent_at: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
    page_size: int | None = None,
    page: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OrderPage:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            type=type,
            start_sent_at=start_sent_at,
            end_sent_at=end_sent_at,
            start_time=start_time,
            end_time=end_time,
            sort_by=sort_by,
            page_size=page_size,
            page=page,
            extra_query=extra_query,
        )
    ).parsed
