"""Give up a shop's authorisation: POST /api/v1/openapi/oauth/disconnect"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import PLATFORM_DISCONNECT
from ...resources import with_arguments_of
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[None](is_write=True)


class PlatformDisconnectArguments(TypedDict, total=False):
    """The arguments of `build`."""

    extra_query: Mapping[str, object] | None


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Give up a shop's authorisation.

    Ends the calling platform's authorisation for the shop that the token belongs to. That the request
    has no body is inferred, because the readable part of the page shows none.

    Credentials: bearer. Scope: not documented.
    Evidence: documented (disconnect).
    docs/evidence.md explains the grades.

    Args:
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        None. The response has no result.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if the call was not sent.
        OutcomeUnknownError: if the call may have been carried out. It was not repeated.

    Example:
        >>> shop.platform.disconnect()
    """
    return OperationRequest(
        operation=PLATFORM_DISCONNECT,
        path=PLATFORM_DISCONNECT.path,
        query=query_pairs({}, extra_query),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[PlatformDisconnectArguments]) -> None:
    """Give up a shop's authorisation. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[PlatformDisconnectArguments]) -> Response[None]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[PlatformDisconnectArguments]) -> None:
    """Give up a shop's authorisation. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[PlatformDisconnectArguments]
) -> Response[None]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
