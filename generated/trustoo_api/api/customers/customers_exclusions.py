"""Customers who are excluded from invitations: GET /api/v1/openapi/get_customer_exclude_list"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.customer_exclusion import CustomerExclusion
from ...models.customer_exclusion_page import CustomerExclusionPage
from ...operations import CUSTOMERS_EXCLUSIONS
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, PaginationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[CustomerExclusionPage](
    CustomerExclusionPage,
    expected=True,
)

_QUERY = {"page": Constraint(types=("integer",)), "page_size": Constraint(types=("integer",))}


class CustomersExclusionsArguments(TypedDict, total=False):
    """The arguments of `build`."""

    page: int | None
    page_size: int | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Customers who are excluded from invitations.

    Inferred from a title and a method in the navigation, and from the names of the related calls. No
    page about this call could be read.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (navigation).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        page: Inferred from the other lists. Page number, starting at 1. (inferred)
        page_size: Inferred from the other lists. Entries per page. (inferred)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A page. Its `list` has the `CustomerExclusion` objects, and its `page` the number of the page and the totals.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> page = shop.customers.exclusions(page=1)
        >>> [exclusion.customer_id for exclusion in page.list]
        ['10000000000001']
    """
    return OperationRequest(
        operation=CUSTOMERS_EXCLUSIONS,
        path=CUSTOMERS_EXCLUSIONS.path,
        query=query_pairs(
            {
                "page": page,
                "page_size": page_size,
            },
            extra_query,
            _QUERY,
        ),
    )


def iterate(
    *,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
    limit: int | None = None,
    known_ids: Container[str | int] | Iterable[str | int] = (),
    since: datetime | None = None,
    checkpoint: Mapping[str, int] | None = None,
    prefetch: int = 1,
) -> PaginationRequest[CustomerExclusion]:
    """Every item of `exclusions`, fetched page by page during iteration. Nothing is sent before that.

    The arguments are those of `exclusions` without `page`, and those of the iteration. None leaves one out.

    Args:
        page_size: Inferred from the other lists. Entries per page. (inferred)
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
        An iterator of `CustomerExclusion` objects. A second loop continues where the first stopped. An attribute of an
        item is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent, or if an option is invalid.
        PaginationError: during iteration, if items may be missing and the client is strict. Other clients warn with
            PaginationWarning.
        TrustooError: during iteration, for the same reasons as `exclusions`.

    Example:
        >>> for exclusion in shop.customers.iterate_exclusions(limit=2):
        ...     print(exclusion.customer_id)
        10000000000001
    """
    first = build(
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
def sync(*, client: SyncClient, **arguments: Unpack[CustomersExclusionsArguments]) -> CustomerExclusionPage:
    """Customers who are excluded from invitations. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[CustomersExclusionsArguments]
) -> Response[CustomerExclusionPage]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(
    *, client: AsyncClient, **arguments: Unpack[CustomersExclusionsArguments]
) -> CustomerExclusionPage:
    """Customers who are excluded from invitations. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[CustomersExclusionsArguments]
) -> Response[CustomerExclusionPage]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
