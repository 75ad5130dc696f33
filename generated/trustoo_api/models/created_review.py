from typing import ClassVar

import msgspec

from ..types import INT, Id, Model


class CreatedReview(Model, kw_only=True, frozen=True, eq=False):
    """The new review's id.

    Evidence: field (clients).
    """

    id: Id | None = None
    """Id of the new review. Public clients disagree on its type."""

    required_: ClassVar[frozenset[str]] = frozenset(
        {
            "id",
        }
    )

    def __post_init__(self) -> None:
        if self.id.__class__ is INT:
            msgspec.structs.force_setattr(self, "id", str(self.id))
