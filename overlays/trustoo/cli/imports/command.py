"""`trustoo reviews import`: create a review for each row of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ...errors import ArgumentError
from ...upload import Journal
from ..connection import RATE, Rate, connection
from ..exits import Exit, command, show_stop, stoppable, this_command
from ..exporting import ExportFormat, format_of
from ..files import oserror_context, sibling
from ..output import AsJson, Output
from . import settling
from .job import Import
from .results import Results, keyed
from .rows import Problem, read
from .status import show_settled, show_status

__all__ = ["import_reviews"]

MOST_LINES = 10
"""The number of lines that a note names."""


@command
def import_reviews(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to read: CSV with a line of column names, or JSON Lines.")],
    format: Annotated[ExportFormat | None, typer.Option("--format", help="Default: by the file's extension.")] = None,
    results: Annotated[
        Path | None,
        typer.Option(help="The file for the result of each row, as JSON Lines. Default: FILE.results.jsonl."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check only the file, and send nothing.")] = False,
    photos: Annotated[str, typer.Option(help="The column with paths of photos, separated by |.")] = "photos",
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out columns that a new review does not have, and say which.")
    ] = False,
    retry_unknown: Annotated[
        bool,
        typer.Option(
            "--retry-unknown", help="Retry rows whose outcome is unknown. This option can create reviews twice."
        ),
    ] = False,
    skip_existing: Annotated[
        bool,
        typer.Option(
            "--skip-existing",
            help="Leave out repeated rows, and rows that the shop has by author, text, product and date.",
        ),
    ] = False,
    settle: Annotated[
        bool,
        typer.Option(
            "--settle",
            help="Look in the shop for unknown rows, and mark them as created or pending. Send nothing.",
        ),
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Show how far the import is, and which rows failed. Send nothing.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="The number of rows that are sent at once.")] = 1,
    rate: Rate = RATE,
    as_json: AsJson = False,
) -> int:
    """Create a review for each row of a file. All rows are checked before anything is sent.

    The result of each row is saved in the results file. Run the command again to continue. It then sends the rows that
    failed or were not sent, and leaves out the rows that were created, and rows whose outcome is unknown:
    --settle looks in the shop for these rows. --retry-unknown sends them without looking.
    """
    output = Output(as_json)
    if check + settle + status > 1:
        raise ArgumentError("Give only one of --check, --settle and --status.")
    with output.progress("Checking") as advance:
        rows = read(file, format or format_of(file), photos, ignore_unknown, advance)
    if rows.left_out:
        columns = (f"{name} ({number} cell{'s' * (number != 1)})" for name, number in rows.left_out.items())
        output.note(f"Left out: {', '.join(columns)}.")
    if rows.problems:
        return _show_problems(output, file, rows.problems)
    by_key = keyed(rows.rows)
    if not (status or settle):
        _note_repeated(output, [by_key[key].line for key in settling.repeated(by_key)], skip_existing)
    left_out = {"left_out": dict(rows.left_out)} if ignore_unknown else {}
    if check:
        if as_json:
            output.json({"file": str(file), "rows": len(rows.rows), "problems": [], **left_out})
        else:
            output.text(f"{len(rows.rows)} rows, no problems. Nothing was sent.")
        return Exit.DONE
    results = results or sibling(file, ".results.jsonl")
    if status:
        return show_status(output, file, results, by_key)
    with connection(context).client(rate) as shop, _journal(results) as journal, stoppable():
        known = Results(journal, by_key)
        if settle:
            with output.progress("Looking in the shop") as advance, oserror_context(results):
                settled = settling.settle(shop, known, advance)
            return show_settled(output, file, results, settled)
        if earlier := known.counts["created"] + known.counts["existing"]:
            output.note(f"{earlier:,} of {len(by_key):,} were created earlier.")
        if skip_existing:
            with output.progress("Comparing with the shop") as advance, oserror_context(results):
                settling.skip_existing(shop, known, known.waiting(retry_unknown=retry_unknown), advance)
        left = len(known.waiting(retry_unknown=retry_unknown))
        with output.progress("Creating reviews", len(by_key), len(by_key) - left) as advance:
            job = Import(shop, known, retry_unknown=retry_unknown, concurrency=concurrency)
            done = job.run(advance)
    if as_json:
        output.json({"file": str(file), "results": str(results), "rows": len(rows.rows), **done.counts, **left_out})
    else:
        parts = [f"{number} {status}" for status, number in done.counts.items() if number] or ["none"]
        output.text(f"{len(rows.rows)} rows: {', '.join(parts)}. Results: {results}")
    if done.counts["unknown"]:
        command = this_command(without="--retry-unknown", added="--settle")
        output.note(f"Reviews of unknown rows may exist. To look for them in the shop: {command}")
    if done.stopped is not None:
        there = done.counts["created"] + done.counts["existing"]
        again = this_command(without="--retry-unknown")
        show_stop(done.stopped, f"{there:,} of {len(rows.rows):,} rows are done. To continue: {again}")
    return done.exit_code


@contextmanager
def _journal(results: Path) -> Iterator[Journal]:
    with oserror_context(results):
        journal = Journal(results)
    with journal:
        yield journal


def _note_repeated(output: Output, lines: list[int], skip_existing: bool) -> None:
    if lines:
        some = ", ".join(map(str, lines[:MOST_LINES])) + (", …" if len(lines) > MOST_LINES else "")
        fate = "are left out" if skip_existing else "are sent too, unless you set --skip-existing"
        verb = "repeat" if len(lines) > 1 else "repeats"
        output.note(f"{len(lines):,} row{'s' * (len(lines) > 1)} {verb} an earlier row and {fate}: line {some}.")


def _show_problems(output: Output, file: Path, problems: list[Problem]) -> int:
    for problem in problems:
        if output.as_json:
            output.json({"line": problem.line, "column": problem.column, "problem": problem.text})
        else:
            output.text(f"{file}:{problem.line}: {f'{problem.column}: ' if problem.column else ''}{problem.text}")
    output.error(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {file}. Nothing was sent.")
    return Exit.USAGE
