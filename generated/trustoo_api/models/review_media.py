import msgspec

from ..types import INT, Id, Model


class ReviewMedia(Model, kw_only=True, frozen=True, eq=False):
    """An attached file.

    Evidence: field (clients).
    """

    url: str | None = None
    """Address of the file."""

    thumbnail_url: str | None = None
    """Address of a small picture of the file."""

    type: Id | None = None
    """Kind of file. A string in the types of one client. A number in requests that create a review."""

    def __post_init__(self) -> None:
        if self.type.__class__ is INT:
            msgspec.structs.force_setattr(self, "type", str(self.type))
