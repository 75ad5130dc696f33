"""Give up a shop's authorisation: POST /api/v1/openapi/oauth/disconnect"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import PLATFORM_DISCONNECT
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[None] = ResponseDecoder()


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=PLATFORM_DISCONNECT,
        path=PLATFORM_DISCONNECT.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """Give up a shop's authorisation.

    Ends the calling platform's authorisation for the shop the token belongs to. Takes no body.

    Credentials: bearer. Scope: not documented.
    Evidence: documented (disconnect).
    """
    return sync_detailed(
        client=client,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
