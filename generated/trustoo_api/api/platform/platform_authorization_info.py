"""A shop's authorisation of this platform: GET /api/v1/openapi/get_shop_authorization_info"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.shop_authorization import ShopAuthorization
from ...operations import PLATFORM_AUTHORIZATION_INFO
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[ShopAuthorization] = ResponseDecoder(ShopAuthorization, expected=True)


def build(
    *,
    client_id: str,
    client_secret: str,
    shop_id: str | None = None,
    myshopify_domain: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=PLATFORM_AUTHORIZATION_INFO,
        path=PLATFORM_AUTHORIZATION_INFO.path,
        query=query_pairs(
            {
                "client_id": client_id,
                "client_secret": client_secret,
                "shop_id": shop_id,
                "myshopify_domain": myshopify_domain,
            },
            extra_query,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    client_id: str,
    client_secret: str,
    shop_id: str | None = None,
    myshopify_domain: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[ShopAuthorization]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    client_id: str,
    client_secret: str,
    shop_id: str | None = None,
    myshopify_domain: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> ShopAuthorization:
    """A shop's authorisation of this platform.

    Since when and with which scopes a shop has authorised the platform. Id and secret of the client are
    query parameters.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (authorization-info).

    Args:
        client_id: The platform's client id. (documented)
        client_secret: The platform's client secret. It travels in the address, so keep such addresses out of logs.
            (documented)
        shop_id: Numeric id of the shop. (example)
        myshopify_domain: The shop's Shopify domain. (example)
    """
    return sync_detailed(
        client=client,
        client_id=client_id,
        client_secret=client_secret,
        shop_id=shop_id,
        myshopify_domain=myshopify_domain,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    client_id: str,
    client_secret: str,
    shop_id: str | None = None,
    myshopify_domain: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[ShopAuthorization]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    client_id: str,
    client_secret: str,
    shop_id: str | None = None,
    myshopify_domain: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> ShopAuthorization:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )
    ).parsed
