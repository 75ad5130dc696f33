"""The shop's private token: GET /api/v1/openapi/get_open_api_private_token"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.private_token import PrivateToken
from ...operations import TOKENS_PRIVATE
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[PrivateToken] = Answer(PrivateToken, expected=True)


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=TOKENS_PRIVATE,
        path=TOKENS_PRIVATE.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: Transport,
    extra_query: Mapping[str, object] | None = None,
) -> Response[PrivateToken]:
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
) -> PrivateToken:
    """The shop's private token.

    Read with the session of a logged-in merchant. The token signs every HMAC request, so it is a secret.

    Credentials: merchant_session. Scope: not documented.
    Evidence: documented (quick-start).
    """
    return sync_detailed(
        client=client,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    extra_query: Mapping[str, object] | None = None,
) -> Response[PrivateToken]:
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
) -> PrivateToken:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
