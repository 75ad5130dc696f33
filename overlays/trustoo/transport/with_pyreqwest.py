"""Sends with pyreqwest, a binding of the Rust library reqwest: `pip install 'trustoo[fast]'`."""

from __future__ import annotations

import atexit
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
from pyreqwest.request import RequestBuilder, SyncRequestBuilder

from ..redaction import redact
from .faults import connection_failed, timed_out, unusable
from .wire import Headers, Reply, Wire

__all__ = ["AsyncPyreqwestTransport", "PyreqwestTransport"]

C = TypeVar("C")
R = TypeVar("R", RequestBuilder, SyncRequestBuilder)
CONNECTIONS, KEPT_SECONDS = 100, 5
"""As with the other transports."""
_TIMEOUTS = 16
"""How many timeouts have a client kept for them."""
_LEAVING_SECONDS = 2.0
"""How long the end of the process waits for pyreqwest's thread; it needs microseconds, unless the machine is busy."""


class PyreqwestTransport:
    """Sends with connections of our own, which threads share."""

    def __init__(self, timeout: float) -> None:
        """Raises RuntimeError in a process that was forked from one that has used pyreqwest."""
        self._clients = _Clients(_build)
        self._clients.get(timeout)

    def send(self, wire: Wire) -> Reply:
        client = self._clients.get(wire.timeout)
        try:
            answer = _described(client.request(wire.method, wire.url), wire).build().send()
            return Reply(answer.status, _headers(answer.headers), bytes(answer.bytes()))
        except (PyreqwestError, ValueError) as error:
            ours = _translation(error, wire)
        raise ours  # out here, without a cause: that quotes the whole address, and a parameter may be a secret

    def close(self) -> None:
        """Close all connections; they open again when they are needed again."""
        for client in self._clients.taken():
            client.close()


class AsyncPyreqwestTransport:
    """The same for asyncio. Event loops may share it: the connections belong to none."""

    def __init__(self, timeout: float) -> None:
        """As PyreqwestTransport."""
        self._clients = _Clients(_build_async)
        self._clients.get(timeout)

    async def send(self, wire: Wire) -> Reply:
        client = self._clients.get(wire.timeout)
        try:
            answer = await _described(client.request(wire.method, wire.url), wire).build().send()
            return Reply(answer.status, _headers(answer.headers), bytes(await answer.bytes()))
        except (PyreqwestError, ValueError) as error:
            ours = _translation(error, wire)
        raise ours  # as above

    async def close(self) -> None:
        """Close all connections; they open again when they are needed again."""
        for client in self._clients.taken():
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

    def taken(self) -> list[C]:
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


def _described(builder: R, wire: Wire) -> R:
    builder = builder.headers(wire.headers)
    return builder if wire.content is None else builder.body_bytes(wire.content)


def _headers(found: HeaderMap) -> Headers:
    def pairs() -> list[tuple[str, str]]:
        try:
            return list(found.items())
        except ValueError:  # a value that is not ASCII, which pyreqwest cannot hand out
            return [(name, value) for name in set(found) for value in _readable(found, name)]

    return Headers(pairs)


def _readable(found: HeaderMap, name: str) -> list[str]:
    try:
        return found.getall(name)
    except ValueError:
        return []


def _translation(error: Exception, wire: Wire) -> Exception:
    details = getattr(error, "details", None) or {}
    causes = [str(cause["message"]) for cause in details.get("causes") or ()]
    # The classes say "connect" of faults after sending too; this text is of the phase before. Without it: maybe sent.
    never_sent = isinstance(error, PoolTimeoutError) or "client error (Connect)" in causes
    if isinstance(error, RequestTimeoutError):
        phase = "pool" if isinstance(error, PoolTimeoutError) else "connect" if never_sent else "read"
        return timed_out(wire, phase, maybe_sent=not never_sent)
    said = redact(causes[-1] if causes else str(error))
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):  # ValueError: not an address
        return unusable(wire, f"the address cannot be used: {said}")
    return connection_failed(wire, said, maybe_sent=not never_sent)


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
