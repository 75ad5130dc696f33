"""Imports of reviews: one request for each row, and no row twice. Each result is on the disk before the next request.

The results file marks a row as "sending" before the row is sent. If the last mark of a row is "sending", the run died
while it sent the row, and the row's outcome is unknown. The file also notes each photo of a row when it is stored, so
that a row that is sent again does not upload its photos again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
from .results import Results
from .rows import Row

__all__ = ["Import", "Imported"]

LARGEST_UNKNOWN_SERIES = 3
"""A run stops after this number of successive rows whose outcome is unknown."""


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


class Import:
    """An import of one file.

    Args:
        shop: the client that creates the reviews.
        results: the rows of the file, with their results so far.
        retry_unknown: whether rows whose outcome is unknown are sent again. Default: False.
        concurrency: the number of rows that are sent at once. Default: 1.
    """

    def __init__(self, shop: Trustoo, results: Results, *, retry_unknown: bool = False, concurrency: int = 1) -> None:
        self._shop, self._results = shop, results
        self._retry_unknown, self._concurrency = retry_unknown, concurrency
        self._stop, self._stopped_by = threading.Event(), list[TrustooError | OSError | KeyboardInterrupt]()
        self._unknown_series, self._unsaved = 0, list[str]()

    def run(self, advance: Callable[[], object]) -> Imported:
        """Create the reviews that do not exist yet. `advance` is called after each row."""
        try:
            self._work(advance)
        except (OSError, KeyboardInterrupt) as error:  # the disk is full, for example
            for sentence in self._unsaved:
                error.add_note(sentence)
            self._stopped_by.insert(0, error)
        return Imported(self._results.counts, self._stopped_by[0] if self._stopped_by else None)

    def _work(self, advance: Callable[[], object]) -> None:
        results = self._results
        for key in results.unknown:
            if (last := results.last(key))["status"] == "sending":
                error = "the run that sent it ended before a response arrived"
                results.note(key, "unknown", sent_at=last.get("sent_at"), error=error)
        waiting = iter(results.waiting(retry_unknown=self._retry_unknown).items())
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
        results = self._results
        try:
            media = self._upload(row, results.journal.under(key, line=row.line))
        except TrustooError as error:
            results.note(key, "failed", **_details(error))
            self._stop_if_fatal(error)
            return
        sent_at = datetime.now(UTC).isoformat(timespec="seconds")
        results.note(key, "sending", sent_at=sent_at)
        try:
            arguments: dict[str, Any] = row.arguments | ({"media": media} if media else {})
            made = self._shop.reviews.create(**arguments)
        except TrustooError as error:
            is_unknown = isinstance(error, OutcomeUnknownError)
            status = "unknown" if is_unknown else "failed"
            results.note(key, status, sent_at=sent_at if is_unknown else None, **_details(error))
            self._unknown_series = self._unknown_series + 1 if is_unknown else 0
            self._stop_if_fatal(error)
        else:
            self._unknown_series = 0
            try:
                results.note(key, "created", id=made.id)
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
