import msgspec

from ..types import Model, number


class Rating(Model, kw_only=True, frozen=True, eq=False):
    """Average and counts.

    Evidence: example (rating, rating-2026-05).
    """

    rating_value_text: str | None = msgspec.field(default=None, name="rating_value")
    """The average as a decimal number in a string."""

    review_count: int | None = None
    """Number of reviews."""

    star1_count: int | None = None
    """Number of reviews with 1 star."""

    star2_count: int | None = None
    """Number of reviews with 2 stars."""

    star3_count: int | None = None
    """Number of reviews with 3 stars."""

    star4_count: int | None = None
    """Number of reviews with 4 stars."""

    star5_count: int | None = None
    """Number of reviews with 5 stars."""

    @property
    def rating_value(self) -> float | None:
        """`rating_value` as a number. None if the text is missing or is not a number."""
        return number(self.rating_value_text)
