"""Events of shoppers at the review widgets."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_paging_client, as_paging_client
from ...models.customer_event import CustomerEvent
from ...models.customer_event_page import CustomerEventPage
from ...types import AsyncPaginator, Paginator, Response
from . import customer_events_list


class CustomerEvents:
    """Events of shoppers at the review widgets."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "CustomerEventsWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return CustomerEventsWithRawResponse(self._client)

    def list(
        self,
        *,
        event_type: Literal[
            "VIEW_REVIEW",
            "EXPAND_CONTENT",
            "SUBMIT_REVIEW",
            "CLICK_REVIEW",
            "PAGINATION",
            "FILTER_REVIEW",
            "SORT_REVIEW",
            "CLICK_MEDIA",
            "CLOSE_VIDEO_POPUP",
        ]
        | str
        | None = None,
        os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None = None,
        event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CustomerEventPage:
        """Customer events by filter, page by page.

        Known from pages of 2025; the newest could not be read. There is no filter by time.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (customer-events-2025).

        Args:
            event_type: The kind of event. (documented)
            os_type: Operating system of the shopper's device. (documented)
            event_source: Where the event arose. (documented)
            sort_by: Order of the result. (documented)
            page: Page number, 1 if left out. (documented)
            page_size: Entries per page, 20 if left out. (documented)
        """
        return customer_events_list.sync(
            client=self._client,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def iterate(
        self,
        *,
        event_type: Literal[
            "VIEW_REVIEW",
            "EXPAND_CONTENT",
            "SUBMIT_REVIEW",
            "CLICK_REVIEW",
            "PAGINATION",
            "FILTER_REVIEW",
            "SORT_REVIEW",
            "CLICK_MEDIA",
            "CLOSE_VIDEO_POPUP",
        ]
        | str
        | None = None,
        os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None = None,
        event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> Paginator[CustomerEvent]:
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
            lambda page: customer_events_list.build(
                event_type=event_type,
                os_type=os_type,
                event_source=event_source,
                sort_by=sort_by,
                page=page,
                page_size=page_size,
                extra_query=extra_query,
            ),
            customer_events_list.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )


class CustomerEventsWithRawResponse:
    """Events of shoppers at the review widgets. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def list(
        self,
        *,
        event_type: Literal[
            "VIEW_REVIEW",
            "EXPAND_CONTENT",
            "SUBMIT_REVIEW",
            "CLICK_REVIEW",
            "PAGINATION",
            "FILTER_REVIEW",
            "SORT_REVIEW",
            "CLICK_MEDIA",
            "CLOSE_VIDEO_POPUP",
        ]
        | str
        | None = None,
        os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None = None,
        event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[CustomerEventPage]:
        """As `CustomerEvents.list`."""
        return customer_events_list.sync_detailed(
            client=self._client,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )


class AsyncCustomerEvents:
    """Events of shoppers at the review widgets."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncCustomerEventsWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncCustomerEventsWithRawResponse(self._client)

    async def list(
        self,
        *,
        event_type: Literal[
            "VIEW_REVIEW",
            "EXPAND_CONTENT",
            "SUBMIT_REVIEW",
            "CLICK_REVIEW",
            "PAGINATION",
            "FILTER_REVIEW",
            "SORT_REVIEW",
            "CLICK_MEDIA",
            "CLOSE_VIDEO_POPUP",
        ]
        | str
        | None = None,
        os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None = None,
        event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CustomerEventPage:
        """Customer events by filter, page by page.

        Known from pages of 2025; the newest could not be read. There is no filter by time.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (customer-events-2025).

        Args:
            event_type: The kind of event. (documented)
            os_type: Operating system of the shopper's device. (documented)
            event_source: Where the event arose. (documented)
            sort_by: Order of the result. (documented)
            page: Page number, 1 if left out. (documented)
            page_size: Entries per page, 20 if left out. (documented)
        """
        return await customer_events_list.asyncio(
            client=self._client,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def iterate(
        self,
        *,
        event_type: Literal[
            "VIEW_REVIEW",
            "EXPAND_CONTENT",
            "SUBMIT_REVIEW",
            "CLICK_REVIEW",
            "PAGINATION",
            "FILTER_REVIEW",
            "SORT_REVIEW",
            "CLICK_MEDIA",
            "CLOSE_VIDEO_POPUP",
        ]
        | str
        | None = None,
        os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None = None,
        event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> AsyncPaginator[CustomerEvent]:
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
            lambda page: customer_events_list.build(
                event_type=event_type,
                os_type=os_type,
                event_source=event_source,
                sort_by=sort_by,
                page=page,
                page_size=page_size,
                extra_query=extra_query,
            ),
            customer_events_list.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )


class AsyncCustomerEventsWithRawResponse:
    """Events of shoppers at the review widgets. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def list(
        self,
        *,
        event_type: Literal[
            "VIEW_REVIEW",
            "EXPAND_CONTENT",
            "SUBMIT_REVIEW",
            "CLICK_REVIEW",
            "PAGINATION",
            "FILTER_REVIEW",
            "SORT_REVIEW",
            "CLICK_MEDIA",
            "CLOSE_VIDEO_POPUP",
        ]
        | str
        | None = None,
        os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None = None,
        event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None = None,
        sort_by: Literal["created-ascending", "created-descending"] | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[CustomerEventPage]:
        """As `AsyncCustomerEvents.list`."""
        return await customer_events_list.asyncio_detailed(
            client=self._client,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )
