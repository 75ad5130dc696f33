import builtins
from typing import ClassVar

import msgspec

from ..models.order import Order
from ..models.pagination import Pagination
from ..types import (
    Listing,
    ListOrNull,
    OrEmpty,
)


class OrderPage(Listing[Order], kw_only=True, frozen=True, eq=False):
    """One page of orders.

    Evidence: documented (orders-2025).
    """

    page: OrEmpty[Pagination] = msgspec.field(default_factory=Pagination)
    """Position within a paged list."""

    list: ListOrNull[Order] = msgspec.field(default_factory=builtins.list)
    """The entries of the page."""

    required_: ClassVar[frozenset[str]] = frozenset(
        {
            "page",
            "list",
        }
    )

    def __post_init__(self) -> None:
        if self.list is None:
            msgspec.structs.force_setattr(self, "list", [])
        if self.page is None:
            msgspec.structs.force_setattr(self, "page", Pagination())
