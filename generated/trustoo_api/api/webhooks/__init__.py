"""Subscriptions to review and customer-event notifications."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, RawResource, SyncResource
from . import webhooks_create, webhooks_delete, webhooks_list, webhooks_update


class _Operations:
    create = Method(webhooks_create.build, webhooks_create.DECODER)
    """Subscribe an address to a topic."""
    update = Method(webhooks_update.build, webhooks_update.DECODER)
    """Change a subscription."""
    delete = Method(webhooks_delete.build, webhooks_delete.DECODER)
    """Remove a subscription."""
    list = Method(webhooks_list.build, webhooks_list.DECODER)
    """All subscriptions."""


class WebhooksRawResource(_Operations, RawResource):
    """Subscriptions to review and customer-event notifications. Each method returns the whole response."""


class AsyncWebhooksRawResource(_Operations, AsyncRawResource):
    """Subscriptions to review and customer-event notifications. Each method returns the whole response."""


class WebhooksResource(_Operations, SyncResource):
    """Subscriptions to review and customer-event notifications."""

    @cached_property
    def with_raw_response(self) -> WebhooksRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return WebhooksRawResource(self._client)


class AsyncWebhooksResource(_Operations, AsyncResource):
    """Subscriptions to review and customer-event notifications."""

    @cached_property
    def with_raw_response(self) -> AsyncWebhooksRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncWebhooksRawResource(self._client)
