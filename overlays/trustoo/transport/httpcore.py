"""Sends with httpcore, the library below httpx. Connections and errors are the same, but each call takes less time.

The pool of httpcore looks at every connection and every waiting call whenever a call begins or ends. With a hundred
calls at once, this takes most of the time. The pools in this module are simpler. There is one pool for each host, and
a call gets the connection that was used last.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from time import monotonic

import httpcore

from .._redaction import install_log_redaction
from .body import BodyReader, as_async_iterable, as_iterable
from .connections import CONNECTIONS, KEPT_SECONDS, Origin, split_url, trusted_certificates
from .errors import translated, within_deadline
from .protocols import Content, Headers, HTTPRequest, HTTPResponse

__all__ = ["AsyncHttpcoreTransport", "HttpcoreTransport"]


class HttpcoreTransport:
    """A Transport over httpcore, the default of `Trustoo`. Thread-safe."""

    def __init__(self) -> None:
        install_log_redaction()
        self._lock, self._pools = threading.Lock(), dict[Origin, _Pool]()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            origin, target = split_url(request)
            pool = self._pools.get(origin) or self._open(origin)
            return pool.exchange(_outgoing(origin, target, request, as_iterable(request)), request)
        except Exception as error:
            if (ours := translated(error, request, httpcore)) is error:
                raise
            raise ours from error

    def _open(self, origin: Origin) -> _Pool:
        with self._lock:  # two threads may make the first call at once
            if (pool := self._pools.get(origin)) is None:
                pool = self._pools[origin] = _Pool(origin)
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
        install_log_redaction()
        self._pools = dict[Origin, _AsyncPool]()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            if request.deadline is None:
                return await self._exchange(request)
            return await within_deadline(request, self._exchange(request))
        except Exception as error:
            if (ours := translated(error, request, httpcore)) is error:
                raise
            raise ours from error

    async def _exchange(self, request: HTTPRequest) -> HTTPResponse:
        origin, target = split_url(request)
        # Connections belong to the event loop that made them. A second asyncio.run() needs new connections.
        if self._loop is not (loop := asyncio.get_running_loop()):
            self._loop, self._pools = loop, {}
        if (pool := self._pools.get(origin)) is None:
            pool = self._pools[origin] = _AsyncPool(origin)
        return await pool.exchange(_outgoing(origin, target, request, as_async_iterable(request)), request)

    async def close(self) -> None:
        """Close the idle connections. The next request opens a new connection."""
        pools, self._pools = self._pools, {}
        if self._loop is asyncio.get_running_loop():  # connections of a closed loop are already closed
            for pool in pools.values():
                await pool.close()


class _Pool:
    """Connections to one host."""

    def __init__(self, origin: Origin) -> None:
        certificates = trusted_certificates() if origin.scheme == "https" else None
        self._maker = httpcore.ConnectionPool(ssl_context=certificates, keepalive_expiry=KEPT_SECONDS)
        self._idle = deque[tuple[float, httpcore.ConnectionInterface]]()  # the methods of a deque are atomic
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._closed = False

    def exchange(self, raw: httpcore.Request, request: HTTPRequest) -> HTTPResponse:
        began = monotonic()
        if not self._free.acquire(timeout=request.timeout):
            raise httpcore.PoolTimeout("no free connection")
        try:
            connection = self._take(raw)
            try:
                response = connection.handle_request(raw)
                try:
                    body = BodyReader(request, response.headers, began)
                    for piece in response.iter_stream():
                        body.feed(piece)
                finally:
                    response.close()
            finally:  # httpcore has closed a connection that broke
                if connection.is_idle() and not self._closed:
                    self._idle.append((monotonic(), connection))
                else:
                    connection.close()
        finally:
            self._free.release()
        return HTTPResponse(response.status, Headers(response.headers), body.content())

    def _take(self, raw: httpcore.Request) -> httpcore.ConnectionInterface:
        now = monotonic()
        while True:
            try:
                stale = self._idle[0][0] + KEPT_SECONDS < now
                _, connection = self._idle.popleft() if stale else self._idle.pop()
            except IndexError:  # no connection is idle, or another thread took the last idle connection
                return self._maker.create_connection(raw.url.origin)
            if not stale and not connection.has_expired():  # expired: the server has closed it
                return connection
            connection.close()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop()[1].close()


class _AsyncPool:
    """Connections to one host, for the tasks of one event loop."""

    def __init__(self, origin: Origin) -> None:
        certificates = trusted_certificates() if origin.scheme == "https" else None
        self._maker = httpcore.AsyncConnectionPool(ssl_context=certificates, keepalive_expiry=KEPT_SECONDS)
        self._idle = deque[tuple[float, httpcore.AsyncConnectionInterface]]()
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._closed = False

    async def exchange(self, raw: httpcore.Request, request: HTTPRequest) -> HTTPResponse:
        if self._free.locked():
            try:
                async with asyncio.timeout(request.timeout):
                    await self._free.acquire()
            except TimeoutError as error:
                raise httpcore.PoolTimeout("no free connection") from error
        else:
            await self._free.acquire()
        try:
            connection = await self._take(raw)
            try:
                response = await connection.handle_async_request(raw)
                try:
                    body = BodyReader(request, response.headers)
                    async for piece in response.aiter_stream():
                        body.feed(piece)
                finally:
                    await response.aclose()
            finally:  # httpcore has closed a connection that broke, or whose call was cancelled
                if connection.is_idle() and not self._closed:
                    self._idle.append((monotonic(), connection))
                else:
                    await connection.aclose()
        finally:
            self._free.release()
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


def _outgoing(origin: Origin, target: str, request: HTTPRequest, content: Content) -> httpcore.Request:
    headers = [(b"Host", origin.authority.encode()), (b"Accept-Encoding", b"gzip, deflate")]
    for name, value in request.headers.items():
        headers.append((name.encode(), value.encode()))
    if isinstance(content, bytes):
        headers.append((b"Content-Length", str(len(content)).encode()))
    url = httpcore.URL(
        scheme=origin.scheme.encode(), host=origin.host.encode(), port=origin.port, target=target.encode()
    )
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), request.timeout)
    return httpcore.Request(request.method, url, headers=headers, content=content, extensions={"timeout": timeouts})
