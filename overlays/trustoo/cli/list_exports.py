"""The command that exports a list, such as `trustoo orders export`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ArgumentError
from .calling import unverified_read
from .connection import RATE, Rate, connection
from .exits import command
from .exports import ExportFormat, FileOptions, format_of, layout_of, open_export, write_rows
from .filters import with_options_of
from .listing import Concurrency, ListOptions, Selection, Since, Until
from .operations import operation_spec
from .output import AsJson, Output, counted

__all__ = ["export_command"]


def export_command(operation: str) -> Callable[..., None]:
    """The command that writes the items of a list to a file or a database, for typer."""
    spec = operation_spec(operation)
    assert spec.item is not None
    whole = layout_of(spec.item, spec.noun.replace(" ", "_"), key=None)

    @command
    @with_options_of(spec)
    def run(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help="The file to write. - is standard output.")],
        given: dict[str, Any],
        format: Annotated[
            ExportFormat | None, typer.Option("--format", help="Default: by the file's extension. For -: csv.")
        ] = None,
        since: Since = None,
        until: Until = None,
        columns: Annotated[str | None, typer.Option(help="The columns, separated by commas. Default: all.")] = None,
        without: Annotated[str | None, typer.Option(help="Columns to leave out, separated by commas.")] = None,
        raw: Annotated[
            bool,
            typer.Option("--raw", help="In CSV, put no apostrophe before cells that look like formulas."),
        ] = False,
        bom: Annotated[bool, typer.Option("--bom", help="Begin a CSV file with a byte order mark, for Excel.")] = False,
        concurrency: Concurrency = 1,
        rate: Rate = RATE,
        as_json: AsJson = False,
    ) -> None:
        output, options = Output(as_json), FileOptions(raw, bom)
        layout = whole if columns is None else whole.only(columns.split(","))
        layout = layout if without is None else layout.without(without.split(","))
        selection = Selection(spec, given, ListOptions(since=since, until=until, concurrency=concurrency))
        is_stream = str(file) == "-"
        if is_stream and as_json:
            raise ArgumentError("--json prints to standard output, as the export does; leave it out, or give a file.")
        chosen = format or (ExportFormat.csv if is_stream else format_of(file))
        filters = {**given, **{name: text for name, text in (("since", since), ("until", until)) if text}}
        with (
            connection(context).client(rate) as client,
            unverified_read(spec),
            output.progress(f"Exporting {spec.noun}") as advance,
        ):
            if chosen.is_database and not is_stream:
                with open_export(file, chosen, layout, filters=filters) as export:
                    rows = export.take(selection.items(client), advance).rows
            else:
                target = sys.stdout.buffer if is_stream else file
                rows = write_rows(selection.items(client), target, chosen, layout, options=options, advance=advance)
        selection.note()
        if is_stream:
            output.note(f"{counted(rows, spec.noun)} exported.")
        elif as_json:
            output.json({"file": str(file), "rows": rows})
        else:
            output.text(f"{counted(rows, spec.noun)} in {file}.")
        if selection.number > rows:
            equal = counted(selection.number - rows, spec.noun)
            output.note(f"Left out, because the table has an equal row: {equal}.")

    run.__doc__ = (
        f"Export {spec.noun} to a file or a database.\n\n"
        "All pages are read. The extension says the format: .csv, .jsonl, .ndjson, .xlsx, .parquet, .duckdb, .sqlite, "
        ".sqlite3 or .db. A file is replaced, and is as before the run or complete. In a database, rows that are gone "
        "stay with the time in _deleted_at."
    )
    return run
