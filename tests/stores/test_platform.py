"""What a platform with many shops meets: pools that are small, holders that pause, databases that are locked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from trustoo.oauth import ANY, StoreConflictError, Token, TokenStore
from trustoo.testing import FakeTrustoo

from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import async_stores, sqlite_url, stores

SHOPS = 20
POOL: dict[str, Any] = {"pool_size": 5, "max_overflow": 0, "pool_timeout": 5}
IDLE: dict[str, Any] = {"connect_args": {"options": "-c idle_in_transaction_session_timeout=100"}}
"""PostgreSQL ends a connection that has an open transaction and does nothing for 100 ms."""
LOCK: dict[str, Any] = {"connect_args": {"timeout": 1}}
"""SQLite waits 1 s while another connection writes."""


class Gate(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Lets no token request through before as many requests wait as there are shops, and then some time."""

    def __init__(self, fake: FakeTrustoo) -> None:
        self._fake = fake.transport
        self._threads, self._tasks = threading.Barrier(SHOPS), asyncio.Barrier(SHOPS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            self._threads.wait(20)
            time.sleep(0.2)
        return self._fake.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            async with asyncio.timeout(20):
                await self._tasks.wait()
            await asyncio.sleep(0.2)
        return await self._fake.handle_async_request(request)


def renew_all_shops(url: str, is_async: bool, **settings: Any) -> None:
    """All shops wait for their new token at the same time. This is not possible if one of them blocks another."""
    fake = FakeTrustoo()
    service = fake.add_platform()
    keys = [f"shop-{number}.myshopify.com" for number in range(SHOPS)]
    with stores(url, **settings) as make:
        store = make()
        for key in keys:
            issued = service.issue()
            expired = Token(issued["access_token"], issued["refresh_token"], time.time() - 1, time.time() - 7200)
            store.save(key, expired.to_json(), replaces=ANY)
        if is_async:
            asyncio.run(_renew_async(url, fake, keys, **settings))
        else:
            with (
                httpx.Client(transport=Gate(fake)) as http,
                fake.platform_client(store=store, http_client=http, clock=time.time) as platform,
                ThreadPoolExecutor(SHOPS) as threads,
            ):
                list(threads.map(lambda key: platform.shop(key).reviews.list(), keys))
        assert service.refreshes == SHOPS
        for key in keys:
            stored = store.load(key)
            assert stored is not None
            assert service.accepts(Token.from_json(stored.text).access_token)


async def _renew_async(url: str, fake: FakeTrustoo, keys: list[str], **settings: Any) -> None:
    async with (
        async_stores(url, **settings) as make,
        httpx.AsyncClient(transport=Gate(fake)) as http,
        fake.async_platform_client(store=make(), http_client=http, clock=time.time) as platform,
    ):
        await asyncio.gather(*(platform.shop(key).reviews.list() for key in keys))


both_kinds = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@both_kinds
def test_twenty_shops_renew_at_once_with_a_pool_of_five(postgresql: PostgreSQL, is_async: bool) -> None:
    renew_all_shops(postgresql.sqlalchemy_url, is_async, **POOL)


@both_kinds
def test_no_transaction_is_open_while_a_token_is_requested(postgresql: PostgreSQL, is_async: bool) -> None:
    renew_all_shops(postgresql.sqlalchemy_url, is_async, **IDLE)


@both_kinds
def test_a_renewal_locks_no_other_shop_out_of_sqlite(tmp_path: Path, is_async: bool) -> None:
    renew_all_shops(sqlite_url(tmp_path), is_async, **POOL, **LOCK)


@both_kinds
def test_twenty_shops_renew_at_once_over_redis(redis_server: Redis, is_async: bool) -> None:
    renew_all_shops(redis_server.url, is_async)


def overtake(make: Callable[[], TokenStore]) -> None:
    """One process is stopped after it has looked at the store. Another process renews meanwhile."""
    paused, other, key = make(), make(), "paused.myshopify.com"
    version = paused.save(key, "old", replaces=ANY)
    assert paused.lease(key, "paused", 0.1)
    assert not other.lease(key, "other", 60)
    time.sleep(0.2)
    assert other.lease(key, "other", 60)
    newer = other.save(key, "new", replaces=version)
    with pytest.raises(StoreConflictError):
        paused.save(key, "late", replaces=version)
    paused.release(key, "paused")
    assert other.load(key) == ("new", newer)
    assert not paused.lease(key, "paused", 60)


def test_a_holder_that_was_stopped_for_longer_than_its_lease_overwrites_nothing_in_redis(redis_server: Redis) -> None:
    with stores(redis_server.url) as make:
        overtake(make)


def test_a_holder_that_was_stopped_for_longer_than_its_lease_overwrites_nothing_in_postgresql(
    postgresql: PostgreSQL,
) -> None:
    with stores(postgresql.sqlalchemy_url) as make:
        overtake(make)


def test_a_holder_that_was_stopped_for_longer_than_its_lease_overwrites_nothing_in_sqlite(tmp_path: Path) -> None:
    with stores(sqlite_url(tmp_path)) as make:
        overtake(make)
