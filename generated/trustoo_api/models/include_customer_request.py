from ..types import Model


class IncludeCustomerRequest(Model, kw_only=True, frozen=True, eq=False):
    """The customer to invite again. Send one of the two members and not both.

    Evidence: documented (exclusion-delete).
    """

    customer_id: str | int | None = None

    email: str | None = None
