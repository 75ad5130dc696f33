"""Authorization URL to send a merchant to: GET /api/v1/openapi/get_oauth_authorize_url"""

from collections.abc import Mapping
from typing import Literal, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.authorize_url import AuthorizeUrl
from ...operations import OAUTH_AUTHORIZE_URL
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[AuthorizeUrl](
    AuthorizeUrl,
    expected=True,
)

_QUERY = {
    "client_id": Constraint(types=("string",)),
    "redirect_uri": Constraint(types=("string",)),
    "state": Constraint(types=("string",)),
    "scope": Constraint(types=("string",)),
}


class OauthAuthorizeUrlArguments(TypedDict, total=False):
    """The arguments of `build`."""

    client_id: str | None
    redirect_uri: str | None
    state: str | None
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"] | str | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Authorization URL to send a merchant to.

    The first step of the authorization-code grant. The documentation does not state which parameters are
    required.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (authorize-url-2026-05, authorize-url-2026-06).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        client_id: The platform's client id. (example)
        redirect_uri: The address that the merchant returns to. (example)
        state: Opaque value that comes back with the code. (example)
        scope: Requested scope. The documentation does not state how several scopes are separated.
            (example; meaning inferred)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        An `AuthorizeUrl`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> url = shop.oauth.authorize_url(client_id="EXAMPLE-client-id")
        >>> url.authorize_url
        'https://example.com/EXAMPLE-authorize?client_id=EXAMPLE-client-id'
    """
    return OperationRequest(
        operation=OAUTH_AUTHORIZE_URL,
        path=OAUTH_AUTHORIZE_URL.path,
        query=query_pairs(
            {
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "state": state,
                "scope": scope,
            },
            extra_query,
            _QUERY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[OauthAuthorizeUrlArguments]) -> AuthorizeUrl:
    """Authorization URL to send a merchant to. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[OauthAuthorizeUrlArguments]
) -> Response[AuthorizeUrl]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[OauthAuthorizeUrlArguments]) -> AuthorizeUrl:
    """Authorization URL to send a merchant to. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[OauthAuthorizeUrlArguments]
) -> Response[AuthorizeUrl]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
