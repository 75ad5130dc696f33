"""`trustoo reviews`: list, export, import and delete."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from trustoo_api.api.reviews import ReviewsResource
from trustoo_api.decoding import members
from trustoo_api.models import Review
from trustoo_api.types import instant

from ..errors import ConfigurationError, OutcomeUnknownError, TransportError, TrustooError, UnauthenticatedError
from . import exporting, importing
from .connection import connection
from .exits import Exit, command, confirm, exit_code, shown
from .filters import taking
from .output import AsJson, Output

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Reviews: list, export, import and delete.")
COLUMNS = tuple(wire for _, wire in members(Review))


@app.command("list")
@command
@taking(ReviewsResource.list)
def list_reviews(
    context: typer.Context,
    given: dict[str, Any],
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    every: Annotated[bool, typer.Option("--all", help="All of them, whatever --limit says.")] = False,
    columns: Annotated[str | None, typer.Option(help="Columns to show, separated by commas. Default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """List reviews.

    A table at a terminal, tab-separated lines in a pipe, or JSON, one object a line.
    """
    wanted = _columns(columns)
    with connection(context).client() as shop:
        found = shop.reviews.iterate(**given, limit=None if every else limit)
        Output(as_json).records((review.to_dict() for review in found), wanted)


def _columns(text: str | None) -> tuple[str, ...]:
    if text is None:
        return COLUMNS
    return tuple(name for part in text.split(",") if (name := part.strip()))


@app.command("export")
@command
@taking(ReviewsResource.list, "sort_by")
def export_reviews(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Ends in .csv, or in .jsonl or .ndjson for JSON Lines.")],
    given: dict[str, Any],
    form: Annotated[exporting.Form | None, typer.Option("--format", help="Default: by the file's ending.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Leave out reviews created before this date or date-time (UTC unless it says).")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Look at every page, also behind the first review that the file has already.")
    ] = False,
    bom: Annotated[bool, typer.Option("--bom", help="Begin a new CSV file with a byte order mark, for Excel.")] = False,
    as_json: AsJson = False,
) -> None:
    """Export reviews to a file, newest first.

    Run it again to add what is new since. How far it got is kept in FILE.state.json: a run that was killed is continued
    by the next one with the same filters, without a row lost or doubled.
    """
    page_size = given.pop("page_size", None)
    job = exporting.Export(file, form or exporting.form_of(file), given, bom=bom, page_size=page_size)
    output = Output(as_json)
    moment = instant(since)
    if since is not None and moment is None:
        raise ConfigurationError(f"--since {since!r} is no date; write 2026-01-31 or 2026-01-31T08:00:00+01:00.")
    with connection(context).client() as shop, output.progress("Exporting reviews") as advance:
        done = job.run(shop.reviews, since=moment, every=every, advance=advance)
    if not done.in_order:
        output.note("The service did not give the newest reviews first; --all makes sure that nothing is left out.")
    if as_json:
        output.json({"file": str(file), "added": done.added, "rows": done.rows, "resumed": done.resumed})
    else:
        continued = " (a run that was broken off was continued)" if done.resumed else ""
        output.text(f"{done.added} reviews added to {file}, {done.rows} in all{continued}.")


@app.command("import")
@command
def import_reviews(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a line of column names, or JSON Lines.")],
    form: Annotated[exporting.Form | None, typer.Option("--format", help="Default: by the file's ending.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="What came of each row, one JSON object a line. Default: FILE.results.jsonl.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the file only, and send nothing.")] = False,
    photos: Annotated[str, typer.Option(help="Column with paths of photos, separated by |.")] = "photos",
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out columns that a new review does not have.")
    ] = False,
    retry_unknown: Annotated[
        bool,
        typer.Option("--retry-unknown", help="Send rows again whose outcome is unknown. It may add reviews twice."),
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="How many rows at once.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Create a review for each row of a file. Every row is checked before anything is sent.

    What came of each row is kept in the results file. Run again, it goes on where it was killed, sends rows again that
    failed, and never those that succeeded. A row whose outcome is unknown stays so until --retry-unknown.
    """
    output = Output(as_json)
    rows = importing.read(file, form or exporting.form_of(file), photos, ignore_unknown)
    if rows.problems:
        return _tell_problems(output, file, rows.problems)
    if check:
        if as_json:
            output.json({"file": str(file), "rows": len(rows.rows), "problems": []})
        else:
            output.text(f"{len(rows.rows)} rows, no problems. Nothing was sent.")
        return Exit.DONE
    with connection(context).client() as shop:
        job = importing.Import(shop, file, results, retry_unknown=retry_unknown, concurrency=concurrency)
        with output.progress("Creating reviews", len(rows.rows)) as advance:
            done = job.run(rows.rows, advance)
    if as_json:
        output.json({"file": str(file), "results": str(job.results), "rows": len(rows.rows), **done.counts})
    else:
        parts = [f"{number} {status}" for status, number in done.counts.items() if number] or ["none"]
        output.text(f"{len(rows.rows)} rows: {', '.join(parts)}. Results: {job.results}")
    if done.counts["unknown"]:
        output.note("Look whether the unknown ones exist; --retry-unknown sends them again.")
    if done.stopped is not None:
        output.error(f"Stopped: {shown(done.stopped)}")
        return Exit.UNKNOWN if done.counts["unknown"] else exit_code(done.stopped)
    if done.counts["unknown"]:
        return Exit.UNKNOWN
    return Exit.FAILED if done.counts["failed"] else Exit.DONE


def _tell_problems(output: Output, file: Path, problems: list[importing.Problem]) -> int:
    for problem in problems:
        if output.as_json:
            output.json({"line": problem.line, "column": problem.column, "problem": problem.text})
        else:
            output.text(f"{file}:{problem.line}: {f'{problem.column}: ' if problem.column else ''}{problem.text}")
    output.error(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {file}. Nothing was sent.")
    return Exit.USAGE


@app.command("delete")
@command
def delete_reviews(
    context: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids of reviews; - reads them from standard input.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> int:
    """Delete reviews. There is no way back."""
    output, wanted = Output(as_json), list(dict.fromkeys(_ids(ids)))
    if not wanted:
        raise ConfigurationError("No id was given.")
    confirm(f"Delete {len(wanted)} review{'s' * (len(wanted) > 1)} ({_some(wanted)})?", yes, reads_input="-" in ids)
    worst = int(Exit.DONE)
    with connection(context).client() as shop:
        for name in wanted:
            try:
                shop.reviews.delete(id=name)
            except TrustooError as error:
                worst = max(worst, int(exit_code(error)))
                status = "unknown" if isinstance(error, OutcomeUnknownError) else "failed"
                _tell_deleted(output, name, status, shown(error))
                if isinstance(error, UnauthenticatedError | TransportError | ConfigurationError):
                    break  # so would the others
            else:
                _tell_deleted(output, name, "deleted", None)
    return worst


def _tell_deleted(output: Output, name: str, status: str, error: str | None) -> None:
    if output.as_json:
        output.json({"id": name, "status": status, **({"error": error} if error else {})})
    elif error is None:
        output.text(f"{name}\t{status}")
    else:
        output.error(f"{name}: {error}")


def _ids(given: list[str]) -> Iterator[str]:
    for name in given:
        if name == "-":
            yield from (line.strip() for line in sys.stdin.read().splitlines() if line.strip())
        else:
            yield name.strip()


def _some(names: list[str]) -> str:
    return ", ".join(islice(names, 5)) + (", …" if len(names) > 5 else "")
