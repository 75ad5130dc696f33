import msgspec

from ..types import INT, Id, Model


class WebhookDeliveryItem(Model, kw_only=True, frozen=True, eq=False):
    """One event. Its other members are unknown.

    Evidence: example (webhook-description).
    """

    id: Id | None = None
    """Id of the review or the customer event."""

    my_shopify_domain: str | None = None
    """The shop's domain in this page's spelling."""

    myshopify_domain: str | None = None
    """Inferred from the spelling on the OAuth pages, because deliveries may use it by now."""

    def __post_init__(self) -> None:
        if self.id.__class__ is INT:
            msgspec.structs.force_setattr(self, "id", str(self.id))
