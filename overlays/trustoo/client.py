"""The clients: `Trustoo` and, for asyncio, `AsyncTrustoo`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, Unpack

from trustoo_api.api import AsyncResources, Resources

from ._config import Config, Overrides, Settings
from ._docstrings import same_as
from ._sansio import (
    AsyncHandlers,
    GetToken,
    Handlers,
    Reserve,
    Sleep,
    run,
    run_async,
    sleep,
    sleep_async,
    without_frames,
)
from .credentials import AsyncTokenSource, TokenSource
from .errors import ConfigurationError
from .rate import AsyncRateLimiter, RateLimiter, check_wait
from .transport import AsyncTransport, HTTPRequest, Transport, TransportName
from .transport.named import async_storage_transport, make_async_transport, make_transport, storage_transport

if TYPE_CHECKING:
    import httpx
    from trustoo_api.types import OperationRequest, PaginationOptions, Response, ResponseDecoder

    from ._pipeline import Pipeline
    from ._prefetch import PageTasks, PageThreads, Stop
    from .hooks import CallEvent
    from .pagination import AsyncPaginator, PageCursor, Paginator
    from .upload import AsyncMedia, Media

__all__ = ["AsyncTrustoo", "Trustoo"]

T = TypeVar("T")
TransportT = TypeVar("TransportT")


class _Client(ABC, Generic[TransportT]):
    """The parts of both clients: a configuration, a transport, and the pipeline between them."""

    _config: Config
    _transport: TransportT
    _storage: TransportT
    """Sends uploads to the object storage."""
    _owns_transport = True
    """Whether `close` closes the connections. Only the client that opened the connections closes them."""
    _running: set[Any]
    """The pages that iterations are fetching ahead. `close` ends these fetches."""

    def _set_up(self, config: Config, transport: TransportT, storage: TransportT, running: set[Any]) -> None:
        self._config, self._transport, self._storage, self._running = config, transport, storage, running
        self._handlers = self._make_handlers()

    @abstractmethod
    def _make_handlers(self) -> Mapping[type[Any], Callable[[Any], Any]]: ...

    @cached_property
    def _pipeline(self) -> Pipeline:
        """The pipeline. It is created at the first call, so that creating a client loads only what a client needs."""
        from ._pipeline import Pipeline

        return Pipeline(self._config)

    @without_frames
    def with_options(self, **overrides: Unpack[Overrides]) -> Self:
        """Return a client with other options, as in `shop.with_options(timeout=5).reviews.list()`.

        Both clients share connections, credentials and the correction of the clock. Closing the new client closes no
        connection. Only the first client closes the connections.

        Args:
            overrides: the options to change, of `merchant_session`, `tokens`, `timeout`, `deadline`,
                `max_response_bytes`, `retry`, `rate`, `application`, `headers`, `strict`, `on_request`, `on_response`
                and `on_retry`. They are those of `Trustoo`.

        Returns:
            The new client.

        Raises:
            ConfigurationError: if an option is invalid.

        Example:
            >>> from trustoo import NO_RETRIES
            >>> hasty = shop.with_options(timeout=5, retry=NO_RETRIES)
            >>> hasty is shop
            False
        """
        other = type(self).__new__(type(self))
        other._owns_transport = False
        other._set_up(self._config.with_overrides(overrides), self._transport, self._storage, self._running)
        other._pipeline = self._pipeline.with_config(other._config)
        return other

    def _noted_by(self, cursor: PageCursor[Any]) -> Self:
        """Return a client whose attempts the cursor notes."""
        hook = self._config.hooks.on_response

        def on_response(event: CallEvent) -> None:
            cursor.note(event)
            return None if hook is None else hook(event)

        return self.with_options(on_response=on_response)

    @property
    def _longest_wait(self) -> float:
        """The seconds that `close` waits, at most, for pages that are being fetched."""
        return self._config.attempt_deadline or self._config.timeout

    def __repr__(self) -> str:
        config: Config | None = getattr(self, "_config", None)
        if config is None:  # the settings are invalid, and a debugger or an error reporter shows the frame
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}(base_url={config.base_url!r}, public_token={config.credentials.public_token!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it holds secrets and connections. "
            "Create one in each process."
        )


class Trustoo(_Client[Transport], Resources):
    """A client of one shop. Thread-safe.

    Resources: `oauth`, `platform`, `webhooks`, `reviews`, `media`, `orders`, `customer_events`, `customers`,
    `tokens`. Each operation is signed or authorised with the kind of credentials that the operation needs. If the
    client lacks that kind, the call fails before anything is sent. Every generated function also takes the client as
    `client=`. The signature has most of the arguments as `settings`, see `Settings`.

    Args:
        public_token, private_token: the shop's tokens, from the app's back office. Default: the environment variables
            TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN.
        access_token: a platform's OAuth2 access token, instead of the shop's tokens. Default: TRUSTOO_ACCESS_TOKEN.
        tokens: an object that returns access tokens and refreshes them, see TokenSource. `trustoo.oauth` provides one.
        merchant_session: the JWT of a logged-in merchant, for the few operations that need a session. The client sends
            it unchanged. Default: TRUSTOO_MERCHANT_SESSION.
        base_url: the API's address. Default: TRUSTOO_BASE_URL, else the server in the OpenAPI spec.
        timeout: seconds that connecting, sending a piece or waiting for a piece of the response may take. Default: 30,
            or the timeout of `http_client`.
        deadline: seconds that an attempt may take, from connecting to the last byte of the response; None for no limit.
            For an upload, the deadline starts when the last byte of the form was sent. docs/transports.md shows what
            each transport limits. Default: five times `timeout`; for uploads, five times that of `storage_rules`.
        max_response_bytes: the largest response to accept, in bytes after decompression; None for no limit. Default:
            67108864 (64 MiB).
        retry: sets which failed attempts are retried, see RetryPolicy. Default: reads, with up to three attempts.
            NO_RETRIES turns retries off.
        rate: the requests to send in a second, at most, or an object that reserves requests, see
            `trustoo.rate.RateLimiter`. Each attempt counts, also each retry. A request waits before it is signed, so
            that the wait counts neither in `timeout` nor in `deadline`. Copies from `with_options` share the limit,
            unless they set another. Uploads to the object storage do not count, because they go to another service.
            Default: None, no limit.
        application: your application's name and version. The User-Agent header begins with this text.
        headers: additional headers of each request, such as the key of a gateway. The client never shows the values.
            Headers that the client itself writes are refused. `with_options(headers=...)` adds to these headers.
            Uploads to the object storage do not have these headers.
        strict: whether a response that does not match the OpenAPI spec is a ResponseDecodeError. Default: False. Other
            spellings of a value are then read, and members that cannot be read are None, with an
            UnexpectedShapeWarning. docs/responses.md has the rules.
        proxy: the URL of a proxy for the client's own connections. Default: the proxy that the environment sets
            (HTTPS_PROXY, NO_PROXY, ...).
        transport: sends the HTTP requests: "httpcore", "httpx", "pyreqwest", or an object with the methods of
            `trustoo.transport.Transport`. `close()` also closes this object. If there is a proxy, httpx sends the
            requests, whatever library is set. Default: TRUSTOO_TRANSPORT, else "httpcore".
        on_request, on_response, on_retry: functions that are called with a CallEvent: before an attempt is sent, after
            the attempt ended, and when another attempt follows. The events contain no secrets. `on_request` can return
            headers for this attempt, such as a `traceparent`. The logger "trustoo" gets the same events. Hooks are not
            awaited. An exception that a hook raises is logged, and changes nothing for the call.
        http_client: an `httpx.Client` of yours, with your proxies, certificates, timeouts and hooks. The client is used
            unchanged, and is not closed here. If you also set `timeout`, that value counts instead of its timeouts.
            Exceptions of its hooks reach you unchanged, but a write that may have been carried out raises
            OutcomeUnknownError.
        storage_client: an `httpx.Client` of yours for image uploads, which go to the object storage and not to the
            API. Default: the library that `transport` names, else httpcore; httpcore also in place of pyreqwest.
        storage_rules: sets the addresses that images may be posted to, and how long an upload may take, see
            `trustoo.upload.StorageRules`. Default: any public host name, over https.
        clock: returns the Unix time in seconds for signatures. The client corrects this time if the server's clock
            differs.

    Raises:
        ConfigurationError: if a setting is invalid.

    Example:
        >>> from trustoo import Trustoo
        >>> with Trustoo(public_token="EXAMPLE-public-token", private_token="EXAMPLE-private-token") as shop:
        ...     print(shop)
        Trustoo(base_url='https://rapi.trustoo.io', public_token='EXAMPLE-public-token')
    """

    @without_frames
    def __init__(
        self,
        *,
        http_client: httpx.Client | None = None,
        storage_client: httpx.Client | None = None,
        transport: Transport | TransportName | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        config = Config.from_settings(settings)
        _check_together(config, transport, http_client)
        _check_clients("Client", http_client=http_client, storage_client=storage_client)
        chosen: Transport
        if http_client is not None:
            from .transport.httpx import HttpxTransport

            config = _with_timeout_of(http_client, config, settings)
            chosen = HttpxTransport(http_client)
        else:
            chosen = make_transport(transport, config.proxy)
        self._set_up(config, chosen, storage_transport(chosen, config.proxy, storage_client), set())

    def _make_handlers(self) -> Handlers:
        config = self._config
        return {
            HTTPRequest: self._transport.send,
            Sleep: sleep,
            GetToken: _get_token(config),
            Reserve: _reserve(config),
        }

    @cached_property
    def media(self) -> Media:
        """Media operations, and uploads of images."""
        from .upload import Media

        return Media(self, self._config, self._storage)

    def send(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]:
        """Send the request of a generated function. Resources call this method; programs seldom need it.

        Args:
            request: the result of `build` of a generated module.
            decoder: the `DECODER` of the same module.

        Returns:
            The whole response. Its `parsed` is the result of the operation.

        Raises:
            TrustooError: if the call failed. docs/errors.md lists the errors.

        Example:
            >>> from trustoo_api.api.reviews import reviews_get
            >>> response = shop.send(reviews_get.build(id="1001"), reviews_get.DECODER)
            >>> response.parsed.rating
            5
        """
        return run(self._pipeline.execute(request, decoder), self._handlers)

    def paginate(
        self,
        build: Callable[[int], OperationRequest],
        decoder: ResponseDecoder[Any],
        **options: Unpack[PaginationOptions],
    ) -> Paginator[Any]:
        """Iterate over the items of a paged operation.

        Args:
            build: returns the request for a page number.
            decoder: the `DECODER` of the operation's module.
            options: the options of `iterate`, such as `limit`.

        Returns:
            An iterator of the items. `shop.reviews.iterate` and its like call this method; programs seldom need it.

        Raises:
            ArgumentError: if an option is invalid.

        Example:
            >>> from trustoo_api.api.reviews import reviews_list
            >>> pages = lambda page: reviews_list.build(page=page)
            >>> for review in shop.paginate(pages, reviews_list.DECODER, limit=1):
            ...     print(review.id)
            1001
        """
        from .pagination import PageCursor, Paginator

        cursor: PageCursor[Any] = PageCursor(build, strict=self._config.strict, **options)
        ahead = None if cursor.prefetch == 1 else self._pages_ahead(cursor, decoder)
        return Paginator(self, decoder, cursor, ahead)

    def _pages_ahead(self, cursor: PageCursor[Any], decoder: ResponseDecoder[Any]) -> PageThreads:
        from ._prefetch import PageThreads, stoppable

        client = self._noted_by(cursor)

        def fetch(request: OperationRequest, stop: Stop) -> Any:
            return run(client._pipeline.execute(request, decoder), stoppable(client._handlers, stop)).parsed

        return PageThreads(cursor, fetch, self._running)

    def close(self) -> None:
        """Close the connections that this client opened. A client made by `with_options` opens none.

        Leaving a `with` block calls this method.

        Pages that are being fetched ahead are dropped. `close` waits until their attempts have ended, at most as long
        as `deadline`.

        Example:
            >>> shop.close()
        """
        if self._owns_transport:
            if self._running:
                from ._prefetch import drop_threads

                drop_threads(self._running, self._longest_wait)
            self._transport.close()
            self._storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncTrustoo(_Client[AsyncTransport], AsyncResources):
    """`Trustoo` for asyncio. It has the same arguments, resources and methods; its methods are awaited.

    Args:
        http_client: an `httpx.AsyncClient` of yours.
        storage_client: an `httpx.AsyncClient` of yours for image uploads.
        transport: as for `Trustoo`, or "aiohttp", or an object with the methods of `trustoo.transport.AsyncTransport`.
        settings: the other arguments of `Trustoo`. `tokens` is an AsyncTokenSource.

    Raises:
        ConfigurationError: if a setting is invalid.

    Example:
        >>> from trustoo import AsyncTrustoo
        >>> async with AsyncTrustoo(public_token="EXAMPLE-public-token", private_token="EXAMPLE-private-token") as shop:
        ...     print(shop)
        AsyncTrustoo(base_url='https://rapi.trustoo.io', public_token='EXAMPLE-public-token')
    """

    @without_frames
    def __init__(
        self,
        *,
        http_client: httpx.AsyncClient | None = None,
        storage_client: httpx.AsyncClient | None = None,
        transport: AsyncTransport | TransportName | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        config = Config.from_settings(settings)
        _check_together(config, transport, http_client)
        _check_clients("AsyncClient", http_client=http_client, storage_client=storage_client)
        chosen: AsyncTransport
        if http_client is not None:
            from .transport.httpx import AsyncHttpxTransport

            config = _with_timeout_of(http_client, config, settings)
            chosen = AsyncHttpxTransport(http_client)
        else:
            chosen = make_async_transport(transport, config.proxy)
        self._set_up(config, chosen, async_storage_transport(chosen, config.proxy, storage_client), set())

    def _make_handlers(self) -> AsyncHandlers:
        config = self._config
        return {
            HTTPRequest: self._transport.send,
            Sleep: sleep_async,
            GetToken: _get_token_async(config),
            Reserve: _reserve_async(config),
        }

    @cached_property
    def media(self) -> AsyncMedia:
        """Media operations, and uploads of images."""
        from .upload import AsyncMedia

        return AsyncMedia(self, self._config, self._storage)

    @same_as(Trustoo.send)
    async def send_async(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]:
        """Same as `Trustoo.send`."""
        return await run_async(self._pipeline.execute(request, decoder), self._handlers)

    @same_as(Trustoo.paginate)
    def paginate(
        self,
        build: Callable[[int], OperationRequest],
        decoder: ResponseDecoder[Any],
        **options: Unpack[PaginationOptions],
    ) -> AsyncPaginator[Any]:
        """Same as `Trustoo.paginate`, as an asynchronous iterator."""
        from .pagination import AsyncPaginator, PageCursor

        cursor: PageCursor[Any] = PageCursor(build, strict=self._config.strict, **options)
        ahead = None if cursor.prefetch == 1 else self._pages_ahead(cursor, decoder)
        return AsyncPaginator(self, decoder, cursor, ahead)

    def _pages_ahead(self, cursor: PageCursor[Any], decoder: ResponseDecoder[Any]) -> PageTasks:
        from ._prefetch import PageTasks

        client = self._noted_by(cursor)

        async def fetch(request: OperationRequest) -> Any:
            return (await client.send_async(request, decoder)).parsed

        return PageTasks(cursor, fetch, self._running)

    async def close(self) -> None:
        """Close the connections that this client opened. A client made by `with_options` opens none.

        Leaving an `async with` block calls this method.

        Pages that are being fetched ahead are cancelled. `close` waits for the end of their tasks, at most as long as
        `deadline`.

        Example:
            >>> await shop.close()
        """
        if self._owns_transport:
            if self._running:
                from ._prefetch import drop_tasks

                await drop_tasks(self._running, self._longest_wait)
            await self._transport.close()
            await self._storage.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _check_together(config: Config, transport: object, http_client: object) -> None:
    if http_client is not None and transport is not None:
        raise ConfigurationError("Give transport or http_client, not both: http_client sends the requests itself.")
    if http_client is not None and config.proxy is not None:
        raise ConfigurationError("Give proxy or http_client, not both: set the proxy in your http_client.")
    if (rules := config.storage_rules) is not None:
        from .upload import StorageRules  # loaded already, if these are StorageRules

        if not isinstance(rules, StorageRules):
            raise ConfigurationError(f"storage_rules must be StorageRules, not {type(rules).__name__}.")


def _check_clients(wanted: str, **clients: object) -> None:
    """Raises ConfigurationError if a client of the caller is of another kind than `wanted`, a class of httpx."""
    for name, client in clients.items():
        if client is not None:
            import httpx  # loaded already, if the client is one of httpx

            if not isinstance(client, getattr(httpx, wanted)):
                raise ConfigurationError(f"{name} must be an httpx.{wanted}, not {type(client).__qualname__}.")


def _with_timeout_of(http_client: httpx.Client | httpx.AsyncClient, config: Config, settings: Settings) -> Config:
    """Return the configuration with the timeouts of the caller's client, unless `timeout` is set."""
    if http_client.params and config.credentials.private_token is not None:
        raise ConfigurationError(
            f"http_client adds the query parameters {', '.join(http_client.params)} to each request. This would break "
            "the signatures, which cover the query. Create the httpx client without params=."
        )
    if "timeout" in settings:
        return config
    from .transport.httpx import OwnTimeout

    return replace(config, timeout=OwnTimeout.of(http_client))


