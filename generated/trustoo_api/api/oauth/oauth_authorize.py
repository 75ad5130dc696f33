"""Authorise a platform as the logged-in merchant: GET /api/v1/openapi/oauth/authorize"""

from collections.abc import Mapping
from typing import Literal, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.authorization_code import AuthorizationCode
from ...operations import OAUTH_AUTHORIZE
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[AuthorizationCode](
    AuthorizationCode,
    expected=True,
)

_QUERY = {
    "client_id": Constraint(types=("string",)),
    "redirect_uri": Constraint(types=("string",)),
    "state": Constraint(types=("string",)),
    "scope": Constraint(types=("string",)),
    "response_type": Constraint(types=("string",)),
}


class OauthAuthorizeArguments(TypedDict, total=False):
    """The arguments of `build`."""

    client_id: str | None
    redirect_uri: str | None
    state: str | None
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"] | str | None
    response_type: str | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    response_type: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Authorise a platform as the logged-in merchant.

    The merchant's step of the authorization-code grant. According to the newest page, the response
    redirects to `redirect_uri` with a code. According to an older page, the response is JSON.

    Credentials: merchant_session. Scope: not documented.
    Evidence: documented (authorize).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        client_id: The platform's client id. (example)
        redirect_uri: The address that the merchant returns to. (example)
        state: Opaque value that comes back with the code. (example)
        scope: Requested scope. The documentation does not state how several scopes are separated.
            (example; meaning inferred)
        response_type: The kind of the requested grant. The documentation does not show its value.
            (example; meaning inferred)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        An `AuthorizationCode`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> code = shop.oauth.authorize(client_id="EXAMPLE-client-id")
        >>> code.code
        'EXAMPLE-authorization-code'
    """
    return OperationRequest(
        operation=OAUTH_AUTHORIZE,
        path=OAUTH_AUTHORIZE.path,
        query=query_pairs(
            {
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "state": state,
                "scope": scope,
                "response_type": response_type,
            },
            extra_query,
            _QUERY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[OauthAuthorizeArguments]) -> AuthorizationCode:
    """Authorise a platform as the logged-in merchant. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[OauthAuthorizeArguments]
) -> Response[AuthorizationCode]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[OauthAuthorizeArguments]) -> AuthorizationCode:
    """Authorise a platform as the logged-in merchant. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[OauthAuthorizeArguments]
) -> Response[AuthorizationCode]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
