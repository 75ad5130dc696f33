"""Exports of reviews. A new run continues a run that was killed, or adds the reviews that are new since the last run.

Reviews are fetched newest first. The rows of a page are written and flushed before the state file records the page.
The state has the file's size and digest. A file that differs from its state was edited, and is left alone. The one
exception are rows behind the recorded ones after a run that was killed: they are cut off and fetched again. Pages shift
while reviews are added and deleted. A continued run therefore begins a page earlier, at a known review, and skips
reviews that the file already has.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import msgspec
from trustoo_api.api.reviews import ReviewsResource
from trustoo_api.decoding import members
from trustoo_api.models import Review

from .._files import write_atomic
from ..errors import ArgumentError, ConfigurationError, TrustooError
from .files import exclusive, oserror_context, sibling

__all__ = ["NEWEST_FIRST", "Export", "ExportFormat", "Exported", "format_of", "write_rows"]

NEWEST_FIRST = "created-descending"
COLUMNS = (*(wire for _, wire in members(Review)), "extra")
"""The columns of CSV files. `extra` has the members that are not in the OpenAPI spec."""
BOM = b"\xef\xbb\xbf"
STATE = ".state.json"
NOTHING = sha256().hexdigest()
START = {"page": 1, "done": 0}


class ExportFormat(Enum):
    """The formats of files with one row for each review."""

    csv = "csv"
    jsonl = "jsonl"


def format_of(file: Path) -> ExportFormat:
    """The format of a file by the file's extension. Raises ArgumentError for an unknown extension."""
    extensions = {".csv": ExportFormat.csv, ".jsonl": ExportFormat.jsonl, ".ndjson": ExportFormat.jsonl}
    if (found := extensions.get(file.suffix.lower())) is None:
        raise ArgumentError(f"The extension of {file} is neither .csv nor .jsonl; use --format csv or --format jsonl.")
    return found


