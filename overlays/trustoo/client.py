"""The clients: `Trustoo` and, for asyncio, `AsyncTrustoo`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, Unpack

from trustoo_api.api import AsyncResources, Resources

from ._config import Config, Overrides, Settings
from ._sansio import AsyncHandlers, GetToken, Handlers, Sleep, run, run_async, sleep, sleep_async
from .credentials import AsyncTokenSource, TokenSource
from .errors import ConfigurationError
from .transport import AsyncTransport, HTTPRequest, Transport, TransportName
from .transport.named import make_async_transport, make_transport

if TYPE_CHECKING:
    import httpx
    from trustoo_api.types import OperationRequest, PaginationOptions, Response, ResponseDecoder

    from ._pipeline import Pipeline
    from .pagination import AsyncPaginator, Paginator
    from .upload import AsyncMedia, Media
    from .upload.storage import Storage

__all__ = ["AsyncTrustoo", "Trustoo"]

T = TypeVar("T")
TransportT = TypeVar("TransportT")


class _Client(ABC, Generic[TransportT]):
    """What both clients are made of: a configuration, a transport, and the pipeline between them."""

    _config: Config
    _transport: TransportT
    _storage_client: Any

    @classmethod
    def _from_parts(cls, config: Config, transport: TransportT, storage_client: Any) -> Self:
        """The constructor for parts that are checked already."""
        client = cls.__new__(cls)
        client._set_up(config, transport, storage_client)
        return client

    def _set_up(self, config: Config, transport: TransportT, storage_client: Any) -> None:
        self._config, self._transport, self._storage_client = config, transport, storage_client
        self._handlers = self._make_handlers()

    @abstractmethod
    def _make_handlers(self) -> Mapping[type[Any], Callable[[Any], Any]]: ...

    @cached_property
    def _pipeline(self) -> Pipeline:
        """Made at the first call: constructing a client loads nothing that only a call needs."""
        from ._pipeline import Pipeline

        return Pipeline(self._config)

    def with_options(self, **overrides: Unpack[Overrides]) -> Self:
        """A client with other options for the calls made through it: `shop.with_options(timeout=5).reviews.list()`.

        It shares connections, credentials and what was learnt of the server's clock, and needs no closing.
        """
        other = self._from_parts(self._config.with_overrides(overrides), self._transport, self._storage_client)
        other._pipeline = self._pipeline.with_config(other._config)
        return other

    def _storage(self) -> Storage[Any]:
        """How this client's uploads are posted."""
        from .upload import StorageRules
        from .upload.storage import Storage

        config = self._config
        rules = config.storage_rules if config.storage_rules is not None else StorageRules()
        if not isinstance(rules, StorageRules):
            raise ConfigurationError(f"storage_rules must be StorageRules, not {type(rules).__name__}.")
        return Storage(self._storage_client, config.proxy, rules, config.retry, config.clock)

    def __repr__(self) -> str:
        config = self._config
        return f"{type(self).__name__}(base_url={config.base_url!r}, public_token={config.credentials.public_token!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it holds secrets and connections. "
            "Create one in each process."
        )


