import msgspec

from ..types import INT, Id, Model


class WebhookDeliveryItem(Model, kw_only=True, frozen=True, eq=False):
    """One thing that happened. Its further members are unknown.

    Evidence: example (webhook-description).
    """

    id: Id | None = None

    my_shopify_domain: str | None = None
    """The shop's domain in this page's spelling."""

    myshopify_domain: str | None = None
    """Inferred from the spelling of the OAuth pages, in case deliveries have moved to it."""

    def __post_init__(self) -> None:
        if self.id.__class__ is INT:
            msgspec.structs.force_setattr(self, "id", str(self.id))
