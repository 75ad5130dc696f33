"""Sends with httpx: through the caller's client, or through a client of this package, for example for proxies."""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from ssl import SSLError
from typing import Any, TypeVar
from urllib.request import getproxies

import httpcore
import httpx

from .._config import check_proxy
from .._redaction import install_log_redaction
from ..errors import ConfigurationError
from .body import BodyReader, as_async_iterable, as_iterable
from .callers import mark_callers_error
from .connections import CONNECTIONS, KEPT_SECONDS, Places, trusted_certificates
from .deadline import close_if_cancelled, limit_reads
from .errors import PROXY_UNREACHABLE, too_large_error, translated
from .exchange import EARLIER, Exchange
from .loops import PerLoop, limit_of, within_deadline
from .protocols import LONGEST, Content, HTTPRequest, HTTPResponse

__all__ = [
    "AsyncHttpxTransport",
    "HttpxTransport",
    "OwnTimeout",
]

C = TypeVar("C")
H = TypeVar("H", "httpx.Client", "httpx.AsyncClient")


class OwnTimeout(float):
    """The timeouts of a caller's `httpx.Client`. As a number, it is the longest of them, in seconds.

    Attributes:
        steps: the timeouts for connecting, reading, writing and waiting for a connection.
    """

    steps: httpx.Timeout

    @classmethod
    def of(cls, client: httpx.Client | httpx.AsyncClient) -> OwnTimeout:
        """Return the timeouts of `client`."""
        timeout = cls(max(LONGEST if step is None else step for step in client.timeout.as_dict().values()))
        timeout.steps = client.timeout
        return timeout


class HttpxTransport:
    """A Transport over an `httpx.Client`: the caller's client, or a client of this package. Thread-safe.

    The caller's client is never closed here. Tools that watch or mock httpx see the requests of this transport.

    Args:
        client: the caller's client; None for a client of this package.
        proxy: the URL of a proxy for the client of this package. Default: the environment's proxies.
        use_auth: whether the authentication of the caller's client is used.
    """

    def __init__(self, client: httpx.Client | None = None, proxy: str | None = None, *, use_auth: bool = True) -> None:
        install_log_redaction()
        self._client, self._owned, self._proxy = client, client is None, proxy
        self._auth = httpx.USE_CLIENT_DEFAULT if use_auth else None
        self._lock, self._places = threading.Lock(), Places()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        exchange = Exchange.of(request)
        if not self._owned:
            return self._exchange(exchange, exchange.watch)
        self._places.acquire(request)
        try:
            return self._exchange(exchange, _trace_in_time(exchange))
        finally:
            self._places.release()

    def _exchange(self, exchange: Exchange, trace: Callable[..., None]) -> HTTPResponse:
        with _translated_errors(exchange):
            if not exchange.request.is_streamed:
                exchange.begin()
            client = self._client or self._open()
            outgoing = _outgoing(client, exchange, as_iterable(exchange.request, exchange.begin), trace)
            response = client.send(outgoing, auth=self._auth, follow_redirects=False, stream=True)
            return _read_response(response, exchange)

    def _open(self) -> httpx.Client:
        with self._lock:  # two threads may make the first call at once
            if self._client is None:
                self._client = _without_cookies(_make_client(httpx.Client, self._proxy))
            return self._client

    def close(self) -> None:
        """Close the client of this package. The next request opens a new client."""
        with self._lock:
            if self._owned and self._client is not None:
                self._client.close()
                self._client = None


class AsyncHttpxTransport:
    """An AsyncTransport over an `httpx.AsyncClient`: the caller's client, or a client of this package.

    The caller's client is never closed here.
    """

    def __init__(
        self, client: httpx.AsyncClient | None = None, proxy: str | None = None, *, use_auth: bool = True
    ) -> None:
        install_log_redaction()
        self._client, self._proxy = client, proxy
        self._auth = httpx.USE_CLIENT_DEFAULT if use_auth else None
        self._loops = PerLoop(self._open, _close)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        exchange = Exchange.of(request)
        with _translated_errors(exchange):
            if self._client is not None:
                limit = limit_of(exchange)
                return await within_deadline(exchange, self._exchange(self._client, exchange), limit)
            return await self._loops.send(exchange, self._exchange)

    async def _exchange(self, client: httpx.AsyncClient, exchange: Exchange) -> HTTPResponse:
        async def trace(event: str, info: dict[str, Any]) -> None:
            if exchange.sent:
                return
            exchange.watch(event, info)
            if event.endswith(".connect_tcp.complete"):
                close_if_cancelled(info["return_value"])

        outgoing = _outgoing(client, exchange, as_async_iterable(exchange.request), trace)
        response = await client.send(outgoing, auth=self._auth, follow_redirects=False, stream=True)
        return await _read_response_async(response, exchange)

    def _open(self) -> httpx.AsyncClient:
        return _without_cookies(_make_client(httpx.AsyncClient, self._proxy))

    async def close(self) -> None:
        """Close the client of this package. The next request opens a new client."""
        await self._loops.close()


