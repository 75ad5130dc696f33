"""Cells of CSV that spreadsheet programs would run as formulas. Strangers write reviews, and merchants open them.

An apostrophe before such a cell makes it text. Text that has the apostrophe already gets a second one, so that an
import takes off exactly what the export put there.
"""

from __future__ import annotations

import re

__all__ = ["guarded", "unguarded"]

FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it if it begins with =, +, -, @, a tab or a CR and is not a number."""
    return f"'{cell}" if FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """The cell without the apostrophe that `guarded` put before it."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell
