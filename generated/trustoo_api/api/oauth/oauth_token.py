"""Get or refresh an access token: POST /api/v1/openapi/oauth/token"""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.o_auth_token import OAuthToken
from ...operations import OAUTH_TOKEN
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[OAuthToken](OAuthToken, bare=OAuthToken, is_write=True)

_BODY = {
    "grant_type": Constraint(types=("string",)),
    "client_id": Constraint(types=("string",), required=True),
    "client_secret": Constraint(types=("string",), required=True),
    "code": Constraint(types=("string",)),
    "redirect_uri": Constraint(types=("string",)),
    "refresh_token": Constraint(types=("string",)),
    "shop_id": Constraint(types=("string", "integer")),
    "myshopify_domain": Constraint(types=("string",)),
    "scope": Constraint(types=("string",)),
}


class OauthTokenArguments(TypedDict, total=False):
    """The arguments of `build`."""

    client_id: Required[str]
    client_secret: Required[str]
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None
    code: str | None
    redirect_uri: str | None
    refresh_token: str | None
    shop_id: str | int | None
    myshopify_domain: str | None
    scope: str | None
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    client_id: str,
    client_secret: str,
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
    code: str | None = None,
    redirect_uri: str | None = None,
    refresh_token: str | None = None,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    scope: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Get or refresh an access token.

    The JSON body contains the client's id and secret. The grant `client_credentials` needs no
    authorisation by a merchant. It works only for platforms that the vendor has exempted with the flag
    `skip_shop_oauth=1`. That the flag belongs to the platform's configuration, and is no member of the
    request, is inferred.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (token).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        client_id: The platform's client id. (documented)
        client_secret: The platform's client secret. (documented)
        grant_type: The kind of grant. It decides which of the other members are used. (documented)
        code: The code from the callback, for `authorization_code`. It is standard base64, so it needs
            percent-encoding in addresses. (example; meaning inferred)
        redirect_uri: The address that the code was sent to, for `authorization_code`. (example; meaning
            inferred)
        refresh_token: The refresh token to use, for `refresh_token`. (example; meaning inferred)
        shop_id: Shopify's number of the shop that the token is for, for `client_credentials`. (example;
            meaning inferred)
        myshopify_domain: The Shopify domain of the shop that the token is for, for `client_credentials`.
            (example; meaning inferred)
        scope: Scopes to ask for. The example on the page shows no value. (example; meaning inferred)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        An `OAuthToken`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if the call was not sent.
        OutcomeUnknownError: if the call may have been carried out. It was not repeated.

    Example:
        >>> token = shop.oauth.token(
        ...     client_id="EXAMPLE-client-id",
        ...     client_secret="EXAMPLE-client-secret",
        ...     grant_type="authorization_code",
        ...     code="EXAMPLE-authorization-code",
        ...     redirect_uri="http://localhost:3000/oauth/callback",
        ... )
        >>> token.access_token
        'EXAMPLE-access-token'
    """
    return OperationRequest(
        operation=OAUTH_TOKEN,
        path=OAUTH_TOKEN.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "client_id": client_id,
                "client_secret": client_secret,
                "grant_type": grant_type,
                "code": code,
                "redirect_uri": redirect_uri,
                "refresh_token": refresh_token,
                "shop_id": shop_id,
                "myshopify_domain": myshopify_domain,
                "scope": scope,
            },
            extra_body,
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[OauthTokenArguments]) -> OAuthToken:
    """Get or refresh an access token. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[OauthTokenArguments]) -> Response[OAuthToken]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[OauthTokenArguments]) -> OAuthToken:
    """Get or refresh an access token. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[OauthTokenArguments]
) -> Response[OAuthToken]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
