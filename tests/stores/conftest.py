"""Stores of each kind, with clients that are closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import redis
import redis.asyncio
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine
from trustoo.oauth import AsyncTokenStore, TokenStore
from trustoo.stores import (
    AsyncEncryptedStore,
    AsyncRedisTokenStore,
    AsyncSqlTokenStore,
    EncryptedStore,
    RedisTokenStore,
    SqlTokenStore,
)

ENCRYPTION_KEY = "RVhBTVBMRS1lbmNyeXB0aW9uLWtleS1vZi0zMi1ieXQ="
OTHER_KEY = "RVhBTVBMRS1vdGhlci1lbmNyeXB0aW9uLWtleS0zMi0="
"""32 bytes each: EXAMPLE-encryption-key-of-32-byt and EXAMPLE-other-encryption-key-32-."""


@event.listens_for(Engine, "connect")
def _write_without_waiting(connection: Any, _: object) -> None:
    """Let SQLite not wait for the disk, which only a crash of the machine would show."""
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA synchronous = OFF")


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'tokens.sqlite3'}"


@contextmanager
def stores(url: str, *, encrypted: bool = False, **settings: Any) -> Iterator[Callable[[], TokenStore]]:
    """A function that returns a store of its own client for each call, as another process would."""
    with ExitStack() as stack:

        def make() -> TokenStore:
            store: TokenStore
            if url.startswith("redis"):
                store = RedisTokenStore(stack.enter_context(redis.Redis.from_url(url, **settings)))
            else:
                engine = create_engine(url, **settings)
                stack.callback(engine.dispose)
                store = SqlTokenStore(engine)
                store.create_tables()
            return EncryptedStore(store, ENCRYPTION_KEY) if encrypted else store

        yield make


@asynccontextmanager
async def async_stores(
    url: str, *, encrypted: bool = False, **settings: Any
) -> AsyncIterator[Callable[[], AsyncTokenStore]]:
    """`stores` for asyncio. The tables of an SQL store must exist."""
    async with AsyncExitStack() as stack:

        def make() -> AsyncTokenStore:
            store: AsyncTokenStore
            if url.startswith("redis"):
                client = redis.asyncio.Redis.from_url(url, **settings)
                stack.push_async_callback(client.aclose)
                store = AsyncRedisTokenStore(client)
            else:
                engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"), **settings)
                stack.push_async_callback(engine.dispose)
                store = AsyncSqlTokenStore(engine)
            return AsyncEncryptedStore(store, ENCRYPTION_KEY) if encrypted else store

        yield make
