"""docs/stores.md runs as written, against PostgreSQL and Redis, and shows the tables that the store creates."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from trustoo.oauth import ANY, Token
from trustoo.stores import SqlTokenStore

from tests.docs.test_guides import DOCS, blocks
from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import ENCRYPTION_KEY, OTHER_KEY

TEXT = (DOCS / "stores.md").read_text(encoding="utf-8")
SHOP = "kettles.myshopify.com"


@pytest.fixture
def database(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database."""
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE documented")
        url = postgresql.sqlalchemy_url.rpartition("/")[0] + "/documented"
        monkeypatch.setenv("DATABASE_URL", url)
        yield url
        connection.execute("DROP DATABASE documented WITH (FORCE)")


@pytest.fixture
def server(redis_server: Redis) -> Iterator[Redis]:
    """An empty Redis."""
    with Redis() as server:
        yield server


def test_the_page_runs_as_written(
    database: str, server: Redis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("REDIS_PORT", str(server.port))
    monkeypatch.setenv("TOKEN_KEYS", f"{OTHER_KEY},{ENCRYPTION_KEY}")
    monkeypatch.setenv("CLIENT_ID", "EXAMPLE-client-id")
    monkeypatch.setenv("CLIENT_SECRET", "EXAMPLE-client-secret")
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("stores")):
        exec(compile(block, str(DOCS / "stores.md"), "exec"), names)
        if number == 0:
            names["store"].save(SHOP, Token("EXAMPLE-access", obtained_at=1).to_json(), replaces=ANY)
    shown = capsys.readouterr().out
    assert f"{SHOP} The token of '{SHOP}' cannot be decrypted." in shown  # it was saved without encryption
    assert "1 copied, 0 up to date, 0 failed" in shown
    assert names["platform"].token(SHOP) == Token("EXAMPLE-access", obtained_at=1)
    assert list(names["redis_store"].keys()) == [SHOP]
    assert names["client"].hkeys(f"{{trustoo:{SHOP}}}:token") == [b"text", b"version"]

    async def twins() -> None:
        platform, redis_store = await names["start"](), names["redis_for_asyncio"]()
        async with platform:
            assert await platform.token(SHOP) == names["platform"].token(SHOP)
        assert await redis_store.load(SHOP) == names["redis_store"].load(SHOP)
        await redis_store._client.aclose()
        await names["async_engine"].dispose()

    asyncio.run(twins())
    names["client"].close()
    names["engine"].dispose()


def test_the_page_shows_the_tables_that_the_store_creates(database: str) -> None:
    (shown,) = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    engine = create_engine(database)

    def columns() -> list[Any]:
        names = "table_name, column_name, data_type, is_nullable, ordinal_position"
        with engine.connect() as connection:
            query = f"SELECT {names} FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 5"
            return list(connection.execute(text(query)).all())

    SqlTokenStore(engine).create_tables()
    created = columns()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE trustoo_tokens, trustoo_tokens_leases"))
        for statement in filter(str.strip, shown.split(";")):
            connection.execute(text(statement))
    assert columns() == created != []
    assert SqlTokenStore(engine).lease("a", "owner", 60)
    engine.dispose()
