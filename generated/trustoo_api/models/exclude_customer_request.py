from ..types import Model


class ExcludeCustomerRequest(Model, kw_only=True, frozen=True, eq=False):
    """The customer to put on the exclusion list.

    Evidence: example (exclusion-create-2025).
    """

    email: str | None = None
    """E-mail address of the customer."""

    customer_id: str | int | None = None
    """Inferred from the call that removes a customer from the list. Id of the customer."""
