"""Customer events by filter, page by page: GET /api/v1/openapi/get_customer_events"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.customer_event_page import CustomerEventPage
from ...operations import CUSTOMER_EVENTS_LIST
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[CustomerEventPage] = ResponseDecoder(CustomerEventPage, expected=True)


def build(
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
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=CUSTOMER_EVENTS_LIST,
        path=CUSTOMER_EVENTS_LIST.path,
        query=query_pairs(
            {
                "event_type": event_type,
                "os_type": os_type,
                "event_source": event_source,
                "sort_by": sort_by,
                "page": page,
                "page_size": page_size,
            },
            extra_query,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
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
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
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
    return sync_detailed(
        client=client,
        event_type=event_type,
        os_type=os_type,
        event_source=event_source,
        sort_by=sort_by,
        page=page,
        page_size=page_size,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
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
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
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
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            event_type=event_type,
            os_type=os_type,
            event_source=event_source,
            sort_by=sort_by,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )
    ).parsed
