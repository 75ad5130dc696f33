"""All subscriptions: GET /api/v1/openapi/get_shop_webhooks"""

import builtins
from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_LIST
from ...resources import with_arguments_of
from ...types import (
    ListOrNull,
    OperationRequest,
    Response,
    ResponseDecoder,
    query_pairs,
)

DECODER = ResponseDecoder[builtins.list[Webhook]](
    ListOrNull[Webhook],
    expected=True,
)


class WebhooksListArguments(TypedDict, total=False):
    """The arguments of `build`."""

    extra_query: Mapping[str, object] | None


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """All subscriptions.

    The path comes from one public client of 2025. The page of 2023 shows the call under an older prefix.
    No paging was seen.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: field (clients, navigation).
    docs/evidence.md explains the grades.

    Args:
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A list of `Webhook` objects, empty if there are none.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> webhooks = shop.webhooks.list()
        >>> [webhook.id for webhook in webhooks]
        ['19']
    """
    return OperationRequest(
        operation=WEBHOOKS_LIST,
        path=WEBHOOKS_LIST.path,
        query=query_pairs({}, extra_query),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[WebhooksListArguments]) -> builtins.list[Webhook]:
    """All subscriptions. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[WebhooksListArguments]
) -> Response[builtins.list[Webhook]]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(
    *, client: AsyncClient, **arguments: Unpack[WebhooksListArguments]
) -> builtins.list[Webhook]:
    """All subscriptions. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[WebhooksListArguments]
) -> Response[builtins.list[Webhook]]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
