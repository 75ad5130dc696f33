"""What a verified delivery is to the program that receives it."""

from __future__ import annotations

from dataclasses import dataclass, field

from trustoo_api.models.webhook_delivery import WebhookDelivery
from trustoo_api.models.webhook_delivery_item import WebhookDeliveryItem

__all__ = ["Delivery", "shop_domain"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery whose signature was right.

    Only `timestamp` and `body` are signed. Public token, request id and topic (the address that was called) are not:
    who can read a delivery on its way can send it again under others while its timestamp is fresh.
    """

    public_token: str
    """The public token in the delivery's header: which shop it is about."""
    request_id: str
    """For telling repetitions. Whether a repetition keeps it is not documented."""
    timestamp: int
    """Unix seconds at sending."""
    body: bytes = field(repr=False)
    """The exact bytes that arrived."""
    payload: WebhookDelivery
    """The body: known members typed, unknown ones in `extra`, everything in `to_dict()`."""
    signature: str = field(repr=False)
    topic: str | None = None
    """Such as "review/created"; set by a `Receiver` from the address, since no header names it."""

    @property
    def items(self) -> list[WebhookDeliveryItem]:
        """What happened, one entry each; a delivery may have several, or none."""
        return self.payload.list

    @property
    def shop_domain(self) -> str | None:
        """The myshopify.com domain, when all entries that name one name the same."""
        domains = {domain for item in self.items if (domain := shop_domain(item))}
        return domains.pop() if len(domains) == 1 else None


def shop_domain(item: WebhookDeliveryItem) -> str | None:
    """The shop's domain, in either spelling: `my_shopify_domain` (the page on deliveries) or `myshopify_domain`."""
    return item.my_shopify_domain or item.myshopify_domain or None
