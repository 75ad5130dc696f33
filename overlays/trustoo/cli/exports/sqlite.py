"""SQLite, by Python's own module."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from .database import Connection, Table, quoted
from .layout import Column, Kind
from .store import sqlite_context

__all__ = ["SqliteTable"]


class SqliteTable(Table):
    """A table of an SQLite database. Times and JSON are text, and true is 1."""

    types: ClassVar[dict[Kind, str]] = {
        "text": "TEXT",
        "integer": "INTEGER",
        "number": "REAL",
        "boolean": "INTEGER",
        "time": "TEXT",
        "json": "TEXT",
    }

    def connect(self, *, read_only: bool) -> Connection:
        """Open the database."""
        address = f"{self._file.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        return sqlite3.connect(address, uri=True, isolation_level=None)

    def errors(self) -> AbstractContextManager[None]:
        """Turn the errors of SQLite into sentences."""
        return sqlite_context(self._file)

    def tables(self, database: Connection) -> dict[str, list[str]]:
        """The names of the tables with the names of their columns."""
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [row[1] for row in database.execute(f"PRAGMA table_info({quoted(name)})")] for name in names}

    def load(self, database: Connection, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a new temporary table `incoming`."""
        assert isinstance(database, sqlite3.Connection)
        names = ", ".join(quoted(column.name) for column in columns)
        marks = ", ".join("?" * len(columns))
        database.execute(f"CREATE TEMP TABLE incoming ({names})")
        database.executemany(f"INSERT INTO incoming ({names}) VALUES ({marks})", ([*map(_value, row)] for row in rows))

    def expression(self, column: Column) -> str:
        """The value itself."""
        return quoted(column.name)


def _value(value: object) -> object:
    """Half a surrogate pair, which SQLite refuses, becomes its escape."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
