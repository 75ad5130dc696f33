from ..types import Model


class CreateReviewMedia(Model, kw_only=True, frozen=True, eq=False):
    """An uploaded file to attach.

    Evidence: example (create-review-2026-05).
    """

    url: str | None = None
    """The large style of the picture."""

    thumbnail_url: str | None = None
    """The small style of the same picture."""

    type: int | None = None
    """1 for an image. The number for a video is unknown."""

    is_published: int | None = None
    """1 shows the file, 0 hides it."""
