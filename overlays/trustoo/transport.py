"""Carries bytes: one send method each for sync and async, over httpx, imported when first used."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from .errors import ConfigurationError, ConnectionFailed, TimeoutFailed
from .redaction import redact

if TYPE_CHECKING:
    import httpx

__all__ = [
    "AsyncHttpxTransport",
    "AsyncWireTransport",
    "HttpxTransport",
    "Reply",
    "Wire",
    "WireTransport",
    "made",
    "translated",
]

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it goes out: encoded and signed."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    timeout: float = 30.0
    """Seconds that connecting, sending a piece or waiting for a piece of the answer may take."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came in."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class WireTransport(Protocol):
    """Sends one request once. Raises ConnectionFailed and TimeoutFailed only."""

    def send(self, wire: Wire) -> Reply: ...
    def close(self) -> None: ...


class AsyncWireTransport(Protocol):
    """The same for asyncio."""

    async def send(self, wire: Wire) -> Reply: ...
    async def close(self) -> None: ...


class HttpxTransport:
    """Sends with an `httpx.Client`: the caller's, which is never closed here, or one of our own."""

    def __init__(self, client: httpx.Client | None = None, proxy: str | None = None) -> None:
        quieten_httpx()
        self._client, self._owned, self._proxy = client, client is None, proxy
        self._lock = threading.Lock()

    def send(self, wire: Wire) -> Reply:
        with translated(wire):
            client = self._client or self._open()
            reply = client.send(_request(client, wire), follow_redirects=False)
            return Reply(reply.status_code, reply.headers, reply.read())

    def _open(self) -> httpx.Client:
        with self._lock:  # two threads may make the first call at once
            if self._client is None:
                import httpx

                self._client = made(httpx.Client, self._proxy)
            return self._client

    def close(self) -> None:
        """Close our own client; it opens again when it is used again."""
        with self._lock:
            if self._owned and self._client is not None:
                self._client.close()
                self._client = None


class AsyncHttpxTransport:
    """Sends with an `httpx.AsyncClient`: the caller's, which is never closed here, or one of our own."""

    def __init__(self, client: httpx.AsyncClient | None = None, proxy: str | None = None) -> None:
        quieten_httpx()
        self._client, self._owned, self._proxy = client, client is None, proxy
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, wire: Wire) -> Reply:
        with translated(wire):
            client = self._opened() if self._owned else self._client
            assert client is not None
            reply = await client.send(_request(client, wire), follow_redirects=False)
            return Reply(reply.status_code, reply.headers, await reply.aread())

    def _opened(self) -> httpx.AsyncClient:
        # Connections belong to the event loop that made them: a second asyncio.run() needs new ones.
        if self._client is None or self._loop is not asyncio.get_running_loop():
            import httpx

            self._client, self._loop = made(httpx.AsyncClient, self._proxy), asyncio.get_running_loop()
        return self._client

    async def close(self) -> None:
        """Close our own client; it opens again when it is used again."""
        if self._owned and self._client is not None:
            await self._client.aclose()
            self._client = None


def made(kind: Callable[..., C], proxy: str | None) -> C:
    """A client of our own. Raises ConfigurationError."""
    try:
        return kind(proxy=proxy)
    except (ValueError, ImportError) as error:  # the environment's proxy is none, or SOCKS lacks its package
        raise ConfigurationError(f"The HTTP client cannot be made: {redact(str(error))}") from error


def _request(client: httpx.Client | httpx.AsyncClient, wire: Wire) -> httpx.Request:
    return client.build_request(
        wire.method, wire.url, headers=dict(wire.headers), content=wire.content, timeout=wire.timeout
    )


class _Redacting(logging.Filter):
    """httpx logs each request's URL and httpcore each answer's headers; a few operations carry a secret there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg if isinstance(arg, int | float) else redact(str(arg)) for arg in record.args)
        if not record.args:
            record.msg = redact(str(record.msg))
        return True


_REDACTING = _Redacting()


def quieten_httpx() -> None:
    """Take secrets out of the log lines of httpx and httpcore; harmless when it is done twice."""
    for name in ("httpx", "httpcore.http11", "httpcore.http2"):
        logging.getLogger(name).addFilter(_REDACTING)


@contextmanager
def translated(wire: Wire) -> Iterator[None]:
    """Turns what httpx and the layers below it raise into our errors, which name the host and no secret."""
    try:
        yield
    except Exception as error:
        if (translated_error := _translate(error, wire)) is error:
            raise
        raise translated_error from error


def _translate(error: Exception, wire: Wire) -> Exception:
    import httpx

    target = f"{wire.method} {urlsplit(wire.url).netloc}{urlsplit(wire.url).path}"
    said = redact(str(error)) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        sent = not isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
        phase = type(error).__name__.removesuffix("Timeout").lower()
        return TimeoutFailed(f"{target}: no progress within the timeout ({phase}).", maybe_sent=sent)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return ConfigurationError(f"{target}: {said}")
    if isinstance(error, httpx.HTTPError | OSError):
        return ConnectionFailed(f"{target}: {said}", maybe_sent=not isinstance(error, httpx.ConnectError))
    if isinstance(error, RuntimeError):  # httpx says "client has been closed" and the like this way
        return ConfigurationError(f"{target}: the HTTP client cannot be used: {said}")
    if type(error).__module__.split(".")[0] in ("httpx", "h11", "httpcore", "anyio"):  # some are mapped nowhere
        return ConnectionFailed(f"{target}: {said}", maybe_sent=True)
    return error
