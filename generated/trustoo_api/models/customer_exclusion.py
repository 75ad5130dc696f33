from datetime import datetime

import msgspec

from ..types import INT, Id, Model, instant


class CustomerExclusion(Model, kw_only=True, frozen=True, eq=False):
    """An entry of the exclusion list.

    Evidence: example (exclusion-create-2025).
    """

    customer_id: Id | None = None
    """Id of the customer."""

    first_name: str | None = None
    """The customer's first name. May be empty."""

    last_name: str | None = None
    """The customer's last name. May be empty."""

    email: str | None = None
    """The customer's e-mail address. May be empty even if it was sent."""

    phone: str | None = None
    """The customer's phone number. May be empty."""

    created_at_text: str | None = msgspec.field(default=None, name="created_at")
    """When the entry was made."""

    updated_at_text: str | None = msgspec.field(default=None, name="updated_at")
    """When the entry was last changed."""

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
