"""Shared by the tests of `trustoo.oauth`: a clock, both platforms behind one interface, stores, the fake on a port."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis
import redis.asyncio
from sqlalchemy import NullPool, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from trustoo.oauth import (
    ANY,
    AsyncFileStore,
    AsyncMemoryStore,
    AsyncTokenStore,
    FileStore,
    MemoryStore,
    Token,
    TokenStore,
)
from trustoo.stores import AsyncRedisTokenStore, AsyncSqlTokenStore, RedisTokenStore, SqlTokenStore
from trustoo.testing import FakeTrustoo

from tests.servers import PostgreSQL, Redis

NOW = 1_700_465_771.0
SHOP = "kettles.myshopify.com"


OpenStore = Callable[[], TokenStore]
OpenAsyncStore = Callable[[], AsyncTokenStore]
"""Each call returns another object for the same tokens, as another process would have it."""


def _memory(_: Path) -> tuple[OpenStore, OpenAsyncStore]:
    store = MemoryStore()
    return lambda: store, lambda: AsyncMemoryStore(store)


def _files(folder: Path) -> tuple[OpenStore, OpenAsyncStore]:
    return lambda: FileStore(folder / "tokens"), lambda: AsyncFileStore(folder / "tokens")


def _documented(folder: Path) -> tuple[OpenStore, OpenAsyncStore]:
    """The store of docs/oauth.md."""
    text = (Path(__file__).parents[2] / "docs" / "oauth.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n([^`]*class SqliteStore:[^`]*)^```", text, re.MULTILINE)
    names: dict[str, Any] = {}
    exec(code, names)
    folder.mkdir(exist_ok=True)
    return lambda: names["SqliteStore"](folder / "tokens.db"), lambda: AsyncMemoryStore(
        names["SqliteStore"](folder / "tokens.db")
    )


STORES: dict[str, Callable[[Path], tuple[OpenStore, OpenAsyncStore]]] = {
    "memory": _memory,
    "files": _files,
    "documented": _documented,
}
"""The kinds of stores that tests of all stores use."""


SERVERS = ("postgresql", "redis_server")
"""The fixtures of servers that keep tokens, too."""


@pytest.fixture(params=[*STORES, *SERVERS])
def open_stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[OpenStore, OpenAsyncStore]]:
    """Open a store for threads, and one for asyncio with the same tokens."""
    if request.param in STORES:
        yield STORES[request.param](tmp_path)
    elif request.param == "postgresql":
        yield from _in_postgresql(request.getfixturevalue("postgresql"))
    else:
        yield from _in_redis(request.getfixturevalue("redis_server"))


def _in_postgresql(server: PostgreSQL) -> Iterator[tuple[OpenStore, OpenAsyncStore]]:
    table = f"tokens_{uuid4().hex}"
    engine = create_engine(server.sqlalchemy_url)
    # Each call of an AsyncPlatform has its own event loop here, and connections belong to a loop.
    async_engine = create_async_engine(server.sqlalchemy_url, poolclass=NullPool)
    SqlTokenStore(engine, table=table).create_tables()
    yield lambda: SqlTokenStore(engine, table=table), lambda: AsyncSqlTokenStore(async_engine, table=table)
    engine.dispose()


class _Forgetful(redis.asyncio.ConnectionPool):
    """Closes connections after each command, as `NullPool` does."""

    async def release(self, connection: Any) -> None:
        await super().release(connection)
        await connection.disconnect()


def _in_redis(server: Redis) -> Iterator[tuple[OpenStore, OpenAsyncStore]]:
    prefix = uuid4().hex

    def connect_async() -> AsyncTokenStore:
        client = redis.asyncio.Redis(connection_pool=_Forgetful.from_url(server.url))
        return AsyncRedisTokenStore(client, prefix=prefix)

    with redis.Redis.from_url(server.url) as client:
        yield lambda: RedisTokenStore(client, prefix=prefix), connect_async


@pytest.fixture
def open_store(open_stores: tuple[OpenStore, OpenAsyncStore]) -> OpenStore:
    return open_stores[0]


@pytest.fixture
def open_async_store(open_stores: tuple[OpenStore, OpenAsyncStore]) -> OpenAsyncStore:
    return open_stores[1]


def keep(store: TokenStore, token: Token, key: str | None = None) -> None:
    """Save a token, whatever the store has."""
    store.save(SHOP if key is None else key, token.to_json(), replaces=ANY)


def kept(store: TokenStore, key: str | None = None) -> Token | None:
    stored = store.load(SHOP if key is None else key)
    return None if stored is None else Token.from_json(stored.text)


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
def served(fake: FakeTrustoo, *, pause: float = 0, join: bool = True) -> Iterator[str]:
    """The fake on a port of 127.0.0.1: its address.

    Args:
        pause: seconds between the moment at which the service issues a token, and its response.
        join: whether to wait for responses that have not been sent.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            response = fake.handle(self.command, self.path, httpx.Headers(list(self.headers.items())), body)
            if self.path.endswith("/oauth/token"):
                time.sleep(pause)
            self.send_response_only(response.status)
            for name, value in {**response.headers, "Content-Length": str(len(response.body))}.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # the client may have ended
                self.end_headers()
                self.wfile.write(response.body)

        do_GET = do_POST = _respond

        def log_message(self, format: str, *args: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = join
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
