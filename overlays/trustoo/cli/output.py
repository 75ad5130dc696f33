"""The output of commands: tables on terminals, tab-separated lines in pipes, JSON with --json.

Results go to standard output. Notes, errors and progress go to standard error. Text from the service is shown without
control characters, because a review could otherwise control the reader's terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

__all__ = ["AsJson", "Output", "counted", "plain"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: one object, or one object per line if several.")]
Record = Mapping[str, object]
NARROWEST = 16
"""The smallest width to which a table's column is narrowed, in characters. If columns still do not fit, the last
columns are left out."""


class Output:
    """The output of one command.

    Args:
        as_json: whether results are printed as JSON. Default: False.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self._console = Console(highlight=False, soft_wrap=False)
        self._notes = Console(stderr=True, highlight=False)

    @property
    def is_rich(self) -> bool:
        """Whether the output goes to a terminal, without --json."""
        return not self.as_json and self._console.is_terminal

    @property
    def shows_progress(self) -> bool:
        """Whether progress is shown: on a terminal, without --json."""
        return not self.as_json and self._notes.is_terminal

    def json(self, value: object) -> None:
        """Print one line of JSON."""
        print(json.dumps(value, ensure_ascii=False, default=str))

    def text(self, text: str, style: str = "", more: str = "") -> None:
        """Print a line for people, without cutting it. `style` applies to `text`. `more` follows in plain style."""
        if self.is_rich:
            self._console.print(Text.assemble((text, style), more), soft_wrap=True)
        else:
            print(text + more)

    def record(self, record: Record) -> None:
        """Print the names and values of one record."""
        if self.as_json:
            self.json(record)
        elif self.is_rich:
            # Not wrapped, so that text copied from a terminal has no line breaks.
            width = max(map(len, record), default=0)
            for name, value in record.items():
                lines = [plain(item) for item in value] if isinstance(value, list) else [plain(value)]
                for number, line in enumerate(lines):
                    label = (name if not number else "").ljust(width + 2)
                    self._console.print(Text.assemble((label, "bold"), line), soft_wrap=True)
        else:
            for name, value in record.items():
                print(name, _cell(value), sep="\t")

    def records(self, records: Iterable[Record], columns: Sequence[str]) -> int:
        """Print records with the values in `columns`, or with all values in JSON. Returns the number of records."""
        if self.is_rich:
            rows = list(records)
            self._table(rows, columns)
            return len(rows)
        number = 0
        for number, record in enumerate(records, 1):
            if self.as_json:
                self.json(record)
                continue
            if number == 1:
                print(*columns, sep="\t")
            print(*(_cell(record.get(name)) for name in columns), sep="\t")
        return number

    def bars(self, title: str, bars: Sequence[tuple[str, float, str]]) -> None:
        """Print a bar for each (name, length, text) under a title, for people at a terminal."""
        longest = max((length for _, length, _ in bars), default=0)
        grid = Table(box=None, pad_edge=False, show_header=False)
        grid.add_column(no_wrap=True, overflow="ellipsis", max_width=max(self._console.width // 3, NARROWEST))
        grid.add_column(ratio=1)
        grid.add_column(no_wrap=True, justify="right")
        for name, length, text in bars:
            grid.add_row(
                Text(plain(name)), ProgressBar(longest or 1, length, finished_style="bar.complete"), Text(text)
            )
        if title:
            self.text(f"\n{title}", "bold")
        self._console.print(grid)

    def _table(self, records: list[Record], columns: Sequence[str]) -> None:
        used = [name for name in columns if any(plain(record.get(name)) for record in records)]
        wanted = [max(map(cell_len, [name, *(plain(record.get(name)) for record in records)])) for name in used]
        widths = fitting(wanted, self._console.width)
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name, width in zip(used, widths, strict=False):
            table.add_column(Text(name, overflow="ellipsis"), no_wrap=True, overflow="ellipsis", width=width)
        for record in records:
            table.add_row(*(Text(plain(record.get(name))) for name in used[: len(widths)]))
        if records:
            self._console.print(table)
        if left_out := used[len(widths) :]:
            self.note(f"Not shown: {', '.join(left_out)}. --json shows everything.")

    def flush(self) -> None:
        """Flush the output, so that the reader of a pipe sees it."""
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print a note for people, on standard error."""
        self._notes.print(Text(plain(text), "dim" if self._notes.is_terminal else ""), soft_wrap=True)

    def error(self, text: str) -> None:
        """Print an error, on standard error. Further lines are indented, so that none looks like another error."""
        lines = "\n  ".join(line for part in text.splitlines() if (line := plain(part)))
        self._notes.print(Text.assemble(("Error: ", "bold red"), lines), soft_wrap=True)

    @contextmanager
    def progress(self, title: str, total: int | None = None, done: int = 0) -> Iterator[Any]:
        """Show progress on a terminal while the block runs. Yields a function to call after each step.

        Args:
            total: the number of all steps. With it, the time that is left is shown. Default: unknown.
            done: the number of steps that were done earlier. They do not count in the rate. Default: 0.
        """
        steps = (BarColumn(), MofNCompleteColumn()) if total is not None else (TextColumn("{task.completed:.0f}"),)
        left = () if total is None else (TimeRemainingColumn(), TextColumn("left"))
        columns = (SpinnerColumn(), TextColumn("{task.description}"), *steps, _RateColumn(), TimeElapsedColumn(), *left)
        if not self.shows_progress:  # rich 13 prints an empty line even if the progress is disabled
            yield lambda: None
            return
        with Progress(*columns, console=self._notes, transient=True) as bars:
            bar = bars.add_task(title, total=total, completed=done)
            yield lambda: bars.advance(bar)


class _RateColumn(ProgressColumn):
    """The steps in a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.1f}/s")


def counted(number: int, noun: str) -> str:
    """A number and a noun, such as "2 orders". `noun`: the plural with an s, which 1 does not have."""
    return f"{number:,} {noun.removesuffix('s') if number == 1 else noun}"


def plain(value: object) -> str:
    """A value as one line of printable text."""
    text = value if isinstance(value, str) else "" if value is None else _json(value)
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def fitting(wanted: Sequence[int], room: int) -> list[int]:
    """The widths of columns in a line of `room` characters.

    The widest columns are narrowed first. If that does not suffice, the last columns are left out.
    """
    widths = list(wanted)
    while len(widths) > 1 and sum(min(width, NARROWEST) for width in widths) + 2 * (len(widths) - 1) > room:
        widths.pop()
    room -= 2 * (len(widths) - 1)
    most = min(max(widths), room) if widths else 0
    while most > 1 and sum(min(width, most) for width in widths) > room:
        most -= 1
    spare = room - sum(min(width, most) for width in widths)
    cut = [number for number, width in enumerate(widths) if width > most][:spare]
    return [min(width, most) + (number in cut) for number, width in enumerate(widths)]


def _cell(value: object) -> str:
    """A value for a tab-separated line: text with escaped tabs, line breaks and backslashes; other values as JSON."""
    text = value if isinstance(value, str) else "" if value is None else _json(value)
    for character, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(character, escaped)
    return "".join(c for c in text if c.isprintable())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
