"""A platform's standing with a shop, whether it is installed or authorised, and how to end that."""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient
from ...models.shop_authorization import ShopAuthorization
from ...models.shop_installation import ShopInstallation
from ...types import Response
from . import platform_authorization_info, platform_cancel, platform_disconnect, platform_installation_status


class Platform:
    """A platform's standing with a shop, whether it is installed or authorised, and how to end that."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "PlatformWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return PlatformWithRawResponse(self._client)

    def disconnect(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Give up a shop's authorisation.

        Ends the calling platform's authorisation for the shop the token belongs to. Takes no body.

        Credentials: bearer. Scope: not documented.
        Evidence: documented (disconnect).
        """
        return platform_disconnect.sync(
            client=self._client,
            extra_query=extra_query,
        )

    def authorization_info(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> ShopAuthorization:
        """A shop's authorisation of this platform.

        Since when and with which scopes a shop has authorised the platform. Id and secret of the client
        are query parameters.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (authorization-info).

        Args:
            client_id: The platform's client id. (documented)
            client_secret: The platform's client secret. It travels in the address, so keep such addresses out of logs.
                (documented)
            shop_id: Numeric id of the shop. (example)
            myshopify_domain: The shop's Shopify domain. (example)
        """
        return platform_authorization_info.sync(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    def installation_status(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> ShopInstallation:
        """Whether a shop has installed this platform.

        Tells that the shop authorised the platform at some time, not that the authorisation still holds.
        Needs a scope in the platform's own configuration.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (installation-status).

        Args:
            client_id: The platform's client id. (documented)
            client_secret: The platform's client secret. It travels in the address, so keep such addresses out of logs.
                (documented)
            shop_id: Numeric id of the shop. (example)
            myshopify_domain: The shop's Shopify domain. (example)
        """
        return platform_installation_status.sync(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    def cancel(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> None:
        """Cancel a platform's authorisation.

        Inferred from a title and a method in the navigation, beside Disconnect. Path, credentials, body
        and response are guesses based on its neighbour.

        Credentials: bearer. Scope: not documented.
        Evidence: inferred (navigation).
        """
        return platform_cancel.sync(
            client=self._client,
            extra_query=extra_query,
            unverified=unverified,
        )


class PlatformWithRawResponse:
    """A platform's standing with a shop, whether it is installed or authorised, and how to end that. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def disconnect(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `Platform.disconnect`."""
        return platform_disconnect.sync_detailed(
            client=self._client,
            extra_query=extra_query,
        )

    def authorization_info(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ShopAuthorization]:
        """As `Platform.authorization_info`."""
        return platform_authorization_info.sync_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    def installation_status(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ShopInstallation]:
        """As `Platform.installation_status`."""
        return platform_installation_status.sync_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    def cancel(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> Response[None]:
        """As `Platform.cancel`."""
        return platform_cancel.sync_detailed(
            client=self._client,
            extra_query=extra_query,
            unverified=unverified,
        )


class AsyncPlatform:
    """A platform's standing with a shop, whether it is installed or authorised, and how to end that."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncPlatformWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncPlatformWithRawResponse(self._client)

    async def disconnect(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Give up a shop's authorisation.

        Ends the calling platform's authorisation for the shop the token belongs to. Takes no body.

        Credentials: bearer. Scope: not documented.
        Evidence: documented (disconnect).
        """
        return await platform_disconnect.asyncio(
            client=self._client,
            extra_query=extra_query,
        )

    async def authorization_info(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> ShopAuthorization:
        """A shop's authorisation of this platform.

        Since when and with which scopes a shop has authorised the platform. Id and secret of the client
        are query parameters.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (authorization-info).

        Args:
            client_id: The platform's client id. (documented)
            client_secret: The platform's client secret. It travels in the address, so keep such addresses out of logs.
                (documented)
            shop_id: Numeric id of the shop. (example)
            myshopify_domain: The shop's Shopify domain. (example)
        """
        return await platform_authorization_info.asyncio(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    async def installation_status(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> ShopInstallation:
        """Whether a shop has installed this platform.

        Tells that the shop authorised the platform at some time, not that the authorisation still holds.
        Needs a scope in the platform's own configuration.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (installation-status).

        Args:
            client_id: The platform's client id. (documented)
            client_secret: The platform's client secret. It travels in the address, so keep such addresses out of logs.
                (documented)
            shop_id: Numeric id of the shop. (example)
            myshopify_domain: The shop's Shopify domain. (example)
        """
        return await platform_installation_status.asyncio(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    async def cancel(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> None:
        """Cancel a platform's authorisation.

        Inferred from a title and a method in the navigation, beside Disconnect. Path, credentials, body
        and response are guesses based on its neighbour.

        Credentials: bearer. Scope: not documented.
        Evidence: inferred (navigation).
        """
        return await platform_cancel.asyncio(
            client=self._client,
            extra_query=extra_query,
            unverified=unverified,
        )


class AsyncPlatformWithRawResponse:
    """A platform's standing with a shop, whether it is installed or authorised, and how to end that. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def disconnect(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `AsyncPlatform.disconnect`."""
        return await platform_disconnect.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
        )

    async def authorization_info(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ShopAuthorization]:
        """As `AsyncPlatform.authorization_info`."""
        return await platform_authorization_info.asyncio_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    async def installation_status(
        self,
        *,
        client_id: str,
        client_secret: str,
        shop_id: str | None = None,
        myshopify_domain: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ShopInstallation]:
        """As `AsyncPlatform.installation_status`."""
        return await platform_installation_status.asyncio_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            extra_query=extra_query,
        )

    async def cancel(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> Response[None]:
        """As `AsyncPlatform.cancel`."""
        return await platform_cancel.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
            unverified=unverified,
        )
