"""Every store of the package keeps the rules of token stores, also with encryption around it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from trustoo.oauth import AsyncFileStore, AsyncMemoryStore, FileStore, MemoryStore
from trustoo.testing import check_async_token_store, check_token_store

from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import async_stores, sqlite_url, stores


def runs(*chosen: dict[str, bool]) -> pytest.MarkDecorator:
    """One run of the test for each, which shows its settings."""
    return pytest.mark.parametrize(
        "given", chosen, ids=["-".join(name for name, on in one.items() if on) or "plain" for one in chosen]
    )


def test_memory_and_files_keep_the_rules(tmp_path: Path) -> None:
    memory = MemoryStore()
    with ThreadPoolExecutor() as threads:
        checks = [
            threads.submit(check_token_store, lambda: memory),
            threads.submit(check_token_store, lambda: FileStore(tmp_path)),
            threads.submit(asyncio.run, check_async_token_store(lambda: AsyncMemoryStore(memory))),
            threads.submit(asyncio.run, check_async_token_store(lambda: AsyncFileStore(tmp_path))),
        ]
    for check in checks:
        check.result()


def check(url: str, is_async: bool = False, **settings: Any) -> None:
    with stores(url, **settings) as make:
        if is_async:
            make()  # creates the tables
            asyncio.run(check_async(url, **settings))
        else:
            check_token_store(make)


async def check_async(url: str, **settings: Any) -> None:
    async with async_stores(url, **settings) as make:
        await check_async_token_store(make)


@runs(
    {},
    {"encrypted": True, "decode_responses": True},
    {"is_async": True, "decode_responses": True},
    {"is_async": True, "encrypted": True},
)
def test_redis_keeps_the_rules(redis_server: Redis, given: dict[str, bool]) -> None:
    check(redis_server.url, **given)


@runs({}, {"encrypted": True}, {"is_async": True})
def test_postgresql_keeps_the_rules(postgresql: PostgreSQL, given: dict[str, bool]) -> None:
    check(postgresql.sqlalchemy_url, **given)


@runs({}, {"is_async": True}, {"is_async": True, "encrypted": True})
def test_sqlite_keeps_the_rules(tmp_path: Path, given: dict[str, bool]) -> None:
    check(sqlite_url(tmp_path), **given)
