"""Subscribe an address to a topic: POST /api/v1/openapi/create_shop_webhook"""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_CREATE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[Webhook](Webhook, expected=True, is_write=True)

_BODY = {
    "topic": Constraint(types=("string",), required=True),
    "url": Constraint(types=("string",), required=True, min_length=1, format="uri"),
}


class WebhooksCreateArguments(TypedDict, total=False):
    """The arguments of `build`."""

    topic: Required[
        Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str
    ]
    url: Required[str]
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Subscribe an address to a topic.

    A subscription has one topic. With a bearer token, the topic decides which scope is required, and the
    subscription belongs to the platform (`platform_id`). A subscription made with HMAC belongs only to
    the shop (`platform_id` 0). That each side sees and changes only its own subscriptions is inferred.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (webhook-create, webhook-create-2025).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        topic: The topic to subscribe to. (documented)
        url: Where deliveries go. (documented)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `Webhook`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if the call was not sent.
        OutcomeUnknownError: if the call may have been carried out. It was not repeated.

    Example:
        >>> webhook = shop.webhooks.create(
        ...     topic="review/created",
        ...     url="https://example.com/webhook",
        ... )
        >>> webhook.id
        '19'
    """
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
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[WebhooksCreateArguments]) -> Webhook:
    """Subscribe an address to a topic. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[WebhooksCreateArguments]) -> Response[Webhook]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[WebhooksCreateArguments]) -> Webhook:
    """Subscribe an address to a topic. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[WebhooksCreateArguments]
) -> Response[Webhook]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
