"""What a platform with many shops meets: pools that are small, holders that pause, databases that are locked."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from trustoo.oauth import ANY, StoreConflictError, Token, TokenStore
from trustoo.testing import FakeTrustoo

from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import async_stores, sqlite_url, stores

SHOPS = 20
POOL: dict[str, Any] = {"pool_size": 5, "max_overflow": 0, "pool_timeout": 30}
PATIENT: dict[str, Any] = {"connect_args": {"timeout": 30}}


class Gate(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Holds token requests until those of all shops wait, and calls `inspect` at that moment."""

    def __init__(self, fake: FakeTrustoo, inspect: Callable[[], None]) -> None:
        self._fake, self._inspect = fake.transport, inspect
        self._threads, self._tasks = threading.Barrier(SHOPS, inspect, 30), asyncio.Barrier(SHOPS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            self._threads.wait()
        return self._fake.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            async with asyncio.timeout(30):
                arrived = await self._tasks.wait()
            if arrived == SHOPS - 1:  # this task runs first
                self._inspect()
        return await self._fake.handle_async_request(request)


def renew_all_shops(url: str, is_async: bool, inspect: Callable[[], None], **settings: Any) -> None:
    """All shops wait for their new token at the same time. This is not possible if one of them blocks another."""
    fake = FakeTrustoo()
    service = fake.add_platform()
    keys = [f"shop-{number}.myshopify.com" for number in range(SHOPS)]
    inspected = list[bool]()

    def inspect_once() -> None:
        inspect()
        inspected.append(True)

    with stores(url, **settings) as make:
        store = make()
        for key in keys:
            issued = service.issue()
            expired = Token(issued["access_token"], issued["refresh_token"], time.time() - 1, time.time() - 7200)
            store.save(key, expired.to_json(), replaces=ANY)
        gate = Gate(fake, inspect_once)
        if is_async:
            asyncio.run(_renew_async(url, fake, gate, keys, **settings))
        else:
            with (
                httpx.Client(transport=gate) as http,
                fake.platform_client(store=store, http_client=http, clock=time.time) as platform,
                ThreadPoolExecutor(SHOPS) as threads,
            ):
                list(threads.map(lambda key: platform.shop(key).reviews.list(), keys))
        assert inspected == [True]
        assert service.refreshes == SHOPS
        for key in keys:
            stored = store.load(key)
            assert stored is not None
            assert service.accepts(Token.from_json(stored.text).access_token)


async def _renew_async(url: str, fake: FakeTrustoo, gate: Gate, keys: list[str], **settings: Any) -> None:
    async with (
        async_stores(url, **settings) as make,
        httpx.AsyncClient(transport=gate) as http,
        fake.async_platform_client(store=make(), http_client=http, clock=time.time) as platform,
    ):
        await asyncio.gather(*(platform.shop(key).reviews.list() for key in keys))


both_kinds = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@both_kinds
def test_twenty_shops_renew_at_once_with_a_pool_of_five_and_no_open_transaction(
    postgresql: PostgreSQL, is_async: bool
) -> None:
    def inspect() -> None:
        with psycopg.connect(postgresql.url) as connection:
            others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
            busy = f"SELECT state FROM pg_stat_activity WHERE {others} AND state <> 'idle'"
            assert connection.execute(busy).fetchall() == []
            locks = f"SELECT locktype FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE {others}"
            assert connection.execute(locks).fetchall() == []

    renew_all_shops(postgresql.sqlalchemy_url, is_async, inspect, **POOL)


@both_kinds
def test_twenty_shops_renew_at_once_over_sqlite_and_the_database_is_not_locked(tmp_path: Path, is_async: bool) -> None:
    url = sqlite_url(tmp_path)

    def inspect() -> None:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            connection.rollback()

    renew_all_shops(url, is_async, inspect, **PATIENT)


@both_kinds
def test_twenty_shops_renew_at_once_over_redis(redis_server: Redis, is_async: bool) -> None:
    renew_all_shops(redis_server.url, is_async, lambda: None)


def overtake(make: Callable[[], TokenStore]) -> None:
    """One process is stopped after it has looked at the store. Another process renews meanwhile."""
    paused, other, key = make(), make(), "paused.myshopify.com"
    version = paused.save(key, "old", replaces=ANY)
    assert paused.lease(key, "paused", 1)
    assert not other.lease(key, "other", 60)
    time.sleep(1.1)
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
