"""Change a subscription: POST /api/v1/openapi/update_shop_webhook"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_UPDATE
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[Webhook | None] = ResponseDecoder(
    Webhook,
)


def build(
    *,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=WEBHOOKS_UPDATE,
        path=WEBHOOKS_UPDATE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "id": id,
                "topic": topic,
                "url": url,
            },
            extra_body,
        ),
        unverified=unverified,
    )


def sync_detailed(
    *,
    client: SyncClient,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[Webhook | None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Webhook | None:
    """Change a subscription.

    Inferred path, from the sibling calls; the readable page is of 2023 with PUT under an older prefix,
    and the newest navigation says POST.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (webhook-update-2023, navigation, clients).

    Args:
        id: The page documents an integer; responses and a client have a string. (inferred)
        topic: Not described. (inferred)
        url: Where deliveries go. (inferred)
    """
    return sync_detailed(
        client=client,
        id=id,
        topic=topic,
        url=url,
        extra_body=extra_body,
        extra_query=extra_query,
        unverified=unverified,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[Webhook | None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Webhook | None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        )
    ).parsed
