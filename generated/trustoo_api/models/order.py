from ..types import Model


class Order(Model, kw_only=True, frozen=True, eq=False):
    """An order. The page of 2025 shows nine members whose names could not be read.

    Evidence: documented (orders-2025).
    """
