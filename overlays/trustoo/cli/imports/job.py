"""Imports of reviews: one request for each row, and no row twice. Each result is on the disk before the next request.

The results file marks a row as "sending" before the row is sent. If the last mark of a row is "sending", the run died
while it sent the row, and the row's outcome is unknown. The file also notes each photo of a row when it is stored, so
that a row that is sent again does not upload its photos again.

`Import.settle` looks in the shop for rows whose outcome is unknown. It takes a row for not sent only if its review
would be in the list by now.
"""

from __future__ import annotations

import json
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from trustoo_api.models import Review
from trustoo_api.types import instant

from ... import Trustoo
from ...errors import (
    APIError,
    ConfigurationError,
    OutcomeUnknownError,
    PaginationWarning,
    TransportError,
    TrustooError,
    UnauthenticatedError,
)
from ...upload import Journal, UploadedImage
from ..exits import Exit, exit_code, response_of, shown
from ..exporting import NEWEST_FIRST
from .existing import same_reviews
from .rows import Row

__all__ = ["Import", "Imported", "Settled", "counted", "keys_of", "repeated"]

LARGEST_UNKNOWN_SERIES = 3
"""A run stops after this number of successive rows whose outcome is unknown."""
VISIBLE_AFTER = timedelta(minutes=10)
"""The time after which a new review is taken to be in the list. The real time is unknown."""
LARGEST_PAGE = 100
COUNTED = ("created", "existing", "failed", "unknown", "pending")


@dataclass
class Imported:
    """The result of an import.

    Attributes:
        counts: the number of rows by status: created, existing, failed, unknown, and pending (not sent yet).
        stopped: what ended the run early: an error that other rows would also get, an error of the results file, or
            Ctrl-C; None if all rows were sent.
    """

    counts: Counter[str] = field(default_factory=Counter)
    stopped: TrustooError | OSError | KeyboardInterrupt | None = None

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        if isinstance(self.stopped, KeyboardInterrupt):
            return Exit.INTERRUPTED
        if self.counts["unknown"]:
            return Exit.UNKNOWN
        if isinstance(self.stopped, TrustooError):
            return exit_code(self.stopped)
        return Exit.FAILED if self.counts["failed"] or self.stopped is not None else Exit.DONE


@dataclass
class Settled:
    """The result of `Import.settle`.

    Attributes:
        counts: the number of rows that were unknown, by their new status: created, pending and unknown.
        reasons: why rows are still unknown, as sentences.
    """

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)


