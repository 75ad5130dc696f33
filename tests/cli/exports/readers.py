"""Reads exports by other code than that which wrote them."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

__all__ = ["rows_of"]


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The rows of an export; [] if there is no file. Files have an order. Cells are as the format has them."""
    if not file.exists():
        return []
    return READERS[file.suffix](file)


def _csv(file: Path) -> list[dict[str, Any]]:
    with open(file, encoding="utf-8-sig", newline="") as content:
        return [*csv.DictReader(content, strict=True)]


def _jsonl(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _xlsx(file: Path) -> list[dict[str, Any]]:
    import python_calamine

    names, *rows = python_calamine.load_workbook(str(file)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _sqlite(file: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'reviews'").fetchone():
            return []
        cursor = database.execute("SELECT * FROM reviews ORDER BY id")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _duckdb(file: Path) -> list[dict[str, Any]]:
    import duckdb

    with duckdb.connect(str(file)) as database:
        if not database.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reviews'").fetchone():
            return []
        return _named(database.execute("SELECT * FROM reviews ORDER BY id"))


def _parquet(file: Path) -> list[dict[str, Any]]:
    import duckdb

    with duckdb.connect() as database:
        return _named(database.execute("SELECT * FROM read_parquet(?)", [str(file)]))


def _named(cursor: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


READERS = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".xlsx": _xlsx,
    ".sqlite": _sqlite,
    ".duckdb": _duckdb,
    ".parquet": _parquet,
}
