"""Sends with pyreqwest, a binding of the Rust library reqwest: `pip install 'trustoo[pyreqwest]'`.

pyreqwest is the fastest of the transports. It is used only if you choose it by name, because it behaves differently:

- It aborted the interpreter if a process ended while a response was being delivered. This module waits until that
  moment has passed, for at most 2 s. The abort is still possible if an `atexit` function of yours runs asyncio calls,
  and was registered before the first call.
- It keeps its own thread pool. The pool blocks gevent's hub. The pool does not start in a process that was forked from
  a process that has used pyreqwest. In such a process, httpcore sends the requests.
- After a process was frozen (a suspended laptop, a frozen container), it used dead connections: 6 of 12 writes ended
  with an unknown outcome. With the other transports, 0 of 12 writes did.
- Each new value of `timeout` costs about 28 ms, because reqwest has timeouts for complete clients only. The clients of
  16 values are kept.
- A cancelled call and Ctrl-C take effect late: the connection is dropped when the call itself ends.
- It can open a few more connections than the 100 requests that it sends at once.
- `max_response_bytes` is checked after the body has been read. `deadline` ends the waiting of asyncio calls. For calls
  in threads, `deadline` is also checked after the body has been read.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Generic, TypeVar

from pyreqwest.client import BaseClientBuilder as Builder
from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import (
    BuilderError,
    PoolTimeoutError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.http import HeaderMap

from .._redaction import redact
from .body import BodyReader, as_async_iterable, as_iterable
from .connections import CONNECTIONS, KEPT_SECONDS, split_url
from .errors import connection_error, timeout_error, unusable_request, within_deadline
from .protocols import Headers, HTTPRequest, HTTPResponse

__all__ = ["AsyncPyreqwestTransport", "PyreqwestTransport"]

C = TypeVar("C")
PROCESS = os.getpid()
"""The process in which pyreqwest's threads run. They do not start again in a process that was forked from it."""
_TIMEOUTS = 16
"""The number of timeouts for which a client is kept."""
_LEAVING_SECONDS = 2.0
"""The longest wait for pyreqwest's thread at the end of the process. On an idle machine, microseconds are enough."""


class PyreqwestTransport:
    """A Transport over pyreqwest. Thread-safe. The module's docstring lists the differences to other transports."""

    def __init__(self) -> None:
        self._clients = _Clients(_build)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        split_url(request)  # raises this package's error if the address is invalid
        content, body = as_iterable(request), BodyReader(request, began=time.monotonic())
        builder = self._clients.get(request.timeout).request(request.method, request.url).headers(request.headers)
        if content is not None:
            builder = builder.body_bytes(content) if isinstance(content, bytes) else builder.body_stream(content)
        try:
            response = builder.build().send()
            body.feed(bytes(response.bytes()))
        except (PyreqwestError, ValueError) as error:
            ours = _translated(error, request)
        else:
            return HTTPResponse(response.status, _headers(response.headers), body.content())
        raise ours  # raised here, without a cause: the cause quotes the complete URL, which may contain a secret

    def close(self) -> None:
        """Close all connections. The next request opens a new connection."""
        for client in self._clients.remove_all():
            client.close()


class AsyncPyreqwestTransport:
    """An AsyncTransport over pyreqwest. Several event loops can share it, because its connections belong to no loop."""

    def __init__(self) -> None:
        self._clients = _Clients(_build_async)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        if request.deadline is None:
            return await self._exchange(request)
        return await within_deadline(request, self._exchange(request))

    async def _exchange(self, request: HTTPRequest) -> HTTPResponse:
        split_url(request)
        content, body = as_async_iterable(request), BodyReader(request)
        builder = self._clients.get(request.timeout).request(request.method, request.url).headers(request.headers)
        if content is not None:
            builder = builder.body_bytes(content) if isinstance(content, bytes) else builder.body_stream(content)
        try:
            response = await builder.build().send()
            body.feed(bytes(await response.bytes()))
        except (PyreqwestError, ValueError) as error:
            ours = _translated(error, request)
        else:
            return HTTPResponse(response.status, _headers(response.headers), body.content())
        raise ours  # as above

    async def close(self) -> None:
        """Close all connections. The next request opens a new connection."""
        for client in self._clients.remove_all():
            await client.close()


class _Clients(Generic[C]):
    """A client for each timeout, because reqwest sets the timeout of a single read for complete clients only."""

    def __init__(self, build: Callable[[timedelta], C]) -> None:
        self._build, self._lock = build, threading.Lock()
        self._by_timeout: dict[float, C] = {}

    def get(self, timeout: float) -> C:
        if (client := self._by_timeout.get(timeout)) is None:
            with self._lock:  # two threads may make the first call at once
                if (client := self._by_timeout.get(timeout)) is None:
                    if len(self._by_timeout) == _TIMEOUTS:  # dropped, not closed: calls may be waiting for a response
                        self._by_timeout.pop(next(iter(self._by_timeout)))
                    client = self._by_timeout[timeout] = self._build(timedelta(seconds=timeout))
        return client

    def remove_all(self) -> list[C]:
        with self._lock:
            clients, self._by_timeout = self._by_timeout, {}
        return list(clients.values())


def _build(timeout: timedelta) -> SyncClient:
    return _settings(SyncClientBuilder(), timeout).build()


def _build_async(timeout: timedelta) -> Client:
    return _settings(ClientBuilder(), timeout).build()


B = TypeVar("B", bound=Builder)


def _settings(builder: B, timeout: timedelta) -> B:
    return (
        builder.read_timeout(timeout)  # counted from the start of connecting, then again for each piece
        # A connection that cannot be made has to fail before the read timeout, so that the cause is known.
        .connect_timeout(timeout * 0.9)
        .pool_timeout(timeout)
        .max_connections(CONNECTIONS)
        .pool_max_idle_per_host(CONNECTIONS)
        .pool_idle_timeout(timedelta(seconds=KEPT_SECONDS))
        .follow_redirects(False)
        .referer(False)
        .default_cookie_store(False)
        .brotli(False)
        .zstd(False)
        .no_proxy()  # if there is a proxy, httpx sends
    )


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


def _translated(error: Exception, request: HTTPRequest) -> Exception:
    details = getattr(error, "details", None) or {}
    causes = [str(cause["message"]) for cause in details.get("causes") or ()]
    # The classes also say "connect" for errors after sending. Only this text means that nothing was sent.
    never_sent = isinstance(error, PoolTimeoutError) or "client error (Connect)" in causes
    if isinstance(error, RequestTimeoutError):
        phase = "pool" if isinstance(error, PoolTimeoutError) else "connect" if never_sent else "read"
        return timeout_error(request, phase, maybe_sent=not never_sent)
    said = redact(causes[-1] if causes else str(error))
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):  # ValueError: not an address
        return unusable_request(request, f"the address is invalid: {said}")
    return connection_error(request, said, maybe_sent=not never_sent)


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
