"""Exports of reviews that survive being killed, and that add what is new when they are run again.

Reviews are walked newest first. Rows are written and flushed page by page, and only then the state that says how far
they go: what a killed run wrote beyond its state is cut off and fetched again. Pages move while reviews are added and
deleted; so a run that continues begins a page earlier, at a review it knows, and skips what it has.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import IO, Any

from trustoo_api.api.reviews import ReviewsResource
from trustoo_api.decoding import members
from trustoo_api.models import Review

from .._files import write_atomic
from ..errors import ConfigurationError, TrustooError
from .files import exclusive, oserror_context, sibling

__all__ = ["Done", "Export", "Form", "form_of"]

NEWEST_FIRST = "created-descending"
COLUMNS = (*(wire for _, wire in members(Review)), "extra")
"""Of CSV files; `extra` holds the members that the description does not know."""
BOM = b"\xef\xbb\xbf"


class Form(Enum):
    """Forms of files with a row for each review."""

    csv = "csv"
    jsonl = "jsonl"


def form_of(file: Path) -> Form:
    """The form by the file's ending. Raises ConfigurationError."""
    endings = {".csv": Form.csv, ".jsonl": Form.jsonl, ".ndjson": Form.jsonl}
    if (form := endings.get(file.suffix.lower())) is None:
        raise ConfigurationError(f"{file}: the ending says neither CSV nor JSON Lines; give --format csv or jsonl.")
    return form


