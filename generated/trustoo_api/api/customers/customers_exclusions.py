"""Customers who are never invited: GET /api/v1/openapi/get_customer_exclude_list"""

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
    """Customers who are never invited.

    Inferred from a title and a method in the navigation, and from the names of the related calls. No
    page about this call could be read.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (navigation).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.
    Raises ArgumentError for an argument that cannot be sent. docs/errors.md lists the errors of a call.

    Args:
        page: Inferred from the other lists. Page number, starting at 1. (inferred)
        page_size: Inferred from the other lists. Entries per page. (inferred)
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

    The arguments are those of `exclusions` without `page`, and these:

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
    `exclusions`, and warns with PaginationWarning if items may be missing.
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
    """Customers who are never invited. `build` documents the arguments."""
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
    """Customers who are never invited. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[CustomersExclusionsArguments]
) -> Response[CustomerExclusionPage]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
