"""`trustoo reviews import`: create a review for each row of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..connection import connection
from ..exits import Exit, command, show_stop
from ..exporting import ExportFormat, format_of
from ..output import AsJson, Output
from .job import Import
from .rows import Problem, read

__all__ = ["import_reviews"]


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
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="The number of rows that are sent at once.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Create a review for each row of a file. All rows are checked before anything is sent.

    The result of each row is saved in the results file. Run the command again to continue. It then sends the rows that
    failed or were not sent, and leaves out the rows that were created. It sends rows whose outcome is unknown only with
    --retry-unknown.
    """
    output = Output(as_json)
    rows = read(file, format or format_of(file), photos, ignore_unknown)
    if rows.left_out:
        columns = (f"{name} ({number} cell{'s' * (number != 1)})" for name, number in rows.left_out.items())
        output.note(f"Left out: {', '.join(columns)}.")
    if rows.problems:
        return _show_problems(output, file, rows.problems)
    left_out = {"left_out": dict(rows.left_out)} if ignore_unknown else {}
    if check:
        if as_json:
            output.json({"file": str(file), "rows": len(rows.rows), "problems": [], **left_out})
        else:
            output.text(f"{len(rows.rows)} rows, no problems. Nothing was sent.")
        return Exit.DONE
    with connection(context).client() as shop:
        job = Import(shop, file, results, retry_unknown=retry_unknown, concurrency=concurrency)
        with output.progress("Creating reviews", len(rows.rows)) as advance:
            done = job.run(rows.rows, advance)
    if as_json:
        output.json({"file": str(file), "results": str(job.results), "rows": len(rows.rows), **done.counts, **left_out})
    else:
        parts = [f"{number} {status}" for status, number in done.counts.items() if number] or ["none"]
        output.text(f"{len(rows.rows)} rows: {', '.join(parts)}. Results: {job.results}")
    if done.counts["unknown"]:
        output.note("Check whether the reviews of unknown rows exist. Use --retry-unknown to send these rows again.")
    if done.stopped is not None:
        show_stop(done.stopped)
    return done.exit_code


def _show_problems(output: Output, file: Path, problems: list[Problem]) -> int:
    for problem in problems:
        if output.as_json:
            output.json({"line": problem.line, "column": problem.column, "problem": problem.text})
        else:
            output.text(f"{file}:{problem.line}: {f'{problem.column}: ' if problem.column else ''}{problem.text}")
    output.error(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {file}. Nothing was sent.")
    return Exit.USAGE
