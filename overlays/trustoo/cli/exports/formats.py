"""The formats and modes of exports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ...errors import ArgumentError

__all__ = ["NEWEST_FIRST", "ExportFormat", "FileOptions", "Mode", "format_of"]

NEWEST_FIRST = "created-descending"
"""The order that `iterate` needs for the mode `new`."""


class Mode(Enum):
    """What a run reads: only what is new, or everything."""

    new = "new"
    full = "full"


class ExportFormat(Enum):
    """The formats of exports."""

    csv = "csv"
    jsonl = "jsonl"
    xlsx = "xlsx"
    parquet = "parquet"
    sqlite = "sqlite"
    duckdb = "duckdb"

    @property
    def is_database(self) -> bool:
        """Whether rows are added to a table that keeps its other content. Other formats are files with rows only."""
        return self in (ExportFormat.sqlite, ExportFormat.duckdb)

    @property
    def is_text(self) -> bool:
        """Whether the format can be written to standard output."""
        return self in (ExportFormat.csv, ExportFormat.jsonl)


EXTENSIONS = {
    ".csv": ExportFormat.csv,
    ".jsonl": ExportFormat.jsonl,
    ".ndjson": ExportFormat.jsonl,
    ".xlsx": ExportFormat.xlsx,
    ".parquet": ExportFormat.parquet,
    ".sqlite": ExportFormat.sqlite,
    ".sqlite3": ExportFormat.sqlite,
    ".db": ExportFormat.sqlite,
    ".duckdb": ExportFormat.duckdb,
}


def format_of(file: Path) -> ExportFormat:
    """The format of a file by the file's extension. Raises ArgumentError for an unknown extension."""
    if (found := EXTENSIONS.get(file.suffix.lower())) is None:
        formats = ", ".join(format.value for format in ExportFormat)
        raise ArgumentError(f"The extension of {file} is not one of {', '.join(EXTENSIONS)}; use --format: {formats}.")
    return found


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How CSV is written.

    Attributes:
        raw: whether cells that spreadsheets run as formulas are left as they are. Default: False.
        bom: whether the file begins with a byte order mark. Default: False.
    """

    raw: bool = False
    bom: bool = False
