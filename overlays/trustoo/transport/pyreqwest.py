"""Sends with pyreqwest, a binding of the Rust library reqwest: `pip install 'trustoo[pyreqwest]'`.

pyreqwest is the fastest of the transports. It is used only if you choose it by name, because it behaves differently:

- It aborted the interpreter if a process ended while a response was being delivered. This module waits until that
  moment has passed, for at most 2 s. The abort is still possible if an `atexit` function of yours runs asyncio calls,
  and was registered before the first call.
- It keeps its own thread pool. The pool blocks gevent's hub. The pool does not start in a process that was forked from
  a process that has used pyreqwest. In such a process, httpcore sends the requests.
- After a process was frozen (a suspended laptop, a frozen container), it used dead connections: 6 of 12 writes ended
  with an unknown outcome. With the other transports, 0 of 12 writes did.
- `timeout` is rounded up to two significant digits, because reqwest has timeouts for complete clients only. Each new
  value costs the time in which a client is made, and has its own connections. The clients of 16 values are kept.
- A cancelled call and Ctrl-C take effect late: the connection is dropped when the call itself ends.
- `deadline` does not count if your content is an iterable. The calls of the API have none, and uploads never use
  pyreqwest.
- It can open a few more connections than the 100 requests that it sends at once.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from math import ceil, floor, log10
from types import FrameType
from typing import Any, Generic, TypeVar

from pyreqwest.client import BaseClientBuilder as Builder
from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import (
    BuilderError,
    PoolTimeoutError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.http import HeaderMap
from pyreqwest.response import BaseResponse

from .._redaction import redact
from ..errors import ConfigurationError
from .body import BodyReader, as_async_iterable, as_iterable
from .connections import CONNECTIONS, KEPT_SECONDS, Places, split_url, trusted_certificates
from .errors import connection_error, timeout_error, unusable_request
from .exchange import Exchange
from .protocols import Content, Headers, HTTPRequest, HTTPResponse

__all__ = ["AsyncPyreqwestTransport", "PyreqwestTransport"]

C = TypeVar("C")
PROCESS = os.getpid()
"""The process in which pyreqwest's threads run. They do not start again in a process that was forked from it."""
_TIMEOUTS = 16
"""The number of timeouts for which a client is kept."""
_PIECE = 256 * 1024
"""The number of bytes of a response that are read at once. In asyncio, each read costs a round of the event loop."""
_LEAVING_SECONDS = 2.0
"""The longest wait for pyreqwest's thread at the end of the process. On an idle machine, microseconds are enough."""


class PyreqwestTransport:
    """A Transport over pyreqwest. Thread-safe. The module's docstring lists the differences to other transports."""

    def __init__(self) -> None:
        self._clients, self._places = _Clients(_build), Places()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        exchange = Exchange.of(request)
        content = as_iterable(request, exchange.begin)
        self._places.acquire(request)
        try:
            with _outgoing(self._clients, exchange, content).build_streamed() as response:
                body = BodyReader(request, _codings(response.headers), exchange.until if request.is_streamed else None)
                if _fits(response, request):
                    body.feed(bytes(response.bytes()))
                else:
                    while (piece := response.body_reader.read(_PIECE)) is not None:
                        body.feed(bytes(piece))
                return HTTPResponse(response.status, _headers(response.headers), body.content())
        except (PyreqwestError, ValueError, OSError) as error:
            ours = _translated(error, exchange)
        finally:
            self._places.release()
        raise ours  # raised here, without a cause: the cause quotes the complete URL, which may contain a secret

    def close(self) -> None:
        """Close all connections. The next request opens a new connection."""
        for client in self._clients.remove_all():
            client.close()


class AsyncPyreqwestTransport:
    """An AsyncTransport over pyreqwest. Several event loops can share it, because its connections belong to no loop."""

    def __init__(self) -> None:
        from .loops import PerLoop  # imports asyncio, which synchronous clients do not need

        self._clients = _Clients(_build_async)
        self._loops = PerLoop(lambda: None, _leave_open)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        return await self._loops.send(Exchange.of(request), self._exchange, in_time=True)

    async def _exchange(self, connections: None, exchange: Exchange) -> HTTPResponse:
        content = as_async_iterable(exchange.request)
        try:
            async with _outgoing(self._clients, exchange, content).build_streamed() as response:
                body = BodyReader(exchange.request, _codings(response.headers))
                if _fits(response, exchange.request):
                    body.feed(bytes(await response.bytes()))
                else:
                    while (piece := await response.body_reader.read(_PIECE)) is not None:
                        body.feed(bytes(piece))
                return HTTPResponse(response.status, _headers(response.headers), body.content())
        except (PyreqwestError, ValueError, OSError) as error:
            ours = _translated(error, exchange)
        raise ours  # as above

    async def close(self) -> None:
        """Close all connections. The next request opens a new connection."""
        for client in self._clients.remove_all():
            await client.close()


async def _leave_open(connections: None) -> None:
    """Connections belong to no event loop."""


class _Clients(Generic[C]):
    """A client for each timeout, because reqwest sets the timeout of a single read for complete clients only."""

    def __init__(self, build: Callable[[timedelta], C]) -> None:
        self._build, self._lock = build, threading.Lock()
        self._by_timeout: dict[float, C] = {}

    def get(self, timeout: float) -> C:
        timeout = _rounded(timeout)
        if (client := self._by_timeout.get(timeout)) is None:
            with self._lock:  # two threads may make the first call at once
                if (client := self._by_timeout.get(timeout)) is None:
                    if len(self._by_timeout) == _TIMEOUTS:  # dropped, not closed: calls may be waiting for a response
                        self._by_timeout.pop(next(iter(self._by_timeout)))
                    try:
                        client = self._by_timeout[timeout] = self._build(timedelta(seconds=timeout))
                    except BuilderError as error:  # the system has no certificates, or they cannot be read
                        reason = f"The HTTP client cannot be created: {_reason(error)}. Nothing was sent."
                        hint = "SSL_CERT_FILE can name a file of certificates."
                        raise ConfigurationError(f"{reason} {hint}") from error
        return client

    def remove_all(self) -> list[C]:
        with self._lock:
            clients, self._by_timeout = self._by_timeout, {}
        return list(clients.values())


