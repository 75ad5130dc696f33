"""A platform and the shops that authorised it: `Platform`, and `AsyncPlatform` for asyncio."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, Unpack

from trustoo_api.models import ShopAuthorization, ShopInstallation

from .._config import Settings
from ..client import AsyncTrustoo, Trustoo
from ..errors import ConfigurationError
from .effects import AsyncRunner, Runner
from .operations import Callback, Operations
from .refresh import RefreshPolicy, TokenCache
from .stores import TokenStore
from .tokens import Token

__all__ = ["AsyncPlatform", "Callback", "Platform"]

_OWN_CREDENTIALS = ("public_token", "private_token", "access_token", "tokens")


class _NoShop:
    """The token source of the platform's own client, which has no access token."""

    def token(self, rejected: str | None = None) -> str:
        raise ConfigurationError(
            "This call needs the access token of a shop. Call it with the client platform.shop(key)."
        )

    async def token_async(self, rejected: str | None = None) -> str:
        return self.token(rejected)


class _Shared:
    """The methods that both platforms share."""

    _operations: Operations

    @property
    def client_id(self) -> str:
        """The platform's id."""
        return self._operations.client_id

    def callback(self, url_or_query: str | Mapping[str, str], *, bound_to: str = "") -> Callback:
        """Verify a merchant's return to `redirect_uri`.

        Args:
            url_or_query: the called URL, its query string, or the decoded parameters from your framework.
            bound_to: the same value as for `authorize_url`.

        Raises:
            StateMismatchError: the state is missing, forged, older than ten minutes or of another session.
            AuthorizationDeniedError: the merchant or the service refused the authorisation.
        """
        return self._operations.callback(url_or_query, bound_to)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client_id={self.client_id!r}, store={self._operations.store!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it holds secrets. Create one in each process."
        )


def _client_settings(settings: Settings) -> Settings:
    if given := sorted(name for name in _OWN_CREDENTIALS if name in settings):
        raise ConfigurationError(f"A platform takes no {', '.join(given)}: each of its shops has its own access token.")
    return {**settings, "tokens": _NoShop()}


