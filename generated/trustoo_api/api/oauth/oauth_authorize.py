"""Authorise a platform as the logged-in merchant: GET /api/v1/openapi/oauth/authorize"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.authorization_code import AuthorizationCode
from ...operations import OAUTH_AUTHORIZE
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[AuthorizationCode] = ResponseDecoder(AuthorizationCode, expected=True)


def build(
    *,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    response_type: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=OAUTH_AUTHORIZE,
        path=OAUTH_AUTHORIZE.path,
        query=query_pairs(
            {
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "state": state,
                "scope": scope,
                "response_type": response_type,
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
    response_type: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[AuthorizationCode]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
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
    response_type: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> AuthorizationCode:
    """Authorise a platform as the logged-in merchant.

    Merchant-facing step of the authorization-code grant. The newest page redirects to `redirect_uri`
    with a code; an older one responded with JSON.

    Credentials: merchant_session. Scope: not documented.
    Evidence: documented (authorize).

    Args:
        client_id: The platform's client id. (example)
        redirect_uri: Where the merchant returns to. (example)
        state: Opaque value that comes back with the code. (example)
        scope: Requested scope. How several are separated is not stated. (example)
        response_type: Kind of the requested grant. Its value is not visible in the documentation. (example)
    """
    return sync_detailed(
        client=client,
        client_id=client_id,
        redirect_uri=redirect_uri,
        state=state,
        scope=scope,
        response_type=response_type,
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
    response_type: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[AuthorizationCode]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
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
    response_type: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> AuthorizationCode:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
            extra_query=extra_query,
        )
    ).parsed
