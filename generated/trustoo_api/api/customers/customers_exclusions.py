"""Customers who are never invited: GET /api/v1/openapi/get_customer_exclude_list"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.customer_exclusion_page import CustomerExclusionPage
from ...operations import CUSTOMERS_EXCLUSIONS
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[CustomerExclusionPage] = Answer(CustomerExclusionPage, expected=True)


def build(
    *,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
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
    client: Transport,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusionPage]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
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
    client: AsyncTransport,
    page: int | None = None,
    page_size: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusionPage]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
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
