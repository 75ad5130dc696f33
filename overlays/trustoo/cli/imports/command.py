"""`trustoo reviews import`: create a review for each row of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ...errors import ArgumentError
from ...upload import Journal
from ..connection import RATE, Rate, connection
from ..exits import Exit, command, show_stop, stoppable, this_command
from ..files import oserror_context, sibling
from ..output import AsJson, Output
from . import settling
from .dates import DateFormat, zone_of
from .job import Import, Imported
from .mapping import PHOTOS, ReviewMapping, known_names, load, normalised, preset_names, recognised, targets
from .photos import Photos
from .preview import as_json as mapping_as_json
from .preview import short, show_mapping, show_notes
from .problems import Problems
from .products import Products
from .results import Results, keyed
from .rows import Settings, read
from .status import show_settled, show_status
from .survey import Survey
from .tables import Kind, Table, open_table

__all__ = ["import_reviews"]

MOST_LINES = 10
"""The number of lines that a note names."""
LINKED = (
    "Photos stay where they are, and the reviews link to them. Such links can end when you uninstall the app that they "
    "are from. Whether the service takes addresses of others is not documented."
)


@command
def import_reviews(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to read: CSV, a workbook, JSON or JSON Lines.")],
    format: Annotated[Kind | None, typer.Option("--format", help="Default: what the file's content tells.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="The encoding of text, such as cp1252. Default: UTF-8, and asked if it is not.")
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help=f"The app that wrote the file: {', '.join(preset_names())}; auto recognises it by the columns. "
            "Or a file of --save-map.",
        ),
    ] = "auto",
    changes: Annotated[
        list[str],
        typer.Option("--map", help="COLUMN=MEMBER, or COLUMN= to leave the column out. Can be repeated."),
    ] = [],  # noqa: B006  # typer makes a list of its own
    constants: Annotated[
        list[str],
        typer.Option("--set", help="MEMBER=VALUE for rows that have none, such as product_id=0. Can be repeated."),
    ] = [],  # noqa: B006
    save_map: Annotated[
        Path | None, typer.Option("--save-map", help="Write the mapping to this .toml file, for --from.")
    ] = None,
    products: Annotated[
        Path | None, typer.Option(help="A file with handles and ids of products, as `products pull` writes it.")
    ] = None,
    skip_missing_products: Annotated[
        bool,
        typer.Option("--skip-missing-products", help="Leave out reviews of products that --products does not have."),
    ] = False,
    date_format: Annotated[
        DateFormat | None, typer.Option("--date-format", help="The order in dates such as 05/06/2026.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="The time zone of times without one, such as Europe/Paris. Default: sent unchanged."),
    ] = None,
    link_photos: Annotated[
        bool, typer.Option("--link-photos", help="Send addresses of photos as they are. Default: upload the photos.")
    ] = False,
    results: Annotated[
        Path | None,
        typer.Option(help="The file for the result of each row, as JSON Lines. Default: FILE.results.jsonl."),
    ] = None,
    problems_file: Annotated[
        Path | None, typer.Option("--problems", help="Write every single problem to this CSV file.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check only the file, and send nothing.")] = False,
    photos: Annotated[str, typer.Option(help="The column with photos: paths or addresses, separated by |.")] = PHOTOS,
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

    The columns have the names of the API, or those of an export of Judge.me, Shopify Product Reviews, Loox, Okendo or
    Yotpo. --check shows which column holds what.

    The result of each row is saved in the results file. Run the command again to continue. It then sends the rows that
    failed or were not sent, and leaves out the rows that were created, and rows whose outcome is unknown:
    --settle looks in the shop for these rows. --retry-unknown sends them without looking.
    """
    output = Output(as_json)
    if check + settle + status > 1:
        raise ArgumentError("Give only one of --check, --settle and --status.")
    if skip_missing_products and products is None:
        raise ArgumentError("--skip-missing-products needs --products, which says which products exist.")
    settings = Settings(
        folder=file.parent,
        ignore_unknown=ignore_unknown,
        date_format=date_format,
        zone=zone_of(timezone) if timezone else None,
        products=Products.read(products) if products else None,
        skip_missing_products=skip_missing_products,
        link_photos=link_photos,
    )
    mapping = None if source == "auto" else load(source)
    known = known_names(mapping, changes)

    def opened() -> Table:
        return open_table(file, kind=format, encoding=encoding, is_known=lambda name: normalised(name) in known)

    table = opened()
    survey = Survey.of(table.lines, table.names)
    table.problems.clear()  # the second look finds them again
    mapping = _mapping(mapping or recognised(survey.columns), changes, photos, survey).filled(constants)
    if save_map is not None:
        mapping.save(save_map)
        output.note(f"The mapping is in {save_map}. Use it with --from {save_map}.")
    with Problems(problems_file) as problems:
        table = opened()
        with output.progress("Checking") as advance:
            rows = read(survey, table.lines, mapping, settings, problems, advance)
        problems.take(table.problems)
        if not survey.rows and not problems:
            problems.add(max(table.header, 1), "", "the file has no rows")
    if check and not as_json:
        show_mapping(output, rows, settings, table.kind)
    elif not as_json and mapping != ReviewMapping():
        output.note(short(rows))
    show_notes(output, rows)
    if link_photos and PHOTOS in map(mapping.member_of, survey.columns):
        output.note(LINKED)
    if as_json and (check or problems):
        about = mapping_as_json(rows, settings, table.kind)
        output.json({"file": str(file), "rows": len(rows.rows), "problems": [*problems.records()], **about})
    if problems:
        return _show_problems(output, file, problems)
    by_key = keyed(rows.rows)
    if not (status or settle):
        _note_repeated(output, [by_key[key].line for key in settling.repeated(by_key)], skip_existing)
    if check:
        if not as_json:
            output.text(f"{len(rows.rows)} row{'s' * (len(rows.rows) != 1)}, no problems. Nothing was sent.")
        return Exit.DONE
    results = results or sibling(file, ".results.jsonl")
    if status:
        return show_status(output, file, results, by_key)
    here = connection(context)
    downloads = Photos(sibling(file, ".photos"), allow_loopback=here.is_on_this_machine)
    with here.client(rate) as shop, _journal(results) as journal, downloads, stoppable():
        so_far = Results(journal, by_key)
        if settle:
            with output.progress("Looking in the shop") as advance, oserror_context(results):
                settled = settling.settle(shop, so_far, advance)
            return show_settled(output, file, results, settled)
        if earlier := so_far.counts["created"] + so_far.counts["existing"]:
            output.note(f"{earlier:,} of {len(by_key):,} were created earlier.")
        if skip_existing:
            with output.progress("Comparing with the shop") as advance, oserror_context(results):
                settling.skip_existing(shop, so_far, so_far.waiting(retry_unknown=retry_unknown), advance)
        left = len(so_far.waiting(retry_unknown=retry_unknown))
        job = Import(shop, so_far, retry_unknown=retry_unknown, concurrency=concurrency, download=downloads.fetch)
        with output.progress("Creating reviews", len(by_key), len(by_key) - left) as advance:
            done = job.run(advance)
    about = {"app": mapping.app} if mapping.app else {}
    about |= {"left_out": dict(rows.left_out)} if rows.left_out or ignore_unknown else {}
    return _show_done(output, file, results, done, about)


