"""What stands in the columns of a file: the number of cells with a value, an example, and the order in dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .dates import DateColumn
from .members import is_blank, undressed

__all__ = ["Raw", "Survey", "SurveyedColumn"]

Raw = Mapping[str, Any]
LONGEST_DATE = 40


@dataclass(slots=True)
class SurveyedColumn:
    """One column of a file.

    Attributes:
        cells: the number of cells with a value.
        line: the line of the first value.
        example: the first value.
        dates: what its dates tell.
    """

    cells: int = 0
    line: int = 1
    example: Any = None
    dates: DateColumn = field(default_factory=DateColumn)


@dataclass(slots=True)
class Survey:
    """The columns of a file in their order, and the number of its rows."""

    columns: dict[str, SurveyedColumn] = field(default_factory=dict)
    rows: int = 0

    @classmethod
    def of(cls, lines: Iterable[tuple[int, Raw]], names: Iterable[str] = ()) -> Survey:
        """Read all lines. `names` are columns that exist even if no line has them."""
        found = cls({name: SurveyedColumn() for name in names})
        for line, raw in lines:
            found.rows += 1
            for name, value in raw.items():
                column = found.columns.get(name)
                if column is None:
                    column = found.columns[name] = SurveyedColumn()
                if is_blank(value):
                    continue
                column.cells += 1
                if column.cells == 1:
                    column.line, column.example = line, value
                if isinstance(value, str):
                    if len(value) < LONGEST_DATE and (text := undressed(value))[:1].isdigit():
                        column.dates.add(line, text)
                elif isinstance(value, date):
                    column.dates.zoneless += 1
        return found