async def _close(client: httpx.AsyncClient) -> None:
    await client.aclose()


def _make_client(kind: Callable[..., C], proxy: str | None) -> C:
    """Create a client of this package. The environment sets the proxies if `proxy` is None.

    `kind` is `httpx.Client` or `httpx.AsyncClient`. Raises ConfigurationError, whose message quotes no address of a
    proxy, because the address can contain a password.
    """
    # If fewer connections may be idle than exist, httpcore closes idle ones, and with them one that another thread has
    # just taken from the pool. The call of that thread would then fail with "Bad file descriptor".
    limits = httpx.Limits(
        max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=KEPT_SECONDS
    )
    settings: dict[str, Any] = {"verify": trusted_certificates(), "trust_env": False, "limits": limits}
    try:
        proxies = environment_proxies() if proxy is None else {"all://": proxy}
        through: Any = _AsyncProxyTransport if kind is httpx.AsyncClient else _ProxyTransport
        mounts = {pattern: url and through(proxy=url, **settings) for pattern, url in proxies.items()}
        return kind(mounts=mounts, **settings)
    except ImportError as error:  # SOCKS needs a package
        raise ConfigurationError(f"The HTTP client cannot be created: {error}") from error
    except (ValueError, httpx.InvalidURL):
        raise ConfigurationError("The HTTP client cannot be created: the proxy's address is invalid.") from None


class _ProxyTransport(httpx.HTTPTransport):
    """A transport through a proxy. Its errors name the proxy if the proxy cannot be reached.

    It closes connections that failed, because httpcore keeps them if TLS failed.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        create = self._pool.create_connection

        def create_connection(origin: httpcore.Origin) -> httpcore.ConnectionInterface:
            connection = create(origin)
            send = connection.handle_request

            def send_or_close(request: httpcore.Request) -> httpcore.Response:
                try:
                    return send(request)
                except httpcore.ConnectionNotAvailable:  # another request uses the connection
                    raise
                except httpcore.ConnectError as error:
                    connection.close()
                    _raise_if_proxy_unreachable(error)
                    raise
                except BaseException:
                    connection.close()
                    raise

            setattr(connection, "handle_request", send_or_close)  # noqa: B010 - mypy refuses to assign to a method
            return connection

        setattr(self._pool, "create_connection", create_connection)  # noqa: B010


class _AsyncProxyTransport(httpx.AsyncHTTPTransport):
    """The asyncio version of `_ProxyTransport`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        create = self._pool.create_connection

        def create_connection(origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
            connection = create(origin)
            send = connection.handle_async_request

            async def send_or_close(request: httpcore.Request) -> httpcore.Response:
                try:
                    return await send(request)
                except httpcore.ConnectionNotAvailable:
                    raise
                except httpcore.ConnectError as error:
                    await connection.aclose()
                    _raise_if_proxy_unreachable(error)
                    raise
                except BaseException:
                    await connection.aclose()
                    raise

            setattr(connection, "handle_async_request", send_or_close)  # noqa: B010
            return connection

        setattr(self._pool, "create_connection", create_connection)  # noqa: B010


def _raise_if_proxy_unreachable(error: httpcore.ConnectError) -> None:
    """Name the proxy in the error. Errors of TLS stay as they are, because they can be about the API's certificate."""
    if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, SSLError):
        raise httpcore.ProxyError(f"{PROXY_UNREACHABLE}: {error}") from error


def environment_proxies() -> dict[str, str | None]:
    """The proxies of the environment, by httpx's patterns of URLs; None for addresses without a proxy.

    Raises ConfigurationError if the address of a proxy is invalid. Entries of NO_PROXY that httpx cannot use, such as
    networks, are left out with a warning.
    """
    found = getproxies()  # on Windows and macOS also the system's settings
    proxies: dict[str, str | None] = {}
    for scheme in ("http", "https", "all"):
        if url := found.get(scheme):
            url = url if "://" in url else f"http://{url}"
            proxies[f"{scheme}://"] = check_proxy(url, _variable(scheme))
    if not proxies:
        return {}
    unusable = list[str]()
    for number, entry in enumerate(found.get("no", "").replace(",", " ").split(), 1):
        if entry == "*":
            return {}
        if pattern := _pattern(entry):
            proxies[pattern] = None
        else:
            unusable.append(str(number))
    if unusable:
        warnings.warn(
            f"{_variable('no')} has entries that are not host names or IP addresses: number {', '.join(unusable)}. "
            "They are left out.",
            stacklevel=2,
        )
    return proxies


