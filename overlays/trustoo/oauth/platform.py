"""A platform and the shops that authorised it. `Platform` is for threads, and `AsyncPlatform` for asyncio."""

from __future__ import annotations

import time
from abc import abstractmethod
from asyncio import sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, NoReturn, TypeVar, Unpack

from trustoo_api.models import ShopAuthorization, ShopInstallation
from trustoo_api.operations import OAUTH_TOKEN

from .._concurrency import Flights, for_each, for_each_async
from .._config import Settings
from .._docstrings import same_as
from .._sansio import run, run_async, without_frames
from ..client import AsyncTrustoo, Trustoo
from ..credentials import AsyncTokenSource, TokenSource
from ..errors import ArgumentError, ConfigurationError
from ..rate import AsyncRateLimiter, RateLimiter
from .effects import Call, Effects, async_handlers, check_store, handlers, listed, listed_async
from .operations import Callback, Operations
from .protocols import AsyncTokenStore, TokenStore
from .refresh import RefreshHook, RefreshPolicy, RefreshUrgency, TokenCache, lease_seconds
from .stores import AsyncMemoryStore, MemoryStore
from .tokens import Token

__all__ = ["AsyncPlatform", "Callback", "Platform", "ShopResults"]

T = TypeVar("T")
ClientT = TypeVar("ClientT", Trustoo, AsyncTrustoo)
StoreT = TypeVar("StoreT", TokenStore, AsyncTokenStore)
LONGEST_ATTEMPT = 60.0
"""The most seconds that an attempt of a token request may take, unless `deadline` is set."""
_OWN_CREDENTIALS = ("public_token", "private_token", "access_token", "tokens")


class _NoShop:
    """The token source of the platform's own client, which has no access token."""

    def token(self, rejected: str | None = None) -> str:
        raise ConfigurationError(
            "This call needs the access token of a shop. Call the method on the client of a shop, platform.shop(key)."
        )

    async def token_async(self, rejected: str | None = None) -> str:
        return self.token(rejected)


@dataclass(frozen=True, slots=True)
class ShopResults(Generic[T]):
    """The results of `for_each`.

    Attributes:
        results: the results of the function, by the keys of the shops.
        errors: the exceptions that the function raised, by the keys of the shops.
    """

    results: dict[str, T] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)

    def __str__(self) -> str:
        failed = [f"{key} ({type(error).__name__})" for key, error in self.errors.items()]
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        shops = "1 shop" if len(self.results) == 1 else f"{len(self.results)} shops"
        return f"{shops} succeeded, {len(failed)} failed" + (f": {', '.join(failed[:5])}{more}" if failed else "")


