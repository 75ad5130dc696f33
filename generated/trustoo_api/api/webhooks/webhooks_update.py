"""Change a subscription: POST /api/v1/openapi/update_shop_webhook"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_UPDATE
from ...types import JSON, Answer, Request, Response, json_object, query_pairs

ANSWER: Answer[Webhook | None] = Answer(
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
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
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
    client: Transport,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[Webhook | None]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
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
        id: The page takes an integer, answers and a client have a string. (inferred)
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
    client: AsyncTransport,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[Webhook | None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
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
