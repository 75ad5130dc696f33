"""The formats of exports, and the protocol of what writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import ArgumentError, ConfigurationError
from .layout import Layout, Record

if TYPE_CHECKING:
    from .store import Changes

__all__ = ["ExportFormat", "FileOptions", "Writer", "format_of", "needs"]


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


FileWriter = Callable[[Iterable[Record], Path, Layout, FileOptions], None]
"""Writes rows to a file that does not exist yet, or that is overwritten. The caller replaces the export with it."""


class Writer(Protocol):
    """Where an export's rows are written: a file, or a table of a database."""

    @property
    def options(self) -> dict[str, object] | None:
        """The options of the first export: filters, columns and so on. None if there was no export yet."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether `write` is needed although nothing changed: for new columns, or after a run that was killed."""
        ...

    def known(self) -> Iterator[tuple[str, str]] | None:
        """The keys and digests of the rows that a database has. None for files, whose rows the state has."""
        ...

    def write(self, changes: Changes, options: dict[str, object]) -> None:
        """Write the changes. All of them are written, or, after a kill or an error, none."""
        ...

    def close(self) -> None:
        """Close files and connections."""
        ...


def file_writer(format: ExportFormat) -> FileWriter:
    """The function that writes a format which is a file. Its library is imported when it is used."""
    from . import text

    match format:
        case ExportFormat.csv:
            return text.write_csv
        case ExportFormat.jsonl:
            return text.write_jsonl
        case ExportFormat.xlsx:
            from .workbook import write_xlsx

            return write_xlsx
    from .duckdb import write_parquet

    return write_parquet


@contextmanager
def needs(package: str, extra: str) -> Iterator[None]:
    """Turn an ImportError of the block into a sentence with the command that installs the package."""
    try:
        yield
    except ImportError as error:
        raise ConfigurationError(
            f"This format needs the package {package}. Install it: pip install 'trustoo[{extra}]'"
        ) from error
