"""Cancel a platform's authorisation: POST /api/v1/openapi/cancel_platform_authorization"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import PLATFORM_CANCEL
from ...resources import with_arguments_of
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[None](is_write=True)


class PlatformCancelArguments(TypedDict, total=False):
    """The arguments of `build`."""

    extra_query: Mapping[str, object] | None
    unverified: bool


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> OperationRequest:
    """Cancel a platform's authorisation.

    Inferred from a title and a method in the navigation, next to Disconnect. The path, the credentials,
    the body and the response are guesses based on Disconnect.

    Credentials: bearer. Scope: not documented.
    Evidence: inferred (navigation).
    docs/evidence.md explains the grades.

    Args:
        extra_query: further query parameters, which the OpenAPI spec lacks.
        unverified: True accepts that the path of this write is inferred. Otherwise nothing is sent.

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
        >>> shop.platform.cancel(unverified=True)
    """
    return OperationRequest(
        operation=PLATFORM_CANCEL,
        path=PLATFORM_CANCEL.path,
        query=query_pairs({}, extra_query),
        unverified=unverified,
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[PlatformCancelArguments]) -> None:
    """Cancel a platform's authorisation. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[PlatformCancelArguments]) -> Response[None]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[PlatformCancelArguments]) -> None:
    """Cancel a platform's authorisation. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[PlatformCancelArguments]
) -> Response[None]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