def _variable(scheme: str) -> str:
    """The name of the environment variable that sets the proxy for `scheme`."""
    lower = f"{scheme}_proxy"
    return lower if os.environ.get(lower) else lower.upper()


def _pattern(entry: str) -> str | None:
    """httpx's pattern for an entry of NO_PROXY; None if httpx has no pattern for the entry."""
    scheme, _, host = entry.removeprefix("*").rpartition("://")
    if host.count(":") > 1 and "[" not in host:
        host = f"[{host}]"
    exact = scheme or host.startswith("[") or re.fullmatch(r"localhost|[0-9.]+(:[0-9]+)?", host, re.IGNORECASE)
    pattern = f"{scheme or 'all'}://{'' if exact else '*'}{host}"
    try:
        url = httpx.URL(pattern)
    except httpx.InvalidURL:
        return None
    return pattern if url.raw_path == b"/" and not url.userinfo and not url.fragment else None


def _without_cookies(client: H) -> H:
    from http.cookiejar import DefaultCookiePolicy

    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def _outgoing(
    client: httpx.Client | httpx.AsyncClient, exchange: Exchange, content: Content, trace: Callable[..., Any]
) -> httpx.Request:
    request = exchange.request
    if isinstance(request.timeout, OwnTimeout):
        timeouts: dict[str, float | None] = request.timeout.steps.as_dict()
    else:
        pool = None if request.deadline is None else request.deadline * EARLIER
        connect = exchange if pool is None else min(exchange, pool)
        timeouts = {"connect": connect, "read": exchange, "write": exchange, "pool": pool}
    headers = {"Accept-Encoding": "gzip, deflate", **request.headers}
    extensions = {"timeout": timeouts, "trace": trace}
    return client.build_request(request.method, request.url, headers=headers, content=content, extensions=extensions)


def _trace_in_time(exchange: Exchange) -> Callable[[str, dict[str, Any]], None]:
    """Return the `trace` extension for a connection of this package: reading ends at the exchange's deadline."""

    def trace(event: str, info: dict[str, Any]) -> None:
        if exchange.sent:
            return
        exchange.watch(event, info)
        if event.endswith(".connect_tcp.complete"):
            limit_reads(info["return_value"])

    return trace


def _read_response(response: httpx.Response, exchange: Exchange) -> HTTPResponse:
    """Read a response within the limits of its request, and close it."""
    if exchange.until is None:  # a transport of the caller reported no events
        exchange.begin()
    with _decompressed(response, exchange):
        try:
            content = response.read()
        finally:
            response.close()
    return _checked(response, content, exchange.request)


async def _read_response_async(response: httpx.Response, exchange: Exchange) -> HTTPResponse:
    """The asyncio version of `_read_response`."""
    with _decompressed(response, exchange):
        try:
            content = await response.aread()
        finally:
            await response.aclose()
    return _checked(response, content, exchange.request)


@contextmanager
def _decompressed(response: httpx.Response, exchange: Exchange) -> Iterator[None]:
    """Let the response read content that this package decompresses, because httpx decompresses without a limit.

    The response keeps its content, so that tools that keep the response can read the content later.
    """
    headers = response.headers
    if not response.is_stream_consumed:  # else a hook of the caller has read the response
        body = BodyReader(exchange.request, headers.raw, exchange.until)
        response.stream = _Body(response.stream, body)
        if "content-encoding" in headers:
            response.headers = httpx.Headers([pair for pair in headers.raw if pair[0].lower() != b"content-encoding"])
    try:
        yield
    finally:
        response.headers = headers


def _checked(response: httpx.Response, content: bytes, request: HTTPRequest) -> HTTPResponse:
    if request.max_response_bytes is not None and len(content) > request.max_response_bytes:
        raise too_large_error(request)
    return HTTPResponse(response.status_code, response.headers, content)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The content of a response in one piece."""

    def __init__(self, stream: Any, body: BodyReader) -> None:
        self._stream, self._body = stream, body

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._body.feed(piece)
        yield self._body.content()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._body.feed(piece)
        yield self._body.content()

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def _translated_errors(exchange: Exchange) -> Iterator[None]:
    """Translate errors of httpx, and of the layers below httpx, into errors of this package."""
    try:
        yield
    except Exception as error:
        if mark_callers_error(error, exchange.request.url):
            raise
        if (ours := translated(error, exchange.request, httpx, maybe_sent=exchange.maybe_sent)) is error:
            raise
        raise ours from error
