"""Sends with aiohttp, the fastest transport for many asyncio calls at once: `pip install 'trustoo[aiohttp]'`."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import Any

import aiohttp
from yarl import URL

from ..errors import TransportError
from .body import BodyReader, as_async_iterable, close_pieces
from .connections import CONNECTIONS, KEPT_SECONDS, split_url, trusted_certificates
from .errors import connection_error, error_text, timeout_error, unusable_request
from .exchange import Exchange
from .loops import PerLoop
from .protocols import Headers, HTTPRequest, HTTPResponse

__all__ = ["AsyncAiohttpTransport"]

_EXCHANGE = ContextVar[Exchange]("_EXCHANGE")
_PIECE = 32 * 1024
"""The number of bytes that are written without waiting until the server reads them."""
_IDLE_SECONDS = 0.05
"""After a pause of this length, the event loop gets time to notice connections that servers have closed."""
_LONGEST_LINE = 100 * 1024
"""The largest header of a response in bytes, as in httpcore. The default of aiohttp is 8 KB."""


class AsyncAiohttpTransport:
    """An AsyncTransport over aiohttp. It has a session for each event loop, because connections belong to a loop."""

    def __init__(self) -> None:
        sessions = dict[asyncio.AbstractEventLoop, aiohttp.ClientSession]()
        self._loops = PerLoop(lambda: _open(sessions), aiohttp.ClientSession.close)
        self._used = 0.0
        weakref.finalize(self, _discard_all, sessions, os.getpid())

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        is_short = isinstance(request.content, bytes | None) and len(request.content or b"") <= _PIECE
        return await self._loops.send(Exchange.of(request), self._exchange if is_short else self._exchange_paced)

    async def _exchange_paced(self, session: aiohttp.ClientSession, exchange: Exchange) -> HTTPResponse:
        """Carry out an exchange with a timeout for writing, because aiohttp has no such timeout."""
        request, content = exchange.request, as_async_iterable(exchange.request)
        assert content is not None
        headers = dict(request.headers)
        if isinstance(content, bytes):
            headers["Content-Length"] = str(len(content))
        failures, now, limit = list[Exception](), asyncio.get_running_loop().time, asyncio.timeout(None)

        async def pace() -> AsyncIterator[bytes]:
            try:
                async for piece in _cut(content) if isinstance(content, bytes) else content:
                    limit.reschedule(now() + request.timeout)
                    yield piece
                    limit.reschedule(None)
            except Exception as error:
                failures.append(error)
                raise

        paced = pace()
        try:
            async with limit:
                exchange.request = replace(request, content=paced, headers=headers)
                return await self._exchange(session, exchange)
        except TimeoutError:
            if not limit.expired():
                raise
        except TransportError:
            if failures:  # the caller's content failed
                raise failures[0] from None
            raise
        finally:
            await close_pieces(paced)
        raise timeout_error(request, "write", maybe_sent=True)

    async def _exchange(self, session: aiohttp.ClientSession, exchange: Exchange) -> HTTPResponse:
        request = exchange.request
        exchange.sent = False
        _EXCHANGE.set(exchange)
        origin, target = split_url(request)
        loop = asyncio.get_running_loop()
        if loop.time() - self._used > _IDLE_SECONDS:
            # A loop that was busy or stopped has not yet noticed that a server closed a connection. To notice this, the
            # loop needs two rounds.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        try:
            response = await session.request(
                request.method,
                URL(f"{origin.scheme}://{origin.authority}{target}", encoded=True),
                headers=request.headers,
                data=request.content,
                timeout=_timeout(request.timeout),
                allow_redirects=False,
                ssl=trusted_certificates() if origin.scheme == "https" else True,
            )
            try:
                body, pieces = BodyReader(request, response.raw_headers), response.content
                while not pieces.at_eof():
                    body.feed(await pieces.readany())
            except BaseException:
                response.close()
                raise
            self._used = loop.time()
            return HTTPResponse(response.status, Headers(response.raw_headers), body.content())
        except (aiohttp.ClientError, OSError, ValueError) as error:
            ours = _translated(error, request)
        raise ours  # raised here, without a cause: the cause quotes the complete URL, which may contain a secret

    async def close(self) -> None:
        """Close the connections of this event loop. The next request opens a new connection."""
        await self._loops.close()


def _open(sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession]) -> aiohttp.ClientSession:
    for gone in [loop for loop in list(sessions) if loop.is_closed()]:
        _discard(gone, sessions.pop(gone))
    session = aiohttp.ClientSession(
        connector=_Connector(limit=CONNECTIONS, keepalive_timeout=KEPT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "gzip, deflate"},
        skip_auto_headers=("Content-Type",),
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
        middlewares=(_once,),
    )
    sessions[asyncio.get_running_loop()] = session
    return session


class _Connector(aiohttp.TCPConnector):
    """Notes in the exchange when its request has a connection. aiohttp sends the request immediately afterwards."""

    async def connect(self, *args: Any, **options: Any) -> Any:
        connection = await super().connect(*args, **options)
        _EXCHANGE.get().sent = True
        return connection


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """A middleware that hides a broken connection from aiohttp. Otherwise aiohttp would retry GET, PUT and DELETE."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(error_text(error)) from error


async def _cut(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    # Longer timeouts are not rounded up to whole seconds.
    return aiohttp.ClientTimeout(total=None, connect=seconds, sock_read=seconds, ceil_threshold=float("inf"))


def _translated(error: Exception, request: HTTPRequest) -> Exception:
    if isinstance(error, aiohttp.ClientConnectorError):
        return connection_error(request, error_text(error), maybe_sent=False)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return timeout_error(request, "connect", maybe_sent=False)
    if isinstance(error, aiohttp.ServerTimeoutError):
        return timeout_error(request, "read", maybe_sent=True)
    if isinstance(error, aiohttp.InvalidURL) or not isinstance(error, aiohttp.ClientError | OSError):
        return unusable_request(request, f"it cannot be sent: {error_text(error)}.")
    return connection_error(request, error_text(error), maybe_sent=not _is_unwritten(error, request))


def _is_unwritten(error: BaseException | None, request: HTTPRequest) -> bool:
    """Whether the connection was closed before aiohttp wrote to it. Headers and bytes are written at once."""
    while error is not None and not isinstance(error, aiohttp.ClientConnectionResetError):
        error = error.__cause__
    return error is not None and isinstance(request.content, bytes | None)


def _discard_all(sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession], process: int) -> None:
    """Close the sessions that nobody closed, so that aiohttp does not warn about them."""
    if process == os.getpid():
        while sessions:
            _discard(*sessions.popitem())


def _discard(loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> None:
    if loop.is_running() and loop is not asyncio._get_running_loop():  # in another thread
        with suppress(RuntimeError):  # the loop has just been closed
            loop.call_soon_threadsafe(_discard, loop, session)
        return
    closing = session.close()
    with suppress(StopIteration):
        closing.send(None)  # this closes all connections; the rest of the coroutine only waits for the sockets
    closing.close()
