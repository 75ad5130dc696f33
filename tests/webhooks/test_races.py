"""Workers that share a store handle each delivery once, unless they are killed. A small `make races`."""

from __future__ import annotations

from sqlalchemy import create_engine
from trustoo.stores import SqlReplayStore

from contract_tests.races.deliveries import Load, run
from tests.servers import PostgreSQL, Redis


def check(store: str, url: str) -> None:
    """Four workers get 200 deliveries and copies of them. Two workers are killed, and the private token is replaced."""
    found = run(Load(store, url, deliveries=200, kills=2, lease=2.0))
    assert (found.wrong, found.lost, found.refused) == ([], [], 0), found
    assert found.statuses[200] == 260


def test_workers_with_redis_handle_each_delivery_once(redis_server: Redis) -> None:
    check("redis_store", redis_server.url.replace("/0", "/7"))


def test_workers_with_postgresql_handle_each_delivery_once(postgresql: PostgreSQL) -> None:
    engine = create_engine(postgresql.sqlalchemy_url)
    SqlReplayStore(engine).create_tables()
    engine.dispose()
    check("async_sql_store", postgresql.sqlalchemy_url)
