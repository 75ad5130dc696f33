"""The shop's private token: GET /api/v1/openapi/get_open_api_private_token"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.private_token import PrivateToken
from ...operations import TOKENS_PRIVATE
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[PrivateToken] = ResponseDecoder(PrivateToken, expected=True)


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=TOKENS_PRIVATE,
        path=TOKENS_PRIVATE.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[PrivateToken]:
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
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[PrivateToken]:
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
) -> PrivateToken:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
