"""Revoke a token: POST /api/v1/openapi/oauth_revoke_token"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.empty_answer import EmptyAnswer
from ...operations import OAUTH_REVOKE
from ...types import JSON, Answer, Request, Response, json_object, query_pairs

ANSWER: Answer[None] = Answer(
    bare=EmptyAnswer,
)


def build(
    *,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=OAUTH_REVOKE,
        path=OAUTH_REVOKE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "client_id": client_id,
                "client_secret": client_secret,
                "token": token,
            },
            extra_body,
        ),
    )


def sync_detailed(
    *,
    client: Transport,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """Revoke a token.

    The path comes from the last readable page; the newest could not be read, and its sibling
    `oauth/disconnect` shows that names did change.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (revoke-2026-06).

    Args:
        client_id: Not described. (documented)
        client_secret: Not described. (documented)
        token: Access token; whether a refresh token is taken too is not stated. (documented)
    """
    return sync_detailed(
        client=client,
        client_id=client_id,
        client_secret=client_secret,
        token=token,
        extra_body=extra_body,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        )
    ).parsed
