"""Customers who are never invited: GET /api/v1/openapi/get_customer_exclude_list"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.customer_exclusion_page import CustomerExclusionPage
from ...operations import CUSTOMERS_EXCLUSIONS
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[CustomerExclusionPage] = ResponseDecoder(CustomerExclusionPage, expected=True)


def build(
    *,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=CUSTOMERS_EXCLUSIONS,
        path=CUSTOMERS_EXCLUSIONS.path,
        query=query_pairs(
            {
                "page": page,
                "page_size": page_size,
            },
            extra_query,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusionPage]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> CustomerExclusionPage:
    """Customers who are never invited.

    Inferred from a title and a method in the navigation and the names of the sibling calls. No page of
    it could be read.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (navigation).

    Args:
        page: Inferred from the other lists. Page number, from 1. (inferred)
        page_size: Inferred from the other lists. Entries per page. (inferred)
    """
    return sync_detailed(
        client=client,
        page=page,
        page_size=page_size,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusionPage]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> CustomerExclusionPage:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )
    ).parsed
