"""Sends with httpcore, the library below httpx. Connections and errors are the same, but each call takes less time.

The pool of httpcore looks at every connection and every waiting call whenever a call begins or ends. With a hundred
calls at once, this takes most of the time. The pools in this module are simpler. There is one pool for each host, and
a call gets the connection that was used last.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic

import httpcore

from .._redaction import install_log_redaction
from .body import BodyReader, as_async_iterable, as_iterable
from .connections import KEPT_SECONDS, Origin, Places, split_url, trusted_certificates
from .deadline import AsyncBackend, DeadlineBackend
from .errors import translated
from .exchange import EARLIER, Exchange
from .protocols import Content, Headers, HTTPRequest, HTTPResponse, Resolver

__all__ = ["AsyncHttpcoreTransport", "HttpcoreTransport"]


class HttpcoreTransport:
    """A Transport over httpcore, the default of `Trustoo`. Thread-safe.

    Args:
        resolver: finds the addresses of hosts. Default: the operating system.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        install_log_redaction()
        self._resolver = resolver
        self._lock, self._pools = threading.Lock(), dict[Origin, _Pool]()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            origin, target = split_url(request)
            pool = self._pools.get(origin) or self._open(origin)
            pool.places.acquire(request)
            try:
                exchange, content = Exchange(request.timeout), request.content  # not Exchange.of, which is a call more
                exchange.request, exchange.sent, exchange.until = request, None, None
                if content is not None and request.is_streamed:
                    content = as_iterable(request, exchange.begin)
                elif request.deadline is not None:
                    exchange.until = monotonic() + request.deadline
                raw = _outgoing(origin, target, exchange, content)
                connection = pool.take(raw)
                try:
                    response = connection.handle_request(raw)
                    try:
                        body = BodyReader(request, response.headers, exchange.until)
                        for piece in response.iter_stream():
                            body.feed(piece)
                    finally:
                        response.close()
                finally:  # httpcore has closed a connection that broke
                    if connection.is_idle() and not pool.closed:
                        pool.idle.append((monotonic(), connection))
                    else:
                        connection.close()
            finally:
                pool.places.release()
            return HTTPResponse(response.status, Headers(response.headers), body.content())
        except Exception as error:
            if (ours := translated(error, request, httpcore)) is error:
                raise
            raise ours from error

    def _open(self, origin: Origin) -> _Pool:
        with self._lock:  # two threads may make the first call at once
            if (pool := self._pools.get(origin)) is None:
                pool = self._pools[origin] = _Pool(origin, self._resolver)
            return pool

    def close(self) -> None:
        """Close the idle connections. The next request opens a new connection."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()


class AsyncHttpcoreTransport:
    """An AsyncTransport over httpcore, the default of `AsyncTrustoo`."""

    def __init__(self) -> None:
        from .loops import PerLoop  # loads asyncio, which synchronous clients do not need

        install_log_redaction()
        self._loops = PerLoop(dict[Origin, _AsyncPool], _close)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            return await self._loops.send(Exchange.of(request), _exchange)
        except Exception as error:
            if (ours := translated(error, request, httpcore)) is error:
                raise
            raise ours from error

    async def close(self) -> None:
        """Close the idle connections of this event loop. The next request opens a new connection."""
        await self._loops.close()


async def _exchange(pools: dict[Origin, _AsyncPool], exchange: Exchange) -> HTTPResponse:
    origin, target = split_url(exchange.request)
    if (pool := pools.get(origin)) is None:
        pool = pools[origin] = _AsyncPool(origin)
    return await pool.exchange(origin, target, exchange)


async def _close(pools: dict[Origin, _AsyncPool]) -> None:
    for pool in pools.values():
        await pool.close()


class _Pool:
    """Connections to one host."""

    def __init__(self, origin: Origin, resolver: Resolver | None) -> None:
        certificates = trusted_certificates() if origin.scheme == "https" else None
        self._maker = httpcore.ConnectionPool(
            ssl_context=certificates, keepalive_expiry=KEPT_SECONDS, network_backend=DeadlineBackend(resolver)
        )
        self.idle = deque[tuple[float, httpcore.ConnectionInterface]]()  # the methods of a deque are atomic
        self.places = Places()
        self.closed = False

    def take(self, raw: httpcore.Request) -> httpcore.ConnectionInterface:
        now = monotonic()
        while True:
            try:
                stale = self.idle[0][0] + KEPT_SECONDS < now
                _, connection = self.idle.popleft() if stale else self.idle.pop()
            except IndexError:  # no connection is idle, or another thread took the last idle connection
                return self._maker.create_connection(raw.url.origin)
            if not stale and not connection.has_expired():  # expired: the server has closed it
                return connection
            connection.close()

    def close(self) -> None:
        self.closed = True
        while self.idle:
            self.idle.pop()[1].close()


class _AsyncPool:
    """Connections to one host, for the tasks of one event loop."""

    def __init__(self, origin: Origin) -> None:
        certificates = trusted_certificates() if origin.scheme == "https" else None
        self._maker = httpcore.AsyncConnectionPool(
            ssl_context=certificates, keepalive_expiry=KEPT_SECONDS, network_backend=AsyncBackend()
        )
        self._idle = deque[tuple[float, httpcore.AsyncConnectionInterface]]()
        self._closed = False

    async def exchange(self, origin: Origin, target: str, exchange: Exchange) -> HTTPResponse:
        request = exchange.request
        raw = _outgoing(origin, target, exchange, as_async_iterable(request))
        connection = await self._take(raw)
        try:
            response = await connection.handle_async_request(raw)
            try:
                body = BodyReader(request, response.headers)
                async for piece in response.aiter_stream():
                    body.feed(piece)
            finally:
                await response.aclose()
        except BaseException:
            # For httpcore, only a connection that could not be made is both idle and closed.
            exchange.sent = not (connection.is_idle() and connection.is_closed())
            raise
        finally:  # httpcore has closed a connection that broke, or whose call was cancelled
            if connection.is_idle() and not self._closed:
                self._idle.append((monotonic(), connection))
            else:
                await connection.aclose()
        return HTTPResponse(response.status, Headers(response.headers), body.content())

    async def _take(self, raw: httpcore.Request) -> httpcore.AsyncConnectionInterface:
        now = monotonic()
        while self._idle:
            stale = self._idle[0][0] + KEPT_SECONDS < now
            _, connection = self._idle.popleft() if stale else self._idle.pop()
            if not stale and not connection.has_expired():  # expired: the server has closed it
                return connection
            await connection.aclose()
        return self._maker.create_connection(raw.url.origin)

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop()[1].aclose()


def _outgoing(origin: Origin, target: str, exchange: Exchange, content: Content) -> httpcore.Request:
    request = exchange.request
    headers = [(b"Host", origin.authority.encode()), (b"Accept-Encoding", b"gzip, deflate")]
    for name, value in request.headers.items():
        headers.append((name.encode(), value.encode()))
    if isinstance(content, bytes):
        headers.append((b"Content-Length", str(len(content)).encode()))
    url = httpcore.URL(
        scheme=origin.scheme.encode(), host=origin.host.encode(), port=origin.port, target=target.encode()
    )
    before = exchange if request.deadline is None else min(exchange, request.deadline * EARLIER)
    timeouts = {"connect": before, "read": exchange, "write": exchange}
    return httpcore.Request(request.method, url, headers=headers, content=content, extensions={"timeout": timeouts})