@dataclass
class State:
    """How far an export got.

    Attributes:
        format, filters: what the file was begun with.
        page_size: reviews a page, of the run that the checkpoint is of; None: the service's own number.
        size, rows: bytes and rows of the file that count.
        known: rows that were there before the run that is under way; its end is the first of them.
        checkpoint: where the run under way stands; None: the last one came to its end.
    """

    format: str
    filters: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    rows: int = 0
    known: int = 0
    checkpoint: dict[str, int] | None = None
    page_size: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did."""

    added: int
    rows: int
    resumed: bool
    in_order: bool


class Export:
    """An export to one file.

    Args:
        file: where the rows go; the state is beside it.
        filters: arguments of `reviews.iterate` that say which reviews.
        page_size: how many are fetched at once; it may differ from run to run.
        bom: whether a new CSV file begins with a byte order mark.
    """

    def __init__(
        self, file: Path, form: Form, filters: Mapping[str, Any], *, bom: bool = False, page_size: int | None = None
    ) -> None:
        self.file, self.form, self.filters, self._bom, self._page_size = file, form, dict(filters), bom, page_size
        self.state_file = sibling(file, ".state.json")

    def run(
        self, reviews: ReviewsResource, *, since: datetime | None, every: bool, advance: Callable[[], object]
    ) -> Done:
        """Walk through the reviews and append those that the file has not. Raises TrustooError."""
        with oserror_context(self.file), exclusive(self.file):
            state, resumed = self._load()
            self._save(state)  # before the file: whoever is killed now leaves a file that is known for ours
            with open(self.file, "r+b" if state.size else "w+b") as file:
                ids = self._prepare(file, state)
                old, new = set(ids[: state.known]), set(ids[state.known :])
                walk = {
                    **self.filters,
                    "page_size": self._page_size,
                    "sort_by": NEWEST_FIRST,
                    "since": since,
                    "known_ids": () if every else old,
                }
                # Pages of another size are other pages: then the run begins anew, and skips what it has.
                stood = state.checkpoint if state.page_size == self._page_size else None
                start, state.page_size = _anchor(reviews, walk, stood, new), self._page_size
                writer = _Writer(file, state, self._save, self.form)
                pages = reviews.iterate(**walk, checkpoint=start)
                last, in_order = None, True
                for review in pages:
                    if review.id is None:
                        raise TrustooError("The service gave a review without an id; an export cannot tell such apart.")
                    if review.id not in new and review.id not in old:
                        created = review.created_at
                        in_order &= last is None or created is None or created <= last
                        last = created or last
                        new.add(review.id)
                        writer.write(review)
                        advance()
                    writer.passed(pages.checkpoint)
                added = state.rows - state.known
                writer.finish()
                return Done(added, state.rows, resumed, in_order)

    def _load(self) -> tuple[State, bool]:
        """The state of the file, and whether a run is to be continued."""
        try:
            content = self.state_file.read_bytes()
        except FileNotFoundError:
            if self.file.exists() and self.file.stat().st_size:
                raise ConfigurationError(
                    f"{self.file} exists and was not made by an export ({self.state_file.name} is missing). "
                    "Give another name, or move it away."
                ) from None
            return State(self.form.value, self.filters), False
        try:
            state = State(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"{self.state_file} cannot be read; move it and {self.file} away.") from error
        if (state.format, state.filters) != (self.form.value, self.filters):
            raise ConfigurationError(
                f"{self.file} was made as {state.format} with the filters {json.dumps(state.filters)}; "
                "go on with these, or give another file."
            )
        return state, state.checkpoint is not None

    def _prepare(self, file: IO[bytes], state: State) -> list[str]:
        """Cut off what no state speaks of; the ids of the rows that are left, in their order."""
        size = file.seek(0, os.SEEK_END)
        if size < state.size:
            raise ConfigurationError(
                f"{self.file} is shorter than {self.state_file.name} says: it was changed. Move both away."
            )
        file.truncate(state.size)
        if state.checkpoint is None:
            state.known = state.rows
        if not state.size and self.form is Form.csv:
            file.seek(0)
            file.write((BOM if self._bom else b"") + _csv_line(COLUMNS))
        file.seek(0)
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        try:
            ids = list(_ids(text, self.form))
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            raise ConfigurationError(f"{self.file} is no export any more: it was changed.") from error
        finally:
            text.detach()
        if len(ids) != state.rows:
            raise ConfigurationError(f"{self.file} has {len(ids)} rows, and not {state.rows}: it was changed.")
        file.seek(0, os.SEEK_END)
        return ids

    def _save(self, state: State) -> None:
        write_atomic(self.state_file, json.dumps(asdict(state), indent=1).encode())


class _Writer:
    """Appends rows, and makes them count when a page is behind us."""

    def __init__(self, file: IO[bytes], state: State, save: Callable[[State], None], form: Form) -> None:
        self._file, self._state, self._save, self._form = file, state, save, form
        self._page = 0

    def write(self, review: Review) -> None:
        self._file.write(_line(review, self._form))
        self._state.rows += 1

    def passed(self, checkpoint: dict[str, int]) -> None:
        """The walk stands at `checkpoint`, all before it is written."""
        if checkpoint["page"] != self._page:
            self._page = checkpoint["page"]
            self._commit(checkpoint)

    def finish(self) -> None:
        self._state.known = self._state.rows
        self._commit(None)

    def _commit(self, checkpoint: dict[str, int] | None) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._state.size, self._state.checkpoint = self._file.tell(), checkpoint
        self._save(self._state)


def _anchor(
    reviews: ReviewsResource, walk: Mapping[str, Any], checkpoint: dict[str, int] | None, new: set[str]
) -> dict[str, int] | None:
    """Where to go on: a page before the checkpoint that begins with a review of the broken run, or the start.

    Reviews that were deleted meanwhile moved the others towards the first page.
    """
    if checkpoint is None:
        return None
    page = checkpoint["page"] - 1
    while page > 1:
        place = {"page": page, "done": 0}
        first = next(iter(reviews.iterate(**walk, checkpoint=place)), None)
        if first is not None and first.id in new:
            return place
        page -= 1
    return None


def _line(review: Review, form: Form) -> bytes:
    received = review.to_dict()
    if form is Form.jsonl:
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


def _ids(text: io.TextIOWrapper, form: Form) -> Iterator[str]:
    if form is Form.jsonl:
        yield from (str(json.loads(line)["id"]) for line in text)
    else:
        csv.field_size_limit(1 << 30)
        yield from (row["id"] for row in csv.DictReader(text))
