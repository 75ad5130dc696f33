from datetime import datetime

import msgspec

from ..types import INT, Id, Model, instant


class Webhook(Model, kw_only=True, frozen=True, eq=False):
    """A subscription.

    Evidence: documented (webhook-create-2025, webhook-list-2023).
    """

    id: Id | None = None
    """Id of the subscription."""

    topic: str | None = None
    """The topic that is delivered."""

    url: str | None = None
    """Where deliveries go."""

    created_at_text: str | None = msgspec.field(default=None, name="created_at")
    """When the subscription was made."""

    updated_at_text: str | None = msgspec.field(default=None, name="updated_at")
    """When the subscription was last changed."""

    @property
    def created_at(self) -> datetime | None:
        """`created_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.created_at_text)

    @property
    def updated_at(self) -> datetime | None:
        """`updated_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.updated_at_text)

    def __post_init__(self) -> None:
        if self.id.__class__ is INT:
            msgspec.structs.force_setattr(self, "id", str(self.id))
