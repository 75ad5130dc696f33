"""An export to a table of a database. The database can have other tables, views and columns, which are left alone.

Each run is one transaction. Rows are merged by their key. A row that the service no longer has is marked, not deleted.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ...errors import ArgumentError, ConfigurationError
from .layout import EXTRA, Column, Kind, Layout
from .store import Changes

__all__ = ["ADDED_AT", "CHANGED_AT", "DELETED_AT", "DIGEST", "Connection", "Table", "quoted"]

ADDED_AT, CHANGED_AT, DELETED_AT, DIGEST = "_added_at", "_changed_at", "_deleted_at", "_digest"
"""The export's own columns: when a row was added, when it was last added, changed or found deleted, when it was found
deleted (both in UTC), and the digest of its content."""
EXPORTS = "_trustoo_exports"
"""The table with the options and the columns of each export."""


class Connection(Protocol):
    """What the connections of SQLite and DuckDB have in common."""

    def execute(self, statement: str, arguments: Any = ..., /) -> Any: ...

    def close(self) -> None: ...


class Table(ABC):
    """A table of a database.

    Args:
        file: the database. It is created by the first export.
        layout: the columns. `layout.table` is the name of the table.

    Raises:
        ArgumentError: if the layout has no column with the key.
        ConfigurationError: if the database cannot be read, or has a table of this name that is not an export.
    """

    types: ClassVar[dict[Kind, str]]

    def __init__(self, file: Path, layout: Layout) -> None:
        if layout.key not in (None, *layout.names):
            raise ArgumentError(f"A database needs the column {layout.key}, which identifies the rows. Add it.")
        self._file, self._table = file, layout.table
        self._key_column = next((each for each in layout.columns if each.name == layout.key), Column(DIGEST, "text"))
        self._key = self._key_column.name
        self.options: dict[str, object] | None = None
        self._has: list[tuple[str, Kind]] = []
        self._database: Connection | None = None
        with self.errors():
            if file.exists() and file.stat().st_size:
                self._database = self.connect(read_only=True)
                self._load(self._database)
        self._layout = layout.following(self._has)

    @abstractmethod
    def connect(self, *, read_only: bool) -> Connection:
        """Open the database."""

    @abstractmethod
    def errors(self) -> AbstractContextManager[None]:
        """Turn the database's errors into sentences."""

    @abstractmethod
    def tables(self, database: Connection) -> dict[str, list[str]]:
        """The names of the tables with the names of their columns."""

    @abstractmethod
    def load(self, database: Connection, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a new temporary table `incoming`."""

    @abstractmethod
    def expression(self, column: Column) -> str:
        """The SQL expression of a value of `incoming` as the table has it."""

    @property
    def is_behind(self) -> bool:
        """Whether the table lacks columns of the OpenAPI spec."""
        return self.options is not None and len(self._has) < len(self._layout.columns)

    def known(self) -> Iterator[tuple[str, str]] | None:
        """The keys and digests of the rows that are not marked as deleted."""
        if self.options is None or self._database is None:
            return iter(())
        with self.errors():
            names = f"{quoted(self._key)}, {DIGEST}"
            cursor = self._database.execute(f"SELECT {names} FROM {quoted(self._table)} WHERE {DELETED_AT} IS NULL")
        return ((str(key), mark) for key, mark in iter(cursor.fetchone, None))

    def write(self, changes: Changes, options: dict[str, object]) -> None:
        """Write the changes in one transaction."""
        with self.errors():
            self.close()  # the connection that only reads
            self._database = database = self.connect(read_only=False)
            try:
                database.execute("BEGIN TRANSACTION")
                self._prepare(database)
                self._merge(database, changes)
                database.execute(f"DELETE FROM {EXPORTS} WHERE name = ?", [self._table])
                about = [self._table, json.dumps(options), json.dumps(self._layout.described)]
                database.execute(f"INSERT INTO {EXPORTS} VALUES (?, ?, ?)", about)
                database.execute("COMMIT")
            finally:
                self.close()  # after an error, this undoes everything

    def close(self) -> None:
        """Close the connection."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _load(self, database: Connection) -> None:
        tables = self.tables(database)
        if self._table not in tables:
            return
        found = None
        if EXPORTS in tables:
            statement = f"SELECT options, columns FROM {EXPORTS} WHERE name = ?"
            found = database.execute(statement, [self._table]).fetchone()
        if found is None or not {DELETED_AT, DIGEST} <= set(tables[self._table]):
            raise ConfigurationError(
                f"{self._file} has a table {self._table} that is not an export. Export to another file, or rename the "
                "table."
            )
        self.options, self._has = json.loads(found[0]), json.loads(found[1])

    def _prepare(self, database: Connection) -> None:
        """Create the table, or add the columns that it does not have."""
        database.execute(f"CREATE TABLE IF NOT EXISTS {EXPORTS} (name TEXT PRIMARY KEY, options TEXT, columns TEXT)")
        columns = [f"{quoted(column.name)} {self.types[column.kind]}" for column in self._layout.columns]
        time, text = self.types["time"], self.types["text"]
        own = [f"{name} {time}" for name in (ADDED_AT, CHANGED_AT, DELETED_AT)] + [f"{DIGEST} {text}"]
        if self.options is None:
            parts = ", ".join([*columns, *own, f"PRIMARY KEY ({quoted(self._key)})"])
            database.execute(f"CREATE TABLE {quoted(self._table)} ({parts})")
            return
        there = self.tables(database)[self._table]
        for column, sql in zip(self._layout.columns, columns, strict=True):
            if column.name not in there:
                database.execute(f"ALTER TABLE {quoted(self._table)} ADD COLUMN {sql}")
        has = dict(self._has)
        later = [column for column in self._layout.columns if column.name not in has]
        if later and EXTRA in has:
            self._fill(database, later)

    def _fill(self, database: Connection, later: Sequence[Column]) -> None:
        """Move the values of new columns from `extra`, where they were before."""
        table, key = quoted(self._table), quoted(self._key)
        names = {column.name for column in later}
        part = Layout(self._table, (self._key_column, *later, Column(EXTRA)), self._key)
        found = database.execute(f"SELECT {key}, {EXTRA} FROM {table} WHERE {EXTRA} IS NOT NULL")
        rows = (
            part.typed_values({self._key: name, **values})
            for name, text in iter(found.fetchone, None)
            if names.intersection(values := json.loads(text))
        )
        self._upsert(database, part.columns, rows, update=[*names, EXTRA])

    def _merge(self, database: Connection, changes: Changes) -> None:
        columns = self._layout.columns
        at = changes.at.replace(tzinfo=None).isoformat(" ", "milliseconds")
        marks = [Column(name, "time") for name in (ADDED_AT, CHANGED_AT, DELETED_AT)] + [Column(DIGEST, "text")]
        update = [name for column in (*columns, *marks) if (name := column.name) != self._key]
        for rows, updated in (
            (changes.new_rows(), update),
            (changes.changed_rows(), [name for name in update if name != ADDED_AT]),
        ):
            values = ([*self._layout.typed_values(record), at, at, None, mark] for _, mark, record in rows)
            self._upsert(database, (*columns, *marks), values, update=updated)
        self.load(database, [self._key_column], ([key] for key in changes.gone_keys()))
        database.execute(
            f"UPDATE {quoted(self._table)} SET {DELETED_AT} = ?, {CHANGED_AT} = ? "
            f"WHERE {quoted(self._key)} IN (SELECT {quoted(self._key)} FROM incoming)",
            [at, at],
        )
        database.execute("DROP TABLE incoming")

    def _upsert(
        self, database: Connection, columns: Sequence[Column], rows: Iterable[Sequence[Any]], update: Sequence[str]
    ) -> None:
        """Insert rows. If a row with the key exists, set the columns `update` of this row."""
        self.load(database, columns, rows)
        names = ", ".join(quoted(column.name) for column in columns)
        values = ", ".join(map(self.expression, columns))
        setting = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in update)
        database.execute(
            f"INSERT INTO {quoted(self._table)} ({names}) SELECT {values} FROM incoming WHERE true "
            f"ON CONFLICT ({quoted(self._key)}) DO UPDATE SET {setting}"
        )
        database.execute("DROP TABLE incoming")


def quoted(name: str) -> str:
    """A name for SQL."""
    return '"' + name.replace('"', '""') + '"'
