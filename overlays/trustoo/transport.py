"""Carries bytes: one send method each for sync and async, over httpx, imported when first used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from .errors import ConfigurationError, ConnectionFailed, TimeoutFailed
from .redaction import redact

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncHttpxTransport", "AsyncWireTransport", "HttpxTransport", "Reply", "Wire", "WireTransport"]


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it goes out: encoded and signed."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came in."""

    status: int
    headers: Mapping[str, str]
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

    def __init__(self, timeout: float, client: httpx.Client | None = None) -> None:
        self._timeout, self._client, self._owned = timeout, client, client is None

    def send(self, wire: Wire) -> Reply:
        with translated(wire):
            if self._client is None:
                import httpx

                self._client = httpx.Client(timeout=self._timeout)
            reply = self._client.send(_request(self._client, wire, self._timeout), follow_redirects=False)
            return Reply(reply.status_code, reply.headers, reply.content)

    def close(self) -> None:
        """Close our own client; it opens again when it is used again."""
        if self._owned and self._client is not None:
            self._client.close()
            self._client = None


class AsyncHttpxTransport:
    """Sends with an `httpx.AsyncClient`: the caller's, which is never closed here, or one of our own."""

    def __init__(self, timeout: float, client: httpx.AsyncClient | None = None) -> None:
        self._timeout, self._client, self._owned = timeout, client, client is None

    async def send(self, wire: Wire) -> Reply:
        with translated(wire):
            if self._client is None:
                import httpx

                self._client = httpx.AsyncClient(timeout=self._timeout)
            request = _request(self._client, wire, self._timeout)
            reply = await self._client.send(request, follow_redirects=False)
            return Reply(reply.status_code, reply.headers, reply.content)

    async def close(self) -> None:
        """Close our own client; it opens again when it is used again."""
        if self._owned and self._client is not None:
            await self._client.aclose()
            self._client = None


def _request(client: httpx.Client | httpx.AsyncClient, wire: Wire, timeout: float) -> httpx.Request:
    return client.build_request(
        wire.method, wire.url, headers=dict(wire.headers), content=wire.content, timeout=timeout
    )


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
    if type(error).__module__.split(".")[0] in ("h11", "httpcore", "anyio"):  # some escape httpx unmapped
        return ConnectionFailed(f"{target}: {said}", maybe_sent=True)
    return error


@contextmanager
def one_client(timeouts: httpx.Timeout) -> Iterator[httpx.Client]:
    """A fresh client that knows nothing of the API's credentials, cookies or hooks."""
    import httpx

    with httpx.Client(timeout=timeouts, follow_redirects=False) as client:
        yield client


@asynccontextmanager
async def one_async_client(timeouts: httpx.Timeout) -> AsyncIterator[httpx.AsyncClient]:
    """The same for asyncio."""
    import httpx

    async with httpx.AsyncClient(timeout=timeouts, follow_redirects=False) as client:
        yield client