class Import:
    """An import of one file.

    Args:
        shop: the client that creates the reviews.
        journal: the results file.
        rows: the rows of the file.
        retry_unknown: whether rows whose outcome is unknown are sent again. Default: False.
        concurrency: the number of rows that are sent at once. Default: 1.
    """

    def __init__(
        self, shop: Trustoo, journal: Journal, rows: list[Row], *, retry_unknown: bool = False, concurrency: int = 1
    ) -> None:
        self._shop, self._journal, self._concurrency = shop, journal, concurrency
        self._rows = [*zip(keys_of(rows), rows, strict=True)]
        self._done = {"created", "existing"} if retry_unknown else {"created", "existing", "unknown", "sending"}
        self._stop, self._stopped_by = threading.Event(), list[TrustooError | OSError | KeyboardInterrupt]()
        self._unknown_series, self._unsaved = 0, list[str]()

    @property
    def counts(self) -> Counter[str]:
        """The number of rows by status."""
        return counted(self._journal.status.get(key) for key, _ in self._rows)

    @property
    def waiting(self) -> list[tuple[str, Row]]:
        """The rows that `run` will send, with their keys."""
        return [(key, row) for key, row in self._rows if self._journal.status.get(key) not in self._done]

    def skip_existing(self, advance: Callable[[], object]) -> None:
        """Mark the rows as existing that are the same as a review of the shop, or as an earlier row of the file.

        `advance` is called after each review of the shop. Nothing is sent but reads.

        Raises:
            TrustooError: if the reviews cannot be read.
        """
        waiting, first = dict(self.waiting), dict[str, int]()
        for key, row in self._rows:
            line = first.setdefault(_content_of(key), row.line)
            if key in waiting and line != row.line:
                self._journal.note(key, "existing", line=row.line, same_as_line=line)
                del waiting[key]
        for key, name in self._same(waiting, self._reviews(advance)).items():
            self._journal.note(key, "existing", line=waiting[key].line, id=name)

    def settle(self, advance: Callable[[], object]) -> Settled:
        """Look in the shop for the rows whose outcome is unknown, and mark them as created or pending.

        A row stays unknown if it is not found, and its review may not be in the list yet, or not at all. `advance` is
        called after each review of the shop. Nothing is sent but reads.

        Raises:
            TrustooError: if the reviews cannot be read.
        """
        settled, journal = Settled(), self._journal
        unknown = {key: row for key, row in self._rows if journal.status.get(key) in ("unknown", "sending")}
        if not unknown:
            return settled
        began, created, is_listed = datetime.now(UTC), self._ids(), not self._ids()

        def reviews() -> Iterator[Review]:
            nonlocal is_listed
            for review in self._reviews(advance):
                is_listed |= review.id in created
                yield review

        sent_at = {key: at for key in unknown if (at := instant(journal.lines[key].get("sent_at"))) is not None}
        found = self._same(unknown, reviews(), sent_at)
        reasons = Counter[str]()
        for key, row in unknown.items():
            if key in found:
                journal.note(key, "created", line=row.line, id=found[key], by="comparison")
            elif key not in sent_at:
                reasons["the results file does not say when it was sent"] += 1
            elif began - sent_at[key] < VISIBLE_AFTER:
                minutes = VISIBLE_AFTER.seconds // 60
                reasons[f"sent less than {minutes} minutes ago, so that a review may not be in the list yet"] += 1
            elif not is_listed:
                reasons["not in the list, but the list has none of the reviews that this import created either"] += 1
            elif row.arguments.get("is_published") == 0:
                reasons["not published, so that the list may not show the review"] += 1
            else:
                journal.note(key, "pending", line=row.line)
        settled.counts = counted(journal.status[key] for key in unknown)
        settled.reasons = [f"{number} unknown row{'s' * (number > 1)}: {text}." for text, number in reasons.items()]
        return settled

    def _same(
        self, rows: dict[str, Row], reviews: Iterable[Review], sent_at: Mapping[str, datetime] | None = None
    ) -> dict[str, str]:
        """`same_reviews` without the reviews that other rows of this import created."""
        lines = self._journal.lines
        is_unnamed = {key: line["status"] == "created" and line.get("id") is None for key, line in lines.items()}
        unnamed = {key: row for key, row in self._rows if is_unnamed.get(key)}  # these take their reviews first
        found = same_reviews({**unnamed, **rows}, reviews, taken=self._ids(), sent_at=sent_at)
        return {key: found[key] for key in rows if key in found}

    def _ids(self) -> set[str]:
        """The ids of reviews that belong to rows."""
        return {str(line["id"]) for line in self._journal.lines.values() if line.get("id") is not None}

    def _reviews(self, advance: Callable[[], object]) -> Iterator[Review]:
        """All reviews of the shop. Raises TrustooError if some may be missing."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", PaginationWarning)
            try:
                for review in self._shop.reviews.iterate(page_size=LARGEST_PAGE, sort_by=NEWEST_FIRST):
                    yield review
                    advance()
            except PaginationWarning as error:
                raise TrustooError(f"The reviews of the shop could not be compared, try again later. {error}") from None

    def run(self, advance: Callable[[], object]) -> Imported:
        """Create the reviews that do not exist yet. `advance` is called after each row."""
        try:
            self._work(advance)
        except (OSError, KeyboardInterrupt) as error:  # the disk is full, for example
            for sentence in self._unsaved:
                error.add_note(sentence)
            self._stopped_by.insert(0, error)
        return Imported(self.counts, self._stopped_by[0] if self._stopped_by else None)

    def _work(self, advance: Callable[[], object]) -> None:
        journal = self._journal
        for key, row in self._rows:
            if journal.status.get(key) == "sending":
                error = "the run that sent it ended before a response arrived"
                journal.note(key, "unknown", line=row.line, sent_at=journal.lines[key].get("sent_at"), error=error)
        waiting = iter(self.waiting)
        guard = threading.Lock()

        def worker() -> None:
            try:
                while (pair := self._next(waiting, guard)) is not None:
                    self._import_row(*pair)
                    advance()
            except BaseException:  # all workers must stop
                self._stop.set()
                raise

        with ThreadPoolExecutor(self._concurrency, "trustoo-import") as workers:
            futures = [workers.submit(worker) for _ in range(self._concurrency)]
            try:
                for future in futures:
                    future.result()
            finally:  # after Ctrl-C the rows in flight are completed
                self._stop.set()

    def _next(self, waiting: Iterator[tuple[str, Row]], guard: threading.Lock) -> tuple[str, Row] | None:
        with guard:
            return None if self._stop.is_set() else next(waiting, None)

    def _import_row(self, key: str, row: Row) -> None:
        journal = self._journal
        try:
            media = self._upload(row, journal.under(key, line=row.line))
        except TrustooError as error:
            journal.note(key, "failed", line=row.line, **_details(error))
            self._stop_if_fatal(error)
            return
        sent_at = datetime.now(UTC).isoformat(timespec="seconds")
        journal.note(key, "sending", line=row.line, sent_at=sent_at)
        try:
            arguments: dict[str, Any] = row.arguments | ({"media": media} if media else {})
            made = self._shop.reviews.create(**arguments)
        except TrustooError as error:
            is_unknown = isinstance(error, OutcomeUnknownError)
            status = "unknown" if is_unknown else "failed"
            journal.note(key, status, line=row.line, sent_at=sent_at if is_unknown else None, **_details(error))
            self._unknown_series = self._unknown_series + 1 if is_unknown else 0
            self._stop_if_fatal(error)
        else:
            self._unknown_series = 0
            try:
                journal.note(key, "created", line=row.line, id=made.id)
            except OSError:
                self._unsaved.append(f"The review of line {row.line} was created, but its id {made.id} was not saved.")
                raise

    def _upload(self, row: Row, journal: Journal) -> list[UploadedImage | None]:
        """Upload the photos of a row that are not stored yet. Raises the first error."""
        if not row.photos:
            return []
        outcomes = self._shop.media.upload_images(row.photos, concurrency=1, results=journal)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return [outcome.image for outcome in outcomes]

    def _stop_if_fatal(self, error: TrustooError) -> None:
        fatal = isinstance(error, UnauthenticatedError | TransportError | ConfigurationError)
        if fatal or self._unknown_series >= LARGEST_UNKNOWN_SERIES:
            self._stopped_by.append(error)
            self._stop.set()


def _details(error: TrustooError) -> dict[str, Any]:
    details: dict[str, Any] = {"error": shown(error), "kind": type(error).__name__}
    response = response_of(error)
    if response is not None:
        details["request_id"] = response.request_id
    if isinstance(response, APIError):
        details["code"] = response.code
    return details


def counted(statuses: Iterable[str | None]) -> Counter[str]:
    """The number of rows by status. Rows without a status are pending."""
    counts = Counter(dict.fromkeys(COUNTED, 0))
    counts.update({"sending": "unknown", None: "pending"}.get(status, status) or "" for status in statuses)
    return counts


def _content_of(key: str) -> str:
    """The part of a key that equal rows have in common."""
    return key.partition("-")[0]


def repeated(rows: Iterable[Row]) -> list[int]:
    """The lines of the rows that repeat an earlier row."""
    rows = list(rows)
    return [row.line for key, row in zip(keys_of(rows), rows, strict=True) if not key.endswith("-1")]


def keys_of(rows: Iterable[Row]) -> list[str]:
    """The key of each row in later runs: the row's content, and its number among rows with the same content.

    Lines can therefore move, and a corrected row is a new row.
    """
    seen: dict[str, int] = {}
    keys = []
    for row in rows:
        content = json.dumps([row.arguments, [path.name for path in row.photos]], sort_keys=True, default=str)
        digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        seen[digest] = seen.get(digest, 0) + 1
        keys.append(f"{digest}-{seen[digest]}")
    return keys
