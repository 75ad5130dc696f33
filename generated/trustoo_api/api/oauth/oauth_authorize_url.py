"""Address to send a merchant to: GET /api/v1/openapi/get_oauth_authorize_url"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.authorize_url import AuthorizeUrl
from ...operations import OAUTH_AUTHORIZE_URL
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[AuthorizeUrl] = ResponseDecoder(AuthorizeUrl, expected=True)


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
    """Describe the request without sending it; `sync` says what the arguments mean."""
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
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[AuthorizeUrl]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> AuthorizeUrl:
    """Address to send a merchant to.

    First step of the authorization-code grant. Which parameters are needed is not stated.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (authorize-url-2026-05, authorize-url-2026-06).

    Args:
        client_id: The platform's client id. (example)
        redirect_uri: Where the merchant returns to. (example)
        state: Opaque value that comes back with the code. (example)
        scope: Requested scope. How several are separated is not stated. (example)
    """
    return sync_detailed(
        client=client,
        client_id=client_id,
        redirect_uri=redirect_uri,
        state=state,
        scope=scope,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[AuthorizeUrl]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> AuthorizeUrl:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        )
    ).parsed
