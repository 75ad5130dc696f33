from ..types import Model


class IncludeCustomerRequest(Model, kw_only=True, frozen=True, eq=False):
    """The customer to invite again. Send one of the two members and not both.

    Evidence: documented (exclusion-delete).
    """

    customer_id: str | int | None = None
    """Id of the customer, as `customers.exclusions` returns it."""

    email: str | None = None
    """E-mail address of the customer."""
