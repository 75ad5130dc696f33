"""Invite a customer again: POST /api/v1/openapi/delete_customer_exclude"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import CUSTOMERS_INCLUDE
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[None] = ResponseDecoder()


def build(
    *,
    customer_id: str | int | None = None,
    email: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=CUSTOMERS_INCLUDE,
        path=CUSTOMERS_INCLUDE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "customer_id": customer_id,
                "email": email,
            },
            extra_body,
            one_of=("customer_id", "email"),
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    customer_id: str | int | None = None,
    email: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            customer_id=customer_id,
            email=email,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    customer_id: str | int | None = None,
    email: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """Invite a customer again.

    Takes a customer off the exclusion list, found by customer id or by e-mail address.

    Credentials: hmac or bearer. Scope: write_customers.
    Evidence: documented (exclusion-delete).

    Args:
        customer_id: Not described. (documented)
        email: Not described. (documented)
    """
    return sync_detailed(
        client=client,
        customer_id=customer_id,
        email=email,
        extra_body=extra_body,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    customer_id: str | int | None = None,
    email: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            customer_id=customer_id,
            email=email,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    customer_id: str | int | None = None,
    email: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            customer_id=customer_id,
            email=email,
            extra_body=extra_body,
            extra_query=extra_query,
        )
    ).parsed