def _get_token(config: Config) -> Callable[[GetToken], str]:
    tokens = config.credentials.tokens
    if tokens is not None and not isinstance(tokens, TokenSource):
        raise ConfigurationError(f"tokens must have the method token for Trustoo, which {type(tokens).__name__} lacks.")

    def get_token(effect: GetToken) -> str:
        if tokens is None:
            raise ConfigurationError("This client has no source of access tokens.")
        return tokens.token(effect.rejected)

    return get_token


def _get_token_async(config: Config) -> Callable[[GetToken], Any]:
    tokens = config.credentials.tokens
    if tokens is not None and not isinstance(tokens, AsyncTokenSource):
        raise ConfigurationError(
            f"tokens must have the method token_async for AsyncTrustoo, which {type(tokens).__name__} lacks."
        )

    async def get_token(effect: GetToken) -> str:
        if tokens is None:
            raise ConfigurationError("This client has no source of access tokens.")
        return await tokens.token_async(effect.rejected)

    return get_token


def _reserve(config: Config) -> Callable[[Reserve], float]:
    rate = config.rate
    if rate is not None and not isinstance(rate, RateLimiter):
        raise ConfigurationError(f"rate must have the method reserve for Trustoo, which {type(rate).__name__} lacks.")

    def reserve(effect: Reserve) -> float:
        return 0.0 if rate is None else check_wait(rate.reserve())

    return reserve


def _reserve_async(config: Config) -> Callable[[Reserve], Any]:
    rate = config.rate

    async def reserve(effect: Reserve) -> float:
        if rate is None:
            return 0.0
        return check_wait(await rate.reserve_async() if isinstance(rate, AsyncRateLimiter) else rate.reserve())

    return reserve
