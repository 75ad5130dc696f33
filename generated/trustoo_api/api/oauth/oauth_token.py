"""Get or refresh an access token: POST /api/v1/openapi/oauth/token"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.o_auth_token import OAuthToken
from ...operations import OAUTH_TOKEN
from ...types import JSON, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER: ResponseDecoder[OAuthToken | None] = ResponseDecoder(
    OAuthToken,
    bare=OAuthToken,
)


def build(
    *,
    client_id: str,
    client_secret: str,
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
    code: str | None = None,
    redirect_uri: str | None = None,
    refresh_token: str | None = None,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    scope: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=OAUTH_TOKEN,
        path=OAUTH_TOKEN.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "client_id": client_id,
                "client_secret": client_secret,
                "grant_type": grant_type,
                "code": code,
                "redirect_uri": redirect_uri,
                "refresh_token": refresh_token,
                "shop_id": shop_id,
                "myshopify_domain": myshopify_domain,
                "scope": scope,
            },
            extra_body,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    client_id: str,
    client_secret: str,
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
    code: str | None = None,
    redirect_uri: str | None = None,
    refresh_token: str | None = None,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    scope: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[OAuthToken | None]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    client_id: str,
    client_secret: str,
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
    code: str | None = None,
    redirect_uri: str | None = None,
    refresh_token: str | None = None,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    scope: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OAuthToken | None:
    """Get or refresh an access token.

    The client's id and secret travel in the JSON body. `client_credentials` works only for platforms the
    vendor has exempted from merchant authorisation.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (token).

    Args:
        client_id: Not described. (documented)
        client_secret: Not described. (documented)
        grant_type: Which grant this is. (documented)
        code: The code from the callback. Standard base64, so it needs percent-encoding in addresses.
            (documented)
        redirect_uri: The address used for the authorisation. (documented)
        refresh_token: Not described. (documented)
        shop_id: Shop the token is for, an integer in the page's example. (documented)
        myshopify_domain: Not described. (documented)
        scope: Not described. (documented)
    """
    return sync_detailed(
        client=client,
        client_id=client_id,
        client_secret=client_secret,
        grant_type=grant_type,
        code=code,
        redirect_uri=redirect_uri,
        refresh_token=refresh_token,
        shop_id=shop_id,
        myshopify_domain=myshopify_domain,
        scope=scope,
        extra_body=extra_body,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    client_id: str,
    client_secret: str,
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
    code: str | None = None,
    redirect_uri: str | None = None,
    refresh_token: str | None = None,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    scope: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[OAuthToken | None]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    client_id: str,
    client_secret: str,
    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
    code: str | None = None,
    redirect_uri: str | None = None,
    refresh_token: str | None = None,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    scope: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OAuthToken | None:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        )
    ).parsed
