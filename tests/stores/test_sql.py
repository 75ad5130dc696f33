"""The token store in PostgreSQL and SQLite: its tables, its connections, and what errors say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from trustoo import ConfigurationError
from trustoo.oauth import ANY, StoreConflictError, StoreError
from trustoo.stores import AsyncSqlTokenStore, SqlReplayStore, SqlTokenStore

from tests.servers import PostgreSQL
from tests.stores.conftest import sqlite_url

SECRET = "EXAMPLE-secret-text"


@pytest.fixture
def engine(postgresql: PostgreSQL) -> Iterator[Engine]:
    engine = create_engine(postgresql.sqlalchemy_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(sqlite_url(tmp_path))
    yield engine
    engine.dispose()


def new_table() -> str:
    return f"tokens_{uuid4().hex}"


def test_many_processes_may_create_the_tables_at_the_same_time(engine: Engine) -> None:
    table = new_table()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: SqlTokenStore(engine, table=table).create_tables(), range(8)))
    assert list(SqlTokenStore(engine, table=table).keys()) == []


def test_the_tables_may_be_in_a_schema(engine: Engine) -> None:
    schema = f"schema_{uuid4().hex}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    store = SqlTokenStore(engine, table=f"{schema}.tokens")
    store.create_tables()
    store.save("a", "one", replaces=None)
    assert store.lease("a", "owner", 60)
    assert list(store.keys()) == ["a"]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_the_default_isolation_of_a_database_causes_conflicts_only(postgresql: PostgreSQL, level: str) -> None:
    options = f"-c default_transaction_isolation={level.replace(' ', chr(92) + ' ')}"
    engine = create_engine(postgresql.sqlalchemy_url, connect_args={"options": options})
    store = SqlTokenStore(engine, table=new_table())
    store.create_tables()

    def save(version: str | None) -> str | None:
        try:
            return store.save("a", "text", replaces=version)
        except StoreConflictError:
            return None

    with ThreadPoolExecutor(8) as threads:
        version: str | None = None
        for _ in range(10):
            saved = [one for one in threads.map(save, [version] * 8) if one is not None]
            assert len(saved) == 1
            version = saved[0]
            assert sum(threads.map(store.lease, [version] * 8, "12345678", [60] * 8)) == 1
    engine.dispose()


def test_the_keys_are_read_in_pages_and_no_connection_is_open_between_them(engine: Engine) -> None:
    table = new_table()
    store = SqlTokenStore(engine, table=table)
    store.create_tables()
    with engine.begin() as connection:
        row = "lower(md5(number::text)) || CASE number % 3 WHEN 0 THEN 'Ü' WHEN 1 THEN 'a' ELSE '_' END"
        connection.execute(
            text(f"INSERT INTO {table} SELECT {row}, 'text', number FROM generate_series(1, 2500) number")
        )
        expected = set(connection.execute(text(f"SELECT key FROM {table}")).scalars())
    keys, listed = store.keys(), list[str]()
    while some := list(islice(keys, 100)):
        listed += some
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert len(listed) == len(expected) == 2500
    assert set(listed) == expected


def test_a_forked_process_leaves_the_parents_connections_once(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    store, left = SqlTokenStore(sqlite), list[bool]()
    store.create_tables()
    monkeypatch.setattr(sqlite, "dispose", lambda close=True: left.append(close))
    for process in (1, 2, 1):  # a child, its own child, and a new process that got the number of an earlier one
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        for _ in range(3):
            assert store.load("a") is None
    assert left == [False] * 3  # its own connections are used again


def test_each_kind_of_store_takes_its_kind_of_engine(sqlite: Engine) -> None:
    url = sqlite.url.set(drivername="sqlite+aiosqlite")
    other: Any = create_async_engine(url)
    with pytest.raises(ConfigurationError, match="needs an Engine"):
        SqlTokenStore(other)
    engine: Any = sqlite
    with pytest.raises(ConfigurationError, match="needs an AsyncEngine"):
        AsyncSqlTokenStore(engine)


@pytest.mark.parametrize("table", ["", "a b", "a;b", 'a"b', "a.b.c", "é"])
def test_a_table_that_is_not_a_name_is_refused(sqlite: Engine, table: str) -> None:
    with pytest.raises(ConfigurationError, match="table must be a name"):
        SqlTokenStore(sqlite, table=table)


def test_a_delivery_with_several_keys_is_claimed_with_each_of_them(sqlite: Engine) -> None:
    store = SqlReplayStore(sqlite)
    store.create_tables()
    assert store.claim("b", "a", "b", owner="one", seconds=60) == "new"
    for keys in (("a",), ("b",), ("c", "b")):
        assert store.claim(*keys, owner="another", seconds=60) == "busy"
    assert store.claim("c", owner="another", seconds=60) == "new"


def test_another_database_is_refused() -> None:
    from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

    class Mysql(Engine):
        def __init__(self) -> None:
            self.dialect = MySQLDialect_pymysql()

    with pytest.raises(ConfigurationError, match="PostgreSQL and SQLite, and not mysql"):
        SqlTokenStore(Mysql())


def failure(store: SqlTokenStore) -> str:
    """The message of the error of a save. It has no secret, and neither have the errors that it might be chained to."""
    with pytest.raises(StoreError) as seen:
        store.save("a", SECRET, replaces=None)
    assert "EXAMPLE" not in str(seen.value)
    assert seen.value.__cause__ is None
    assert seen.value.__context__ is None
    return str(seen.value)


def test_an_error_says_that_tables_are_missing(engine: Engine, sqlite: Engine) -> None:
    for each in (engine, sqlite):
        message = failure(SqlTokenStore(each, table="missing_table"))
        assert message.startswith(f"The store missing_table in {each.url.render_as_string()} cannot be used: ")
        assert message.endswith(" Call create_tables() once.")


def test_an_error_says_that_the_pool_is_too_small(postgresql: PostgreSQL) -> None:
    engine = create_engine(postgresql.sqlalchemy_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    store = SqlTokenStore(engine, table=new_table())
    store.create_tables()
    with engine.connect():
        assert failure(store).endswith(" Give the engine a larger pool_size.")
    engine.dispose()


def test_an_error_of_a_server_that_is_away_has_no_password(postgresql: PostgreSQL) -> None:
    with PostgreSQL() as server:
        url = server.sqlalchemy_url.replace("postgres@", "postgres:EXAMPLE-password@") + "?application_name=EXAMPLE"
        engine = create_engine(url, pool_pre_ping=True)
        store = SqlTokenStore(engine)
        store.create_tables()
        version = store.save("a", "text", replaces=None)
        server.kill()
        message = failure(store)
        assert f"127.0.0.1:{server.port}" in message
        assert message.endswith(" Check that the database is reachable, and the permissions of its user.")
        server.start()
        assert store.load("a") == ("text", version)
        engine.dispose()


def test_an_error_does_not_show_the_row_that_postgresql_shows(engine: Engine) -> None:
    table = new_table()
    store = SqlTokenStore(engine, table=table)
    store.create_tables()
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT short CHECK (length(text) < 9)"))
    with engine.begin() as connection, pytest.raises(IntegrityError, match=r"DETAIL:.*EXAMPLE-secret"):
        connection.execute(text(f"INSERT INTO {table} VALUES ('a', :text, '1')"), {"text": SECRET})
    assert "violates check constraint" in failure(store)


@pytest.mark.parametrize("odd", ["\ud800", "\0"])
def test_a_text_that_postgresql_cannot_keep_is_refused(engine: Engine, odd: str) -> None:
    store = SqlTokenStore(engine, table=new_table())
    store.create_tables()
    for key, value in ((f"a{odd}", "text"), ("a", f"{SECRET}{odd}")):
        with pytest.raises(StoreError, match=r"surrogates not allowed|cannot contain NUL") as seen:
            store.save(key, value, replaces=ANY)
        assert SECRET not in str(seen.value)
        assert seen.value.__context__ is None


def test_an_error_for_asyncio_is_the_same(tmp_path: Path) -> None:
    async def load() -> None:
        engine = create_async_engine(sqlite_url(tmp_path).replace("sqlite:", "sqlite+aiosqlite:"))
        try:
            with pytest.raises(StoreError, match=r"no such table: trustoo_tokens. Call create_tables\(\) once") as seen:
                await AsyncSqlTokenStore(engine).save("a", SECRET, replaces=None)
            assert seen.value.__context__ is None
            await AsyncSqlTokenStore(engine).create_tables()
            await AsyncSqlTokenStore(engine).save("a", SECRET, replaces=None)
        finally:
            await engine.dispose()

    asyncio.run(load())
