"""Customer events by filter, page by page: GET /api/v1/openapi/get_customer_events"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.customer_event import CustomerEvent
from ...models.customer_event_page import CustomerEventPage
from ...operations import CUSTOMER_EVENTS_LIST
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, PaginationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[CustomerEventPage](
    CustomerEventPage,
    expected=True,
)

_QUERY = {
    "event_type": Constraint(types=("string",)),
    "os_type": Constraint(types=("string",)),
    "event_source": Constraint(types=("string",)),
    "sort_by": Constraint(types=("string",)),
    "page": Constraint(types=("integer",)),
    "page_size": Constraint(types=("integer",)),
}


class CustomerEventsListArguments(TypedDict, total=False):
    """The arguments of `build`."""

    event_type: (
        Literal[
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
        | None
    )
    os_type: Literal["IOS", "ANDROID", "WINDOWS"] | str | None
    event_source: Literal["STOREFRONT", "EMAIL", "ADMIN"] | str | None
    sort_by: Literal["created-ascending", "created-descending"] | str | None
    page: int | None
    page_size: int | None
    extra_query: Mapping[str, object] | None


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
    """Customer events by filter, page by page.

    Known from pages of 2025, because the newest page could not be read. There is no filter by time.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (customer-events-2025).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        event_type: The kind of event. (documented; meaning inferred)
        os_type: Operating system of the shopper's device. (documented; meaning inferred)
        event_source: Where the event came from. (documented; meaning inferred)
        sort_by: Order of the result. (documented)
        page: Page number, 1 if left out. (documented)
        page_size: Entries per page, 20 if left out. (documented)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A page. Its `list` has the `CustomerEvent` objects, and its `page` the number of the page and the totals.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> page = shop.customer_events.list(event_type="CLICK_MEDIA")
        >>> [event.event_source for event in page.list]
        ['STOREFRONT']
    """
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
            _QUERY,
        ),
    )


def iterate(
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
    known_ids: Container[str | int] | Iterable[str | int] = (),
    since: datetime | None = None,
    checkpoint: Mapping[str, int] | None = None,
    prefetch: int = 1,
) -> PaginationRequest[CustomerEvent]:
    """Every item of `list`, fetched page by page during iteration. Nothing is sent before that.

    The arguments are those of `list` without `page`, and those of the iteration. None leaves one out.

    Args:
        event_type: The kind of event. (documented; meaning inferred)
        os_type: Operating system of the shopper's device. (documented; meaning inferred)
        event_source: Where the event came from. (documented; meaning inferred)
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
        An iterator of `CustomerEvent` objects. A second loop continues where the first stopped. An attribute of an
        item is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent, or if an option is invalid.
        PaginationError: during iteration, if items may be missing and the client is strict. Other clients warn with
            PaginationWarning.
        TrustooError: during iteration, for the same reasons as `list`.

    Example:
        >>> for event in shop.customer_events.iterate(event_type="CLICK_MEDIA", limit=2):
        ...     print(event.event_source)
        STOREFRONT
    """
    first = build(
        event_type=event_type,
        os_type=os_type,
        event_source=event_source,
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
def sync(*, client: SyncClient, **arguments: Unpack[CustomerEventsListArguments]) -> CustomerEventPage:
    """Customer events by filter, page by page. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[CustomerEventsListArguments]
) -> Response[CustomerEventPage]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(
    *, client: AsyncClient, **arguments: Unpack[CustomerEventsListArguments]
) -> CustomerEventPage:
    """Customer events by filter, page by page. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[CustomerEventsListArguments]
) -> Response[CustomerEventPage]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
