"""What the tests of webhooks share: deliveries, receivers, a store for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from trustoo.testing import Deliveries
from trustoo.webhooks import Claim, Delivery, MemoryReplayStore, Receiver, WebhookResponse, WebhookVerifier

from tests.support import NOW, PRIVATE

CREATED = "/webhooks/review-created"
SUCCESS = WebhookResponse(200, {"Content-Type": "application/json"}, b'{"code":0,"message":"success"}')


def deliveries() -> Deliveries:
    return Deliveries(PRIVATE, clock=lambda: NOW)


def receiver(handler: Callable[[Delivery], Any], topic: str = "review/created", **settings: Any) -> Receiver:
    return Receiver(WebhookVerifier(PRIVATE, clock=lambda: NOW), {topic: handler}, **settings)


class AsyncStore:
    """A memory store as a store for asyncio."""

    def __init__(self, store: MemoryReplayStore | None = None) -> None:
        self.store = MemoryReplayStore() if store is None else store  # an empty store has no length

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        await asyncio.sleep(0)
        return self.store.claim(*keys, owner=owner, seconds=seconds)

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        await asyncio.sleep(0)
        return self.store.settle(*keys, owner=owner, seconds=seconds)

    async def forget(self, *keys: str, owner: str) -> None:
        await asyncio.sleep(0)
        self.store.forget(*keys, owner=owner)
