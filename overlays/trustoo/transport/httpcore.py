"""Sends with httpcore, the library under httpx: the same connections and errors without httpx's own work for each call.

httpcore's own pool looks at every connection and every waiting call whenever one begins or ends. That is most of the
time of a hundred calls at once, so the pools here are simpler: one for each host, the connection used last first.
"""

from __future__ import annotations

import asyncio
import re
import string
import threading
from collections import deque
from time import monotonic
from urllib.parse import quote

import httpcore

from .._redaction import install_log_redaction
from .compression import BodyReader, BodyTooLarge
from .errors import timeout_error, too_large_error, translated, unusable_address, within_deadline
from .protocols import Headers, HTTPRequest, HTTPResponse, as_async_iterable, parse_http_url
from .tls import trusted_certificates

__all__ = ["AsyncHttpcoreTransport", "HttpcoreTransport"]

CONNECTIONS = 100
"""Connections to one host, as many as httpx opens; further calls wait for one, as long as their timeout."""
KEPT_SECONDS = 5.0
"""How long an idle connection is kept, as in httpx: servers close theirs later than that."""
_ADDRESS = re.compile(r"(https?://[^/?#]*)([^#]*)")


class HttpcoreTransport:
    """A Transport over httpcore, the default of `Trustoo`. Thread-safe."""

    def __init__(self) -> None:
        install_log_redaction()
        self._lock, self._hosts = threading.Lock(), dict[str, _Host]()
        self._pools: dict[str, _Pool] = {}

    def send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            host, target = _split(self._hosts, request)
            pool = self._pools.get(host.name) or self._open(host)
            return pool.exchange(host.request(target, request, request.content), request)
        except BodyTooLarge:
            raise too_large_error(request) from None
        except Exception as error:
            if (ours := translated(error, request, httpcore)) is error:
                raise
            raise ours from error

    def _open(self, host: _Host) -> _Pool:
        with self._lock:  # two threads may make the first call at once
            return self._pools.setdefault(host.name, _Pool(host))

    def close(self) -> None:
        """Close the idle connections; they open again when they are needed again."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()


class AsyncHttpcoreTransport:
    """An AsyncTransport over httpcore, the default of `AsyncTrustoo`."""

    def __init__(self) -> None:
        install_log_redaction()
        self._hosts = dict[str, _Host]()
        self._pools: dict[str, _AsyncPool] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            host, target = _split(self._hosts, request)
            # Connections belong to the event loop that made them: a second asyncio.run() needs new ones.
            if self._loop is not (loop := asyncio.get_running_loop()):
                self._loop, self._pools = loop, {}
            if (pool := self._pools.get(host.name)) is None:
                pool = self._pools[host.name] = _AsyncPool(host)
            raw = host.request(target, request, as_async_iterable(request.content))
            if request.deadline is None:
                return await pool.exchange(raw, request)
            async with within_deadline(request):
                return await pool.exchange(raw, request)
        except BodyTooLarge:
            raise too_large_error(request) from None
        except Exception as error:
            if (ours := translated(error, request, httpcore)) is error:
                raise
            raise ours from error

    async def close(self) -> None:
        """Close the idle connections; they open again when they are needed again."""
        pools, self._pools = self._pools, {}
        if self._loop is asyncio.get_running_loop():  # those of a loop that is gone are gone with it
            for pool in pools.values():
                await pool.close()


class _Pool:
    """Connections to one host."""

    def __init__(self, host: _Host) -> None:
        self._maker = httpcore.ConnectionPool(
            ssl_context=trusted_certificates() if host.is_secure else None, keepalive_expiry=KEPT_SECONDS
        )
        self._idle = deque[tuple[float, httpcore.ConnectionInterface]]()  # its methods are atomic
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._closed = False

    def exchange(self, raw: httpcore.Request, request: HTTPRequest) -> HTTPResponse:
        if not self._free.acquire(timeout=request.timeout):
            raise httpcore.PoolTimeout("no free connection")
        began = monotonic()
        try:
            connection = self._take(raw)
            try:
                response = connection.handle_request(raw)
                try:
                    body = BodyReader(response.headers, request.max_response_bytes)
                    for piece in response.iter_stream():
                        body.feed(piece)
                        if request.deadline is not None and monotonic() - began > request.deadline:
                            raise timeout_error(request, "deadline", maybe_sent=True)
                finally:
                    response.close()
            finally:  # httpcore has closed a connection that broke
                if connection.is_idle() and not self._closed:
                    self._idle.append((monotonic(), connection))
                else:
                    connection.close()
        finally:
            self._free.release()
        return HTTPResponse(response.status, _headers(response.headers), body.content())

    def _take(self, raw: httpcore.Request) -> httpcore.ConnectionInterface:
        now = monotonic()
        while True:
            try:
                stale = self._idle[0][0] + KEPT_SECONDS < now
                _, connection = self._idle.popleft() if stale else self._idle.pop()
            except IndexError:  # none is idle, or another thread took the last one
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

    def __init__(self, host: _Host) -> None:
        self._maker = httpcore.AsyncConnectionPool(
            ssl_context=trusted_certificates() if host.is_secure else None, keepalive_expiry=KEPT_SECONDS
        )
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
                    body = BodyReader(response.headers, request.max_response_bytes)
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
        return HTTPResponse(response.status, _headers(response.headers), body.content())

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


class _Host:
    """Scheme, host and port of addresses, parsed once."""

    def __init__(self, name: str) -> None:
        parts = parse_http_url(name)
        if parts.username is not None:
            raise ValueError("it has a user name")
        self.name, self.is_secure = name, parts.scheme == "https"
        host = str(parts.hostname)
        self._scheme, self._host, self._port = parts.scheme.encode(), _ascii(host), parts.port
        shown = f"[{host}]".encode() if ":" in host else self._host
        default = parts.port is None or parts.port == (443 if self.is_secure else 80)
        shown += b"" if default else f":{parts.port}".encode()
        self._fixed = [(b"Host", shown), (b"Accept-Encoding", b"gzip, deflate")]

    def request(self, target: bytes, request: HTTPRequest, content: object) -> httpcore.Request:
        """The request in httpcore's form."""
        headers = self._fixed + [(name.encode(), value.encode()) for name, value in request.headers.items()]
        if isinstance(content, bytes):
            headers.append((b"Content-Length", str(len(content)).encode()))
        seconds = request.timeout
        timeouts = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        return httpcore.Request(request.method, url, headers=headers, content=content, extensions={"timeout": timeouts})  # type: ignore[arg-type]


def _ascii(host: str) -> bytes:
    if host.isascii():
        return host.encode()
    import idna  # httpx brings it

    return idna.encode(host, uts46=True)


def _split(hosts: dict[str, _Host], request: HTTPRequest) -> tuple[_Host, bytes]:
    """The host, and the target of the request line. Raises ConfigurationError."""
    found = _ADDRESS.match(request.url)
    name, target = found.groups() if found is not None else (request.url, "")
    if (host := hosts.get(name)) is None:
        try:
            host = hosts[name] = _Host(name)
        except ValueError as error:  # of the scheme, the port, IPv6, a host name
            raise unusable_address(request, f"the address cannot be used: {error}.") from error
    if not target.startswith("/"):
        target = f"/{target}"
    if not target.isascii():
        target = quote(target, safe=string.punctuation)
    return host, target.encode()


def _headers(raw: list[tuple[bytes, bytes]]) -> Headers:
    return Headers(lambda: ((name.decode("latin-1"), _decoded(value)) for name, value in raw))


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
