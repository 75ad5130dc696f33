"""The shop's public token: GET /api/v1/openapi/get_open_api_information"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.public_token import PublicToken
from ...operations import TOKENS_PUBLIC
from ...resources import with_arguments_of
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[PublicToken](
    PublicToken,
    expected=True,
)


class TokensPublicArguments(TypedDict, total=False):
    """The arguments of `build`."""

    extra_query: Mapping[str, object] | None


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """The shop's public token.

    The call needs the session of a logged-in merchant.

    Credentials: merchant_session. Scope: not documented.
    Evidence: documented (quick-start).
    docs/evidence.md explains the grades.

    Args:
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `PublicToken`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> token = shop.tokens.public()
        >>> token.public_token
        'EXAMPLE-public-token'
    """
    return OperationRequest(
        operation=TOKENS_PUBLIC,
        path=TOKENS_PUBLIC.path,
        query=query_pairs({}, extra_query),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[TokensPublicArguments]) -> PublicToken:
    """The shop's public token. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[TokensPublicArguments]) -> Response[PublicToken]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[TokensPublicArguments]) -> PublicToken:
    """The shop's public token. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[TokensPublicArguments]
) -> Response[PublicToken]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
