from datetime import datetime

import msgspec

from ..types import INT, Id, Model, instant


class ShopAuthorization(Model, kw_only=True, frozen=True, eq=False):
    """A shop's authorisation of the platform.

    Evidence: example (authorization-info-2026-06).
    """

    is_authorized: bool | None = None
    """Whether the shop has authorised the platform."""

    authorized_at_text: str | None = msgspec.field(default=None, name="authorized_at")
    """Since when."""

    granted_scopes: str | None = None
    """The scopes that the merchant granted. One scope in the example. The documentation does not state how several scopes are separated."""

    shop_id: Id | None = None
    """Shopify's number of the shop."""

    myshopify_domain: str | None = None
    """The shop's domain at Shopify."""

    @property
    def authorized_at(self) -> datetime | None:
        """`authorized_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.authorized_at_text)

    def __post_init__(self) -> None:
        if self.shop_id.__class__ is INT:
            msgspec.structs.force_setattr(self, "shop_id", str(self.shop_id))
