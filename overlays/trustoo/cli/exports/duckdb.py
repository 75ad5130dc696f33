"""DuckDB databases, and Parquet, which DuckDB writes. DuckDB reads the rows from a file of JSON Lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from ...errors import ConfigurationError, TrustooError
from ..files import sibling
from .database import Connection, Table, quoted
from .formats import FileOptions
from .layout import Column, Kind, Layout, Record

__all__ = ["DuckDBTable", "write_parquet"]

TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
    "json": "JSON",
}
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "512MB",
    "threads": 2,
    "autoinstall_known_extensions": False,
}
"""Few threads need little memory. Nothing is fetched from the network."""


class DuckDBTable(Table):
    """A table of a DuckDB database. Values have the types of their columns."""

    types: ClassVar[dict[Kind, str]] = TYPES

    def connect(self, *, read_only: bool) -> Connection:
        """Open the database."""
        return _connect(self._file, read_only=read_only)

    def errors(self) -> Any:
        """Turn the errors of DuckDB into sentences."""
        return _errors(self._file)

    def tables(self, database: Connection) -> dict[str, list[str]]:
        """The names of the tables with the names of their columns."""
        found: dict[str, list[str]] = {}
        statement = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main'"
        for table, column in database.execute(f"{statement} AND database_name = current_database()").fetchall():
            found.setdefault(table, []).append(column)
        return found

    def load(self, database: Connection, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a new temporary table `incoming`."""
        with _rows_file(self._file, columns, rows) as source:
            database.execute(f"CREATE TEMP TABLE incoming AS SELECT * FROM {source}")

    def expression(self, column: Column) -> str:
        """The value in the type of its column."""
        return _expression(column)


def write_parquet(records: Iterable[Record], file: Path, layout: Layout, options: FileOptions) -> None:
    """Write a Parquet file, compressed with Zstandard."""
    database = _connect(None)
    try:
        rows = (layout.typed_values(record) for record in records)
        values = ", ".join(f"{_expression(column)} AS {quoted(column.name)}" for column in layout.columns)
        with _errors(file), _rows_file(file, layout.columns, rows) as source:
            target = _text(str(file))
            database.execute(f"COPY (SELECT {values} FROM {source}) TO {target} (FORMAT parquet, COMPRESSION zstd)")
    finally:
        database.close()


def _connect(file: Path | None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:" if file is None else str(file), read_only=read_only, config=SETTINGS)


def _expression(column: Column) -> str:
    name = quoted(column.name)
    return f"CAST({name} AS JSON)" if column.kind == "json" else name


@contextmanager
def _rows_file(file: Path, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write rows to a file beside `file`, which is deleted after the block. Yields the SQL that reads it."""
    temporary = sibling(file, ".rows")
    try:
        with suppress(FileNotFoundError):
            temporary.unlink()
        with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as content:
            content.writelines(_line(columns, row) for row in rows)
        types = {column.name: "VARCHAR" if column.kind == "json" else TYPES[column.kind] for column in columns}
        named = ", ".join(f"{quoted(name)}: '{type_}'" for name, type_ in types.items())
        options = f"format = 'newline_delimited', columns = {{{named}}}, maximum_object_size = {LARGEST_ROW}"
        yield f"read_json({_text(str(temporary))}, {options})"
    finally:
        with suppress(OSError):
            temporary.unlink()


FULL = ("No space left", "File too large", "not enough space")
"""What messages about a full disk have."""
LARGEST_ROW = 1 << 26
"""The most bytes of a row."""


def _line(columns: Sequence[Column], row: Sequence[Any]) -> bytes:
    """A row as a line of JSON. Half a surrogate pair, which DuckDB refuses, becomes text, and "?" inside JSON."""
    values = {
        column.name: value.encode("utf-8", "replace" if column.kind == "json" else "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for column, value in zip(columns, row, strict=True)
    }
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _text(value: str) -> str:
    """A text for SQL."""
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def _errors(file: Path) -> Iterator[None]:
    """Turn the errors of DuckDB into sentences with the file's name."""
    try:
        yield
    except duckdb.Error as error:
        reason = " ".join(str(error).split())
        if isinstance(error, duckdb.IOException) and "lock" in reason:
            raise ConfigurationError(f"{file} is open in another program. Close it there. ({reason})") from error
        if isinstance(error, duckdb.OutOfMemoryException) or any(text in reason for text in FULL):
            raise TrustooError(f"{file}: {reason} Free space, and run the command again to continue.") from error
        raise ConfigurationError(f"{file}: {reason}") from error
