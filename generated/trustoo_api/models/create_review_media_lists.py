from collections.abc import Sequence

from ..types import Model


class CreateReviewMediaLists(Model, kw_only=True, frozen=True, eq=False):
    """Attachments in the shape of 2025.

    Evidence: documented (create-review-2025).
    """

    images: Sequence[str] | None = None

    thumbnails: Sequence[str] | None = None

    video: str | None = None

    video_thumbnail: str | None = None
