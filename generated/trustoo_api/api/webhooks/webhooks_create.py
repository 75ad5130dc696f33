"""Subscribe an address to a topic: POST /api/v1/openapi/create_shop_webhook"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_CREATE
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[Webhook] = ResponseDecoder(Webhook, expected=True)


def build(
    *,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=WEBHOOKS_CREATE,
        path=WEBHOOKS_CREATE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "topic": topic,
                "url": url,
            },
            extra_body,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Webhook]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Webhook:
    """Subscribe an address to a topic.

    One topic per subscription. With a bearer token the topic decides which scope is needed.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (webhook-create, webhook-create-2025).

    Args:
        topic: Not described. (documented)
        url: Where deliveries go. (documented)
    """
    return sync_detailed(
        client=client,
        topic=topic,
        url=url,
        extra_body=extra_body,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Webhook]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Webhook:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        )
    ).parsed
