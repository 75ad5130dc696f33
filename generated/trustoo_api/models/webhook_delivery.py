import builtins

import msgspec

from ..models.webhook_delivery_item import WebhookDeliveryItem
from ..types import (
    Listing,
    ListOrNull,
)


class WebhookDelivery(Listing[WebhookDeliveryItem], kw_only=True, frozen=True, eq=False):
    """Body of a delivery. One delivery may contain several entries. The example on the page is cut off after the first entry.

    Evidence: example (webhook-description).
    """

    list: ListOrNull[WebhookDeliveryItem] = msgspec.field(default_factory=builtins.list)
    """The events of the delivery."""

    def __post_init__(self) -> None:
        if self.list is None:
            msgspec.structs.force_setattr(self, "list", [])
