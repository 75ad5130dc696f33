"""A platform and the shops that authorised it. `Platform` is for threads, and `AsyncPlatform` for asyncio."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, Unpack

from trustoo_api.models import ShopAuthorization, ShopInstallation

from .._config import Settings
from .._sansio import without_frames
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
            "This call needs the access token of a shop. Call the method on the client of a shop, platform.shop(key)."
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
            bound_to: the value that was passed to `authorize_url`.

        Raises:
            StateMismatchError: if the state is missing, forged, older than ten minutes or of another session.
            AuthorizationDeniedError: if the merchant or the service refused the authorisation.
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
        raise ConfigurationError(
            f"A platform does not accept {', '.join(given)}. Each of its shops has its own access token."
        )
    return {**settings, "tokens": _NoShop()}


class Platform(_Shared):
    """A platform that merchants authorise, and the clients of their shops. Thread-safe.

    Args:
        client_id, client_secret: the platform's credentials from the vendor.
        redirect_uri: the URL of the callback, to which merchants return.
        store: the token store. Default: a `MemoryStore`. Processes of one machine share a `FileStore`.
        refresh_policy: decides when tokens are refreshed. Default: `RefreshPolicy()`.
        http_client, storage_client: your own HTTP clients, as for `Trustoo`. The platform and all shops use them.
        settings: settings of `Trustoo` for the platform and all shops, except the credentials of a shop.

    Raises:
        ConfigurationError: if a setting is invalid.
    """

    @without_frames
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
            client_id,
            client_secret,
            redirect_uri,
            store,
            refresh_policy,
            now,
            settings.get("strict", False),
        )
        self._runner = Runner(lambda shop: self.client if shop is None else self.shop(shop))
        self._shops: dict[str, Trustoo] = {}

    def authorize_url(
        self, shop: str | None = None, *, scope: str | Iterable[str] | None = None, bound_to: str = ""
    ) -> str:
        """Request the URL of the page on which the merchant authorises the platform.

        Args:
            shop: the key under which `exchange` will save the token. The merchant can read this key in the `state`.
            scope: one scope or several scopes. Several scopes are joined by spaces. This separator is not documented.
            bound_to: a value that only the merchant's browser session knows, such as the session id. Pass the same
                value to `callback`. Without `bound_to` an attacker can complete another authorisation in the merchant's
                browser.

        Raises:
            ArgumentError: if the key is blank.
            TrustooError: if the call failed.
        """
        return self._runner.run(self._operations.authorize_url(shop, scope, bound_to))

    @without_frames
    def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """Exchange a code for a token. The token is saved if the shop's key is known.

        Args:
            callback: the value that `callback` returned, or a code.
            shop: the key under which the token is saved. Default: the callback's shop.

        Raises:
            ArgumentError: if the code is empty or the key is blank.
            ResponseDecodeError: if the response has no valid token.
            StoreError: if the token cannot be saved.
            TrustooError: if the call failed, for example because the code was used before.
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
        """Request a token without the merchant, and save the token. Only for platforms that the vendor has exempted.

        When the token expires, the same request gets the next token.

        Args:
            shop_id, myshopify_domain: the shop. It is not documented which of these two values the service needs.
            scope: the scope, which is sent unchanged.
            key: the key under which the token is saved. Default: the domain, else the id.

        Raises:
            ArgumentError: if neither a shop nor a key was passed, or the key is blank.
            TrustooError: for the same reasons as in `exchange`.
        """
        return self._runner.run(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    def shop(self, key: str) -> Trustoo:
        """Return the client of a shop. The client sends the shop's access token and refreshes the token.

        Every call with the same key returns the same client. The client shares the platform's connections and need not
        be closed. Calls of the client raise AuthorizationLostError if the store has no token or the service refuses to
        refresh the token.

        Raises:
            ArgumentError: if the key is blank.
        """
        if (known := self._shops.get(key)) is None:
            made = self.client.with_options(tokens=_ShopTokens(self._operations.token_cache(key), self._runner))
            known = self._shops.setdefault(key, made)
        return known

    def token(self, key: str) -> Token | None:
        """Return the stored token of a shop without refreshing it; None if the store has no token."""
        return self._runner.run(self._operations.load(key))

    def save(self, key: str, token: Token) -> None:
        """Save a token that comes from another source."""
        self._runner.run(self._operations.save(key, token))

    def revoke(self, key: str) -> None:
        """Revoke the shop's access token at the service and delete it in the store. Does nothing without a token."""
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
    """The asyncio version of `Platform`, with the same arguments.

    All methods are coroutine functions, except `shop` and `callback`.
    """

    @without_frames
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
        """Same as `Platform.client`."""
        now = settings.get("clock") or time.time
        self._operations = Operations(
            client_id,
            client_secret,
            redirect_uri,
            store,
            refresh_policy,
            now,
            settings.get("strict", False),
        )
        self._runner = AsyncRunner(lambda shop: self.client if shop is None else self.shop(shop))
        self._shops: dict[str, AsyncTrustoo] = {}

    async def authorize_url(
        self, shop: str | None = None, *, scope: str | Iterable[str] | None = None, bound_to: str = ""
    ) -> str:
        """Same as `Platform.authorize_url`."""
        return await self._runner.run(self._operations.authorize_url(shop, scope, bound_to))

    async def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """Same as `Platform.exchange`."""
        effects = self._operations.exchange(callback, shop)
        del callback  # it can be a code, which an error reporter would send
        return await self._runner.run(effects)

    async def client_credentials(
        self,
        *,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        key: str | None = None,
    ) -> Token:
        """Same as `Platform.client_credentials`."""
        return await self._runner.run(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    def shop(self, key: str) -> AsyncTrustoo:
        """Same as `Platform.shop`."""
        if (known := self._shops.get(key)) is None:
            made = self.client.with_options(tokens=_AsyncShopTokens(self._operations.token_cache(key), self._runner))
            known = self._shops.setdefault(key, made)
        return known

    async def token(self, key: str) -> Token | None:
        """Same as `Platform.token`."""
        return await self._runner.run(self._operations.load(key))

    async def save(self, key: str, token: Token) -> None:
        """Same as `Platform.save`."""
        await self._runner.run(self._operations.save(key, token))

    async def revoke(self, key: str) -> None:
        """Same as `Platform.revoke`."""
        await self._runner.run(self._operations.revoke(key))

    async def disconnect(self, key: str) -> None:
        """Same as `Platform.disconnect`."""
        await self._runner.run(self._operations.disconnect(key))

    async def authorization(
        self, *, shop_id: str | None = None, myshopify_domain: str | None = None
    ) -> ShopAuthorization:
        """Same as `Platform.authorization`."""
        return await self._runner.run(self._operations.authorization(shop_id, myshopify_domain))

    async def installation(
        self, *, shop_id: str | None = None, myshopify_domain: str | None = None
    ) -> ShopInstallation:
        """Same as `Platform.installation`."""
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
