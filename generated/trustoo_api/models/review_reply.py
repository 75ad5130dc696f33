from datetime import datetime

import msgspec

from ..types import Model, instant


class ReviewReply(Model, kw_only=True, frozen=True, eq=False):
    """The merchant's reply.

    Evidence: field (clients).
    """

    content: str | None = None
    """Text of the reply."""

    reply_at_text: str | None = msgspec.field(default=None, name="reply_at")
    """When the reply was written."""

    @property
    def reply_at(self) -> datetime | None:
        """`reply_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.reply_at_text)
