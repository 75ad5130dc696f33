"""Remove a subscription: POST /api/v1/openapi/delete_shop_webhook"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import WEBHOOKS_DELETE
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[None] = ResponseDecoder()


def build(
    *,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=WEBHOOKS_DELETE,
        path=WEBHOOKS_DELETE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "id": id,
            },
            extra_body,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """Remove a subscription.

    Path and body as one public client of 2025 has them; only title and method are documented.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: field (clients, navigation).

    Args:
        id: Not described. (field)
    """
    return sync_detailed(
        client=client,
        id=id,
        extra_body=extra_body,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )
    ).parsed
