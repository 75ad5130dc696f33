"""Orders by filter, page by page: GET /api/v1/openapi/get_orders"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.order_page import OrderPage
from ...operations import ORDERS_LIST
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[OrderPage] = ResponseDecoder(OrderPage, expected=True)


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
    """Describe the request without sending it; `sync` says what the arguments mean."""
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
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
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
    return as_sync_client(client).send(
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
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
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
    client: AsyncClient,
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
    return await as_async_client(client).send_async(
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
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
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
