"""All that the fake service keeps, one store for each kind, and what it begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any

from ..spec import SAMPLES
from .store import NO_LAG, Lag, Store

__all__ = ["ALREADY_EXISTS", "INVALID_ARGUMENT", "NOT_FOUND", "Contents"]

INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS = 3, 5, 6
"""Codes of refusals. That the service gives them here is a guess after their documented meanings."""


class Contents:
    """The stores of one fake service. First ids are those of the description's samples.

    Args:
        now: the service's clock.
        samples: whether the stores begin with the items of the description's samples, or empty.

    Attributes:
        lock: held while a request is carried out, so that each is carried out as a whole.
        lag: of what clients create from now on.
    """

    def __init__(self, now: Callable[[], float], *, samples: bool) -> None:
        self.lock = RLock()
        self.lag: Lag = NO_LAG

        def store(id_member: str | None = None, sample: Mapping[str, Any] | None = None) -> Store:
            first = int(sample[id_member]) if sample is not None and id_member is not None else 1
            return Store(id_member, first, now, self.lock)

        self.reviews = store("id", _sample("reviews.create"))
        self.webhooks = store("id", _sample("webhooks.create"))
        self.exclusions = store("customer_id", _sample("customers.exclude"))
        self.unsubscriptions = store()
        self.orders = store()
        self.customer_events = store()
        if samples:
            self._add_samples()

    def _add_samples(self) -> None:
        # The sample review names no product; the description's example of a filter by product is to find it.
        (product, *_) = SAMPLES["reviews.list"].examples["product_ids"]
        for review in _sample("reviews.list")["list"]:
            self.reviews.add({"product_id": product} | review)
        for webhook in _sample("webhooks.list"):
            self.webhooks.add(webhook)
        for entry in _sample("customers.exclusions")["list"]:
            self.exclusions.add(entry)
        for order in _sample("orders.list")["list"]:
            self.orders.add(order)
        for event in _sample("customer_events.list")["list"]:
            self.customer_events.add(event)


def _sample(operation: str) -> Any:
    return SAMPLES[operation].answer["data"]
