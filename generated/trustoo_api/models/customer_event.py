from ..types import Model


class CustomerEvent(Model, kw_only=True, frozen=True, eq=False):
    """Inferred from the filters of the list, because no event was ever seen.

    Evidence: inferred (customer-events-2025).
    """

    event_type: str | None = None
    """Inferred from the filter of that name."""

    event_source: str | None = None
    """Inferred from the filter of that name."""

    os_type: str | None = None
    """Inferred from the filter of that name."""
