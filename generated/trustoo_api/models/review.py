import builtins
from datetime import datetime

import msgspec

from ..models.review_media import ReviewMedia
from ..models.review_media_lists import ReviewMediaLists
from ..models.review_reply import ReviewReply
from ..types import (
    INT,
    Id,
    Model,
    instant,
)


class Review(Model, kw_only=True, frozen=True, eq=False):
    """A review, as public clients of 2025 and 2026 read it.

    Evidence: field (clients).
    """

    id: Id | None = None
    """Id of the review."""

    rating: int | float | None = None
    """Stars."""

    author: str | None = None
    """Name of the reviewer."""

    author_email: str | None = None
    """E-mail address of the reviewer."""

    author_country: str | None = None
    """Country or region of the reviewer."""

    title: str | None = None
    """Headline. The name of this member in 2026."""

    review_title: str | None = None
    """Headline. The name of this member in 2025."""

    content: str | None = None
    """Text of the review."""

    commented_at_text: str | None = msgspec.field(default=None, name="commented_at")
    """When the review was written."""

    item_type: str | None = None
    """Variant that was bought."""

    source: str | None = None
    """Where the review comes from."""

    is_verified: int | None = None
    """1 for a reviewer who bought the product. The name of this member in 2026."""

    verified: int | None = None
    """1 for a reviewer who bought the product. The name of this member in 2025."""

    product_id: Id | None = None
    """Shopify id of the product."""

    product_title: str | None = None
    """Name of the product."""

    product_handle: str | None = None
    """Shopify handle of the product."""

    created_at_text: str | None = msgspec.field(default=None, name="created_at")
    """When the review was added."""

    updated_at_text: str | None = msgspec.field(default=None, name="updated_at")
    """When the review was last changed."""

    media: builtins.list[ReviewMedia] | ReviewMediaLists | None = None
    """Photos and videos. A list or null in 2026. In 2025, an object with lists."""

    reply: ReviewReply | None = None
    """The merchant's reply."""

    @property
    def commented_at(self) -> datetime | None:
        """`commented_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.commented_at_text)

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
        if self.product_id.__class__ is INT:
            msgspec.structs.force_setattr(self, "product_id", str(self.product_id))
