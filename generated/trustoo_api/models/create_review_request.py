from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

import msgspec

from ..models.create_review_media import CreateReviewMedia
from ..models.create_review_media_lists import CreateReviewMediaLists
from ..models.create_review_reply import CreateReviewReply
from ..types import Model, ObjectLike, instant_text


class CreateReviewRequest(Model, kw_only=True, frozen=True, eq=False):
    """A new review.

    Evidence: documented (create-review-2025).
    """

    rating: Literal[1, 2, 3, 4, 5] | int
    """Number of stars, 5 is best."""

    author: str
    """Shown as the name of the reviewer. That it is not empty is inferred from its being required."""

    product_id: str | int | None = None
    """Shopify id of the product that is reviewed. In 2025, 0 meant a review of the store. The vendor's table documents an integer, but the newest example has a string."""

    order_id: str | int | None = None
    """Shopify id of the order that the review belongs to."""

    author_email: str | None = None
    """E-mail address of the reviewer."""

    author_phone: str | None = None
    """Phone number of the reviewer."""

    author_country: str | None = None
    """Country or region of the reviewer, such as `US`."""

    title: str | None = None
    """Headline of the review."""

    content: str | None = None
    """Text of the review."""

    commented_at: str | datetime | date | None = None
    """When the review was written. The time zone is not documented. The example has no zone; that a time with `Z` is accepted is inferred."""

    item_type: str | None = None
    """Variant that was bought, such as `Red`."""

    source: (
        Literal[
            "CSV uploaded",
            "AliExpress",
            "Amazon",
            "Store front",
            "Store link",
            "Email request",
            "Auto",
            "Shop",
            "QR Code",
            "Shopee",
            "ChatWILL",
        ]
        | str
        | None
    ) = None
    """Where the review comes from. A review that is imported from a file has `CSV uploaded`."""

    tag: str | None = None
    """The merchant's own label for the review."""

    is_verified: bool | Literal[0, 1] | None = None
    """1 marks the reviewer as a buyer of the product."""

    is_featured: bool | Literal[0, 1] | None = None
    """1 marks the review as one to highlight."""

    is_published: bool | Literal[0, 1] | None = None
    """1 shows the review in the shop, 0 hides it."""

    is_top: bool | Literal[0, 1] | None = None
    """1 pins the review."""

    media: Iterable[CreateReviewMedia | ObjectLike] | CreateReviewMediaLists | ObjectLike | None = None
    """Photos and videos that were uploaded before. Since 2026 a list of objects; each result of `media.upload_image` is such an object. In 2025, one object with lists."""

    reply: CreateReviewReply | ObjectLike | None = None
    """The merchant's reply, added together with the review."""

    def __post_init__(self) -> None:
        if isinstance(self.commented_at, datetime):
            msgspec.structs.force_setattr(self, "commented_at", instant_text(self.commented_at))
