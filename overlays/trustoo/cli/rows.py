"""The rows of a list as a table, CSV, JSON Lines or JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

from trustoo_api.decoding import Model

from .output import Output

__all__ = ["ListFormat", "print_rows"]


class ListFormat(Enum):
    """The formats of lists."""

    table = "table"
    csv = "csv"
    jsonl = "jsonl"
    json = "json"


def print_rows(rows: Iterator[Model], columns: Sequence[str], wanted: Sequence[str] | None, format: ListFormat) -> None:
    """Print the rows. `columns` are those of pipes and of CSV, unless others are `wanted`.

    At a terminal, a table has a column for each member that was received.
    """
    output = Output()
    if format is ListFormat.csv:
        from .exports import Column, ExportFormat, Layout, write_rows

        sys.stdout.flush()
        layout = Layout("", tuple(map(Column, wanted or columns)), None)
        write_rows(rows, sys.stdout.buffer, ExportFormat.csv, layout)
    elif format is ListFormat.jsonl:
        for row in rows:
            print(_json(row.to_dict()))
    elif format is ListFormat.json:
        print("[", end="")
        for number, row in enumerate(rows):
            print(",\n" if number else "", _json(row.to_dict()), sep="", end="")
        print("]")
    elif output.is_rich:
        received = [row.to_dict() for row in rows]
        names = dict.fromkeys([*columns, *(name for row in received for name in row)])
        output.records(received, wanted or [*names])
    else:
        output.records(map(_record, rows), wanted or columns)


def _record(row: Model) -> dict[str, Any]:
    """The members of a row, and all unknown members together as `extra`."""
    return {**row.to_dict(), "extra": row.extra or None}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
