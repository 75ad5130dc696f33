"""Sends with httpx: a client of the caller's, or one of our own where a proxy stands between. Imported when used."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ..errors import ConfigurationError
from ..redaction import redact
from .faults import translation
from .logs import quieten
from .wire import Reply, Wire

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncHttpxTransport", "HttpxTransport", "made", "translated"]

C = TypeVar("C")
H = TypeVar("H", "httpx.Client", "httpx.AsyncClient")


class HttpxTransport:
    """Sends with an `httpx.Client`: the caller's, which is never closed here, or one of our own."""

    def __init__(self, client: httpx.Client | None = None, proxy: str | None = None) -> None:
        quieten()
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

                self._client = _without_cookies(made(httpx.Client, self._proxy))
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
        quieten()
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

            self._client = _without_cookies(made(httpx.AsyncClient, self._proxy))
            self._loop = asyncio.get_running_loop()
        return self._client

    async def close(self) -> None:
        """Close our own client; it opens again when it is used again."""
        if self._owned and self._client is not None:
            if self._loop is asyncio.get_running_loop():  # those of a loop that is gone are gone with it
                await self._client.aclose()
            self._client = None


def made(kind: Callable[..., C], proxy: str | None) -> C:
    """A client of our own. Raises ConfigurationError."""
    try:
        return kind(proxy=proxy)
    except (ValueError, ImportError) as error:  # the environment's proxy is none, or SOCKS lacks its package
        raise ConfigurationError(f"The HTTP client cannot be made: {redact(str(error))}") from error


def _without_cookies(client: H) -> H:
    from http.cookiejar import DefaultCookiePolicy

    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def _request(client: httpx.Client | httpx.AsyncClient, wire: Wire) -> httpx.Request:
    return client.build_request(
        wire.method, wire.url, headers=dict(wire.headers), content=wire.content, timeout=wire.timeout
    )


@contextmanager
def translated(wire: Wire) -> Iterator[None]:
    """Turns what httpx and the layers below it raise into our errors, which name the host and no secret."""
    try:
        yield
    except Exception as error:
        import httpx

        if (ours := translation(error, wire, httpx)) is error:
            raise
        raise ours from error
