"""Replay stores on a server: the rules of the protocol, expired rows, locks, and a server that is away."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, RedisCluster
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from trustoo.errors import ConfigurationError
from trustoo.oauth import StoreError
from trustoo.stores import AsyncRedisReplayStore, AsyncSqlReplayStore, RedisReplayStore, SqlReplayStore
from trustoo.testing import SignedDelivery, check_async_replay_store, check_replay_store
from trustoo.webhooks import AsyncReplayStore, Delivery, Refusal, ReplayStore

from tests import servers
from tests.webhooks.support import CREATED, deliveries, receiver

LONG = 60.0


@contextmanager
def engine_of(url: str, **settings: Any) -> Iterator[Engine]:
    engine = create_engine(url, **settings)
    yield engine
    engine.dispose()


@asynccontextmanager
async def async_engine_of(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()


@contextmanager
def table_of(url: str, name: str = "trustoo_deliveries") -> Iterator[tuple[Engine, SqlReplayStore]]:
    """A store with a table of its own."""
    with engine_of(url) as engine:
        store = SqlReplayStore(engine, table=name)
        store.create_tables()
        yield engine, store


def sqlite_url(folder: Path, driver: str = "sqlite") -> str:
    return f"{driver}:///{folder / 'deliveries.sqlite3'}"


# --- the protocol ---


def test_redis_is_accepted_with_clients_that_decode_and_clients_that_do_not(redis_server: servers.Redis) -> None:
    url = redis_server.url
    with Redis.from_url(url) as plain, Redis.from_url(url, decode_responses=True) as decoding:
        clients = cycle([plain, decoding])
        check_replay_store(lambda: RedisReplayStore(next(clients)))


def test_redis_is_accepted_with_asyncio(redis_server: servers.Redis) -> None:
    async def run() -> None:
        url = redis_server.url
        async with AsyncRedis.from_url(url) as plain, AsyncRedis.from_url(url, decode_responses=True) as decoding:
            clients = cycle([plain, decoding])
            await check_async_replay_store(lambda: AsyncRedisReplayStore(next(clients)))

    asyncio.run(run())


def test_a_cluster_has_all_keys_of_a_delivery_in_one_slot(redis_server: servers.Redis) -> None:
    keys = "id review/created {a}", "signed review/created {b}"

    async def run(port: int) -> None:
        async with AsyncRedisCluster(host="127.0.0.1", port=port) as client:
            store = AsyncRedisReplayStore(client)
            assert await store.claim(*keys, owner="EXAMPLE-2", seconds=LONG) == "busy"
            assert await store.settle(*keys, owner="EXAMPLE-1", seconds=LONG) is True

    with servers.Redis(cluster_enabled="yes") as server:
        with Redis(port=server.port) as node:
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"cluster_state:ok" not in bytes(node.execute_command("CLUSTER", "INFO", NEVER_DECODE=[])):
                time.sleep(0.01)
        with RedisCluster(host="127.0.0.1", port=server.port) as client:
            store = RedisReplayStore(client)
            store.forget(*keys, owner="EXAMPLE-1")
            assert store.claim(*keys, owner="EXAMPLE-1", seconds=LONG) == "new"
            asyncio.run(run(server.port))
            assert store.claim(*keys, owner="EXAMPLE-2", seconds=LONG) == "done"


def check_sql(url: str) -> None:
    with engine_of(url) as first, engine_of(url, isolation_level="AUTOCOMMIT") as second:
        engines = cycle([first, second])
        SqlReplayStore(first).create_tables()
        check_replay_store(lambda: SqlReplayStore(next(engines)))


def check_sql_async(url: str) -> None:
    async def run() -> None:
        async with async_engine_of(url) as first, async_engine_of(url) as second:
            engines = cycle([first, second])
            await AsyncSqlReplayStore(first).create_tables()
            await check_async_replay_store(lambda: AsyncSqlReplayStore(next(engines)))

    asyncio.run(run())


def test_postgresql_is_accepted_whatever_the_isolation_of_its_engine(postgresql: servers.PostgreSQL) -> None:
    check_sql(postgresql.sqlalchemy_url)


def test_postgresql_is_accepted_with_asyncio(postgresql: servers.PostgreSQL) -> None:
    check_sql_async(postgresql.sqlalchemy_url)


def test_sqlite_is_accepted_whatever_the_isolation_of_its_engine(tmp_path: Path) -> None:
    check_sql(sqlite_url(tmp_path))


def test_sqlite_is_accepted_with_asyncio(tmp_path: Path) -> None:
    check_sql_async(sqlite_url(tmp_path, "sqlite+aiosqlite"))


async def check_that_both_kinds_share(store: ReplayStore, of_asyncio: AsyncReplayStore) -> None:
    assert store.claim("shared", owner="a", seconds=LONG) == "new"
    assert await of_asyncio.claim("shared", owner="b", seconds=LONG) == "busy"
    assert await of_asyncio.settle("shared", owner="a", seconds=LONG) is True
    assert store.claim("shared", owner="b", seconds=LONG) == "done"


def test_both_kinds_of_programs_share_a_redis(redis_server: servers.Redis) -> None:
    async def run() -> None:
        with Redis.from_url(redis_server.url) as client:
            async with AsyncRedis.from_url(redis_server.url) as of_asyncio:
                stores = RedisReplayStore(client, prefix="both"), AsyncRedisReplayStore(of_asyncio, prefix="both")
                await check_that_both_kinds_share(*stores)
                assert RedisReplayStore(client, prefix="other").claim("shared", owner="b", seconds=LONG) == "new"

    asyncio.run(run())


def test_both_kinds_of_programs_share_a_table(tmp_path: Path) -> None:
    async def run() -> None:
        with table_of(sqlite_url(tmp_path)) as (engine, store):
            async with async_engine_of(sqlite_url(tmp_path, "sqlite+aiosqlite")) as of_asyncio:
                await check_that_both_kinds_share(store, AsyncSqlReplayStore(of_asyncio))
            other = SqlReplayStore(engine, table="other")
            other.create_tables()
            assert other.claim("shared", owner="b", seconds=LONG) == "new"

    asyncio.run(run())


# --- what SQL needs ---

INSERT = text("INSERT INTO expired (key, owner, done, until) VALUES (:key, 'EXAMPLE-old', :done, :until)")


def check_expired(engine: Engine, store: SqlReplayStore) -> None:
    """25 expired rows, of claims and of settled keys, and one row that is kept."""
    with engine.begin() as connection:
        connection.execute(
            INSERT, [{"key": f"old {number}", "done": number % 2 == 0, "until": float(number)} for number in range(25)]
        )
        connection.execute(INSERT, {"key": "kept", "done": True, "until": time.time() + LONG})
    left = []
    for number in range(4):
        assert store.claim(f"new {number}", owner="EXAMPLE-new", seconds=LONG) == "new"
        with engine.connect() as connection:
            left.append(connection.scalar(text("SELECT count(*) FROM expired WHERE owner = 'EXAMPLE-old'")))
    assert left == [16, 6, 1, 1]


def test_each_claim_in_postgresql_removes_some_expired_rows(postgresql: servers.PostgreSQL) -> None:
    with table_of(postgresql.sqlalchemy_url, "expired") as (engine, store):
        check_expired(engine, store)
        with engine.begin() as connection:  # rows of another transaction are not waited for
            connection.execute(INSERT, {"key": "held", "done": False, "until": 1.0})
        with ThreadPoolExecutor(1) as pool, engine.begin() as other:
            other.execute(text("SELECT key FROM expired WHERE key = 'held' FOR UPDATE"))
            claim = pool.submit(store.claim, "free", owner="EXAMPLE-new", seconds=LONG)
            assert claim.result(timeout=10) == "new"


def test_each_claim_in_sqlite_removes_some_expired_rows(tmp_path: Path) -> None:
    with table_of(sqlite_url(tmp_path), "expired") as (engine, store):
        check_expired(engine, store)


KEPT = 20_000


def keep_many(engine: Engine) -> None:
    """Rows of deliveries that are kept, as a shop with many deliveries has them."""
    rows = [{"key": f"kept {number}", "until": time.time() + 3600 + number} for number in range(KEPT)]
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO many (key, owner, done, until) VALUES (:key, 'EXAMPLE', TRUE, :until)"), rows
        )


def test_a_claim_in_postgresql_reads_few_rows_however_many_are_kept(postgresql: servers.PostgreSQL) -> None:
    with table_of(postgresql.sqlalchemy_url, "many") as (engine, store):
        keep_many(engine)
        assert store.claim("new", owner="EXAMPLE-new", seconds=LONG) == "new"
        engine.dispose()  # PostgreSQL writes the statistics of a connection when it ends
        with engine.connect() as connection:
            columns = "SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'many')"
            read = connection.scalar(text(f"{columns} + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'many'"))
    assert read < 100


def test_a_claim_in_sqlite_reads_few_rows_however_many_are_kept(tmp_path: Path) -> None:
    with table_of(sqlite_url(tmp_path), "many") as (engine, store):
        keep_many(engine)
        hundreds = list[None]()
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.set_progress_handler(lambda: hundreds.append(None), 100)  # called for every 100 steps of a statement
        assert store.claim("new", owner="EXAMPLE-new", seconds=LONG) == "new"
    assert len(hundreds) < KEPT / 100


def contend(store: ReplayStore, seed: int) -> None:
    """Claim, settle and forget the same few keys as other threads, in every order."""
    choose = random.Random(seed)
    for number in range(60):
        keys, owner = choose.sample("abcdef", 4), f"{seed} {number}"
        if store.claim(*keys, owner=owner, seconds=0.05) == "new" and choose.random() < 0.5:
            store.settle(*keys, owner=owner, seconds=0.001)
        store.forget(*keys[::-1], owner=owner)


def test_owners_that_name_the_same_keys_in_any_order_do_not_wait_for_each_other(
    postgresql: servers.PostgreSQL,
) -> None:
    with table_of(postgresql.sqlalchemy_url, "contended") as (_, store), ThreadPoolExecutor(6) as pool:
        assert list(pool.map(contend, [store] * 6, range(6))) == [None] * 6


@pytest.mark.parametrize("table", ["", "a b", "a;b", "a.b.c", 'a"b', "é"])
def test_a_table_is_a_name(table: str, tmp_path: Path) -> None:
    with engine_of(sqlite_url(tmp_path)) as engine, pytest.raises(ConfigurationError, match="table must be a name"):
        SqlReplayStore(engine, table=table)


def test_a_table_has_a_schema(postgresql: servers.PostgreSQL) -> None:
    with engine_of(postgresql.sqlalchemy_url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA other"))
    with table_of(postgresql.sqlalchemy_url, "other.deliveries") as (_, store):
        assert store.claim("a", "b", owner="EXAMPLE-1", seconds=LONG) == "new"
        assert store.claim("b", owner="EXAMPLE-2", seconds=LONG) == "busy"


# --- a server that is away ---


def check_away(server: servers.Server, store: ReplayStore, caplog: pytest.LogCaptureFixture) -> None:
    """Deliveries are refused while the server is away, and none is handled twice after a restart."""
    handled: list[str] = []
    refused: list[Refusal] = []

    def handler(delivery: Delivery) -> None:
        handled.append(delivery.request_id)

    to = receiver(handler, store=store, on_refused=refused.append)
    first, second = deliveries().make(request_id="EXAMPLE-1"), deliveries().make({"list": []}, request_id="EXAMPLE-2")

    def post(made: SignedDelivery) -> int:
        return to.receive("POST", CREATED, made.headers, made.body).status

    assert post(first) == 200
    server.stop()
    assert post(second) == 500
    assert [refusal.reason for refusal in refused] == ["store_failed"]
    with pytest.raises(StoreError, match="cannot be used"):
        store.settle("a", owner="b", seconds=LONG)
    assert "StoreError" in caplog.text
    assert "EXAMPLE-password" not in caplog.text
    server.start()
    while post(second) == 500:  # each connection that broke fails once more
        assert len(refused) < 10
    assert [post(first), post(second)] == [200, 200]
    assert handled == ["EXAMPLE-1", "EXAMPLE-2"]


def test_a_redis_that_restarts_keeps_deliveries(redis_server: servers.Redis, caplog: pytest.LogCaptureFixture) -> None:
    with servers.Redis() as server, Redis.from_url(server.url) as client:
        check_away(server, RedisReplayStore(client), caplog)


def test_a_postgresql_that_restarts_keeps_deliveries(
    postgresql: servers.PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    with servers.PostgreSQL() as server:
        url = server.sqlalchemy_url.replace("@", ":EXAMPLE-password@")
        with table_of(url) as (_, store):
            check_away(server, store, caplog)