class _Platform(Generic[ClientT, StoreT]):
    """The parts of both platforms."""

    client: ClientT
    """The platform's own client, for operations that do not need the access token of a shop."""
    _token_client: ClientT
    _store: StoreT
    _shops: dict[str, ClientT]

    def _set_up(
        self,
        identity: tuple[str, str, str | None],
        client: ClientT,
        store: StoreT,
        policy: RefreshPolicy | None,
        on_refresh: RefreshHook | None,
        clock: Callable[[], float] | None,
        rate: float | RateLimiter | AsyncRateLimiter | None,
    ) -> None:
        config = client._config
        deadline = min(config.timeout, LONGEST_ATTEMPT) if config.deadline is ... else config.deadline
        assert deadline is not None
        lease = lease_seconds(deadline, config.retry)
        self._operations = Operations(*identity, policy, on_refresh, lease, clock or time.time, config.strict)
        self.client, self._token_client = client, client.with_options(deadline=deadline, rate=None)
        self._rate = rate
        self._store, self._flights, self._shops = store, Flights(), {}

    def _client_of(self, call: Call) -> ClientT:
        if call.shop is not None:
            return self.shop(call.shop)
        return self._token_client if call.request.operation is OAUTH_TOKEN else self.client

    @property
    def client_id(self) -> str:
        """The platform's id."""
        return self._operations.client_id

    @abstractmethod
    def _tokens(self, cache: TokenCache) -> TokenSource | AsyncTokenSource:
        """Return the token source of a shop."""

    def shop(self, key: str) -> ClientT:
        """Return the client of a shop. The client sends the shop's access token and refreshes the token.

        Every call with the same key returns the same client. The client shares the platform's connections and need not
        be closed. Calls of the client raise AuthorizationLostError if the store has no token or the service refuses the
        token, TokenRefreshError if the token could not be refreshed, and StoreError if the store does not work.

        Raises:
            ArgumentError: if the key is blank.

        Example:
            >>> kettles = platform.shop("kettles.myshopify.com")
            >>> kettles is platform.shop("kettles.myshopify.com")
            True
        """
        if (known := self._shops.get(key)) is None:
            tokens = self._tokens(self._operations.token_cache(key))
            made = self.client.with_options(tokens=tokens, rate=self._rate)  # a number is a limit of this shop alone
            known = self._shops.setdefault(key, made)
        return known

    def callback(self, url_or_query: str | Mapping[str, str], *, bound_to: str = "") -> Callback:
        """Verify a merchant's return to `redirect_uri`.

        Args:
            url_or_query: the called URL, its query string, or the decoded parameters from your framework.
            bound_to: the value that was passed to `authorize_url`.

        Returns:
            The code of the authorisation, and the shop that was passed to `authorize_url`.

        Raises:
            StateMismatchError: if the state is missing, forged, older than ten minutes or of another session.
            AuthorizationDeniedError: if the merchant or the service refused the authorisation.

        Example:
            >>> from trustoo.oauth import StateMismatchError
            >>> try:
            ...     platform.callback("https://platform.example/callback?code=EXAMPLE-code&state=EXAMPLE-forged")
            ... except StateMismatchError:
            ...     print("start again")
            start again
        """
        return self._operations.callback(url_or_query, bound_to)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client_id={self.client_id!r}, store={self._store!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it holds secrets. Create one in each process."
        )


def _client_settings(settings: Settings) -> Settings:
    if given := sorted(name for name in _OWN_CREDENTIALS if name in settings):
        raise ConfigurationError(
            f"A platform does not accept {', '.join(given)}. Each of its shops has its own access token."
        )
    if settings.get("deadline", ...) is None:
        raise ConfigurationError(
            "A platform needs a deadline: the lease of a shop's token must last longer than a token request."
        )
    return {**settings, "tokens": _NoShop()}


def _checked_concurrency(concurrency: object) -> int:
    if not isinstance(concurrency, int) or isinstance(concurrency, bool) or concurrency < 1:
        raise ArgumentError(f"concurrency must be a positive whole number, not {concurrency!r}.")
    return concurrency


