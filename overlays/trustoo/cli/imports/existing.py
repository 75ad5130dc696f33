"""Compares rows of a file with the reviews of a shop. This is a comparison, because the API has no key of the caller.

A row and a review are taken for the same if the author, the text and the product are the same, and the dates differ by
at most a day. The zone of `commented_at` is unknown, therefore the day. Case, white space and forms of Unicode do not
count. What one of both lacks (the date, the product) is not compared.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from trustoo_api.models import Review
from trustoo_api.types import instant

from .rows import Row

__all__ = ["same_reviews"]

TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is compared of a review with the digest of a row."""

    id: str
    product: str | None
    date: datetime | None


def same_reviews(
    rows: Mapping[str, Row],
    reviews: Iterable[Review],
    *,
    taken: Container[str] = (),
    sent_at: Mapping[str, datetime] | None = None,
) -> dict[str, str]:
    """Return the ids of the reviews that are the same as rows, by the keys of the rows.

    A review is the same as one row at most. Of the reviews, only those are kept in memory whose author and text are
    those of a row.

    Args:
        rows: the rows by their keys.
        reviews: the reviews of the shop, read once.
        taken: ids of reviews that belong to other rows.
        sent_at: the times at which rows were sent, by their keys: the dates of rows that have none.
    """
    digests = {key: _digest(row.arguments.get("author"), _text_of_row(row)) for key, row in rows.items()}
    wanted = set(digests.values())
    found = defaultdict[bytes, list[_Found]](list)
    for review in reviews:
        digest = _digest(review.author, review.content or review.title or review.review_title)
        if digest in wanted and review.id is not None and review.id not in taken:
            date = review.commented_at or review.created_at
            found[digest].append(_Found(review.id, _product(review.product_id), date))
    dates = {key: instant(row.arguments.get("commented_at")) or (sent_at or {}).get(key) for key, row in rows.items()}
    for candidates in found.values():
        candidates.sort(key=lambda one: (one.date is None, one.date or _EARLIEST))
    same = dict[str, str]()
    # Both in the order of their dates: each row takes the earliest review that is left, so that no row takes the review
    # that only a later row could have.
    for key in sorted(rows, key=lambda key: (dates[key] is None, dates[key] or _EARLIEST)):
        left = found.get(digests[key], [])
        product = _product(rows[key].arguments.get("product_id"))
        for one in left:
            if _agree(product, one.product) and _near(dates[key], one.date):
                same[key] = one.id
                left.remove(one)
                break
    return same


_EARLIEST = datetime.min.replace(tzinfo=UTC)


def _text_of_row(row: Row) -> object:
    return row.arguments.get("content") or row.arguments.get("title")


def _digest(author: object, text: object) -> bytes:
    return sha256("\0".join(map(_normal, (author, text))).encode("utf-8", "surrogatepass")).digest()[:16]


def _normal(text: object) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(text or "")).casefold().split())


def _product(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _agree(first: str | None, second: str | None) -> bool:
    return first is None or second is None or first == second


def _near(first: datetime | None, second: datetime | None) -> bool:
    return first is None or second is None or abs(first - second) <= TOLERANCE