@dataclass
class State:
    """The progress of an export, as the state file stores it.

    Attributes:
        format, filters: the format and the filters of the file's first run.
        page_size: the page size of the run that made the checkpoint; None for the service's default.
        size, rows: the number of valid bytes and rows of the file.
        digest: the SHA-256 of the valid bytes.
        writing: whether a run is writing, or was killed while it wrote. The file may then have more bytes.
        known: the number of rows before the current run. The run ends at the first review of these rows.
        checkpoint: the position of the current run; None if the last run was completed.
    """

    format: str
    filters: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    rows: int = 0
    digest: str = NOTHING
    writing: bool = False
    known: int = 0
    checkpoint: dict[str, int] | None = None
    page_size: int | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of a run.

    Attributes:
        added: the number of new rows.
        rows: the number of all rows.
        resumed: whether the run continued an interrupted run.
        in_order: whether the service returned the newest reviews first.
    """

    added: int
    rows: int
    resumed: bool
    in_order: bool


class Export:
    """An export to one file.

    Args:
        file: the file for the rows. The state file has the same name with the suffix ".state.json".
        format: the file's format.
        filters: arguments of `reviews.iterate` that select reviews.
        bom: whether a new CSV file begins with a byte order mark. Default: False.
        page_size: the number of reviews per page, which may differ between runs. Default: the service's default.
    """

    def __init__(
        self,
        file: Path,
        format: ExportFormat,
        filters: Mapping[str, Any],
        *,
        bom: bool = False,
        page_size: int | None = None,
    ) -> None:
        self.file, self.format, self.filters, self._bom, self._page_size = file, format, dict(filters), bom, page_size
        self.state_file = sibling(file, STATE)

    def run(
        self, reviews: ReviewsResource, *, since: datetime | None, all_pages: bool, advance: Callable[[], object]
    ) -> Exported:
        """Append the reviews that the file does not have.

        Args:
            since: leave out reviews that were created before this time.
            all_pages: whether to continue after the first known review.
            advance: a function that is called after each new row.

        Raises:
            ArgumentError: if a filter is invalid. No file is written then.
            ConfigurationError: if the file was edited, or cannot be used.
            TrustooError: if the export fails. Run the export again to continue.
        """
        reviews.iterate(**self.filters, page_size=self._page_size)  # an invalid filter fails before there are files
        with oserror_context(self.file), exclusive(self.file):
            state, resumed = self._load()
            self._save(state)  # saved before the file exists, so that the file of a killed run is recognised
            with open(self.file, "r+b" if self.file.exists() else "x+b", buffering=0) as file:
                writer = _Writer(self.file, file, state, self._save)
                writer.verify()
                ids = list(_ids(file, self.format))
                if state.checkpoint is None:
                    state.known = state.rows
                old, new = set(ids[: state.known]), set(ids[state.known :])
                listing = {
                    **self.filters,
                    "page_size": self._page_size,
                    "sort_by": NEWEST_FIRST,
                    "since": since,
                    "known_ids": () if all_pages else old,
                }
                if state.checkpoint and state.page_size != self._page_size:
                    state.checkpoint = START  # pages of another size differ. Known reviews are skipped
                state.page_size = self._page_size
                pages = reviews.iterate(**listing, checkpoint=_resume_at(reviews, listing, state.checkpoint, new))
                last, in_order = None, True
                with writer.writing():
                    if not state.size:
                        writer.write(header(self.format, self._bom))
                    for review in pages:
                        if review.id is None:
                            raise TrustooError(
                                "The service returned a review without an id, "
                                "which the export could not recognise later."
                            )
                        if review.id not in new and review.id not in old:
                            created = review.created_at
                            in_order &= last is None or created is None or created <= last
                            last = created or last
                            new.add(review.id)
                            writer.write(row(review, self.format), rows=1)
                            advance()
                        writer.advance_to(pages.checkpoint)
                return Exported(state.rows - state.known, state.rows, resumed, in_order)

    @property
    def rows(self) -> int:
        """The number of rows that the file has. Raises ConfigurationError."""
        with oserror_context(self.file):
            return self._load()[0].rows

    def _load(self) -> tuple[State, bool]:
        """The file's state, and whether this run continues an interrupted run."""
        try:
            content = self.state_file.read_bytes()
        except FileNotFoundError:
            if self.file.exists() and self.file.stat().st_size:
                raise ConfigurationError(
                    f"{self.file} exists, but not as an export: {self.state_file.name} does not exist. "
                    "Give another name, or move the file away."
                ) from None
            return State(self.format.value, self.filters), False
        try:
            state = msgspec.json.decode(content, type=State)
        except msgspec.MsgspecError as error:
            raise ConfigurationError(
                f"{self.state_file} is not a valid state file; move {self.state_file} and {self.file} away."
            ) from error
        if not state.size:  # a run without rows binds no later run
            return State(self.format.value, self.filters, writing=state.writing), False
        if (state.format, state.filters) != (self.format.value, self.filters):
            raise ConfigurationError(
                f"{self.file} was exported as {state.format} with the filters {json.dumps(state.filters)}; "
                "use the same format and filters, or give another file."
            )
        if not self.file.exists():
            raise ConfigurationError(
                f"{self.file} does not exist, but {self.state_file.name} does. "
                f"Move {self.state_file.name} away to export all reviews again."
            )
        return state, state.checkpoint is not None

    def _save(self, state: State) -> None:
        write_atomic(self.state_file, json.dumps(asdict(state), indent=1).encode())


