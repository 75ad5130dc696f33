"""Sends with httpcore, the library under httpx: the same connections and errors without httpx's own work a call."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import string
import threading
from collections import deque
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpcore

from .content import decoded
from .faults import translation, unusable
from .logs import quieten
from .wire import Headers, Reply, Wire

__all__ = ["AsyncHttpcoreTransport", "HttpcoreTransport"]

C = TypeVar("C")
CONNECTIONS = 100
"""As many as httpx opens; further calls wait for one, as long as their timeout."""
KEPT_SECONDS = 5.0
"""How long an idle connection is kept, as httpx does: servers close theirs later than that."""
_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^#]*)")


class HttpcoreTransport:
    """Sends with connections of our own, which threads share."""

    def __init__(self) -> None:
        quieten()
        self._lock, self._hosts = threading.Lock(), dict[str, _Host]()
        self._pools: dict[str, _Pool] = {}

    def send(self, wire: Wire) -> Reply:
        try:
            host, target = _split(self._hosts, wire)
            pool = self._pools.get(host.name) or self._open(host)
            return _reply(pool.request(host, target, wire))
        except Exception as error:
            if (ours := translation(error, wire, httpcore)) is error:
                raise
            raise ours from error

    def _open(self, host: _Host) -> _Pool:
        with self._lock:  # two threads may make the first call at once
            return self._pools.setdefault(host.name, _Pool(host))

    def close(self) -> None:
        """Close the connections that are idle; they open again when they are needed again."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()


class AsyncHttpcoreTransport:
    """The same for asyncio."""

    def __init__(self) -> None:
        quieten()
        self._hosts = dict[str, _Host]()
        self._pools: dict[str, _AsyncPool] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, wire: Wire) -> Reply:
        try:
            host, target = _split(self._hosts, wire)
            # Connections belong to the event loop that made them: a second asyncio.run() needs new ones.
            if self._loop is not (loop := asyncio.get_running_loop()):
                self._loop, self._pools = loop, {}
            if (pool := self._pools.get(host.name)) is None:
                pool = self._pools[host.name] = _AsyncPool(host)
            return _reply(await pool.request(host, target, wire))
        except Exception as error:
            if (ours := translation(error, wire, httpcore)) is error:
                raise
            raise ours from error

    async def close(self) -> None:
        """As HttpcoreTransport.close."""
        pools, self._pools = self._pools, {}
        if self._loop is asyncio.get_running_loop():  # those of a loop that is gone are gone with it
            for pool in pools.values():
                await pool.close()


class _Pool:
    """Connections to one host, the one used last first.

    httpcore's own pool looks at every connection and every waiting call whenever one begins or ends, which is most of
    the time of a hundred calls at once. It serves here as the maker of connections.
    """

    def __init__(self, host: _Host) -> None:
        self._maker = httpcore.ConnectionPool(ssl_context=_trust(host), keepalive_expiry=KEPT_SECONDS)
        self._idle = deque[tuple[float, httpcore.ConnectionInterface]]()  # its methods are whole for threads
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._closed = False

    def request(self, host: _Host, target: bytes, wire: Wire) -> httpcore.Response:
        if not self._room.acquire(timeout=wire.timeout):
            raise httpcore.PoolTimeout("no free connection")
        try:
            connection = self._take(host)
            try:
                return connection.request(wire.method, host.url(target), **_described(host, wire))
            finally:  # a connection that broke httpcore has closed
                if connection.is_idle() and not self._closed:
                    self._idle.append((monotonic(), connection))
                else:
                    connection.close()
        finally:
            self._room.release()

    def _take(self, host: _Host) -> httpcore.ConnectionInterface:
        for old in iter(lambda: _longest_idle(self._idle), None):
            old.close()
        while self._idle:
            try:
                _, connection = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            if not connection.has_expired():  # the server has not closed it
                return connection
            connection.close()
        return self._maker.create_connection(host.origin)

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop()[1].close()


