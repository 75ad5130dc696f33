from datetime import datetime

import msgspec

from ..types import INT, Id, Model, instant


class CustomerExclusion(Model, kw_only=True, frozen=True, eq=False):
    """An entry of the exclusion list.

    Evidence: example (exclusion-create-2025).
    """

    customer_id: Id | None = None

    first_name: str | None = None

    last_name: str | None = None

    email: str | None = None
    """May be empty."""

    phone: str | None = None

    created_at_text: str | None = msgspec.field(default=None, name="created_at")

    updated_at_text: str | None = msgspec.field(default=None, name="updated_at")

    @property
    def created_at(self) -> datetime | None:
        """`created_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.created_at_text)

    @property
    def updated_at(self) -> datetime | None:
        """`updated_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.updated_at_text)

    def __post_init__(self) -> None:
        if self.customer_id.__class__ is INT:
            msgspec.structs.force_setattr(self, "customer_id", str(self.customer_id))
