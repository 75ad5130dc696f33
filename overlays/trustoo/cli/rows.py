"""The rows of a list as a table, CSV, JSON Lines or JSON, on standard output or in a file."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from trustoo_api.decoding import Model

from .._files import write_atomic
from ..errors import ArgumentError
from .files import oserror_context
from .output import Output

__all__ = ["ListFormat", "format_of", "print_rows", "write_rows"]


class ListFormat(Enum):
    """The formats of lists."""

    table = "table"
    csv = "csv"
    jsonl = "jsonl"
    json = "json"


EXTENSIONS = {
    ".csv": ListFormat.csv,
    ".jsonl": ListFormat.jsonl,
    ".ndjson": ListFormat.jsonl,
    ".json": ListFormat.json,
}


def format_of(file: Path) -> ListFormat:
    """The format of a file by the file's extension. Raises ArgumentError for an unknown extension."""
    if (found := EXTENSIONS.get(file.suffix.lower())) is None:
        raise ArgumentError(f"The extension of {file} is none of {', '.join(EXTENSIONS)}; give --format.")
    return found


def print_rows(rows: Iterator[Model], columns: Sequence[str], wanted: Sequence[str] | None, format: ListFormat) -> None:
    """Print the rows. `columns` are those of pipes and of CSV, unless others are `wanted`.

    At a terminal, a table has a column for each member that was received.
    """
    output = Output()
    if format is not ListFormat.table:
        for line in _lines(rows, wanted or columns, format):
            sys.stdout.write(line)
    elif output.is_rich:
        received = [row.to_dict() for row in rows]
        names = dict.fromkeys([*columns, *(name for row in received for name in row)])
        output.records(received, wanted or [*names])
    else:
        output.records(map(_record, rows), wanted or columns)


def write_rows(rows: Iterator[Model], columns: Sequence[str], format: ListFormat, file: Path) -> None:
    """Write the rows to a file, which is replaced at the end. Raises TrustooError."""
    if format is ListFormat.table:
        raise ArgumentError("--format table is for terminals; a file takes csv, jsonl or json.")
    with oserror_context(file):
        file.parent.stat()  # a folder that does not exist fails before anything is sent
        write_atomic(file, "".join(_lines(rows, columns, format)).encode("utf-8", "backslashreplace"))


def _lines(rows: Iterable[Model], columns: Sequence[str], format: ListFormat) -> Iterator[str]:
    """The rows as text of a format, with line breaks."""
    match format:
        case ListFormat.csv:
            yield _csv_line(columns)
            for record in map(_record, rows):
                yield _csv_line(_cell(record.get(name)) for name in columns)
        case ListFormat.jsonl:
            for row in rows:
                yield f"{_json(row.to_dict())}\n"
        case _:
            found = ",\n".join(_json(row.to_dict()) for row in rows)
            yield f"[{found}]\n"


def _record(row: Model) -> dict[str, Any]:
    """The members of a row, and all unknown members together as `extra`."""
    return {**row.to_dict(), "extra": row.extra or None}


def _csv_line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
