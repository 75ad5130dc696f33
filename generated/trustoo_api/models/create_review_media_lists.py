from collections.abc import Iterable

from ..types import Model


class CreateReviewMediaLists(Model, kw_only=True, frozen=True, eq=False):
    """Attachments in the shape of 2025. An object with `url` is one item of the list of 2026, and not this object.

    Evidence: documented (create-review-2025).
    """

    images: Iterable[str] | None = None
    """Addresses of the pictures."""

    thumbnails: Iterable[str] | None = None
    """Addresses of the small pictures."""

    video: str | None = None
    """Address of the video."""

    video_thumbnail: str | None = None
    """Address of a picture of the video."""
