from typing import Literal

from ..types import Model


class WebhookUpdateRequest(Model, kw_only=True, frozen=True, eq=False):
    """A subscription with its new values.

    Evidence: documented (webhook-update-2023).
    """

    id: str | int
    """The subscription to change. The vendor's page documents an integer, but example responses and a public client have a string."""

    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str
    """The new topic."""

    url: str
    """Where deliveries go from now on."""
