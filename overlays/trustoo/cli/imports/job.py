"""Imports of reviews: one request for each row, and no row twice. Each result is on the disk before the next request.

The results file marks a row as "sending" before the row is sent. If the last mark of a row is "sending", the run died
while it sent the row, and the row's outcome is unknown. The file also notes each photo of a row when it is stored, so
that a row that is sent again does not upload its photos again.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ... import Trustoo
from ...errors import (
    APIError,
    ConfigurationError,
    OutcomeUnknownError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
)
from ...upload import Journal, UploadedImage
from ..exits import Exit, exit_code, response_of, shown
from ..files import oserror_context, sibling
from .rows import Row

__all__ = ["Import", "Imported"]

LARGEST_UNKNOWN_SERIES = 3
"""A run stops after this number of successive rows whose outcome is unknown."""


@dataclass
class Imported:
    """The result of an import.

    Attributes:
        counts: the number of rows by status: created, failed, unknown, and pending (not sent yet).
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


class Import:
    """An import of one file.

    Args:
        shop: the client that creates the reviews.
        file: the file with the rows.
        results: the results file. Default: the file's name with the suffix ".results.jsonl".
        retry_unknown: whether rows whose outcome is unknown are sent again.
        concurrency: the number of rows that are sent at once. Default: 1.
        download: downloads the photo of an address and returns its file. Default: such photos fail.
    """

    def __init__(
        self,
        shop: Trustoo,
        file: Path,
        results: Path | None = None,
        *,
        retry_unknown: bool,
        concurrency: int = 1,
        download: Callable[[str], Path] | None = None,
    ) -> None:
        self._download = download
        self.results = results or sibling(file, ".results.jsonl")
        self._shop, self._retry_unknown, self._concurrency = shop, retry_unknown, concurrency
        self._stop, self._stopped_by = threading.Event(), list[TrustooError | OSError | KeyboardInterrupt]()
        self._unknown_series, self._unsaved = 0, list[str]()

    def run(self, rows: list[Row], advance: Callable[[], object]) -> Imported:
        """Create the reviews that do not exist yet. `advance` is called after each row.

        Raises:
            ConfigurationError: if the results file cannot be used. Nothing was sent.
        """
        keys = keys_of(rows)
        with oserror_context(self.results):
            journal = Journal(self.results)
        with journal:
            try:
                self._work(journal, [*zip(keys, rows, strict=True)], advance)
            except (OSError, KeyboardInterrupt) as error:  # the disk is full, for example
                for sentence in self._unsaved:
                    error.add_note(sentence)
                self._stopped_by.insert(0, error)
        known = {"sending": "unknown", "": "pending"}
        counts = Counter({"created": 0, "failed": 0, "unknown": 0, "pending": 0})
        counts.update(known.get(status, status) for status in (journal.status.get(key, "") for key in keys))
        return Imported(counts, self._stopped_by[0] if self._stopped_by else None)

    def _work(self, journal: Journal, rows: list[tuple[str, Row]], advance: Callable[[], object]) -> None:
        done = {"created"} if self._retry_unknown else {"created", "unknown"}
        for key, row in rows:
            if journal.status.get(key) == "sending":
                journal.note(
                    key, "unknown", line=row.line, error="the run that sent it ended before a response arrived"
                )
            if journal.status.get(key) in done:
                advance()
        waiting = iter([pair for pair in rows if journal.status.get(pair[0]) not in done])
        guard = threading.Lock()

        def worker() -> None:
            try:
                while (pair := self._next(waiting, guard)) is not None:
                    self._import_row(journal, *pair)
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

    def _import_row(self, journal: Journal, key: str, row: Row) -> None:
        try:
            media = self._upload(row, journal.under(key, line=row.line))
        except TrustooError as error:
            journal.note(key, "failed", line=row.line, **_details(error))
            self._stop_if_fatal(error)
            return
        journal.note(key, "sending", line=row.line)
        try:
            arguments: dict[str, Any] = row.arguments | ({"media": media} if media else {})
            made = self._shop.reviews.create(**arguments)
        except TrustooError as error:
            is_unknown = isinstance(error, OutcomeUnknownError)
            journal.note(key, "unknown" if is_unknown else "failed", line=row.line, **_details(error))
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
        downloaded = map(self._download, row.addresses) if self._download is not None else ()
        if not (photos := [*row.photos, *downloaded]):
            return []
        outcomes = self._shop.media.upload_images(photos, concurrency=1, results=journal)
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


def keys_of(rows: Iterable[Row]) -> list[str]:
    """The key of each row in later runs: the row's content, and its number among rows with the same content.

    Lines can therefore move, and a corrected row is a new row.
    """
    seen: dict[str, int] = {}
    keys = []
    for row in rows:
        photos = [*(path.name for path in row.photos), *row.addresses]
        content = json.dumps([row.arguments, photos], sort_keys=True, default=str)
        digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        seen[digest] = seen.get(digest, 0) + 1
        keys.append(f"{digest}-{seen[digest]}")
    return keys
