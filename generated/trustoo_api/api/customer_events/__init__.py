"""What shoppers did with the review widgets."""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncTransport, Transport
from ...models.customer_event_page import CustomerEventPage
from . import customer_events_list


class CustomerEvents:
    """What shoppers did with the review widgets."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

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
            event_type: What the shopper did. (documented)
            os_type: Operating system of the shopper's device. (documented)
            event_source: Where the event arose. (documented)
            sort_by: Order of the result. (documented)
            page: Page number, 1 if left out. (documented)
            page_size: Entries per page, 20 if left out. (documented)
        """
        return customer_events_list.sync(
            client=self._transport,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )


class AsyncCustomerEvents:
    """What shoppers did with the review widgets."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

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
            event_type: What the shopper did. (documented)
            os_type: Operating system of the shopper's device. (documented)
            event_source: Where the event arose. (documented)
            sort_by: Order of the result. (documented)
            page: Page number, 1 if left out. (documented)
            page_size: Entries per page, 20 if left out. (documented)
        """
        return await customer_events_list.asyncio(
            client=self._transport,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )
