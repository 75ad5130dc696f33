"""Imports of reviews: one request a row, none of them twice, what came of each written down before the next."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..client import Trustoo
from ..errors import (
    APIError,
    ConfigurationError,
    OutcomeUnknownError,
    ResponseDecodeError,
    ResponseError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
)
from ..retry import TRANSIENT_CODES
from .exits import shown
from .files import exclusive, oserror_context, sibling
from .journal import Journal, keys_of
from .rows import Problem, Row, Rows, read

__all__ = ["Import", "Imported", "Problem", "Row", "Rows", "read"]


PATIENCE = 3
"""Rows in a row whose outcome is unknown, after which a run stops: each further one would be a question, too."""


@dataclass
class Imported:
    """What came of an import.

    Attributes:
        counts: rows by what is known of them now: created, failed, unknown, and pending (not tried yet).
        stopped: what kept the run from going on: it would have met every further row.
    """

    counts: Counter[str] = field(default_factory=Counter)
    stopped: TrustooError | None = None


class Import:
    """An import of one file.

    Args:
        results: where the results go. Default: beside the file.
        retry_unknown: send rows again whose outcome is unknown.
        concurrency: rows at once.
    """

    def __init__(
        self, shop: Trustoo, file: Path, results: Path | None = None, *, retry_unknown: bool, concurrency: int = 1
    ) -> None:
        self.results = results or sibling(file, ".results.jsonl")
        self._shop, self._retry_unknown, self._concurrency = shop, retry_unknown, concurrency
        self._stop, self._stopped_by = threading.Event(), list[TrustooError]()
        self._open_in_a_row = 0

    def run(self, rows: list[Row], advance: Callable[[], object]) -> Imported:
        """Create what is not created yet. Raises ConfigurationError."""
        keys = keys_of(rows)
        with oserror_context(self.results), exclusive(self.results):
            journal = Journal(self.results)
            try:
                self._work(journal, [*zip(keys, rows, strict=True)], advance)
            finally:
                journal.close()
        known = {"sending": "unknown", "": "pending"}
        counts = Counter({"created": 0, "failed": 0, "unknown": 0, "pending": 0})
        counts.update(known.get(status, status) for status in (journal.status.get(key, "") for key in keys))
        return Imported(counts, self._stopped_by[0] if self._stopped_by else None)

    def _work(self, journal: Journal, rows: list[tuple[str, Row]], advance: Callable[[], object]) -> None:
        done = {"created"} if self._retry_unknown else {"created", "unknown"}
        for key, row in rows:
            if journal.status.get(key) == "sending":
                journal.note(key, row, "unknown", error="the run that sent it ended before an answer came")
            if journal.status.get(key) in done:
                advance()
        waiting = iter([pair for pair in rows if journal.status.get(pair[0]) not in done])
        guard = threading.Lock()

        def worker() -> None:
            try:
                while (pair := self._next(waiting, guard)) is not None:
                    self._one(journal, *pair)
                    advance()
            except BaseException:  # the results file cannot be written: nobody may go on
                self._stop.set()
                raise

        with ThreadPoolExecutor(self._concurrency, "trustoo-import") as workers:
            futures = [workers.submit(worker) for _ in range(self._concurrency)]
            try:
                for future in futures:
                    future.result()
            finally:  # where we are interrupted, those under way come to their end
                self._stop.set()

    def _next(self, waiting: Iterator[tuple[str, Row]], guard: threading.Lock) -> tuple[str, Row] | None:
        with guard:
            return None if self._stop.is_set() else next(waiting, None)

    def _one(self, journal: Journal, key: str, row: Row) -> None:
        try:
            media = [self._shop.media.upload_image(path) for path in row.photos]
        except TrustooError as error:
            journal.note(key, row, "failed", **_about(error))
            self._look_whether_it_goes_on(error)
            return
        journal.note(key, row, "sending")
        try:
            arguments: dict[str, Any] = row.arguments | ({"media": media} if media else {})
            made = self._shop.reviews.create(**arguments)
        except TrustooError as error:
            is_open = _may_have_happened(error)
            journal.note(key, row, "unknown" if is_open else "failed", **_about(error))
            self._open_in_a_row = self._open_in_a_row + 1 if is_open else 0
            self._look_whether_it_goes_on(error)
        else:
            self._open_in_a_row = 0
            journal.note(key, row, "created", id=made.id if made is not None else None)

    def _look_whether_it_goes_on(self, error: TrustooError) -> None:
        fatal = isinstance(error, UnauthenticatedError | TransportError | ConfigurationError)
        if fatal or self._open_in_a_row >= PATIENCE:
            self._stopped_by.append(error)
            self._stop.set()


def _may_have_happened(error: TrustooError) -> bool:
    """Whether the review may be there all the same: no answer, none that can be read, or trouble inside the service."""
    if isinstance(error, OutcomeUnknownError | ResponseDecodeError):
        return True
    return isinstance(error, APIError) and (error.code in TRANSIENT_CODES or error.status >= 500)


def _about(error: TrustooError) -> dict[str, Any]:
    about: dict[str, Any] = {"error": shown(error), "kind": type(error).__name__}
    if isinstance(error, ResponseError):
        about["request_id"] = error.request_id
    if isinstance(error, APIError):
        about["code"] = error.code
    return about