class _Writer:
    """Appends rows, and commits them after each page.

    After a failure, the file has the committed rows. After a kill, it may have more, and `State.writing` says so.
    """

    def __init__(self, path: Path, file: io.FileIO, state: State, save: Callable[[State], None]) -> None:
        self._path, self._file, self._state, self._save = path, file, state, save
        self._page = self._rows = 0
        self._waiting, self._digest = bytearray(), sha256()

    def verify(self) -> None:
        """Cut off what a killed run wrote beyond the state. Raises ConfigurationError if the file was edited."""
        state, left = self._state, self._state.size
        while left and (part := self._file.read(min(left, 1 << 20))):
            self._digest.update(part)
            left -= len(part)
        is_longer = self._file.seek(0, os.SEEK_END) > state.size
        if self._digest.hexdigest() != state.digest or (is_longer and not state.writing):
            raise ConfigurationError(
                f"{self._path} was changed after the export, so no reviews can be added to it. Nothing was written. "
                f"Export to another file, or move {self._path} and {sibling(self._path, STATE).name} away."
            )
        self._file.truncate(state.size)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit the rows at the end of the block. After an error, cut off what is not committed."""
        self._state.writing = True
        self._save(self._state)
        try:
            yield
            self._state.writing = False
            self._commit(None)
        except BaseException as error:
            with suppress(OSError):
                self._file.truncate(self._state.size)
                self._state.writing = False
                self._save(self._state)
            if isinstance(error, OSError):
                raise TrustooError(
                    f"{self._path}: {error.strerror}. The file has {self._state.rows} reviews. "
                    "Run the same command again to continue."
                ) from error
            raise

    def write(self, line: bytes, *, rows: int = 0) -> None:
        """Add a line, which is on the disk after the next commit. `rows`: the number of reviews in the line."""
        self._waiting += line
        self._rows += rows

    def advance_to(self, checkpoint: dict[str, int]) -> None:
        """Commit the rows if the checkpoint is on a new page. All reviews before the checkpoint are written."""
        if checkpoint["page"] != self._page:
            self._page = checkpoint["page"]
            self._commit(checkpoint)

    def _commit(self, checkpoint: dict[str, int] | None) -> None:
        state, left = self._state, memoryview(self._waiting)
        self._file.seek(state.size)
        while left:  # a disk that becomes full takes a part
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())
        self._digest.update(self._waiting)
        state.size, state.rows = state.size + len(self._waiting), state.rows + self._rows
        state.digest, state.checkpoint = self._digest.hexdigest(), checkpoint
        self._save(state)
        self._waiting, self._rows = bytearray(), 0


def write_rows(
    reviews: Iterable[Review], file: IO[bytes], format: ExportFormat, *, bom: bool, advance: Callable[[], object]
) -> int:
    """Write reviews to a stream, and return their number. Nothing is remembered for a later run."""
    file.write(header(format, bom))
    number = 0
    for review in reviews:
        file.write(row(review, format))
        number += 1
        advance()
    file.flush()
    return number


def _resume_at(
    reviews: ReviewsResource, listing: Mapping[str, Any], checkpoint: dict[str, int] | None, new: set[str]
) -> dict[str, int] | None:
    """The position at which to continue: a page before the checkpoint that begins with a review of the interrupted run.

    None means the start. Deleted reviews may have moved the other reviews towards the first page.
    """
    if checkpoint is None:
        return None
    page = checkpoint["page"] - 1
    while page > 1:
        place = {"page": page, "done": 0}
        first = next(iter(reviews.iterate(**listing, checkpoint=place)), None)
        if first is not None and first.id in new:
            return place
        page -= 1
    return None


def header(format: ExportFormat, bom: bool = False) -> bytes:
    """The line before the rows; empty for JSON Lines."""
    return (BOM if bom else b"") + _csv_line(COLUMNS) if format is ExportFormat.csv else b""


def row(review: Review, format: ExportFormat) -> bytes:
    """The line of a review."""
    received = review.to_dict()
    if format is ExportFormat.jsonl:
        return json.dumps(received, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    values = {**received, "extra": review.extra or None}
    return _csv_line(_cell(values.get(name)) for name in COLUMNS)


def _csv_line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _ids(file: io.FileIO, format: ExportFormat) -> Iterator[str]:
    """The ids of the rows, in order."""
    file.seek(0)
    text = io.TextIOWrapper(io.BufferedReader(file), "utf-8-sig", newline="")
    try:
        if format is ExportFormat.jsonl:
            yield from (str(json.loads(line)["id"]) for line in text)
        else:
            csv.field_size_limit(1 << 30)
            yield from (row["id"] for row in csv.DictReader(text))
    finally:
        text.detach().detach()
