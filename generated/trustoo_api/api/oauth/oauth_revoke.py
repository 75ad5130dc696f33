"""Revoke a token: POST /api/v1/openapi/oauth_revoke_token"""

from collections.abc import Mapping
from typing import Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.empty_response import EmptyResponse
from ...operations import OAUTH_REVOKE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[None](bare=EmptyResponse, is_write=True)

_BODY = {
    "client_id": Constraint(types=("string",), required=True),
    "client_secret": Constraint(types=("string",), required=True),
    "token": Constraint(types=("string",), required=True),
}


class OauthRevokeArguments(TypedDict, total=False):
    """The arguments of `build`."""

    client_id: Required[str]
    client_secret: Required[str]
    token: Required[str]
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    client_id: str,
    client_secret: str,
    token: str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Revoke a token.

    The path comes from the last readable page, because the newest page could not be read. The related
    call `oauth/disconnect` shows that names have changed.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (revoke-2026-06).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        client_id: The platform's client id. (documented)
        client_secret: The platform's client secret. (documented)
        token: The token to revoke. Whether it is an access token, a refresh token or either is unknown.
            (example)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        None. The response has no result.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if the call was not sent.
        OutcomeUnknownError: if the call may have been carried out. It was not repeated.

    Example:
        >>> shop.oauth.revoke(
        ...     client_id="EXAMPLE-client-id",
        ...     client_secret="EXAMPLE-client-secret",
        ...     token="EXAMPLE-access-token",
        ... )
    """
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
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[OauthRevokeArguments]) -> None:
    """Revoke a token. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[OauthRevokeArguments]) -> Response[None]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[OauthRevokeArguments]) -> None:
    """Revoke a token. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[OauthRevokeArguments]
) -> Response[None]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
