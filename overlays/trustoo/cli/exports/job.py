"""A run of an export: rows are fetched into the state, page by page, and then written at once.

Rows are fetched newest first. Pages shift while reviews are added and deleted. A continued run therefore begins a page
earlier, at a row that the interrupted run has fetched, and skips rows that it has.
"""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from trustoo_api.types import Model, Paginator

from ...errors import ArgumentError, ConfigurationError, PaginationWarning, TrustooError
from ..files import exclusive, oserror_context, sibling
from ..operations import flag
from .formats import ExportFormat, FileOptions, Mode
from .layout import Layout, Record
from .rowfile import RowFile, replacing
from .store import Store, sqlite_context
from .text import csv_lines, json_lines
from .writers import Writer, file_writer, needs

__all__ = ["Export", "Exported", "open_export", "write_rows"]

STATE = ".state"
START = {"page": 1, "done": 0}
TIMES = ("created_at", "commented_at")
"""The members with the time at which an item was created. The first of them that an item has is used."""


class Iterate(Protocol):
    """The `iterate` of a resource, such as `shop.reviews.iterate`."""

    def __call__(self, **arguments: Any) -> Paginator[Any]: ...


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of a run.

    Attributes:
        new, changed, gone: the numbers of rows. `changed` and `gone` are None in the mode `new`, which cannot see them.
            `gone` is also None if the list changed during the run, so that rows that were not fetched may exist.
        rows: the number of all rows that are not gone.
        resumed: whether the run continued an interrupted run.
        in_order: whether the service returned the newest items first.
    """

    new: int
    changed: int | None
    gone: int | None
    rows: int
    resumed: bool
    in_order: bool


@contextmanager
def open_export(
    file: Path,
    format: ExportFormat,
    layout: Layout,
    *,
    filters: Mapping[str, Any] | None = None,
    options: FileOptions = FileOptions(),  # noqa: B008  # it cannot be changed
) -> Iterator[Export]:
    """Open an export to a file or to a table of a database. No other process can use the file meanwhile.

    Args:
        file: the file. The state has the same name with the suffix ".state". Databases keep it only after a failure.
        format: the format.
        layout: the columns, and the table.
        filters: arguments of `iterate` that select rows. All runs have the same.
        options: how CSV is written. Default: `FileOptions()`.

    Raises:
        ConfigurationError: if the file cannot be used, or was exported with other filters or columns; or if a package
            is missing.
        TrustooError: if the disk is full.
    """
    with ExitStack() as stack:
        stack.enter_context(oserror_context(file))
        stack.enter_context(exclusive(file))
        state = sibling(file, f".{layout.table}{STATE}" if format.is_database else STATE)
        stack.enter_context(sqlite_context(state))
        store = stack.enter_context(closing(Store(state)))
        stack.callback(_dispose, store, format.is_database)
        writer = stack.enter_context(closing(_writer(file, format, layout, options, store)))
        bound = {
            "format": format.value,
            "filters": dict(filters or {}),
            "columns": layout.names if layout.is_chosen else None,
            "without": sorted(layout.left_out),
            "raw": options.raw,
        }
        try:
            yield Export(file, layout, store, writer, json.loads(json.dumps(bound, default=str)))
        except KeyboardInterrupt as error:
            error.add_note("Run the same command again to continue.")
            raise


def write_rows(
    items: Iterable[Model | Record],
    target: Path | IO[bytes],
    format: ExportFormat,
    layout: Layout,
    *,
    options: FileOptions = FileOptions(),  # noqa: B008
    advance: Callable[[], object] = lambda: None,
) -> int:
    """Write rows to a new file or to a stream, and return their number. Nothing is remembered for a later run.

    A file is as before, or it is complete. Databases need `open_export`, and a stream takes CSV and JSON Lines.

    Args:
        items: models, or JSON objects.
        target: a file, or a binary stream. A file that exists is replaced.
        format: the format.
        layout: the columns.
        options: how CSV is written. Default: `FileOptions()`.
        advance: a function that is called after each row.

    Raises:
        ArgumentError: if the target does not take the format.
        ConfigurationError: if the file cannot be written, or a package is missing.
        TrustooError: if the disk is full.
    """
    number = 0

    def records() -> Iterator[Record]:
        nonlocal number
        for item in items:
            number += 1
            yield layout.record(_received(item))
            advance()

    if isinstance(target, Path):
        if format.is_database:
            raise ArgumentError(f"{format.value} is a database, to which rows are added; it is not written as a file.")
        with oserror_context(target), exclusive(target), replacing(target) as temporary:
            file_writer(format)(records(), temporary, layout, options)
        return number
    if not format.is_text:
        raise ArgumentError(f"Standard output takes csv and jsonl. Give a file for {format.value}.")
    lines = csv_lines if format is ExportFormat.csv else json_lines
    for line in lines(records(), layout, options):
        target.write(line)
    target.flush()
    return number


class Export:
    """An export that `open_export` has opened."""

    def __init__(self, file: Path, layout: Layout, store: Store, writer: Writer, bound: dict[str, Any]) -> None:
        self._file, self._layout, self._store, self._writer, self._bound = file, layout, store, writer, bound
        saved = writer.options
        if saved is not None and saved != bound:
            raise ConfigurationError(
                f"{file} was exported with {_described(saved)}, and not with {_described(bound)}. "
                "Use the same options, or give another file."
            )
        if saved is None and store["options"] not in (None, bound):
            store.clear()  # of an export whose file could not be written
        if (known := writer.known()) is not None:
            store.mirror(known)

    def done(self, mode: Mode) -> int:
        """The number of rows that a run need not fetch."""
        is_resumed = (self._store["walk"] or {}).get("mode") == mode.value
        return (self._store.fetched if is_resumed else 0) + (self._store.rows if mode is Mode.new else 0)

    def run(
        self,
        iterate: Iterate,
        mode: Mode,
        *,
        page_size: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        advance: Callable[[], object] = lambda: None,
    ) -> Exported:
        """Fetch the rows, and write what is new, changed or gone. An interrupted run with the same arguments continues.

        Args:
            iterate: returns the pages, with the filters and the order, such as
                `partial(shop.reviews.iterate, sort_by=NEWEST_FIRST)`.
            mode: `new` ends at the first row that the export has. It sees no changes and no deletions. `full` fetches
                everything.
            page_size: the number of rows on a page, which may differ between runs. Default: the service's default.
            since, until: leave out rows that were created before or after this time. Default: no limit.
            limit: the largest number of rows to fetch. Default: no limit.
            advance: a function that is called after each row.

        Raises:
            ArgumentError: if arguments do not fit together.
            TrustooError: if the run fails. Run it again to continue.
        """
        store, full = self._store, mode is Mode.full
        narrowed = {"since": since, "until": until, "limit": limit}
        if full and any(value is not None for value in narrowed.values()):
            names = ", ".join(f"--{name}" for name, value in narrowed.items() if value is not None)
            raise ArgumentError(f"--mode full fetches everything, so that it sees what is gone. Leave out {names}.")
        if not full and self._layout.key is None:
            raise ArgumentError(
                f"Rows of {self._layout.table} have no id, so new ones are not recognised: --mode full."
            )
        walk = json.loads(json.dumps({"mode": mode.value, **narrowed, **self._bound}, default=str))
        if store["walk"] != walk:
            self._begin(walk)
        known = () if full else store
        listing = {"page_size": page_size, "since": since, "known_ids": known}
        position = store["position"]
        if position and store["page_size"] != page_size:
            position = START  # pages of another size differ. Fetched rows are skipped
        store["page_size"] = page_size
        resumed = position is not None
        pages = iterate(**listing, checkpoint=_resume_at(iterate, listing, position, store))
        with _noticed() as noticed:
            in_order = self._fetch(pages, until, limit, advance)
        return self._finish(full, complete=not noticed, resumed=resumed, in_order=in_order)

    def take(self, items: Iterable[Model | Record], advance: Callable[[], object] = lambda: None) -> Exported:
        """Write all rows that there are, from any iterable: what is new, changed or gone. Nothing is continued."""
        self._begin(None)
        with self._store.transaction():
            for item in items:
                key, record = self._row(item)
                if not self._store.has_fetched(key):
                    self._store.fetch(key, record)
                advance()
        return self._finish(True, complete=True, resumed=False, in_order=True)

    def _begin(self, walk: dict[str, Any] | None) -> None:
        store = self._store
        with store.transaction():
            store.forget_fetched()
            store["walk"], store["position"] = walk, None

    def _row(self, item: Model | Record) -> tuple[str, Record]:
        received = _received(item)
        record = self._layout.record(received)
        key = self._layout.key_of(received if self._layout.key else record)
        if key is None:
            raise TrustooError(
                f"The service returned one of the {self._layout.table} without an {self._layout.key}, "
                "which the export could not recognise later."
            )
        return key, record

    def _fetch(
        self, pages: Paginator[Any], until: datetime | None, limit: int | None, advance: Callable[[], object]
    ) -> bool:
        """Fetch the pages into the state. Returns whether the newest rows came first."""
        store, number, waiting = self._store, None, dict[str, Record]()
        left = None if limit is None else max(limit - store.fetched, 0)
        last, in_order = None, True

        def commit(position: dict[str, int]) -> None:
            with store.transaction():
                for key, record in waiting.items():
                    store.fetch(key, record)
                store["position"] = position
            waiting.clear()

        for item in pages if left != 0 else ():
            key, record = self._row(item)
            created = _created(item)
            if key not in waiting and not store.has_fetched(key) and not (until and created and created > until):
                in_order &= last is None or created is None or created <= last
                last = created or last
                waiting[key] = record
                advance()
            if pages.checkpoint["page"] != number:  # everything before the position is fetched
                number = pages.checkpoint["page"]
                commit(pages.checkpoint)
                left = None if limit is None else max(limit - store.fetched, 0)
            if left is not None and len(waiting) >= left:
                break
        commit(pages.checkpoint)
        return in_order

    def _finish(self, full: bool, *, complete: bool, resumed: bool, in_order: bool) -> Exported:
        store, writer = self._store, self._writer
        if full and store.rows and not store.fetched:
            raise TrustooError(
                f"The service returned nothing, but {self._file} has {store.rows:,} rows. Nothing was changed. "
                "If everything was deleted indeed, export to another file."
            )
        changes = store.changes(full, complete)
        new, changed, gone = store["owed"] or (0, 0, 0)  # of a run that was killed before it had written the file
        resumed |= bool(new or changed or gone)
        rows = store.rows + changes.new - changes.gone
        new, changed, gone = new + changes.new, changed + changes.changed, gone + changes.gone
        if changes or writer.options is None or writer.is_behind:
            writer.write(changes, self._bound)
        self._begin(None)
        return Exported(new, changed if full else None, gone if full and complete else None, rows, resumed, in_order)


def _dispose(store: Store, is_database: bool) -> None:
    """Delete a state that no later run needs: of a run without rows, and of a database, which has its rows itself."""
    needed = store.fetched or (not is_database and store["options"] is not None)
    store.close()
    if not needed:
        store.file.unlink(missing_ok=True)


def _writer(file: Path, format: ExportFormat, layout: Layout, options: FileOptions, store: Store) -> Writer:
    """What writes the format. The library of a format is imported when it is used."""
    match format:
        case ExportFormat.sqlite:
            from .sqlite import SqliteTable

            return SqliteTable(file, layout)
        case ExportFormat.duckdb:
            with needs("duckdb", "duckdb"):
                from .duckdb import DuckDBTable
            return DuckDBTable(file, layout)
    return RowFile(file, layout, options, store, file_writer(format))


@contextmanager
def _noticed() -> Iterator[list[warnings.WarningMessage]]:
    """Yields a list, to which the warnings are added that items may be missing. They are shown after the block."""
    found: list[warnings.WarningMessage] = []
    with ExitStack() as stack, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PaginationWarning)
        try:
            yield found
        finally:
            found += [each for each in caught if issubclass(each.category, PaginationWarning)]
            stack.callback(_show, caught)


def _show(caught: list[warnings.WarningMessage]) -> None:
    for each in caught:
        warnings.showwarning(each.message, each.category, each.filename, each.lineno)


def _resume_at(
    iterate: Iterate, listing: Mapping[str, Any], position: dict[str, int] | None, store: Store
) -> dict[str, int] | None:
    """The position at which to continue: a page before `position` that begins with a row that the run has fetched.

    None means the start. Deleted rows may have moved the other rows towards the first page.
    """
    if position is None:
        return None
    page = position["page"] - 1
    while page > 1:
        place = {"page": page, "done": 0}
        first = next(iter(iterate(**listing, checkpoint=place)), None)
        if first is not None and store.has_fetched(str(first.id)):
            return place
        page -= 1
    return None


def _received(item: Model | Record) -> Record:
    return item.to_dict() if isinstance(item, Model) else item


def _created(item: Any) -> datetime | None:
    found = (getattr(item, name, None) for name in TIMES)
    return next((time for time in found if isinstance(time, datetime)), None)


def _described(bound: Mapping[str, Any]) -> str:
    """The options of an export, as they are typed."""
    words = ["--format", bound["format"]]
    for name, value in bound["filters"].items():
        several = isinstance(value, list)
        for one in value if several else [value]:
            words += [flag(name, several), str(one)]
    for name in ("columns", "without"):
        words += [f"--{name}", ",".join(bound[name])] if bound[name] else []
    return shlex.join([*words, *(["--raw"] if bound["raw"] else [])])
