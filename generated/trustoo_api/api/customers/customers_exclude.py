"""Never invite a customer: POST /api/v1/openapi/create_customer_exclude"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.customer_exclusion import CustomerExclusion
from ...operations import CUSTOMERS_EXCLUDE
from ...types import JSON, Answer, Request, Response, json_object, query_pairs

ANSWER: Answer[CustomerExclusion | None] = Answer(
    CustomerExclusion,
)


def build(
    *,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=CUSTOMERS_EXCLUDE,
        path=CUSTOMERS_EXCLUDE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "email": email,
                "customer_id": customer_id,
            },
            extra_body,
        ),
    )


def sync_detailed(
    *,
    client: Transport,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusion | None]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> CustomerExclusion | None:
    """Never invite a customer.

    Known from a page of 2025 that called itself a test version; the newest could not be read.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (exclusion-create-2025).

    Args:
        email: Not described. (documented)
        customer_id: Inferred from the call that takes a customer off the list. (inferred)
    """
    return sync_detailed(
        client=client,
        email=email,
        customer_id=customer_id,
        extra_body=extra_body,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusion | None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> CustomerExclusion | None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        )
    ).parsed
