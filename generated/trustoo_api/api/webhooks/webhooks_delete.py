"""Remove a subscription: POST /api/v1/openapi/delete_shop_webhook"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...operations import WEBHOOKS_DELETE
from ...types import JSON, Answer, Request, Response, json_object, query_pairs

ANSWER: Answer[None] = Answer()


def build(
    *,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
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
    client: Transport,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
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
    client: AsyncTransport,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
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
