"""Replay stores in an SQL database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ..errors import ConfigurationError
from ..oauth import StoreError
from ..webhooks import Claim

__all__ = ["AsyncSqlReplayStore", "SqlReplayStore"]

T = TypeVar("T")

_CREATE = (
    """CREATE TABLE IF NOT EXISTS {table} (
    key VARCHAR(255) NOT NULL PRIMARY KEY,
    owner VARCHAR(255) NOT NULL,
    done BOOLEAN NOT NULL,
    until DOUBLE PRECISION NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS {index}_until ON {table} (until)",
)
_CLOCKS = {
    # The time of the statement, and not of the transaction.
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)",
    "sqlite": "((julianday('now') - 2440587.5) * 86400)",
}
_ISOLATION = {"postgresql": "READ COMMITTED", "sqlite": "SERIALIZABLE"}
_SKIP_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}

# One statement takes all keys, so that two callers cannot both get a key that has no row yet. The caller rolls back if
# a key is missing in the result. The keys are sorted, so that two callers cannot wait for each other.
_TAKE = """
INSERT INTO {table} AS held (key, owner, done, until) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, done = excluded.done, until = excluded.until
WHERE held.until <= {clock} OR (held.owner = excluded.owner AND (excluded.done OR NOT held.done))
RETURNING key
"""
_ROW = "(:key{number}, :owner, :done, {clock} + :seconds)"
_DONE = "SELECT 1 FROM {table} WHERE key IN ({names}) AND done AND until > {clock}"
_FORGET = "DELETE FROM {table} WHERE key = :key AND owner = :owner AND NOT done"
# It waits for no row, since the transaction has rows of its own. Each claim makes two rows, and may remove more.
_REMOVE_EXPIRED = """
DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE until <= {clock} ORDER BY until LIMIT 10 {skip_locked})
"""


@contextmanager
def store_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"The store in SQL cannot be used: {getattr(error, 'orig', None) or error}") from error


@cache
def _statement(template: str, dialect: str, table: str, keys: int = 0) -> TextClause:
    """Return a statement with the parameters :key0, :key1 … for so many keys."""
    clock = _CLOCKS[dialect]
    return text(
        template.format(
            table=table,
            index=table.rpartition(".")[2],
            clock=clock,
            skip_locked=_SKIP_LOCKED[dialect],
            names=", ".join(f":key{number}" for number in range(keys)),
            rows=", ".join(_ROW.format(number=number, clock=clock) for number in range(keys)),
        )
    )


class _Deliveries:
    """The statements. All functions get a connection, and are the same for both kinds of engines."""

    def __init__(self, dialect: str, table: str) -> None:
        if dialect not in _CLOCKS:
            raise ConfigurationError(f"The store supports PostgreSQL and SQLite, and not {dialect}.")
        if not re.fullmatch(r"(\w+\.)?\w+", table, re.ASCII):
            raise ConfigurationError(f"table must be a name such as trustoo_deliveries, not {table!r}.")
        self._names = (dialect, table)

    def create(self, connection: Connection) -> None:
        for template in _CREATE:
            connection.execute(_statement(template, *self._names))
        connection.commit()

    def claim(self, connection: Connection, keys: tuple[str, ...], owner: str, seconds: float) -> Claim:
        if self._take(connection, keys, owner, False, seconds):
            connection.execute(_statement(_REMOVE_EXPIRED, *self._names))
            connection.commit()
            return "new"
        done = connection.execute(_statement(_DONE, *self._names, len(keys)), _named(keys))
        return "done" if done.first() else "busy"

    def settle(self, connection: Connection, keys: tuple[str, ...], owner: str, seconds: float) -> bool:
        taken = self._take(connection, keys, owner, True, seconds)
        if taken:
            connection.commit()
        return taken

    def forget(self, connection: Connection, keys: tuple[str, ...], owner: str) -> None:
        rows = [{"key": key, "owner": owner} for key in sorted(keys)]
        connection.execute(_statement(_FORGET, *self._names), rows)
        connection.commit()

    def _take(self, connection: Connection, keys: tuple[str, ...], owner: str, done: bool, seconds: float) -> bool:
        ordered = sorted({*keys})
        values = {**_named(ordered), "owner": owner, "done": done, "seconds": float(seconds)}
        taken = connection.execute(_statement(_TAKE, *self._names, len(ordered)), values)
        return len(taken.all()) == len(ordered)


def _named(keys: Sequence[str]) -> dict[str, Any]:
    return {f"key{number}": key for number, key in enumerate(keys)}


class SqlReplayStore:
    """A replay store in PostgreSQL or SQLite, for several machines. Thread-safe."""

    def __init__(self, engine: Engine, *, table: str = "trustoo_deliveries") -> None:
        self._deliveries = _Deliveries(engine.dialect.name, table)
        self._engine = engine.execution_options(isolation_level=_ISOLATION[engine.dialect.name])

    def create_tables(self) -> None:
        self._run(self._deliveries.create)

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return self._run(self._deliveries.claim, keys, owner, seconds)

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return self._run(self._deliveries.settle, keys, owner, seconds)

    def forget(self, *keys: str, owner: str) -> None:
        self._run(self._deliveries.forget, keys, owner)

    def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        with store_errors(), self._engine.connect() as connection:
            return function(connection, *arguments)


class AsyncSqlReplayStore:
    """A `SqlReplayStore` whose methods are coroutine functions. `engine` is an `AsyncEngine`."""

    def __init__(self, engine: AsyncEngine, *, table: str = "trustoo_deliveries") -> None:
        self._deliveries = _Deliveries(engine.dialect.name, table)
        self._engine = engine.execution_options(isolation_level=_ISOLATION[engine.dialect.name])

    async def create_tables(self) -> None:
        await self._run(self._deliveries.create)

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return await self._run(self._deliveries.claim, keys, owner, seconds)

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return await self._run(self._deliveries.settle, keys, owner, seconds)

    async def forget(self, *keys: str, owner: str) -> None:
        await self._run(self._deliveries.forget, keys, owner)

    async def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        with store_errors():
            async with self._engine.connect() as connection:
                return await connection.run_sync(function, *arguments)
