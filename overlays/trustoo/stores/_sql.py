"""What all stores in SQL databases share. A function gets a connection, and is run in one short transaction."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import immutabledict

from ..errors import ConfigurationError
from ..oauth.errors import StoreError

__all__ = ["AsyncDatabase", "Database"]

T = TypeVar("T")

_CLOCKS = {
    # The time of the statement, and not of the transaction.
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)",
    "sqlite": "((julianday('now') - 2440587.5) * 86400)",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    # A database may have another default, in which statements fail that meet at one row. An engine may have AUTOCOMMIT.
    "postgresql": {"isolation_level": "READ COMMITTED"},
    "sqlite": {"isolation_level": "SERIALIZABLE"},
}
_LOCK = 0x7472757374
"""The key of the lock in PostgreSQL that orders two processes which create the tables."""


class _Base:
    def __init__(self, engine: Engine, table: str) -> None:
        self.dialect, self.table = engine.dialect.name, table
        if self.dialect not in _CLOCKS:
            raise ConfigurationError(f"The store supports PostgreSQL and SQLite, and not {self.dialect}.")
        if not re.fullmatch(r"(\w+\.)?\w+", table, re.ASCII):
            raise ConfigurationError(f"table must be a name such as trustoo_tokens, not {table!r}.")
        self.clock = _CLOCKS[self.dialect]
        self._pool, self._process = engine, os.getpid()

    def sql(self, template: str, **names: object) -> TextClause:
        """Return a statement with the names of this database in it."""
        return text(template.format(table=self.table, clock=self.clock, **names))

    def lock_creation(self, connection: Any) -> None:
        """Let one process at a time create tables, until its transaction ends."""
        if self.dialect == "postgresql":  # IF NOT EXISTS is not atomic there
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))

    def after_fork(self) -> None:
        """Leave the connections of the parent process to the parent process."""
        if self._process != (process := os.getpid()):
            self._process = process
            self._pool.dispose(close=False)

    def problem(self, error: Exception) -> StoreError:
        """Return the error for callers. It has neither statements nor parameters, which are secrets."""
        url = self._pool.url._replace(password=None, query=immutabledict())
        cause = getattr(error, "orig", None) or error
        said = (str(cause).splitlines() or [""])[0]  # the other lines have details, such as values
        if isinstance(error, PoolTimeoutError):
            remedy = "Give the engine a larger pool_size."
        elif "no such table" in said or getattr(cause, "sqlstate", None) == "42P01":
            remedy = "Call create_tables() once."
        else:
            remedy = "Check that the database is reachable, and the permissions of its user."
        return StoreError(f"The store {self.table} in {url} cannot be used: {said}. {remedy}")


class Database(_Base):
    """Runs functions with connections of an engine."""

    def __init__(self, engine: Engine, table: str) -> None:
        if not isinstance(engine, Engine):
            raise ConfigurationError("The store needs an Engine, which create_engine returns.")
        super().__init__(engine, table)
        self._engine = engine.execution_options(**_OPTIONS[self.dialect])

    def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return the function's result. Raises StoreError if the database cannot be used."""
        self.after_fork()
        try:
            with self._engine.begin() as connection:
                return function(connection, *arguments)
        except (SQLAlchemyError, UnicodeEncodeError) as error:
            problem = self.problem(error)
        raise problem  # without the error, whose traceback has the texts


class AsyncDatabase(_Base):
    """`Database` for asyncio. The functions are the same, and synchronous."""

    def __init__(self, engine: AsyncEngine, table: str) -> None:
        if not isinstance(engine, AsyncEngine):
            raise ConfigurationError("The store needs an AsyncEngine, which create_async_engine returns.")
        super().__init__(engine.sync_engine, table)
        self._engine = engine.execution_options(**_OPTIONS[self.dialect])

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """See `Database.run`."""
        self.after_fork()
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(function, *arguments)
        except (SQLAlchemyError, UnicodeEncodeError) as error:
            problem = self.problem(error)
        raise problem
