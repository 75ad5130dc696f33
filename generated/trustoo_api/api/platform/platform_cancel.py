"""Cancel a platform's authorisation: POST /api/v1/openapi/cancel_platform_authorization"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import PLATFORM_CANCEL
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[None] = ResponseDecoder()


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=PLATFORM_CANCEL,
        path=PLATFORM_CANCEL.path,
        query=query_pairs({}, extra_query),
        unverified=unverified,
    )


def sync_detailed(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            extra_query=extra_query,
            unverified=unverified,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> None:
    """Cancel a platform's authorisation.

    Inferred from a title and a method in the navigation, beside Disconnect. Path, credentials, body and
    response are guesses based on its neighbour.

    Credentials: bearer. Scope: not documented.
    Evidence: inferred (navigation).
    """
    return sync_detailed(
        client=client,
        extra_query=extra_query,
        unverified=unverified,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            extra_query=extra_query,
            unverified=unverified,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
            unverified=unverified,
        )
    ).parsed
