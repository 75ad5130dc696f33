"""Looks for rows in the shop: rows that need not be sent, and rows whose outcome is unknown. Sends nothing but reads.

A row is taken for not sent only if its review would be in the list by now, and if the comparison finds other reviews of
the import.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from trustoo_api.models import Review
from trustoo_api.types import instant

from ... import Trustoo
from ...errors import PaginationWarning, TrustooError
from ..exports import NEWEST_FIRST
from .existing import same_reviews
from .results import OPEN, Results, counted
from .rows import Row

__all__ = ["Settled", "repeated", "settle", "skip_existing"]

VISIBLE_AFTER = timedelta(minutes=10)
"""The time after which a new review is taken to be in the list. The real time is unknown."""
LARGEST_PAGE = 100
"""The largest page, according to a comment in a public client."""


@dataclass
class Settled:
    """The result of `settle`.

    Attributes:
        counts: the number of rows that were unknown, by their new status: created, pending and unknown.
        reasons: why rows are still unknown, as sentences.
    """

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)


def repeated(rows: Mapping[str, Row]) -> dict[str, int]:
    """The rows that repeat an earlier row: their keys, and the lines of the earlier rows."""
    return {key: rows[first].line for key in rows if (first := f"{key.partition('-')[0]}-1") != key}


def skip_existing(shop: Trustoo, results: Results, waiting: dict[str, Row], advance: Callable[[], object]) -> None:
    """Mark the `waiting` rows as existing that the shop has, or that repeat an earlier row of the file.

    `advance` is called after each review of the shop.

    Raises:
        TrustooError: if the reviews cannot be read.
    """
    repeats = {key: line for key, line in repeated(results.rows).items() if key in waiting}
    for key, line in repeats.items():
        results.note(key, "existing", same_as_line=line)
    first = {key: row for key, row in waiting.items() if key not in repeats}
    for key, name in _same(results, first, _reviews(shop, advance)).items():
        results.note(key, "existing", id=name)


def settle(shop: Trustoo, results: Results, advance: Callable[[], object]) -> Settled:
    """Mark the rows whose outcome is unknown as created, if the shop has their reviews, else as pending.

    A row stays unknown if it is not found, and its review may not be in the list yet, or not at all. Rows that the file
    no longer has stay unknown. `advance` is called after each review of the shop.

    Raises:
        TrustooError: if the reviews cannot be read.
    """
    unknown = results.unknown
    gone = sum(key not in results.rows for key, line in results.journal.lines.items() if line["status"] in OPEN)
    reasons = Counter({"not in the file any more": gone} if gone else ())
    if not unknown:
        return Settled(reasons=_sentences(reasons))
    began = datetime.now(UTC)
    created = {results.last(key).get("id"): row for key, row in results.rows.items()}
    is_reliable = not any(created)

    def reviews() -> Iterator[Review]:
        nonlocal is_reliable
        for review in _reviews(shop, advance):
            if not is_reliable and review.id is not None and review.id in created:
                is_reliable = bool(same_reviews({"": created[review.id]}, [review]))
            yield review

    sent_at = {key: at for key in unknown if (at := instant(results.last(key).get("sent_at"))) is not None}
    found = _same(results, unknown, reviews(), sent_at)
    for key, row in unknown.items():
        if key in found:
            results.note(key, "created", id=found[key], by="comparison")
        elif key not in sent_at:
            reasons["the results file does not say when it was sent"] += 1
        elif began - sent_at[key] < VISIBLE_AFTER:
            minutes = VISIBLE_AFTER.seconds // 60
            reasons[f"sent less than {minutes} minutes ago, so that a review may not be in the list yet"] += 1
        elif not is_reliable:
            reasons["not found, but no review that this import created is found by the comparison either"] += 1
        elif row.arguments.get("is_published") == 0:
            reasons["not published, so that the list may not show the review"] += 1
        else:
            results.note(key, "pending")
    return Settled(counted(results.journal.status[key] for key in unknown), _sentences(reasons))


def _sentences(reasons: Mapping[str, int]) -> list[str]:
    return [f"{number} unknown row{'s' * (number > 1)}: {text}." for text, number in reasons.items()]


def _same(
    results: Results, rows: dict[str, Row], reviews: Iterable[Review], sent_at: Mapping[str, datetime] | None = None
) -> dict[str, str]:
    """`same_reviews` without the reviews that other rows of this import created."""

    def is_unnamed(key: str) -> bool:
        return results.last(key).get("status") == "created" and results.last(key).get("id") is None

    unnamed = {key: row for key, row in results.rows.items() if is_unnamed(key)}  # these take their reviews first
    found = same_reviews({**unnamed, **rows}, reviews, taken=_ids(results), sent_at=sent_at)
    return {key: found[key] for key in rows if key in found}


def _ids(results: Results) -> set[str]:
    """The ids of reviews that belong to rows, also to rows that the file no longer has."""
    return {str(line["id"]) for line in results.journal.lines.values() if line.get("id") is not None}


def _reviews(shop: Trustoo, advance: Callable[[], object]) -> Iterator[Review]:
    """All reviews of the shop. Raises TrustooError if some may be missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PaginationWarning)
        try:
            for review in shop.reviews.iterate(page_size=LARGEST_PAGE, sort_by=NEWEST_FIRST):
                yield review
                advance()
        except PaginationWarning as error:
            raise TrustooError(f"The reviews of the shop could not be compared, try again later. {error}") from None
