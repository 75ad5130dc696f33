"""Subscriptions to review and customer-event notifications."""

import builtins
from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient
from ...models.webhook import Webhook
from ...types import JSON, Response
from . import webhooks_create, webhooks_delete, webhooks_list, webhooks_update


class Webhooks:
    """Subscriptions to review and customer-event notifications."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "WebhooksWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return WebhooksWithRawResponse(self._client)

    def create(
        self,
        *,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Webhook:
        """Subscribe an address to a topic.

        One topic per subscription. With a bearer token the topic decides which scope is needed.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (webhook-create, webhook-create-2025).

        Args:
            topic: Not described. (documented)
            url: Where deliveries go. (documented)
        """
        return webhooks_create.sync(
            client=self._client,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def update(
        self,
        *,
        id: str | int,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> Webhook | None:
        """Change a subscription.

        Inferred path, from the sibling calls; the readable page is of 2023 with PUT under an older
        prefix, and the newest navigation says POST.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (webhook-update-2023, navigation, clients).

        Args:
            id: The page documents an integer; responses and a client have a string. (inferred)
            topic: Not described. (inferred)
            url: Where deliveries go. (inferred)
        """
        return webhooks_update.sync(
            client=self._client,
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        )

    def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Remove a subscription.

        Path and body as one public client of 2025 has them; only title and method are documented.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: field (clients, navigation).

        Args:
            id: Not described. (field)
        """
        return webhooks_delete.sync(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def list(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> builtins.list[Webhook]:
        """All subscriptions.

        Path as one public client of 2025 has it; the page of 2023 shows it under an older prefix. No
        paging was seen.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: field (clients, navigation).
        """
        return webhooks_list.sync(
            client=self._client,
            extra_query=extra_query,
        )


class WebhooksWithRawResponse:
    """Subscriptions to review and customer-event notifications. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def create(
        self,
        *,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[Webhook]:
        """As `Webhooks.create`."""
        return webhooks_create.sync_detailed(
            client=self._client,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def update(
        self,
        *,
        id: str | int,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> Response[Webhook | None]:
        """As `Webhooks.update`."""
        return webhooks_update.sync_detailed(
            client=self._client,
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        )

    def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `Webhooks.delete`."""
        return webhooks_delete.sync_detailed(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def list(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[builtins.list[Webhook]]:
        """As `Webhooks.list`."""
        return webhooks_list.sync_detailed(
            client=self._client,
            extra_query=extra_query,
        )


class AsyncWebhooks:
    """Subscriptions to review and customer-event notifications."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncWebhooksWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncWebhooksWithRawResponse(self._client)

    async def create(
        self,
        *,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Webhook:
        """Subscribe an address to a topic.

        One topic per subscription. With a bearer token the topic decides which scope is needed.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (webhook-create, webhook-create-2025).

        Args:
            topic: Not described. (documented)
            url: Where deliveries go. (documented)
        """
        return await webhooks_create.asyncio(
            client=self._client,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def update(
        self,
        *,
        id: str | int,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> Webhook | None:
        """Change a subscription.

        Inferred path, from the sibling calls; the readable page is of 2023 with PUT under an older
        prefix, and the newest navigation says POST.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (webhook-update-2023, navigation, clients).

        Args:
            id: The page documents an integer; responses and a client have a string. (inferred)
            topic: Not described. (inferred)
            url: Where deliveries go. (inferred)
        """
        return await webhooks_update.asyncio(
            client=self._client,
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        )

    async def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Remove a subscription.

        Path and body as one public client of 2025 has them; only title and method are documented.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: field (clients, navigation).

        Args:
            id: Not described. (field)
        """
        return await webhooks_delete.asyncio(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def list(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> builtins.list[Webhook]:
        """All subscriptions.

        Path as one public client of 2025 has it; the page of 2023 shows it under an older prefix. No
        paging was seen.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: field (clients, navigation).
        """
        return await webhooks_list.asyncio(
            client=self._client,
            extra_query=extra_query,
        )


class AsyncWebhooksWithRawResponse:
    """Subscriptions to review and customer-event notifications. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def create(
        self,
        *,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[Webhook]:
        """As `AsyncWebhooks.create`."""
        return await webhooks_create.asyncio_detailed(
            client=self._client,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def update(
        self,
        *,
        id: str | int,
        topic: Literal["review/created", "review/updated", "review/deleted", "customer_event/created"] | str,
        url: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
        unverified: bool = False,
    ) -> Response[Webhook | None]:
        """As `AsyncWebhooks.update`."""
        return await webhooks_update.asyncio_detailed(
            client=self._client,
            id=id,
            topic=topic,
            url=url,
            extra_body=extra_body,
            extra_query=extra_query,
            unverified=unverified,
        )

    async def delete(
        self,
        *,
        id: str | int,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `AsyncWebhooks.delete`."""
        return await webhooks_delete.asyncio_detailed(
            client=self._client,
            id=id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def list(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[builtins.list[Webhook]]:
        """As `AsyncWebhooks.list`."""
        return await webhooks_list.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
        )
