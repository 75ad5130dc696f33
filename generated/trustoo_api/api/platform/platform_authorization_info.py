"""A shop's authorisation of this platform: GET /api/v1/openapi/get_shop_authorization_info"""

from collections.abc import Mapping
from typing import Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.shop_authorization import ShopAuthorization
from ...operations import PLATFORM_AUTHORIZATION_INFO
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[ShopAuthorization](
    ShopAuthorization,
    expected=True,
)

_QUERY = {
    "client_id": Constraint(types=("string",), required=True),
    "client_secret": Constraint(types=("string",), required=True),
    "shop_id": Constraint(types=("string", "integer")),
    "myshopify_domain": Constraint(types=("string",)),
}


class PlatformAuthorizationInfoArguments(TypedDict, total=False):
    """The arguments of `build`."""

    client_id: Required[str]
    client_secret: Required[str]
    shop_id: str | int | None
    myshopify_domain: str | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    client_id: str,
    client_secret: str,
    shop_id: str | int | None = None,
    myshopify_domain: str | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """A shop's authorisation of this platform.

    States since when and with which scopes a shop has authorised the platform. The client's id and
    secret are query parameters.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (authorization-info).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        client_id: The platform's client id. (documented)
        client_secret: The platform's client secret. The secret is part of the URL, so keep such URLs out
            of logs. (documented)
        shop_id: Shopify's number of the shop. (example; meaning inferred)
        myshopify_domain: The shop's domain at Shopify, which ends in `.myshopify.com`. (example; meaning
            inferred)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `ShopAuthorization`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> authorization = shop.platform.authorization_info(
        ...     client_id="EXAMPLE-client-id",
        ...     client_secret="EXAMPLE-client-secret",
        ... )
        >>> authorization.is_authorized
        True
    """
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
            _QUERY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[PlatformAuthorizationInfoArguments]) -> ShopAuthorization:
    """A shop's authorisation of this platform. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[PlatformAuthorizationInfoArguments]
) -> Response[ShopAuthorization]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(
    *, client: AsyncClient, **arguments: Unpack[PlatformAuthorizationInfoArguments]
) -> ShopAuthorization:
    """A shop's authorisation of this platform. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[PlatformAuthorizationInfoArguments]
) -> Response[ShopAuthorization]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
