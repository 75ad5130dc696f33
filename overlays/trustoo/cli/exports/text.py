"""CSV and JSON Lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..formulas import guarded
from .formats import FileOptions
from .layout import Layout, Record, cell, to_json

__all__ = ["csv_lines", "json_lines", "write_csv", "write_jsonl"]

BOM = "\ufeff"


def csv_lines(records: Iterable[Record], layout: Layout, options: FileOptions) -> Iterator[bytes]:
    """The lines of CSV, the first with the names of the columns."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    guard = cell if options.raw else lambda value: guarded(cell(value))
    text.write(BOM if options.bom else "")
    write(layout.names)
    yield _bytes(text.getvalue())
    for record in records:
        text.seek(0)
        text.truncate()
        write([guard(value) if isinstance(value, str) else cell(value) for value in layout.values(record)])
        yield _bytes(text.getvalue())


def json_lines(records: Iterable[Record], layout: Layout, options: FileOptions) -> Iterator[bytes]:
    """The rows as they were received."""
    return (_bytes(to_json(record) + "\n") for record in records)


def write_csv(records: Iterable[Record], file: Path, layout: Layout, options: FileOptions) -> None:
    """Write CSV."""
    with open(file, "wb") as content:
        content.writelines(csv_lines(records, layout, options))


def write_jsonl(records: Iterable[Record], file: Path, layout: Layout, options: FileOptions) -> None:
    """Write JSON Lines."""
    with open(file, "wb") as content:
        content.writelines(json_lines(records, layout, options))


def _bytes(text: str) -> bytes:
    """UTF-8. Half a surrogate pair becomes its escape, which JSON reads back."""
    return text.encode("utf-8", "backslashreplace")
