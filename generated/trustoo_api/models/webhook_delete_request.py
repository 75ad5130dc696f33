from ..types import Model


class WebhookDeleteRequest(Model, kw_only=True, frozen=True, eq=False):
    """The subscription to remove.

    Evidence: field (clients).
    """

    id: str | int
    """The subscription's id, as `webhooks.list` returns it."""
