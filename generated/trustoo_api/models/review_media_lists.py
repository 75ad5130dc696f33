import builtins

import msgspec

from ..types import (
    ListOrNull,
    Model,
)


class ReviewMediaLists(Model, kw_only=True, frozen=True, eq=False):
    """Attachments in the shape of 2025.

    Evidence: field (clients).
    """

    images: ListOrNull[str] = msgspec.field(default_factory=builtins.list)
    """Addresses of the pictures."""

    video: str | None = None
    """Address of the video."""

    video_thumbnail: str | None = None
    """Address of a picture of the video."""

    def __post_init__(self) -> None:
        if self.images is None:
            msgspec.structs.force_setattr(self, "images", [])
