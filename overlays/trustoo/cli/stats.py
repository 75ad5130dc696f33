"""`trustoo reviews stats`: stars over time, by product, by source and by country."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from trustoo_api.models import Review

from .connection import RATE, Rate, connection
from .exits import command
from .filters import with_options_of
from .listing import ListOptions, Selection, Since, Until
from .operations import operation_spec
from .output import AsJson, Output, counted

__all__ = ["stats"]

REVIEWS = operation_spec("reviews.list")
COLUMNS = ("by", "name", "reviews", "average")
UNKNOWN = "(unknown)"


@dataclass(slots=True)
class Count:
    """A number of reviews, and the sum of the stars of those that have stars."""

    reviews: int = 0
    rated: int = 0
    stars: float = 0

    def add(self, rating: float | None) -> None:
        """Count a review."""
        self.reviews += 1
        if rating is not None:
            self.rated, self.stars = self.rated + 1, self.stars + rating

    @property
    def average(self) -> float | None:
        """The average number of stars, with two digits; None if no review has stars."""
        return round(self.stars / self.rated, 2) if self.rated else None


def _month(review: Review) -> str | None:
    written = review.commented_at or review.created_at
    return f"{written:%Y-%m}" if written else None


def _product(review: Review) -> str | None:
    return review.product_title or review.product_handle or review.product_id


def _stars(review: Review) -> str | None:
    return None if review.rating is None else f"{review.rating:g}"


GROUPS: dict[str, Callable[[Review], str | None]] = {
    "all": lambda review: "all",
    "stars": _stars,
    "months": _month,
    "products": _product,
    "sources": lambda review: review.source,
    "countries": lambda review: review.author_country,
}
"""What the reviews are counted by, and the name of a review's group."""
IN_ORDER = ("stars", "months")
"""The groups that are sorted by name. The others begin with the largest."""


@command
@with_options_of(REVIEWS, "sort_by")
def stats(
    context: typer.Context,
    given: dict[str, Any],
    since: Since = None,
    until: Until = None,
    top: Annotated[int, typer.Option(min=1, help="The largest number of products, sources and countries.")] = 10,
    rate: Rate = RATE,
    as_json: AsJson = False,
) -> None:
    """Count reviews and average their stars.

    All reviews that match the filters are read. They are counted by stars, by month, by product, by source and by
    country. The month is that in which a review was written.
    """
    output, selection = Output(as_json), Selection(REVIEWS, given, ListOptions(since=since, until=until))
    with connection(context).client(rate) as shop, output.progress("Reading reviews") as advance:
        counts = counts_of(_each(selection.items(shop), advance))
    rows = [
        {"by": by, "name": name, "reviews": count.reviews, "average": count.average}
        for by, groups in counts.items()
        for name, count in _sorted(by, groups)[: None if by in IN_ORDER else top]
    ]
    if selection.number:
        _show(output, rows)
    selection.note()


def counts_of(reviews: Iterable[Review]) -> dict[str, dict[str, Count]]:
    """The counts of reviews by the names of each of `GROUPS`."""
    counts: dict[str, dict[str, Count]] = {by: {} for by in GROUPS}
    for review in reviews:
        for by, name_of in GROUPS.items():
            counts[by].setdefault(name_of(review) or UNKNOWN, Count()).add(review.rating)
    return counts


def _each(reviews: Iterator[Any], advance: Callable[[], object]) -> Iterator[Review]:
    for review in reviews:
        advance()
        yield review


def _sorted(by: str, groups: dict[str, Count]) -> list[tuple[str, Count]]:
    if by in IN_ORDER:
        return sorted(groups.items(), reverse=by == "stars")
    return sorted(groups.items(), key=lambda group: (-group[1].reviews, group[0]))


def _show(output: Output, rows: list[dict[str, Any]]) -> None:
    if not output.is_rich:
        output.records(rows, COLUMNS)
        return
    for by in GROUPS:
        found = [row for row in rows if row["by"] == by]
        if by == "all":
            output.text(counted(found[0]["reviews"], "reviews"), "bold", f"  {_average(found[0])}")
        else:
            bars = [(row["name"], row["reviews"], f"{row['reviews']:,}  {_average(row)}") for row in found]
            output.bars(by.capitalize(), bars)


def _average(row: dict[str, Any]) -> str:
    return f"★ {'-' if row['average'] is None else row['average']}"
