"""What writes exports: a function for each format that is a file, and a protocol for files and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import ConfigurationError
from .formats import ExportFormat, FileOptions
from .layout import Layout, Record

if TYPE_CHECKING:
    from .store import Changes

__all__ = ["FileWriter", "Writer", "file_writer", "needs"]

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
    """The function that writes a format which is a file. Its library is imported now.

    Raises:
        ConfigurationError: if the library is not installed.
    """
    if format is ExportFormat.parquet:
        with needs("duckdb", "duckdb"):
            from .duckdb import write_parquet
        return write_parquet
    if format is ExportFormat.xlsx:
        with needs("xlsxwriter", "xlsx"):
            from .workbook import write_xlsx
        return write_xlsx
    from .text import write_csv, write_jsonl

    return write_csv if format is ExportFormat.csv else write_jsonl


@contextmanager
def needs(package: str, extra: str) -> Iterator[None]:
    """Turn an ImportError of the block into a sentence with the command that installs the package."""
    try:
        yield
    except ImportError as error:
        raise ConfigurationError(
            f"This format needs the package {package}. Install it: pip install 'trustoo[{extra}]'"
        ) from error
