from ..types import Model


class ExcludeCustomerRequest(Model, kw_only=True, frozen=True, eq=False):
    """The customer to leave in peace.

    Evidence: example (exclusion-create-2025).
    """

    email: str | None = None

    customer_id: str | int | None = None
    """Inferred from the call that takes a customer off the list."""
