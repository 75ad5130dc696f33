"""All subscriptions: GET /api/v1/openapi/get_shop_webhooks"""

import builtins
from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_LIST
from ...types import ListOrNull, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[builtins.list[Webhook]] = ResponseDecoder(ListOrNull[Webhook], expected=True)


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=WEBHOOKS_LIST,
        path=WEBHOOKS_LIST.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[builtins.list[Webhook]]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> builtins.list[Webhook]:
    """All subscriptions.

    Path as one public client of 2025 has it; the page of 2023 shows it under an older prefix. No paging
    was seen.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: field (clients, navigation).
    """
    return sync_detailed(
        client=client,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[builtins.list[Webhook]]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> builtins.list[Webhook]:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
