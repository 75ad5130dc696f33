"""Threads and tasks of several processes refresh each token once, and lose no shop. A small `make races`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("Windows cannot stop processes", allow_module_level=True)

from contract_tests.races.tokens import Cell, Store, run
from tests import servers

SMALL: dict[str, Any] = {"processes": 3, "callers": 6, "shops": 4, "seconds": 3.0, "lifetime": 4.0, "pause": 0.1}


def check(name: str, store: Store, *, is_async: bool, fault: str = "none", **more: Any) -> None:
    """A refresh token that is used twice ends the authorisation."""
    found = run(Cell(name, "family", fault, is_async, **{**SMALL, **more}), store)
    assert found.tokens >= 2
    assert (found.broken, found.lost) == ([], []), found


def test_processes_with_files_refresh_each_token_once(tmp_path: Path) -> None:
    check("file", Store(str(tmp_path)), is_async=True)


def test_processes_with_sqlite_refresh_each_token_once(tmp_path: Path) -> None:
    check("sqlite", Store(f"sqlite:///{tmp_path}/tokens.sqlite3"), is_async=False)


def test_processes_with_postgresql_refresh_each_token_once(postgresql: servers.PostgreSQL) -> None:
    check("postgresql", Store(postgresql.sqlalchemy_url), is_async=False)


def test_processes_with_redis_refresh_each_token_once(redis_server: servers.Redis) -> None:
    check("redis", Store(redis_server.url), is_async=True)


@pytest.mark.usefixtures("redis_server")  # for the selection of tests
def test_no_shop_is_lost_when_the_server_of_the_store_is_restarted() -> None:
    with servers.Redis() as server:
        check("redis", Store(server.url, server), is_async=True, fault="restart", seconds=6.0)
