import builtins

import msgspec

from ..models.order import Order
from ..models.pagination import Pagination
from ..types import ListOrNull, Model


class OrderPage(Model, kw_only=True, frozen=True, eq=False):
    """One page of orders.

    Evidence: documented (orders-2025).
    """

    page: Pagination

    list: ListOrNull[Order] = msgspec.field(default_factory=builtins.list)

    def __post_init__(self) -> None:
        if self.list is None:
            msgspec.structs.force_setattr(self, "list", [])