@lru_cache(maxsize=256)
def _rounded(timeout: float) -> float:
    """Return `timeout`, rounded up to two significant digits."""
    unit = 10.0 ** (floor(log10(timeout)) - 1)
    return ceil(round(timeout / unit, 6)) * unit


def _build(timeout: timedelta) -> SyncClient:
    return _settings(SyncClientBuilder(), timeout).build()


def _build_async(timeout: timedelta) -> Client:
    return _settings(ClientBuilder(), timeout).build()


B = TypeVar("B", bound=Builder)


def _settings(builder: B, timeout: timedelta) -> B:
    return (
        builder.read_timeout(timeout)  # counted from the start of connecting, then again for each piece
        # A connection that cannot be made has to fail before the read timeout, so that the cause is known.
        .connect_timeout(timeout * 0.8)
        .pool_timeout(timeout)
        .max_connections(CONNECTIONS)
        .pool_max_idle_per_host(CONNECTIONS)
        .pool_idle_timeout(timedelta(seconds=KEPT_SECONDS))
        .follow_redirects(False)
        .referer(False)
        .default_cookie_store(False)
        .default_headers({"Accept-Encoding": "gzip, deflate"})
        .gzip(False)  # this package decompresses, within the limit
        .deflate(False)
        .brotli(False)
        .zstd(False)
        .no_proxy()  # if there is a proxy, httpx sends
    )


def _outgoing(clients: _Clients[Any], exchange: Exchange, content: Content) -> Any:
    """Return the builder of a request, and begin the exchange."""
    request = exchange.request
    origin, _ = split_url(request)  # raises this package's error if the address is invalid
    if origin.scheme == "https" and (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        trusted_certificates()  # raises this package's error if they cannot be read; reqwest then trusts no server
    timeout = request.timeout
    if request.deadline is not None:
        timeout = min(timeout, request.deadline)  # an error while connecting has to come before the deadline
    builder = clients.get(timeout).request(request.method, request.url).headers(request.headers)
    builder = builder.streamed_read_buffer_limit(_PIECE)
    if content is not None:
        builder = builder.body_bytes(content) if isinstance(content, bytes) else builder.body_stream(content)
    if request.deadline is not None and not request.is_streamed:
        builder = builder.timeout(timedelta(seconds=request.deadline))
        exchange.begin()
    return builder


def _fits(response: BaseResponse, request: HTTPRequest) -> bool:
    """Whether the body is known to be within the limit, so that it can be read at once, which is faster."""
    lengths, limit = _readable(response.headers, "content-length"), request.max_response_bytes
    # reqwest reads no more bytes than the header says.
    return len(lengths) == 1 and lengths[0].isdecimal() and (limit is None or int(lengths[0]) <= limit)


def _codings(found: HeaderMap) -> list[tuple[bytes, bytes]]:
    return [(b"content-encoding", coding.encode()) for coding in _readable(found, "content-encoding")]


def _headers(found: HeaderMap) -> Headers:
    def pairs() -> list[tuple[str, str]]:
        try:
            return list(found.items())
        except ValueError:  # a value that is not ASCII, which pyreqwest cannot return
            return [(name, value) for name in set(found) for value in _readable(found, name)]

    return Headers(pairs)


def _readable(found: HeaderMap, name: str) -> list[str]:
    try:
        return found.getall(name)
    except ValueError:
        return []


def _translated(error: Exception, exchange: Exchange) -> Exception:
    request = exchange.request
    causes = _causes(error)
    # The classes also say "connect" for errors after sending. Only this text means that nothing was sent.
    never_sent = isinstance(error, PoolTimeoutError) or "client error (Connect)" in causes
    if isinstance(error, RequestTimeoutError):
        phase = "pool" if isinstance(error, PoolTimeoutError) else "connect" if never_sent else "read"
        if exchange.until is not None and time.monotonic() >= exchange.until:
            phase = "deadline"
        return timeout_error(request, phase, maybe_sent=not never_sent)
    said = _reason(error)
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError | OSError):  # ValueError: no address
        return unusable_request(request, f"the address is invalid: {said}")
    return connection_error(request, said, maybe_sent=not never_sent)


def _causes(error: Exception) -> list[str]:
    details = getattr(error, "details", None) or {}
    return [str(cause["message"]) for cause in details.get("causes") or ()]


def _reason(error: Exception) -> str:
    return redact([str(error), *_causes(error)][-1])


def _let_worker_leave() -> None:
    """Wait while pyreqwest's thread is waking an event loop.

    The loop's thread can continue before the wake-up call has returned, and can reach the end of the process. Python
    3.13 and earlier then end threads that want to run Python code. The thread of pyreqwest cannot be ended in this
    call, so that the process would abort.
    """
    until = time.monotonic() + _LEAVING_SECONDS
    while any(map(_wakes_a_loop, sys._current_frames().values())) and time.monotonic() < until:
        time.sleep(0.0005)


def _wakes_a_loop(frame: FrameType) -> bool:
    while frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_name == "call_soon_threadsafe"  # the first frame; threads of Python begin in another frame


atexit.register(_let_worker_leave)
