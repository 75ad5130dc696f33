"""Shared by the tests of `trustoo.oauth`: a clock, both platforms behind one interface, the fake on a port."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
from trustoo.oauth import Token
from trustoo.testing import FakeTrustoo

NOW = 1_700_465_771.0
SHOP = "kettles.myshopify.com"


class Clock:
    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Both:
    """A Platform or an AsyncPlatform. Its methods are called without await."""

    def __init__(self, platform: Any) -> None:
        self.platform = platform

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: done(getattr(self.platform, name), *given, **named)

    def reviews(self, shop: str = SHOP) -> Any:
        return done(self.platform.shop(shop).reviews.list)

    def create(self, shop: str = SHOP) -> Any:
        return done(self.platform.shop(shop).reviews.create, rating=5, author="Zoë")


def done(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """The result of a function, awaited where that is needed."""

    async def awaited() -> Any:
        found = function(*given, **named)
        return await found if inspect.isawaitable(found) else found

    return asyncio.run(awaited()) if inspect.iscoroutinefunction(function) else function(*given, **named)


def both(fake: FakeTrustoo, is_async: bool, **settings: Any) -> Both:
    return Both(fake.async_platform_client(**settings) if is_async else fake.platform_client(**settings))


def token(name: str = "1", *, lives: float | None = 7200, now: float = NOW, refresh: str | None = "") -> Token:
    expires_at = None if lives is None else now + lives
    return Token(f"EXAMPLE-access-{name}", f"EXAMPLE-refresh-{name}" if refresh == "" else refresh, expires_at, now)


async def gathered(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


@contextmanager
def served(fake: FakeTrustoo) -> Iterator[str]:
    """The fake on a port of 127.0.0.1: its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            response = fake.handle(self.command, self.path, httpx.Headers(list(self.headers.items())), body)
            self.send_response_only(response.status)
            for name, value in {**response.headers, "Content-Length": str(len(response.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = _respond

        def log_message(self, format: str, *args: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
