"""Orders in the review-request pipeline."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_paging_client, as_paging_client
from ...models.order import Order
from ...models.order_page import OrderPage
from ...types import AsyncPaginator, Paginator, Response
from . import orders_list


class Orders:
    """Orders in the review-request pipeline."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "OrdersWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return OrdersWithRawResponse(self._client)

    def list(
        self,
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
    ) -> OrderPage:
        """Orders by filter, page by page.

        Known from pages of 2025; the newest could not be read. The format of the time filters is not
        stated, and no scope is known.

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
        return orders_list.sync(
            client=self._client,
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

    def iterate(
        self,
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
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> Paginator[Order]:
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
            lambda page: orders_list.build(
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
            orders_list.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )


class OrdersWithRawResponse:
    """Orders in the review-request pipeline. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def list(
        self,
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
    ) -> Response[OrderPage]:
        """As `Orders.list`."""
        return orders_list.sync_detailed(
            client=self._client,
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


class AsyncOrders:
    """Orders in the review-request pipeline."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncOrdersWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncOrdersWithRawResponse(self._client)

    async def list(
        self,
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
    ) -> OrderPage:
        """Orders by filter, page by page.

        Known from pages of 2025; the newest could not be read. The format of the time filters is not
        stated, and no scope is known.

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
        return await orders_list.asyncio(
            client=self._client,
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

    def iterate(
        self,
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
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> AsyncPaginator[Order]:
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
            lambda page: orders_list.build(
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
            orders_list.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )


class AsyncOrdersWithRawResponse:
    """Orders in the review-request pipeline. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def list(
        self,
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
    ) -> Response[OrderPage]:
        """As `AsyncOrders.list`."""
        return await orders_list.asyncio_detailed(
            client=self._client,
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
