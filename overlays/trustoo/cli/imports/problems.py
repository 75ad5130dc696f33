"""Problems of a file with reviews. Problems of the same kind are told once, with their number and with examples.

The memory in use depends on the number of kinds, and not on the number of problems. `Problems(file)` also writes every
problem to a CSV file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ...errors import ConfigurationError
from ..files import oserror_context
from ..output import plain

__all__ = ["Problem", "Problems"]

HEADER = ("line", "column", "value", "problem")
MOST_EXAMPLES = 3
LONGEST_VALUE = 80
MOST_KINDS = 200
"""Further kinds are counted together, so that texts that differ in each row cannot fill the memory."""
FURTHER = "other problems"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run text that begins so as a formula, and strangers write reviews."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one value, or with one line.

    Args:
        line: the line of the file, counted from 1.
        column: the name of the column; "" if the problem concerns the complete line.
        text: what is wrong, and the remedy, without the value. Problems with the same column and text are of one kind.
        value: the value that is wrong, as it is shown. Default: "", for no value.
    """

    line: int
    column: str
    text: str
    value: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """What problems that are told together have in common."""
        return self.column, self.text


@dataclass(slots=True)
class _Kind:
    number: int = 0
    examples: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.number += 1
        is_new = not problem.value or all(problem.value != example.value for example in self.examples)
        if is_new and len(self.examples) < MOST_EXAMPLES:
            self.examples.append(problem)


class Problems:
    """The problems of one file, by kind, in the order in which the kinds occurred first.

    `len()` is the number of problems. Use it as a context manager, or call `close`, if there is a file.

    Args:
        file: the CSV file for every single problem. A file that is no list of problems is not overwritten.
            Default: None, for no file.

    Raises:
        ConfigurationError: if the file cannot be written, or holds something other than problems.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._number = 0
        self._stream: IO[str] | None = None
        if file is not None:
            with oserror_context(file):
                _check_may_overwrite(file)
                # The byte order mark tells spreadsheets that this is UTF-8.
                self._stream = open(file, "w", encoding="utf-8-sig", errors="backslashreplace", newline="")  # noqa: SIM115
            self._write(HEADER)

    def __enter__(self) -> Problems:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self._number

    def close(self) -> None:
        """Close the file, if there is one."""
        if self.file is not None and self._stream is not None:
            with oserror_context(self.file):
                self._stream.close()

    def add(self, line: int, column: str, text: str, value: str = "") -> None:
        """Add a problem. The arguments are those of `Problem`."""
        self._add(Problem(line, column, text, value))

    def take(self, problems: list[Problem]) -> None:
        """Add all problems of a list, and clear the list."""
        for problem in problems:
            self._add(problem)
        problems.clear()

    def lines(self) -> Iterator[str]:
        """One line for each kind, for people."""
        for (column, text), kind in self._kinds.items():
            if kind.number == 1:
                yield plain(f"line {kind.examples[0].line}: {_sentence(column, text, _cut(kind.examples[0].value))}")
            else:
                yield plain(f"{kind.number:,} times: {_sentence(column, text, _examples(kind))}")

    def records(self) -> Iterator[dict[str, Any]]:
        """One record for each kind, for JSON. `line` is the line of the first problem of the kind."""
        for (column, text), kind in self._kinds.items():
            yield {
                "line": kind.examples[0].line,
                "column": column,
                "problem": text,
                "number": kind.number,
                "examples": [{"line": example.line, "value": example.value} for example in kind.examples],
            }

    def _add(self, problem: Problem) -> None:
        self._number += 1
        self._write((problem.line, problem.column, problem.value, problem.text))
        if problem.kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            problem = Problem(problem.line, "", FURTHER, _sentence(problem.column, problem.text, problem.value))
        self._kinds.setdefault(problem.kind, _Kind()).add(problem)

    def _write(self, cells: Iterable[object]) -> None:
        if self.file is not None and self._stream is not None:
            with oserror_context(self.file):
                csv.writer(self._stream).writerow(_harmless(str(cell)) for cell in cells)


def _sentence(column: str, text: str, detail: str) -> str:
    return f"{column + ': ' if column else ''}{text}{f' ({detail})' if detail else ''}"


def _examples(kind: _Kind) -> str:
    """Values with their lines, or lines alone if there are no values."""
    more = ["…"] if kind.number > len(kind.examples) else []
    if kind.examples[0].value:
        return ", ".join([*(f"{_cut(example.value)} in line {example.line}" for example in kind.examples), *more])
    return f"lines {', '.join([*(str(example.line) for example in kind.examples), *more])}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _harmless(text: str) -> str:
    """The text of a cell, with an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _check_may_overwrite(file: Path) -> None:
    if not file.exists() or not file.stat().st_size:
        return
    with open(file, encoding="utf-8-sig", errors="replace") as old:
        if old.readline(200).rstrip("\r\n") != ",".join(HEADER):
            raise ConfigurationError(f"{file} exists and is no list of problems. Give another name for the problems.")
