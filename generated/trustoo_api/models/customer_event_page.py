import builtins

import msgspec

from ..models.customer_event import CustomerEvent
from ..models.pagination import Pagination
from ..types import (
    Listing,
    ListOrNull,
    OrEmpty,
)


class CustomerEventPage(Listing[CustomerEvent], kw_only=True, frozen=True, eq=False):
    """Inferred from the other lists.

    Evidence: inferred (orders-2025, clients).
    """

    page: OrEmpty[Pagination] = msgspec.field(default_factory=Pagination)
    """Position within a paged list."""

    list: ListOrNull[CustomerEvent] = msgspec.field(default_factory=builtins.list)
    """The entries of the page."""

    def __post_init__(self) -> None:
        if self.list is None:
            msgspec.structs.force_setattr(self, "list", [])
        if self.page is None:
            msgspec.structs.force_setattr(self, "page", Pagination())
