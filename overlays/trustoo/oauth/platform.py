"""A platform and the shops that authorised it: `Platform` and, for asyncio, `AsyncPlatform`."""

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


class _Nobody:
    """The platform's own client has no shop, hence no access token."""

    def token(self, rejected: str | None = None) -> str:
        raise ConfigurationError("This call needs a shop's access token: make it through platform.shop(key).")

    async def token_async(self, rejected: str | None = None) -> str:
        return self.token(rejected)


class _Shared:
    """What both platforms are built from."""

    _operations: Operations

    @property
    def client_id(self) -> str:
        """The platform's id."""
        return self._operations.client_id

    def callback(self, url_or_query: str | Mapping[str, str], *, bound_to: str = "") -> Callback:
        """Read a merchant's return to `redirect_uri`.

        Args:
            url_or_query: the address that was called, its query string, or the parameters as your framework gives
                them, decoded.
            bound_to: what was given to `authorize_url`.

        Raises:
            StateMismatchError: it does not belong to an authorisation begun here in the last ten minutes.
            AuthorizationDeniedError: the merchant, or the service, refused.
        """
        return self._operations.callback(url_or_query, bound_to)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client_id={self.client_id!r}, store={self._operations.store!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it holds secrets. Build one in each process."
        )


def _client_settings(settings: Settings) -> Settings:
    if given := sorted(name for name in _OWN_CREDENTIALS if name in settings):
        raise ConfigurationError(f"A platform has no {', '.join(given)}: each of its shops has a token of its own.")
    return {**settings, "tokens": _Nobody()}


class Platform(_Shared):
    """A platform that merchants authorise, and the clients of their shops. Threads may share it.

    Args:
        client_id, client_secret: what the vendor gave the platform.
        redirect_uri: where merchants return to.
        store: where tokens are kept. Default: in memory. Processes share a FileStore.
        refresh_policy: when tokens are renewed.
        http_client: an `httpx.Client` of yours, for the platform and all shops.
        settings: as of `Trustoo`, for the platform and all shops; no credentials of shops.

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
        """The platform's own client, for operations that need no shop's token."""
        now = settings.get("clock") or time.time
        self._operations = Operations(
            client_id, client_secret, redirect_uri, store, refresh_policy or RefreshPolicy(), now
        )
        self._runner = Runner(lambda shop: self.client if shop is None else self.shop(shop))
        self._shops: dict[str, Trustoo] = {}

    def authorize_url(
        self, shop: str | None = None, *, scope: str | Iterable[str] | None = None, bound_to: str = ""
    ) -> str:
        """The address to send a merchant to; asks the service for it.

        Args:
            shop: the key under which the token will be kept. It travels in the `state`, for the merchant to see.
            scope: one scope or several. How several are separated is not documented; a space is used.
            bound_to: something that only the merchant's session with you knows, such as its id: the callback is
                accepted with the same value only. Without it anyone can make a merchant's browser finish somebody
                else's authorisation.
        """
        return self._runner.run(self._operations.authorize_url(shop, scope, bound_to))

    def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """The token for a callback, or for its bare code; saved when the shop's key is known.

        Args:
            shop: the key to save it under. Default: the callback's.
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
        """A token without the merchant, for platforms that the vendor has exempted; saved, and renewed likewise.

        Args:
            shop_id, myshopify_domain: the shop it is for; what the service asks for is not documented.
            scope: sent as given.
            key: the key to save it under. Default: the domain, else the id.
        """
        return self._runner.run(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    def shop(self, key: str) -> Trustoo:
        """The client of a shop, the same each time: it sends the shop's access token and renews it in time.

        It shares the platform's connections and needs no closing. Its calls raise AuthorizationLostError when there is
        no token, or no way to a new one.
        """
        if (known := self._shops.get(key)) is None:
            made = self.client.with_options(tokens=_Tokens(self._operations.token_cache(key), self._runner))
            known = self._shops.setdefault(key, made)
        return known

    def token(self, key: str) -> Token | None:
        """The stored token of a shop, as it is."""
        return self._runner.run(self._operations.load(key))

    def save(self, key: str, token: Token) -> None:
        """Keep a token that came from elsewhere."""
        self._runner.run(self._operations.save(key, token))

    def revoke(self, key: str) -> None:
        """Have the service revoke the shop's access token, and delete it here. Nothing happens where there is none."""
        self._runner.run(self._operations.revoke(key))

    def disconnect(self, key: str) -> None:
        """Give up the authorisation of the shop, and delete its token here."""
        self._runner.run(self._operations.disconnect(key))

    def authorization(self, *, shop_id: str | None = None, myshopify_domain: str | None = None) -> ShopAuthorization:
        """`client.platform.authorization_info` with the platform's id and secret."""
        return self._runner.run(self._operations.authorization(shop_id, myshopify_domain))

    def installation(self, *, shop_id: str | None = None, myshopify_domain: str | None = None) -> ShopInstallation:
        """`client.platform.installation_status` with the platform's id and secret."""
        return self._runner.run(self._operations.installation(shop_id, myshopify_domain))

    def close(self) -> None:
        """Close the connections that this platform opened."""
        self.client.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncPlatform(_Shared):
    """`Platform` for asyncio: the same arguments and methods, to be awaited; `shop` and `callback` are not."""

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
            made = self.client.with_options(tokens=_AsyncTokens(self._operations.token_cache(key), self._runner))
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
        """Close the connections that this platform opened."""
        await self.client.close()

    async def __aenter__(self) -> AsyncPlatform:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


class _Tokens:
    """A TokenSource of one shop."""

    def __init__(self, token_cache: TokenCache, runner: Runner) -> None:
        self._token_cache, self._runner = token_cache, runner

    def token(self, rejected: str | None = None) -> str:
        return self._runner.run(self._token_cache.access_token(rejected))


class _AsyncTokens:
    """An AsyncTokenSource of one shop."""

    def __init__(self, token_cache: TokenCache, runner: AsyncRunner) -> None:
        self._token_cache, self._runner = token_cache, runner

    async def token_async(self, rejected: str | None = None) -> str:
        return await self._runner.run(self._token_cache.access_token(rejected))
