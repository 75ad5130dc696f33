from typing import Literal

from ..types import Model


class WebhookCreateRequest(Model, kw_only=True, frozen=True, eq=False):
    """A new subscription.

    Evidence: documented (webhook-create-2025).
    """

    topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str
    """The topic to subscribe to."""

    url: str
    """Where deliveries go."""
