"""Sends with httpx: through the caller's client, or through a client of this package, for example for proxies."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from .._redaction import install_log_redaction, redact
from ..errors import ConfigurationError
from .body import BodyReader, as_async_iterable, as_iterable
from .callers import mark_callers_error
from .errors import translated, within_deadline
from .protocols import Content, HTTPRequest, HTTPResponse

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncHttpxTransport", "HttpxTransport", "make_client", "translated_errors"]

C = TypeVar("C")
H = TypeVar("H", "httpx.Client", "httpx.AsyncClient")


class HttpxTransport:
    """A Transport over an `httpx.Client`: the caller's client, or a client of this package. Thread-safe.

    The caller's client is never closed here. Tools that watch or mock httpx see the requests of this transport.
    """

    def __init__(self, client: httpx.Client | None = None, proxy: str | None = None) -> None:
        install_log_redaction()
        self._client, self._owned, self._proxy = client, client is None, proxy
        self._lock = threading.Lock()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        began = monotonic()
        with translated_errors(request):
            client = self._client or self._open()
            outgoing = _outgoing(client, request, as_iterable(request))
            response = client.send(outgoing, follow_redirects=False, stream=True)
            try:
                if request.max_response_bytes is None and request.deadline is None:
                    # httpx reads the content, so that tools that keep the response can also read the content.
                    return HTTPResponse(response.status_code, response.headers, response.read())
                body = BodyReader(request, began=began)  # without headers: httpx decompresses
                for piece in response.iter_bytes():
                    body.feed(piece)
            finally:
                response.close()
            return HTTPResponse(response.status_code, response.headers, body.content())

    def _open(self) -> httpx.Client:
        with self._lock:  # two threads may make the first call at once
            if self._client is None:
                import httpx

                self._client = _without_cookies(make_client(httpx.Client, self._proxy))
            return self._client

    def close(self) -> None:
        """Close the client of this package. The next request opens a new client."""
        with self._lock:
            if self._owned and self._client is not None:
                self._client.close()
                self._client = None


class AsyncHttpxTransport:
    """An AsyncTransport over an `httpx.AsyncClient`: the caller's client, or a client of this package.

    The caller's client is never closed here.
    """

    def __init__(self, client: httpx.AsyncClient | None = None, proxy: str | None = None) -> None:
        install_log_redaction()
        self._client, self._owned, self._proxy = client, client is None, proxy
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        with translated_errors(request):
            if request.deadline is None:
                return await self._exchange(request)
            return await within_deadline(request, self._exchange(request))

    async def _exchange(self, request: HTTPRequest) -> HTTPResponse:
        client = self._opened() if self._client is None or self._owned else self._client
        outgoing = _outgoing(client, request, as_async_iterable(request))
        response = await client.send(outgoing, follow_redirects=False, stream=True)
        try:
            if request.max_response_bytes is None:
                return HTTPResponse(response.status_code, response.headers, await response.aread())
            body = BodyReader(request)
            async for piece in response.aiter_bytes():
                body.feed(piece)
        finally:
            await response.aclose()
        return HTTPResponse(response.status_code, response.headers, body.content())

    def _opened(self) -> httpx.AsyncClient:
        # Connections belong to the event loop that made them. A second asyncio.run() needs new connections.
        if self._client is None or self._loop is not asyncio.get_running_loop():
            import httpx

            self._client = _without_cookies(make_client(httpx.AsyncClient, self._proxy))
            self._loop = asyncio.get_running_loop()
        return self._client

    async def close(self) -> None:
        """Close the client of this package. The next request opens a new client."""
        if self._owned and self._client is not None:
            if self._loop is asyncio.get_running_loop():  # connections of a closed loop are already closed
                await self._client.aclose()
            self._client = None


def make_client(kind: Callable[..., C], proxy: str | None) -> C:
    """Create a client of this package. Raises ConfigurationError."""
    try:
        return kind(proxy=proxy)
    except (ValueError, ImportError) as error:  # the environment's proxy is not a URL, or SOCKS lacks a package
        raise ConfigurationError(f"The HTTP client cannot be created: {redact(str(error))}") from error


def _without_cookies(client: H) -> H:
    from http.cookiejar import DefaultCookiePolicy

    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def _outgoing(client: httpx.Client | httpx.AsyncClient, request: HTTPRequest, content: Content) -> httpx.Request:
    return client.build_request(
        request.method, request.url, headers=dict(request.headers), content=content, timeout=request.timeout
    )


@contextmanager
def translated_errors(request: HTTPRequest) -> Iterator[None]:
    """Translate errors of httpx, and of the layers below httpx, into errors of this package.

    Exceptions of the caller's own code, such as the hooks of an `http_client`, stay as they are.
    """
    try:
        yield
    except Exception as error:
        import httpx

        if mark_callers_error(error, request.url) or (ours := translated(error, request, httpx)) is error:
            raise
        raise ours from error
