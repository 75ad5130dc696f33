"""Never invite a customer: POST /api/v1/openapi/create_customer_exclude"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.customer_exclusion import CustomerExclusion
from ...operations import CUSTOMERS_EXCLUDE
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[CustomerExclusion | None] = ResponseDecoder(
    CustomerExclusion,
)


def build(
    *,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
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
    client: SyncClient,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusion | None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
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
    client: AsyncClient,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[CustomerExclusion | None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
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
