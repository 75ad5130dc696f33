"""Sends with pyreqwest, a binding of the Rust library reqwest: `pip install 'trustoo[pyreqwest]'`.

It is the fastest of the transports, and is used only when it is named, since it behaves differently in places:

- It aborted the interpreter when a process ended while a response was being delivered. This module waits for that
  moment to pass, at most 2 s; an `atexit` function of yours that was registered before the first call and that runs
  asyncio calls can still meet the abort.
- It keeps a thread pool of its own. It blocks gevent's hub, and it does not start in a process that was forked from
  one that has used it: httpcore sends there instead.
- After a process was frozen (a suspended laptop, a frozen container) it used connections that were dead: 6 of 12
  writes ended with an unknown outcome, and 0 of 12 with the other transports.
- Each new value of `timeout` costs about 28 ms, since reqwest has timeouts for whole clients only. 16 are kept.
- A cancelled call and Ctrl-C end late: the connection is dropped when the call itself ends.
- It can open a few connections more than the 100 requests that it sends at once.
- `max_response_bytes` is checked when the body has been read. `deadline` ends the waiting, and in threads it is
  checked when the body has been read.
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
"""Where pyreqwest's threads run: it does not start again in a process that was forked from this one."""
_TIMEOUTS = 16
"""How many timeouts have a client kept for them."""
_LEAVING_SECONDS = 2.0
"""How long the end of the process waits for pyreqwest's thread; it needs microseconds, unless the machine is busy."""


class PyreqwestTransport:
    """A Transport over pyreqwest. Thread-safe. The module's docstring lists where it behaves differently."""

    def __init__(self) -> None:
        self._clients = _Clients(_build)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        split_url(request)  # it says in our words when the address cannot be used
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
        raise ours  # out here, without a cause: that quotes the whole address, and a parameter may be a secret

    def close(self) -> None:
        """Close all connections; they open again when they are needed again."""
        for client in self._clients.remove_all():
            client.close()


class AsyncPyreqwestTransport:
    """An AsyncTransport over pyreqwest. Several event loops may use it: its connections belong to none."""

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
        """Close all connections; they open again when they are needed again."""
        for client in self._clients.remove_all():
            await client.close()


class _Clients(Generic[C]):
    """A client for each timeout: reqwest knows a timeout of the single read as a setting of clients only."""

    def __init__(self, build: Callable[[timedelta], C]) -> None:
        self._build, self._lock = build, threading.Lock()
        self._by_timeout: dict[float, C] = {}

    def get(self, timeout: float) -> C:
        if (client := self._by_timeout.get(timeout)) is None:
            with self._lock:  # two threads may make the first call at once
                if (client := self._by_timeout.get(timeout)) is None:
                    if len(self._by_timeout) == _TIMEOUTS:  # dropped, not closed: somebody may be waiting for an answer
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
        builder.read_timeout(timeout)  # counted from the start of connecting, then anew for each piece
        # So that a connection that cannot be made is known as such, it has to fail before that.
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
        .no_proxy()  # where there is one, httpx sends
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
    # The classes say "connect" of faults after sending too; this text is of the phase before. Without it: maybe sent.
    never_sent = isinstance(error, PoolTimeoutError) or "client error (Connect)" in causes
    if isinstance(error, RequestTimeoutError):
        phase = "pool" if isinstance(error, PoolTimeoutError) else "connect" if never_sent else "read"
        return timeout_error(request, phase, maybe_sent=not never_sent)
    said = redact(causes[-1] if causes else str(error))
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):  # ValueError: not an address
        return unusable_request(request, f"the address cannot be used: {said}")
    return connection_error(request, said, maybe_sent=not never_sent)


def _let_worker_leave() -> None:
    """Wait while pyreqwest's thread is waking an event loop.

    The loop's thread runs on before that call has returned, maybe to the end of the process. Up to Python 3.13 the
    interpreter then ends threads that want to run Python code, and pyreqwest's cannot be ended there: the process
    would abort.
    """
    until = time.monotonic() + _LEAVING_SECONDS
    while any(map(_wakes_a_loop, sys._current_frames().values())) and time.monotonic() < until:
        time.sleep(0.0005)


def _wakes_a_loop(frame: FrameType) -> bool:
    while frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_name == "call_soon_threadsafe"  # the first: threads that Python started begin elsewhere


atexit.register(_let_worker_leave)
