"""The lines of a file: CSV with a line of column names, or JSON Lines. They can be read several times."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from ...errors import ConfigurationError
from ..exporting import ExportFormat
from ..files import oserror_context
from .rows import Problem
from .survey import Raw

__all__ = ["Lines"]


class Lines:
    """The lines of a file.

    Raises:
        ConfigurationError: if the file cannot be read, or is not UTF-8 text.
    """

    def __init__(self, file: Path, format: ExportFormat) -> None:
        with oserror_context(file):
            content = file.read_bytes()
        try:
            self._text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise ConfigurationError(f"{file} is not UTF-8 text (line {line}); save the file as UTF-8.") from error
        self._format = format
        self.problems: list[Problem] = []
        self.about: dict[str, str] = {}
        self.names: list[str] = []

    def __iter__(self) -> Iterator[tuple[int, Raw]]:
        self.problems = []
        return self._csv() if self._format is ExportFormat.csv else self._json_lines()

    def _csv(self) -> Iterator[tuple[int, Raw]]:
        csv.field_size_limit(1 << 30)
        lines = csv.reader(io.StringIO(self._text, newline=""), strict=True)
        try:
            names = [name.strip() for name in next(lines, [])]
            if twice := sorted({name for name in names if name and names.count(name) > 1}):
                self.problems.append(Problem(1, twice[0], "the column occurs more than once"))
                return
            begin = lines.line_num + 1
            for cells in lines:
                line, begin = begin, lines.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(names):
                    self.problems.append(Problem(line, "", f"{len(cells)} cells for {len(names)} columns"))
                    continue
                numbered = enumerate(zip(names, cells, strict=True), 1)
                yield line, {name or f"column {n}": cell for n, (name, cell) in numbered if name or cell.strip()}
        except csv.Error as error:
            self.problems.append(Problem(lines.line_num, "", f"this is not valid CSV: {error}"))

    def _json_lines(self) -> Iterator[tuple[int, Raw]]:
        for line, content in enumerate(self._text.split("\n"), 1):
            if not content.strip():
                continue
            try:
                value = json.loads(content)
            except (ValueError, RecursionError) as error:
                self.problems.append(Problem(line, "", f"this is not valid JSON: {error}"))
                continue
            if isinstance(value, dict):
                yield line, value
            else:
                self.problems.append(Problem(line, "", "this is not a JSON object"))
