"""Sends with aiohttp, for asyncio: `pip install 'trustoo[aiohttp]'`."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from .compression import BodyReader, BodyTooLarge
from .errors import connection_error, error_text, timeout_error, too_large_error, unusable_address, within_deadline
from .protocols import Headers, HTTPRequest, HTTPResponse, as_async_iterable, parse_http_url
from .tls import trusted_certificates

__all__ = ["AsyncAiohttpTransport"]

CONNECTIONS, KEPT_SECONDS = 100, 5
"""As with the other transports."""


class AsyncAiohttpTransport:
    """An AsyncTransport over aiohttp: URLs as they are, no cookies, no redirects. A session for each event loop."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        if request.deadline is None:
            return await self._exchange(request)
        async with within_deadline(request):
            return await self._exchange(request)

    async def _exchange(self, request: HTTPRequest) -> HTTPResponse:
        try:
            parse_http_url(request.url)
            url = URL(request.url, encoded=True)
        except ValueError as error:
            raise unusable_address(request, f"the address cannot be used: {error}.") from error
        timeout = aiohttp.ClientTimeout(None, request.timeout, request.timeout, request.timeout)
        try:
            async with self._opened().request(
                request.method,
                url,
                headers=request.headers,
                data=as_async_iterable(request.content),
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                body = BodyReader(response.raw_headers, request.max_response_bytes)
                async for piece in response.content.iter_any():
                    body.feed(piece)
                return HTTPResponse(response.status, _headers(response), body.content())
        except BodyTooLarge:
            raise too_large_error(request) from None
        except aiohttp.ConnectionTimeoutError as error:
            raise timeout_error(request, "connect", maybe_sent=False) from error
        except aiohttp.ServerTimeoutError as error:
            raise timeout_error(request, "read", maybe_sent=True) from error
        except aiohttp.InvalidURL as error:
            raise unusable_address(request, f"the address cannot be used: {error_text(error)}.") from error
        except (aiohttp.ClientError, OSError) as error:
            never_sent = isinstance(error, aiohttp.ClientConnectorError)
            raise connection_error(request, error_text(error), maybe_sent=not never_sent) from error

    def _opened(self) -> aiohttp.ClientSession:
        # Connections belong to the event loop that made them: a second asyncio.run() needs new ones.
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS, keepalive_timeout=KEPT_SECONDS, ssl=trusted_certificates()
            )
            self._session, self._loop = (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    headers={"Accept-Encoding": "gzip, deflate"},
                ),
                loop,
            )
        return self._session

    async def close(self) -> None:
        """Close the connections; they open again when they are needed again."""
        session, self._session = self._session, None
        if session is not None and self._loop is asyncio.get_running_loop():  # those of a loop that is gone are gone
            await session.close()


def _headers(response: aiohttp.ClientResponse) -> Headers:
    return Headers(
        lambda: ((name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in response.raw_headers)
    )
