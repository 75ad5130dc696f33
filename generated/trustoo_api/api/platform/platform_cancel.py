"""Cancel a platform's authorisation: POST /api/v1/openapi/cancel_platform_authorization"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...operations import PLATFORM_CANCEL
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[None] = Answer()


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=PLATFORM_CANCEL,
        path=PLATFORM_CANCEL.path,
        query=query_pairs({}, extra_query),
        unverified=unverified,
    )


def sync_detailed(
    *,
    client: Transport,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[None]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            extra_query=extra_query,
            unverified=unverified,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> None:
    """Cancel a platform's authorisation.

    Inferred from a title and a method in the navigation, beside Disconnect. Path, credentials, body and
    answer are guesses made after its neighbour.

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
    client: AsyncTransport,
    extra_query: Mapping[str, object] | None = None,
    unverified: bool = False,
) -> Response[None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            extra_query=extra_query,
            unverified=unverified,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
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