def _show_done(output: Output, file: Path, results: Path, done: Imported, about: Mapping[str, object]) -> int:
    """Print how far the import came, and how to go on. `about`: further members for JSON."""
    rows = done.counts.total()
    if output.as_json:
        output.json({"file": str(file), "results": str(results), "rows": rows, **done.counts, **about})
    else:
        parts = [f"{number} {status}" for status, number in done.counts.items() if number] or ["none"]
        output.text(f"{rows:,} row{'s' * (rows != 1)}: {', '.join(parts)}. Results: {results}")
    if done.counts["failed"] and done.stopped is None:
        output.note(f"To see why rows failed: {this_command(without='--retry-unknown', added='--status')}")
    if done.counts["unknown"]:
        look = this_command(without="--retry-unknown", added="--settle")
        output.note(f"Reviews of unknown rows may exist. To look for them in the shop: {look}")
    if done.stopped is not None:
        there = done.counts["created"] + done.counts["existing"]
        again = this_command(without="--retry-unknown")
        show_stop(done.stopped, f"{there:,} of {rows:,} rows are done. To continue: {again}")
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
        subject = f"{len(lines):,} rows repeat" if len(lines) > 1 else "1 row repeats"
        fate = "left out" if skip_existing else "sent too, unless you set --skip-existing"
        output.note(f"{subject} an earlier row and {'are' if len(lines) > 1 else 'is'} {fate}: line {some}.")


def _mapping(mapping: ReviewMapping, changes: list[str], photos: str, survey: Survey) -> ReviewMapping:
    """The mapping with the changes of --map and --photos. Raises ArgumentError for columns that the file lacks."""
    columns = set(map(normalised, survey.columns))
    for change in changes:
        column = change.rpartition("=")[0].strip()
        if column and normalised(column) not in columns:
            names = ", ".join(survey.columns)
            raise ArgumentError(f"--map {change!r}: the file has no column {column!r}; it has {names}.")
    if photos != PHOTOS:
        if photos in targets():
            raise ArgumentError(f"{photos} is a member of a review; use another column for --photos.")
        changes = [*changes, f"{photos}={PHOTOS}"]
    return mapping.mapped(changes) if changes else mapping


def _show_problems(output: Output, file: Path, problems: Problems) -> int:
    if not output.as_json:
        for line in problems.lines():
            output.text(line)
    there = f" All are in {problems.file}." if problems.file else ""
    output.error(f"{len(problems)} problem{'s' * (len(problems) > 1)} in {file}. Nothing was sent.{there}")
    return Exit.USAGE
