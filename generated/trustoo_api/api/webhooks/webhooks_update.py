"""Change a subscription: POST /api/v1/openapi/update_shop_webhook"""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.webhook import Webhook
from ...operations import WEBHOOKS_UPDATE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[Webhook](Webhook, is_write=True)

_BODY = {
    "id": Constraint(types=("string", "integer"), required=True),
    "topic": Constraint(types=("string",), required=True),
    "url": Constraint(types=("string",), required=True, min_length=1, format="uri"),
}


class WebhooksUpdateArguments(TypedDict, total=False):
    """The arguments of `build`."""

    id: Required[str | int]
    topic: Required[
        Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str
    ]
    url: Required[str]
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None
    unverified: bool


def build(
    *,
    id: str | int,
    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
    url: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> OperationRequest:
    """Change a subscription.

    Inferred path, based on the related calls. The readable page is from 2023 and shows PUT under an
    older prefix. The newest navigation shows POST.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (webhook-update-2023, navigation, clients).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        id: The subscription to change. The vendor's page documents an integer, but example responses and
            a public client have a string. (documented)
        topic: The new topic. (documented)
        url: Where deliveries go from now on. (documented)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.
        unverified: True accepts that the path of this write is inferred. Otherwise nothing is sent.

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
        >>> webhook = shop.webhooks.update(
        ...     id=19,
        ...     topic="review/updated",
        ...     url="https://example.com/webhook",
        ...     unverified=True,
        ... )
        >>> webhook.id
        '19'
    """
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
            _BODY,
        ),
        unverified=unverified,
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[WebhooksUpdateArguments]) -> Webhook:
    """Change a subscription. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[WebhooksUpdateArguments]) -> Response[Webhook]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[WebhooksUpdateArguments]) -> Webhook:
    """Change a subscription. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[WebhooksUpdateArguments]
) -> Response[Webhook]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
