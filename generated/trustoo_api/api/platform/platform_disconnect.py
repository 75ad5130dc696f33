"""Give up a shop's authorisation: POST /api/v1/openapi/oauth/disconnect"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...operations import PLATFORM_DISCONNECT
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[None] = Answer()


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=PLATFORM_DISCONNECT,
        path=PLATFORM_DISCONNECT.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: Transport,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
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
    client: AsyncTransport,
    extra_query: Mapping[str, object] | None = None,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    extra_query: Mapping[str, object] | None = None,
) -> None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