class Platform(_Shared):
    """A platform that merchants authorise, and the clients of their shops. Thread-safe.

    Args:
        client_id, client_secret: the platform's credentials from the vendor.
        redirect_uri: the URL of the callback, to which merchants return.
        store: the token store. Default: a `MemoryStore`. Processes of one machine share a `FileStore`.
        refresh_policy: when tokens are renewed. Default: `RefreshPolicy()`.
        http_client, storage_client: clients of yours, as for `Trustoo`; the platform and all shops use them.
        settings: settings of `Trustoo` for the platform and all shops, except the credentials of a shop.

    Raises:
        ConfigurationError: a setting cannot be used.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str | None = None,
        *,
        store: TokenStore | None = None,
        refresh_policy: RefreshPolicy | None = None,
        http_client: Any = None,
        storage_client: Any = None,
        **settings: Unpack[Settings],
    ) -> None:
        self.client = Trustoo(http_client=http_client, storage_client=storage_client, **_client_settings(settings))
        """The platform's own client, for operations that do not need the access token of a shop."""
        now = settings.get("clock") or time.time
        self._operations = Operations(
            client_id, client_secret, redirect_uri, store, refresh_policy or RefreshPolicy(), now
        )
        self._runner = Runner(lambda shop: self.client if shop is None else self.shop(shop))
        self._shops: dict[str, Trustoo] = {}

    def authorize_url(
        self, shop: str | None = None, *, scope: str | Iterable[str] | None = None, bound_to: str = ""
    ) -> str:
        """Request the URL of the page on which the merchant authorises the platform.

        Args:
            shop: the key under which `exchange` will save the token. The merchant can read it in the `state`.
            scope: one scope or several. They are joined by spaces, which is not documented.
            bound_to: a value that only the merchant's browser session knows, such as its id. `callback` must get the
                same value. Without it an attacker can complete another authorisation in the merchant's browser.

        Raises:
            ArgumentError: the key is blank.
            TrustooError: the call failed.
        """
        return self._runner.run(self._operations.authorize_url(shop, scope, bound_to))

    def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """Exchange a code for a token. Saves the token when the shop's key is known.

        Args:
            callback: what `callback` returned, or a code.
            shop: the key under which the token is saved. Default: the callback's shop.

        Raises:
            ArgumentError: the code is empty or the key is blank.
            ResponseDecodeError: the response has no usable token.
            StoreError: the token cannot be saved.
            TrustooError: the call failed, for example because the code was used before.
        """
        return self._runner.run(self._operations.exchange(callback, shop))

    def client_credentials(
        self,
        *,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        key: str | None = None,
    ) -> Token:
        """Request a token without the merchant, for platforms that the vendor has exempted. Saves the token.

        The token is renewed by the same request.

        Args:
            shop_id, myshopify_domain: the shop. Which of them the service needs is not documented.
            scope: sent as given.
            key: the key under which the token is saved. Default: the domain, else the id.

        Raises:
            ArgumentError: there is neither a shop nor a key, or the key is blank.
            TrustooError: as of `exchange`.
        """
        return self._runner.run(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    def shop(self, key: str) -> Trustoo:
        """Return the client of a shop, always the same object. It sends the shop's access token and renews it.

        The client shares the platform's connections and need not be closed. Its calls raise AuthorizationLostError when
        the store has no token or the service refuses to renew it. Raises ArgumentError when the key is blank.
        """
        if (known := self._shops.get(key)) is None:
            made = self.client.with_options(tokens=_ShopTokens(self._operations.token_cache(key), self._runner))
            known = self._shops.setdefault(key, made)
        return known

    def token(self, key: str) -> Token | None:
        """Return the stored token of a shop, without renewing it; None when there is none."""
        return self._runner.run(self._operations.load(key))

    def save(self, key: str, token: Token) -> None:
        """Save a token from another source."""
        self._runner.run(self._operations.save(key, token))

    def revoke(self, key: str) -> None:
        """Revoke the shop's access token at the service and delete it in the store. Does nothing when there is none."""
        self._runner.run(self._operations.revoke(key))

    def disconnect(self, key: str) -> None:
        """End the authorisation of the shop at the service and delete its token in the store."""
        self._runner.run(self._operations.disconnect(key))

    def authorization(self, *, shop_id: str | None = None, myshopify_domain: str | None = None) -> ShopAuthorization:
        """Call `client.platform.authorization_info` with the platform's id and secret."""
        return self._runner.run(self._operations.authorization(shop_id, myshopify_domain))

    def installation(self, *, shop_id: str | None = None, myshopify_domain: str | None = None) -> ShopInstallation:
        """Call `client.platform.installation_status` with the platform's id and secret."""
        return self._runner.run(self._operations.installation(shop_id, myshopify_domain))

    def close(self) -> None:
        """Close the connections of this platform."""
        self.client.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncPlatform(_Shared):
    """`Platform` for asyncio, with the same arguments. Its methods are coroutines, except `shop` and `callback`."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str | None = None,
        *,
        store: TokenStore | None = None,
        refresh_policy: RefreshPolicy | None = None,
        http_client: Any = None,
        storage_client: Any = None,
        **settings: Unpack[Settings],
    ) -> None:
        self.client = AsyncTrustoo(http_client=http_client, storage_client=storage_client, **_client_settings(settings))
        """As `Platform.client`."""
        now = settings.get("clock") or time.time
        self._operations = Operations(
            client_id, client_secret, redirect_uri, store, refresh_policy or RefreshPolicy(), now
        )
        self._runner = AsyncRunner(lambda shop: self.client if shop is None else self.shop(shop))
        self._shops: dict[str, AsyncTrustoo] = {}

    async def authorize_url(
        self, shop: str | None = None, *, scope: str | Iterable[str] | None = None, bound_to: str = ""
    ) -> str:
        """As `Platform.authorize_url`."""
        return await self._runner.run(self._operations.authorize_url(shop, scope, bound_to))

    async def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """As `Platform.exchange`."""
        return await self._runner.run(self._operations.exchange(callback, shop))

    async def client_credentials(
        self,
        *,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        key: str | None = None,
    ) -> Token:
        """As `Platform.client_credentials`."""
        return await self._runner.run(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    def shop(self, key: str) -> AsyncTrustoo:
        """As `Platform.shop`."""
        if (known := self._shops.get(key)) is None:
            made = self.client.with_options(tokens=_AsyncShopTokens(self._operations.token_cache(key), self._runner))
            known = self._shops.setdefault(key, made)
        return known

    async def token(self, key: str) -> Token | None:
        """As `Platform.token`."""
        return await self._runner.run(self._operations.load(key))

    async def save(self, key: str, token: Token) -> None:
        """As `Platform.save`."""
        await self._runner.run(self._operations.save(key, token))

    async def revoke(self, key: str) -> None:
        """As `Platform.revoke`."""
        await self._runner.run(self._operations.revoke(key))

    async def disconnect(self, key: str) -> None:
        """As `Platform.disconnect`."""
        await self._runner.run(self._operations.disconnect(key))

    async def authorization(
        self, *, shop_id: str | None = None, myshopify_domain: str | None = None
    ) -> ShopAuthorization:
        """As `Platform.authorization`."""
        return await self._runner.run(self._operations.authorization(shop_id, myshopify_domain))

    async def installation(
        self, *, shop_id: str | None = None, myshopify_domain: str | None = None
    ) -> ShopInstallation:
        """As `Platform.installation`."""
        return await self._runner.run(self._operations.installation(shop_id, myshopify_domain))

    async def close(self) -> None:
        """Close the connections of this platform."""
        await self.client.close()

    async def __aenter__(self) -> AsyncPlatform:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


class _ShopTokens:
    """The TokenSource of one shop."""

    def __init__(self, token_cache: TokenCache, runner: Runner) -> None:
        self._token_cache, self._runner = token_cache, runner

    def token(self, rejected: str | None = None) -> str:
        return self._runner.run(self._token_cache.access_token(rejected))


class _AsyncShopTokens:
    """The AsyncTokenSource of one shop."""

    def __init__(self, token_cache: TokenCache, runner: AsyncRunner) -> None:
        self._token_cache, self._runner = token_cache, runner

    async def token_async(self, rejected: str | None = None) -> str:
        return await self._runner.run(self._token_cache.access_token(rejected))
