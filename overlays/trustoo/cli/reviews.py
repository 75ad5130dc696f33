"""`trustoo reviews`: exports and deletions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from trustoo_api.models import Review

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
from .exports import (
    NEWEST_FIRST,
    Exported,
    ExportFormat,
    FileOptions,
    Mode,
    format_of,
    layout_of,
    open_export,
    write_rows,
)
from .filters import with_options_of
from .listing import Concurrency, moment
from .operations import operation_spec
from .output import AsJson, Output

__all__ = ["delete_reviews", "export_reviews"]

EXPORTED = layout_of(Review, "reviews", first=20)
"""The columns of exports. Members that the OpenAPI spec gets later follow behind the others."""
PERSONAL = tuple(operation_spec("reviews.create").parameters)
"""Members that --without takes although responses have not shown them, such as author_phone."""


def _note_nothing(given: dict[str, Any]) -> None:
    """Say that there are no reviews, so that an empty output is not taken for a failure."""
    filters = {*given} - {"sort_by", "page_size"}
    Output().note("No reviews match the filters." if filters else "The shop has no reviews.")


@command
@with_options_of(operation_spec("reviews.list"), "sort_by")
def export_reviews(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="The file to write: .csv, .jsonl, .ndjson, .xlsx, .parquet, .duckdb, .sqlite, .sqlite3 or .db. "
            "- is standard output."
        ),
    ],
    given: dict[str, Any],
    format: Annotated[
        ExportFormat | None, typer.Option("--format", help="Default: by the file's extension. For -: csv.")
    ] = None,
    mode: Annotated[
        Mode,
        typer.Option(
            help="new: fetch only reviews that the file does not have. full: fetch all, and find edits and deletions."
        ),
    ] = Mode.new,
    since: Annotated[
        str | None,
        typer.Option(help="Leave out reviews created before this date or time. Without a time zone, it is UTC."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Leave out reviews created after this date or time.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The largest number of reviews to fetch.")] = None,
    columns: Annotated[str | None, typer.Option(help="The columns, separated by commas. Default: all.")] = None,
    without: Annotated[
        str | None, typer.Option(help="Columns to leave out, such as author_email,author_phone.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="In CSV, put no apostrophe before cells that spreadsheets run as formulas.")
    ] = False,
    bom: Annotated[bool, typer.Option("--bom", help="Begin a new CSV file with a byte order mark, for Excel.")] = False,
    concurrency: Concurrency = 1,
    rate: Rate = RATE,
    as_json: AsJson = False,
) -> None:
    """Export reviews to a file or a database, newest first.

    Run the command again to add new reviews. --mode full also updates reviews that were edited, and removes deleted
    ones; databases keep these with the time in _deleted_at. If a run was interrupted, the next run continues it. The
    file is as before the run, or complete.
    """
    output, options = Output(as_json), FileOptions(raw, bom)
    layout = EXPORTED if columns is None else EXPORTED.only(columns.split(","))
    layout = layout if without is None else layout.without(without.split(","), *PERSONAL)
    times = {"since": moment("--since", since), "until": moment("--until", until)}
    narrowed = {**given, **{name: time for name, time in times.items() if time}}
    if str(file) == "-":
        if as_json:
            raise ArgumentError("--json prints to standard output, as the export does; leave it out, or give a file.")
        if times["until"] is not None:
            raise ArgumentError("--until needs a file; leave it out, or export to a file.")
        with connection(context).client(rate) as shop, output.progress("Exporting reviews") as advance:
            pages = partial(shop.reviews.iterate, **given, sort_by=NEWEST_FIRST, prefetch=concurrency)
            found = pages(since=times["since"], limit=limit)
            number = write_rows(
                found, sys.stdout.buffer, format or ExportFormat.csv, layout, options=options, advance=advance
            )
        output.note(f"{number} reviews exported.")
        if not number:
            _note_nothing(narrowed)
        return
    page_size, format = given.pop("page_size", None), format or format_of(file)
    with connection(context).client(rate) as shop, stoppable():
        pages = partial(shop.reviews.iterate, **given, sort_by=NEWEST_FIRST, prefetch=concurrency)
        pages(page_size=page_size)  # an invalid filter fails before there are files
        with open_export(file, format, layout, filters=given, options=options) as export:
            earlier = export.done(mode)
            total = _total(shop, given) if output.shows_progress and not any([*times.values(), limit]) else None
            with output.progress("Exporting reviews", total, earlier) as advance:
                done = export.run(pages, mode, page_size=page_size, limit=limit, advance=advance, **times)
    if not done.rows:
        _note_nothing(narrowed)
    if not done.in_order and mode is Mode.new:
        output.note("The service did not return the newest reviews first. Use --mode full to fetch every review.")
    if as_json:
        counts = {name: getattr(done, name) for name in ("new", "changed", "gone", "rows", "resumed")}
        output.json({"file": str(file), "mode": mode.value, **counts})
    else:
        _show_exported(output, file, done)
    if mode is Mode.new and earlier:
        output.note("Only new reviews were fetched. --mode full also finds edited and deleted ones.")
    elif mode is Mode.full and done.gone is None:
        output.note("The list changed during the run, so deleted reviews were not looked for. Run the command again.")


def _show_exported(output: Output, file: Path, done: Exported) -> None:
    continued = " (an interrupted run was continued)" if done.resumed else ""
    if done.changed is None:
        output.text(f"{done.new} reviews added to {file}, {done.rows} in all{continued}.")
        return
    counts = [f"{done.new} new", f"{done.changed} changed", *([] if done.gone is None else [f"{done.gone} gone"])]
    said = ", ".join(counts) if done.new or done.changed or done.gone else "Nothing changed"
    output.text(f"{said}; {done.rows} reviews in {file}{continued}.")


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