class Platform(_Platform[Trustoo, TokenStore]):
    """A platform that merchants authorise, and the clients of their shops. Thread-safe.

    Args:
        client_id, client_secret: the platform's credentials from the vendor.
        redirect_uri: the URL of the callback, to which merchants return.
        store: the token store, see `TokenStore`. Default: a `MemoryStore`. Processes of one machine share a
            `FileStore`.
        refresh_policy: decides when tokens are refreshed. Default: `RefreshPolicy()`.
        on_refresh: a function that is called with a `RefreshEvent` after each request for a shop's next token. It must
            not block. An exception that it raises is logged.
        http_client, storage_client: your own HTTP clients, as for `Trustoo`. The platform and all shops use them. Close
            the platform before you close them.
        settings: settings of `Trustoo` for the platform and all shops, except the credentials of a shop. `deadline`
            cannot be None. Without `deadline`, an attempt of a token request takes at most `timeout` seconds, and at
            most 60. A number as `rate` is a limit for each shop alone, and one for the platform's own client. All
            share the limit of an object, such as `LocalRateLimiter(10)`. Token requests do not wait for the rate and
            do not count, because others wait for the token meanwhile.

    Raises:
        ConfigurationError: if a setting is invalid.

    Example:
        >>> from trustoo.oauth import FileStore, Platform
        >>> with Platform(
        ...     "EXAMPLE-client-id",
        ...     "EXAMPLE-client-secret",
        ...     "https://platform.example/callback",
        ...     store=FileStore("tokens"),
        ... ) as platform:
        ...     print(list(platform.shops()))
        []
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
        on_refresh: RefreshHook | None = None,
        http_client: Any = None,
        storage_client: Any = None,
        **settings: Unpack[Settings],
    ) -> None:
        store = MemoryStore() if store is None else store
        check_store(store, is_async=False)
        client = Trustoo(http_client=http_client, storage_client=storage_client, **_client_settings(settings))
        identity = client_id, client_secret, redirect_uri
        self._set_up(identity, client, store, refresh_policy, on_refresh, settings.get("clock"), settings.get("rate"))
        self._handlers = handlers(self._client_of, store)

    def _tokens(self, cache: TokenCache) -> TokenSource:
        return _ShopTokens(cache, self)

    def _run(self, effects: Effects[T]) -> T:
        return run(effects, self._handlers)

    def _finish(self, effects: Effects[T]) -> T:
        """Carry out the effects to their end, also if the caller is interrupted."""
        return self._flights.run(object(), partial(run, effects, self._handlers))  # type: ignore[return-value]

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

        Returns:
            The URL. Send the merchant's browser there.

        Raises:
            ArgumentError: if the key is blank.
            TrustooError: if the call failed.

        Example:
            >>> url = platform.authorize_url("kettles.myshopify.com", scope="read_reviews", bound_to="EXAMPLE-session")
            >>> "client_id=EXAMPLE-client-id" in url
            True
        """
        return self._run(self._operations.authorize_url(shop, scope, bound_to))

    @without_frames
    def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """Exchange a code for a token. The token is saved if the shop's key is known.

        Args:
            callback: the value that `callback` returned, or a code.
            shop: the key under which the token is saved. Default: the callback's shop.

        Returns:
            The new token.

        Raises:
            ArgumentError: if the code is empty or the key is blank.
            ResponseDecodeError: if the response has no valid token.
            ClientRefusedError: if the service refused `client_id` and `client_secret`.
            StoreError: if the token cannot be saved. If the store failed before, the code was not used. Otherwise the
                attribute `token` has the new token.
            TrustooError: if the call failed, for example because the code was used before.

        Example:
            >>> token = platform.exchange(fake_platform.code(), shop="kettles.myshopify.com")
            >>> token.is_renewable
            True
        """
        return self._finish(self._operations.exchange(callback, shop))

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

        Returns:
            The new token.

        Raises:
            ArgumentError: if neither a shop nor a key was passed, or the key is blank.
            TrustooError: for the same reasons as in `exchange`.

        Example:
            >>> token = platform.client_credentials(myshopify_domain="kettles.myshopify.com")
            >>> token.requested["myshopify_domain"]
            'kettles.myshopify.com'
        """
        return self._finish(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    def token(self, key: str) -> Token | None:
        """Return the stored token of a shop without refreshing it; None if the store has no token.

        Args:
            key: the shop's key in the store.

        Raises:
            ArgumentError: if the key is blank.
            StoreError: if the token cannot be read.

        Example:
            >>> token = platform.token("kettles.myshopify.com")
            >>> token.is_renewable
            True
        """
        return self._run(self._operations.load(key))

    def save(self, key: str, token: Token) -> None:
        """Save a token that comes from another source.

        Args:
            key: the shop's key in the store. The token that the store has is replaced.
            token: the new token.

        Raises:
            ArgumentError: if the key is blank.
            StoreError: if the token cannot be saved.

        Example:
            >>> platform.save("kettles.myshopify.com", token)
        """
        self._run(self._operations.save(key, token))

    def forget(self, key: str) -> None:
        """Delete the token of a shop here, without a request. For a shop that has uninstalled the platform.

        Raises:
            ArgumentError: if the key is blank.
            StoreError: if the token cannot be deleted.

        Example:
            >>> platform.forget("kettles.myshopify.com")
        """
        self._run(self._operations.forget(key))
        self._shops.pop(key, None)

    def revoke(self, key: str) -> None:
        """Revoke the shop's tokens at the service, and delete them here. Does nothing without a token.

        The tokens are deleted here even if the service raises an error. The error is then the service's response about
        the access token. It is not documented whether the service also revokes refresh tokens.

        Raises:
            ArgumentError: if the key is blank.
            StoreError: if the token cannot be deleted.
            TrustooError: if the service did not revoke the access token.

        Example:
            >>> platform.revoke("kettles.myshopify.com")
        """
        try:
            self._finish(self._operations.revoke(key))
        finally:
            self._shops.pop(key, None)

    def disconnect(self, key: str) -> None:
        """End the authorisation of the shop at the service, and delete its tokens here, as `revoke` does.

        Args:
            key: the shop's key in the store.

        Raises:
            ArgumentError: if the key is blank.
            StoreError: if the token cannot be deleted.
            TrustooError: if the service did not end the authorisation. The tokens are deleted here nevertheless.

        Example:
            >>> platform.disconnect("kettles.myshopify.com")
        """
        try:
            self._finish(self._operations.disconnect(key))
        finally:
            self._shops.pop(key, None)

    def shops(self) -> Iterator[str]:
        """Yield the keys of the shops whose tokens the store has, in any order.

        Raises:
            StoreError: during iteration, if the keys cannot be read.

        Example:
            >>> for key in platform.shops():
            ...     print(key)
            kettles.myshopify.com
        """
        return listed(self._store)

    def for_each(
        self, function: Callable[[str, Trustoo], T], *, shops: Iterable[str] | None = None, concurrency: int = 8
    ) -> ShopResults[T]:
        """Call a function for many shops, in several threads. An error of one shop does not stop the others.

        An exception that is not an Exception, such as a KeyboardInterrupt, stops the run: no other shop begins, and the
        exception is raised when the shops that had begun have ended.

        Args:
            function: takes the key and the client of a shop.
            shops: the keys. Default: all keys in the store.
            concurrency: the most shops at a time. Default: 8.

        Returns:
            The results and the exceptions of the function, by the keys of the shops.

        Raises:
            ArgumentError: if `concurrency` is invalid.
            StoreError: if the keys cannot be read.

        Example:
            >>> def count(key, shop):
            ...     return len(shop.reviews.list().list)
            >>> done = platform.for_each(count)
            >>> done.results
            {'kettles.myshopify.com': 1}
        """
        done: ShopResults[T] = ShopResults()

        def call(key: str) -> None:
            try:
                done.results[key] = function(key, self.shop(key))
            except Exception as error:
                done.errors[key] = error

        for_each(self.shops() if shops is None else iter(shops), call, _checked_concurrency(concurrency))
        return done

    def authorization(self, *, shop_id: str | None = None, myshopify_domain: str | None = None) -> ShopAuthorization:
        """Call `client.platform.authorization_info` with the platform's id and secret.

        Args:
            shop_id, myshopify_domain: the shop. It is not documented which of these two values the service needs.

        Returns:
            The response. An attribute is None if the response lacks it or if it cannot be read.

        Raises:
            TrustooError: if the call failed.

        Example:
            >>> shop = platform.authorization(myshopify_domain="kettles.myshopify.com")
            >>> shop.is_authorized
            True
        """
        return self._run(self._operations.authorization(shop_id, myshopify_domain))

    def installation(self, *, shop_id: str | None = None, myshopify_domain: str | None = None) -> ShopInstallation:
        """Call `client.platform.installation_status` with the platform's id and secret.

        Args:
            shop_id, myshopify_domain: the shop. It is not documented which of these two values the service needs.

        Returns:
            The response. An attribute is None if the response lacks it or if it cannot be read.

        Raises:
            TrustooError: if the call failed.

        Example:
            >>> shop = platform.installation(myshopify_domain="kettles.myshopify.com")
            >>> shop.is_installed
            1
        """
        return self._run(self._operations.installation(shop_id, myshopify_domain))

    def close(self) -> None:
        """Wait for refreshes that are running, and close the connections of this platform.

        Leaving a `with` block calls this method.

        Example:
            >>> platform.close()
        """
        self._flights.join()
        self.client.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncPlatform(_Platform[AsyncTrustoo, AsyncTokenStore]):
    """The asyncio version of `Platform`. All methods are coroutine functions, except `shop`, `shops` and `callback`.

    Args:
        client_id, client_secret, redirect_uri: the same as for `Platform`.
        store: an `AsyncTokenStore`. Default: an `AsyncMemoryStore`.
        refresh_policy, on_refresh: the same as for `Platform`.
        http_client, storage_client: your own clients, as for `AsyncTrustoo`.
        settings: the same as for `Platform`.

    Raises:
        ConfigurationError: if a setting is invalid.

    Example:
        >>> from trustoo.oauth import AsyncFileStore, AsyncPlatform
        >>> async with AsyncPlatform(
        ...     "EXAMPLE-client-id",
        ...     "EXAMPLE-client-secret",
        ...     "https://platform.example/callback",
        ...     store=AsyncFileStore("tokens"),
        ... ) as platform:
        ...     print([shop async for shop in platform.shops()])
        []
    """

    @without_frames
    def __init__(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str | None = None,
        *,
        store: AsyncTokenStore | None = None,
        refresh_policy: RefreshPolicy | None = None,
        on_refresh: RefreshHook | None = None,
        http_client: Any = None,
        storage_client: Any = None,
        **settings: Unpack[Settings],
    ) -> None:
        store = AsyncMemoryStore() if store is None else store
        check_store(store, is_async=True)
        client = AsyncTrustoo(http_client=http_client, storage_client=storage_client, **_client_settings(settings))
        identity = client_id, client_secret, redirect_uri
        self._set_up(identity, client, store, refresh_policy, on_refresh, settings.get("clock"), settings.get("rate"))
        self._handlers = async_handlers(self._client_of, store)

    def _tokens(self, cache: TokenCache) -> AsyncTokenSource:
        return _AsyncShopTokens(cache, self)

    async def _run(self, effects: Effects[T]) -> T:
        return await run_async(effects, self._handlers)

    async def _finish(self, effects: Effects[T]) -> T:
        """Carry out the effects to their end, also if the caller is cancelled."""
        return await self._flights.run_async(object(), partial(run_async, effects, self._handlers))  # type: ignore[return-value]

    @same_as(Platform.authorize_url)
    async def authorize_url(
        self, shop: str | None = None, *, scope: str | Iterable[str] | None = None, bound_to: str = ""
    ) -> str:
        """Same as `Platform.authorize_url`."""
        return await self._run(self._operations.authorize_url(shop, scope, bound_to))

    @same_as(Platform.exchange)
    async def exchange(self, callback: Callback | str, *, shop: str | None = None) -> Token:
        """Same as `Platform.exchange`."""
        effects = self._operations.exchange(callback, shop)
        del callback  # it can be a code, which an error reporter would send
        return await self._finish(effects)

    @same_as(Platform.client_credentials)
    async def client_credentials(
        self,
        *,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        key: str | None = None,
    ) -> Token:
        """Same as `Platform.client_credentials`."""
        return await self._finish(self._operations.client_credentials(shop_id, myshopify_domain, scope, key))

    @same_as(Platform.token)
    async def token(self, key: str) -> Token | None:
        """Same as `Platform.token`."""
        return await self._run(self._operations.load(key))

    @same_as(Platform.save)
    async def save(self, key: str, token: Token) -> None:
        """Same as `Platform.save`."""
        await self._run(self._operations.save(key, token))

    @same_as(Platform.forget)
    async def forget(self, key: str) -> None:
        """Same as `Platform.forget`."""
        await self._run(self._operations.forget(key))
        self._shops.pop(key, None)

    @same_as(Platform.revoke)
    async def revoke(self, key: str) -> None:
        """Same as `Platform.revoke`."""
        try:
            await self._finish(self._operations.revoke(key))
        finally:
            self._shops.pop(key, None)

    @same_as(Platform.disconnect)
    async def disconnect(self, key: str) -> None:
        """Same as `Platform.disconnect`."""
        try:
            await self._finish(self._operations.disconnect(key))
        finally:
            self._shops.pop(key, None)

    @same_as(Platform.shops)
    def shops(self) -> AsyncIterator[str]:
        """Same as `Platform.shops`, as an asynchronous iterator."""
        return listed_async(self._store)

    async def for_each(
        self,
        function: Callable[[str, AsyncTrustoo], Awaitable[T]],
        *,
        shops: Iterable[str] | None = None,
        concurrency: int = 8,
    ) -> ShopResults[T]:
        """Call a coroutine function for many shops, in tasks. An error of one shop does not stop the others.

        If the caller is cancelled, all tasks are cancelled.

        Args:
            function: a coroutine function that takes the key and the client of a shop.
            shops: the keys. Default: all keys in the store.
            concurrency: the most shops at a time. Default: 8.

        Returns:
            The results and the exceptions of the function, by the keys of the shops.

        Raises:
            ArgumentError: if `concurrency` is invalid.
            StoreError: if the keys cannot be read.

        Example:
            >>> async def count(key, shop):
            ...     page = await shop.reviews.list()
            ...     return len(page.list)
            >>> done = await platform.for_each(count)
            >>> done.results
            {'kettles.myshopify.com': 1}
        """
        done: ShopResults[T] = ShopResults()

        async def call(key: str) -> None:
            try:
                done.results[key] = await function(key, self.shop(key))
            except Exception as error:
                done.errors[key] = error

        keys = self.shops() if shops is None else _async_iterator(shops)
        await for_each_async(keys, call, _checked_concurrency(concurrency))
        return done

    @same_as(Platform.authorization)
    async def authorization(
        self, *, shop_id: str | None = None, myshopify_domain: str | None = None
    ) -> ShopAuthorization:
        """Same as `Platform.authorization`."""
        return await self._run(self._operations.authorization(shop_id, myshopify_domain))

    @same_as(Platform.installation)
    async def installation(
        self, *, shop_id: str | None = None, myshopify_domain: str | None = None
    ) -> ShopInstallation:
        """Same as `Platform.installation`."""
        return await self._run(self._operations.installation(shop_id, myshopify_domain))

    @same_as(Platform.close)
    async def close(self) -> None:
        """Same as `Platform.close`."""
        await self._flights.join_async()
        await self.client.close()

    async def __aenter__(self) -> AsyncPlatform:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


class _ShopTokens:
    """The TokenSource of one shop."""

    def __init__(self, cache: TokenCache, platform: Platform) -> None:
        self._cache, self._platform = cache, platform

    def token(self, rejected: str | None = None) -> str:
        cache, platform, pauses = self._cache, self._platform, None
        while (token := cache.usable(rejected)) is None:
            if pauses is not None:
                time.sleep(next(pauses))
            pauses = pauses or cache.pauses()
            wait = cache.urgency(rejected) is not RefreshUrgency.ADVISORY
            refresh = partial(run, cache.refresh(rejected), platform._handlers)
            token = platform._flights.run(cache, refresh, wait=wait)
            if token is not None or not wait:
                return token or cache.current()
        return token


class _AsyncShopTokens:
    """The AsyncTokenSource of one shop."""

    def __init__(self, cache: TokenCache, platform: AsyncPlatform) -> None:
        self._cache, self._platform = cache, platform

    async def token_async(self, rejected: str | None = None) -> str:
        cache, platform, pauses = self._cache, self._platform, None
        while (token := cache.usable(rejected)) is None:
            if pauses is not None:
                await sleep(next(pauses))
            pauses = pauses or cache.pauses()
            wait = cache.urgency(rejected) is not RefreshUrgency.ADVISORY
            refresh = partial(run_async, cache.refresh(rejected), platform._handlers)
            token = await platform._flights.run_async(cache, refresh, wait=wait)
            if token is not None or not wait:
                return token or cache.current()
        return token


async def _async_iterator(keys: Iterable[str]) -> AsyncIterator[str]:
    for key in keys:
        yield key