class _AsyncPool:
    """The same for the tasks of one event loop."""

    def __init__(self, host: _Host) -> None:
        self._maker = httpcore.AsyncConnectionPool(ssl_context=_trust(host), keepalive_expiry=KEPT_SECONDS)
        self._idle = deque[tuple[float, httpcore.AsyncConnectionInterface]]()
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._closed = False

    async def request(self, host: _Host, target: bytes, wire: Wire) -> httpcore.Response:
        if self._room.locked():
            try:
                async with asyncio.timeout(wire.timeout):
                    await self._room.acquire()
            except TimeoutError as error:
                raise httpcore.PoolTimeout("no free connection") from error
        else:
            await self._room.acquire()
        try:
            connection = await self._take(host)
            try:
                return await connection.request(wire.method, host.url(target), **_described(host, wire))
            finally:  # a connection that broke, or whose call was cancelled, httpcore has closed
                if connection.is_idle() and not self._closed:
                    self._idle.append((monotonic(), connection))
                else:
                    await connection.aclose()
        finally:
            self._room.release()

    async def _take(self, host: _Host) -> httpcore.AsyncConnectionInterface:
        while (old := _longest_idle(self._idle)) is not None:
            await old.aclose()
        while self._idle:
            _, connection = self._idle.pop()
            if not connection.has_expired():  # the server has not closed it
                return connection
            await connection.aclose()
        return self._maker.create_connection(host.origin)

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop()[1].aclose()


def _longest_idle(idle: deque[tuple[float, C]]) -> C | None:
    """The connection that has been idle longest, taken out, if that is too long."""
    try:
        if idle and idle[0][0] + KEPT_SECONDS < monotonic():
            return idle.popleft()[1]
    except IndexError:  # another thread took it
        pass
    return None


class _Host:
    """Scheme, host and port of addresses, read once."""

    def __init__(self, scheme: str, authority: str) -> None:
        parts = urlsplit(f"{scheme}://{authority}")
        if not parts.hostname or parts.username is not None:
            raise ValueError("the address has no host, or a user name")
        self.name, self.scheme = f"{scheme}://{authority}", scheme
        self._scheme, self._host, self._port = scheme.encode(), _ascii(parts.hostname), parts.port
        shown = f"[{parts.hostname}]".encode() if ":" in parts.hostname else self._host
        default = parts.port is None or parts.port == {"http": 80, "https": 443}[scheme]
        shown += b"" if default else f":{parts.port}".encode()
        self._fixed = [(b"Host", shown), (b"Accept-Encoding", b"gzip, deflate")]
        self.origin = self.url(b"/").origin

    def url(self, target: bytes) -> httpcore.URL:
        return httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)

    def headers(self, wire: Wire) -> list[tuple[bytes, bytes]]:
        return [*self._fixed, *((name.encode(), value.encode()) for name, value in wire.headers.items())]


def _ascii(host: str) -> bytes:
    if host.isascii():
        return host.encode()
    import idna  # httpx brings it

    return idna.encode(host, uts46=True)


def _split(hosts: dict[str, _Host], wire: Wire) -> tuple[_Host, bytes]:
    """The host, and what the request line says of the rest. Raises ConfigurationError."""
    found = _ADDRESS.fullmatch(wire.url.partition("#")[0])
    if found is None:
        raise unusable(wire, "an address begins with http:// or https:// and a host.")
    scheme, authority, target = found.groups()
    name = f"{scheme}://{authority}"
    if (host := hosts.get(name)) is None:
        try:
            host = hosts[name] = _Host(scheme, authority)
        except ValueError as error:  # of the port, of IPv6, of a host name
            raise unusable(wire, f"the address cannot be used: {error}.") from error
    if not target.startswith("/"):
        target = f"/{target}"
    if not target.isascii():
        target = quote(target, safe=string.punctuation)
    return host, target.encode()


def _described(host: _Host, wire: Wire) -> dict[str, Any]:
    seconds = wire.timeout
    timeouts = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
    return {"headers": host.headers(wire), "content": wire.content, "extensions": {"timeout": timeouts}}


def _reply(response: httpcore.Response) -> Reply:
    raw = response.headers
    headers = Headers(lambda: ((name.decode("latin-1"), _text(value)) for name, value in raw))
    return Reply(response.status, headers, decoded(response.content, raw))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _trust(host: _Host) -> ssl.SSLContext | None:
    """The certificates that httpx trusts: the environment's, else certifi's. Read only where they are needed."""
    if host.scheme == "http":
        return None
    if file := os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=file)
    if folder := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
