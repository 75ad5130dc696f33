"""Excel workbooks, written row by row: at any time one row is in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from ...errors import TrustooError
from .formats import FileOptions
from .layout import Layout, Record, cell

__all__ = ["write_xlsx"]

MOST_ROWS = 1_048_576
"""The rows of a sheet, the first with the names of the columns. A limit of Excel."""
MOST_CHARACTERS = 32_767
"""The characters of a cell, as UTF-16 units. A limit of Excel."""
LARGEST_NUMBER = 1 << 53
"""Excel's numbers are floats. A larger whole number would lose digits."""


def write_xlsx(records: Iterable[Record], file: Path, layout: Layout, options: FileOptions) -> None:
    """Write a workbook with one sheet. Text is text, also if it looks like a formula, a number or an address.

    Raises:
        TrustooError: if a row or a cell is larger than Excel allows.
    """
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
    try:
        sheet = workbook.add_worksheet(layout.table[:31])
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(layout.names):
            sheet.write_string(0, column, name)
        for row, record in enumerate(records, 1):
            if row == MOST_ROWS:
                raise TrustooError(
                    f"A workbook has at most {MOST_ROWS - 1:,} rows, and there are more. Export to .csv or .parquet."
                )
            for column, value in enumerate(layout.values(record)):
                if value is not None and _write(sheet, row, column, value):
                    name = layout.names[column]
                    raise TrustooError(
                        f"A cell of a workbook has at most {MOST_CHARACTERS:,} characters, and the column {name} of "
                        f"the row {layout.key_of(record)} has more. Export to .csv, or to a file --without {name}."
                    )
    finally:
        try:
            workbook.close()  # also closes the temporary file that has the rows
        except FileCreateError as error:
            raise error.__cause__ or error  # noqa: B904  # the OSError


def _write(sheet: Any, row: int, column: int, value: object) -> int:
    """Write a cell. Returns a value other than 0 if the text is too long."""
    if isinstance(value, bool):
        return int(sheet.write_boolean(row, column, value))
    if isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER:
        return int(sheet.write_number(row, column, value))
    text = cell(value).encode("utf-8", "backslashreplace").decode()
    too_long = len(text) > MOST_CHARACTERS
    return int(too_long or sheet.write_string(row, column, text))
