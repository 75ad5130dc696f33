from datetime import date, datetime

import msgspec

from ..types import Model, instant_text


class CreateReviewReply(Model, kw_only=True, frozen=True, eq=False):
    """The merchant's reply, added together with the review.

    Evidence: documented (create-review-2025).
    """

    content: str | None = None
    """Text of the reply."""

    reply_at: str | datetime | date | None = None
    """When the reply was written. The time zone is not documented. The example has no zone; that a time with `Z` is accepted is inferred."""

    def __post_init__(self) -> None:
        if isinstance(self.reply_at, datetime):
            msgspec.structs.force_setattr(self, "reply_at", instant_text(self.reply_at))