class Trustoo(_Client[Transport], Resources):
    """A client of one shop. Thread-safe.

    Resources: `oauth`, `platform`, `webhooks`, `reviews`, `media`, `orders`, `customer_events`, `customers`,
    `tokens`. Each operation is signed or authorised with the credentials that it needs; when the client lacks that
    kind, the call fails before anything is sent. The client is also a `client=` for every generated function.

    Args:
        public_token, private_token: the shop's tokens, from the app's back office. Default: the environment's
            TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN.
        access_token: a platform's OAuth2 access token instead of the two. Default: TRUSTOO_ACCESS_TOKEN.
        tokens: an object that returns access tokens and renews them, see TokenSource; `trustoo.oauth` has one.
        merchant_session: the JWT of a logged-in merchant, sent as it is, for the few operations that need one.
            Default: TRUSTOO_MERCHANT_SESSION.
        base_url: where the API lives. Default: TRUSTOO_BASE_URL, else the server in the OpenAPI spec.
        timeout: seconds that connecting, sending a piece or waiting for a piece of the response may take. Default: 30.
        retry: which failed attempts are repeated, see RetryPolicy. Default: reads, up to three attempts. NO_RETRIES
            turns it off.
        application: your application's name and version, put before ours in the User-Agent.
        proxy: URL of a proxy for our own connections. Default: what the environment names (HTTPS_PROXY, NO_PROXY, ...).
        transport: what sends HTTP requests: "httpcore", "httpx", "pyreqwest", or an object with the methods of
            `trustoo.transport.Transport`, which `close()` closes. Through a proxy httpx sends, whichever library is
            named. Default: TRUSTOO_TRANSPORT, else "httpcore".
        on_request, on_response, on_retry: called with a CallEvent before an attempt is sent, after it ended, and when
            another one follows; the events hold nothing secret. The logger "trustoo" gets the same.
        http_client: an `httpx.Client` of yours, with your proxies, certificates and hooks; used as it is, never
            closed here.
        storage_client: an `httpx.Client` of yours for image uploads, which go to the object storage and not to the
            API. Default: a new one for each upload.
        storage_rules: which addresses images may be posted to, and how long that may take, see
            `trustoo.upload.StorageRules`. Default: any host name, over https.
        clock: returns the Unix time in seconds that signatures carry; corrected when the server's clock differs.

    Raises:
        ConfigurationError: a setting cannot be used.
    """

    def __init__(
        self,
        *,
        http_client: httpx.Client | None = None,
        storage_client: httpx.Client | None = None,
        transport: Transport | TransportName | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        config = Config.from_settings(settings)
        _check_one_way(config, transport, http_client)
        chosen: Transport
        if http_client is not None:
            from .transport.httpx import HttpxTransport

            chosen = HttpxTransport(http_client)
        else:
            chosen = make_transport(transport, config.proxy)
        self._set_up(config, chosen, storage_client)

    def _make_handlers(self) -> Handlers:
        return {HTTPRequest: self._transport.send, Sleep: sleep, GetToken: _get_token(self._config)}

    @cached_property
    def media(self) -> Media:
        """Media operations, and uploads of images."""
        from .upload import Media

        return Media(self, self._storage())

    def send(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]:
        """Send the request of a generated function. Raises TrustooError."""
        return run(self._pipeline.execute(request, decoder), self._handlers)

    def paginate(
        self,
        build: Callable[[int], OperationRequest],
        decoder: ResponseDecoder[Any],
        **options: Unpack[PaginationOptions],
    ) -> Paginator[Any]:
        """Iterate over the items of a paged operation. `build` returns the request for a page number."""
        from .pagination import PageCursor, Paginator

        return Paginator(self, decoder, PageCursor(build, **options))

    def close(self) -> None:
        """Close the connections that this client opened."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncTrustoo(_Client[AsyncTransport], AsyncResources):
    """`Trustoo` for asyncio: the same arguments, resources and methods, to be awaited.

    `http_client` and `storage_client` are an `httpx.AsyncClient`; `transport` takes "aiohttp" too, or an object with
    the methods of `trustoo.transport.AsyncTransport`; `tokens` is an AsyncTokenSource.
    """

    def __init__(
        self,
        *,
        http_client: httpx.AsyncClient | None = None,
        storage_client: httpx.AsyncClient | None = None,
        transport: AsyncTransport | TransportName | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        config = Config.from_settings(settings)
        _check_one_way(config, transport, http_client)
        chosen: AsyncTransport
        if http_client is not None:
            from .transport.httpx import AsyncHttpxTransport

            chosen = AsyncHttpxTransport(http_client)
        else:
            chosen = make_async_transport(transport, config.proxy)
        self._set_up(config, chosen, storage_client)

    def _make_handlers(self) -> AsyncHandlers:
        return {HTTPRequest: self._transport.send, Sleep: sleep_async, GetToken: _get_token_async(self._config)}

    @cached_property
    def media(self) -> AsyncMedia:
        """Media operations, and uploads of images."""
        from .upload import AsyncMedia

        return AsyncMedia(self, self._storage())

    async def send_async(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]:
        """Send the request of a generated function. Raises TrustooError."""
        return await run_async(self._pipeline.execute(request, decoder), self._handlers)

    def paginate(
        self,
        build: Callable[[int], OperationRequest],
        decoder: ResponseDecoder[Any],
        **options: Unpack[PaginationOptions],
    ) -> AsyncPaginator[Any]:
        """Iterate over the items of a paged operation. `build` returns the request for a page number."""
        from .pagination import AsyncPaginator, PageCursor

        return AsyncPaginator(self, decoder, PageCursor(build, **options))

    async def close(self) -> None:
        """Close the connections that this client opened."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _check_one_way(config: Config, transport: object, http_client: object) -> None:
    if http_client is not None and transport is not None:
        raise ConfigurationError("Give transport or http_client, not both: a client of yours is a transport itself.")
    if http_client is not None and config.proxy is not None:
        raise ConfigurationError("Give proxy or http_client, not both: a client of yours has proxies of its own.")


def _get_token(config: Config) -> Callable[[GetToken], str]:
    tokens = config.credentials.tokens
    if tokens is not None and not isinstance(tokens, TokenSource):
        raise ConfigurationError(f"Trustoo calls the method token of tokens=, which {type(tokens).__name__} lacks.")

    def get_token(effect: GetToken) -> str:
        if tokens is None:
            raise ConfigurationError("This client has no source of access tokens.")
        return tokens.token(effect.rejected)

    return get_token


def _get_token_async(config: Config) -> Callable[[GetToken], Any]:
    tokens = config.credentials.tokens
    if tokens is not None and not isinstance(tokens, AsyncTokenSource):
        raise ConfigurationError(
            f"AsyncTrustoo calls the method token_async of tokens=, which {type(tokens).__name__} lacks."
        )

    async def get_token(effect: GetToken) -> str:
        if tokens is None:
            raise ConfigurationError("This client has no source of access tokens.")
        return await tokens.token_async(effect.rejected)

    return get_token
