"""Revoke a token: POST /api/v1/openapi/oauth_revoke_token"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.empty_response import EmptyResponse
from ...operations import OAUTH_REVOKE
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[None] = ResponseDecoder(
    bare=EmptyResponse,
)


def build(
    *,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
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
    client: SyncClient,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
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
        token: Access token; whether a refresh token is accepted too is not stated. (documented)
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
    client: AsyncClient,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
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
