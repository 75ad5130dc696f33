"""`trustoo reviews`: exports and deletions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from trustoo_api.types import instant

from .. import Trustoo
from ..errors import (
    ArgumentError,
    ConfigurationError,
    OutcomeUnknownError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
)
from .connection import RATE, Rate, connection
from .exits import Exit, command, confirm, exit_code, shown, stoppable
from .exporting import NEWEST_FIRST, Export, ExportFormat, format_of, write_rows
from .filters import with_options_of
from .operations import operation_spec
from .output import AsJson, Output

__all__ = ["delete_reviews", "export_reviews"]


def _note_nothing(given: dict[str, Any]) -> None:
    """Say that there are no reviews, so that an empty output is not taken for a failure."""
    filters = {*given} - {"sort_by", "page_size"}
    Output().note("No reviews match the filters." if filters else "The shop has no reviews.")


@command
@with_options_of(operation_spec("reviews.list"), "sort_by")
def export_reviews(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write: .csv, .jsonl or .ndjson. - is standard output.")],
    given: dict[str, Any],
    format: Annotated[
        ExportFormat | None, typer.Option("--format", help="Default: by the file's extension. For -: csv.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Leave out reviews created before this date or time. Without a time zone, it is UTC."),
    ] = None,
    all_pages: Annotated[
        bool,
        typer.Option("--all", help="Fetch all pages, and do not stop at the first review that is already in the file."),
    ] = False,
    bom: Annotated[bool, typer.Option("--bom", help="Begin a new CSV file with a byte order mark, for Excel.")] = False,
    rate: Rate = RATE,
    as_json: AsJson = False,
) -> None:
    """Export reviews to a file, newest first.

    Run the command again to add new reviews. The progress is saved in FILE.state.json. If a run was killed, the next
    run with the same filters continues the export, without losing or repeating rows. An export to standard output has
    no state: it always fetches all reviews.
    """
    output, moment = Output(as_json), instant(since)
    if since is not None and moment is None:
        raise ArgumentError(f"--since {since!r} is not a date; write 2026-01-31 or 2026-01-31T08:00:00+01:00.")
    if str(file) == "-":
        if as_json:
            raise ArgumentError("--json prints to standard output, as the export does; leave it out, or give a file.")
        with connection(context).client(rate) as shop, output.progress("Exporting reviews") as advance:
            found = shop.reviews.iterate(**given, sort_by=NEWEST_FIRST, since=moment)
            number = write_rows(found, sys.stdout.buffer, format or ExportFormat.csv, bom=bom, advance=advance)
        output.note(f"{number} reviews exported.")
        if not number:
            _note_nothing(given | ({"since": since} if since else {}))
        return
    page_size = given.pop("page_size", None)
    job = Export(file, format or format_of(file), given, bom=bom, page_size=page_size)
    with connection(context).client(rate) as shop, stoppable():
        total = _total(shop, given) if output.shows_progress and since is None else None
        with output.progress("Exporting reviews", total, job.rows) as advance:
            done = job.run(shop.reviews, since=moment, all_pages=all_pages, advance=advance)
    if not done.rows:
        _note_nothing(given | ({"since": since} if since else {}))
    if not done.in_order:
        output.note("The service did not return the newest reviews first. Use --all to fetch every review.")
    if as_json:
        output.json({"file": str(file), "added": done.added, "rows": done.rows, "resumed": done.resumed})
    else:
        continued = " (an interrupted run was continued)" if done.resumed else ""
        output.text(f"{done.added} reviews added to {file}, {done.rows} in all{continued}.")


def _total(shop: Trustoo, filters: dict[str, Any]) -> int | None:
    """The number of reviews that the service states, for the progress; None if it states none."""
    total = shop.reviews.list(**filters, page=1, page_size=1).page.count
    return total if isinstance(total, int) else None


@command
def delete_reviews(
    context: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids of reviews. - reads the ids from standard input.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    as_json: AsJson = False,
) -> int:
    """Delete reviews. A deletion cannot be undone."""
    output, wanted = Output(as_json), list(dict.fromkeys(_ids(ids)))
    if not wanted:
        raise ArgumentError("No id was given. Give ids as arguments, or - and the ids on standard input.")
    confirm(f"Delete {len(wanted)} review{'s' * (len(wanted) > 1)} ({_some(wanted)})?", yes, reads_input="-" in ids)
    worst = int(Exit.DONE)
    with connection(context).client() as shop:
        for name in wanted:
            try:
                shop.reviews.delete(id=name)
            except TrustooError as error:
                worst = max(worst, int(exit_code(error)))
                status = "unknown" if isinstance(error, OutcomeUnknownError) else "failed"
                _show_deleted(output, name, status, shown(error))
                if isinstance(error, UnauthenticatedError | TransportError | ConfigurationError):
                    break  # the other deletions would fail in the same way
            else:
                _show_deleted(output, name, "deleted", None)
    return worst


def _show_deleted(output: Output, name: str, status: str, error: str | None) -> None:
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
