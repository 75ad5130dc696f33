from ..types import Model


class Rating(Model, kw_only=True, frozen=True, eq=False):
    """Average and counts.

    Evidence: example (rating, rating-2026-05).
    """

    rating_value: str | None = None
    """The average as a decimal number in a string."""

    review_count: int | None = None

    star1_count: int | None = None

    star2_count: int | None = None

    star3_count: int | None = None

    star4_count: int | None = None

    star5_count: int | None = None
