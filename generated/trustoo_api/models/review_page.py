import builtins

import msgspec

from ..models.pagination import Pagination
from ..models.review import Review
from ..types import (
    Listing,
    ListOrNull,
    OrEmpty,
)


class ReviewPage(Listing[Review], kw_only=True, frozen=True, eq=False):
    """One page of reviews.

    Evidence: field (clients).
    """

    page: OrEmpty[Pagination] = msgspec.field(default_factory=Pagination)
    """Position within a paged list."""

    list: ListOrNull[Review] = msgspec.field(default_factory=builtins.list)
    """The entries of the page."""

    def __post_init__(self) -> None:
        if self.list is None:
            msgspec.structs.force_setattr(self, "list", [])
        if self.page is None:
            msgspec.structs.force_setattr(self, "page", Pagination())
