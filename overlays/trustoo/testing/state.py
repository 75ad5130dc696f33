"""The items that the fake service keeps: stores of items, their contents at the start, and the pages of lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import Any

from trustoo_api.values import instant, json_copy, to_json

from ..errors import ArgumentError, ConfigurationError
from .checks import INVALID_ARGUMENT, RefusedError
from .connections import Received
from .spec import SAMPLES

__all__ = ["Contents", "Lag", "Store", "filter_by_member", "filter_by_time", "page_of", "sort_items"]

Item = dict[str, Any]
TIMES = ("created_at", "commented_at")
"""The members with the time of an item, by which lists are sorted. The first of them that an item has is used."""


@dataclass(frozen=True, slots=True)
class Lag:
    """A delay until lists and ratings show an item that a client created.

    The item can be found and deleted by its id at once. If both arguments are given, the item appears after both have
    passed.

    Args:
        reads: the number of lists and ratings that do not show the item. Each page of a list counts. Default: 0.
        seconds: seconds on the fake service's clock. Default: 0.

    Raises:
        ConfigurationError: if a number is negative.

    Example:
        >>> from trustoo.testing import Lag
        >>> fake.lag = Lag(reads=1)
        >>> review = shop.reviews.create(rating=4, author="Ada Example")
        >>> [len(shop.reviews.list().list) for _ in range(2)]
        [1, 2]
    """

    reads: int = 0
    seconds: float = 0

    def __post_init__(self) -> None:
        if self.reads < 0 or self.seconds < 0:
            raise ConfigurationError(f"A Lag must not be negative, but is reads={self.reads}, seconds={self.seconds}.")


NO_LAG = Lag()


@dataclass(slots=True)
class _Entry:
    """An item, and the conditions under which lists show the item."""

    item: Item
    reads_left: int = 0
    hidden_until: float = float("-inf")


class Store:
    """The items of one kind that the fake service keeps, in the order of their creation. Thread-safe.

    Iterating returns copies of the items, as dicts. Get a store from `FakeTrustoo`, such as `FakeTrustoo().reviews`.

    Args:
        id_member: the member that identifies an item; None if no such member is known.
        first_id: the first id to assign. No id is assigned twice.
        now: returns the Unix time in seconds.
        lock: the lock that the stores of one service share.
        dated: whether an item without a time gets the time at which it is added as `created_at`. Default: False.

    Example:
        >>> [review["id"] for review in fake.reviews]
        ['1001']
    """

    def __init__(
        self, id_member: str | None, first_id: int, now: Callable[[], float], lock: RLock, *, dated: bool = False
    ) -> None:
        self._id_member, self._now, self._lock, self._dated = id_member, now, lock, dated
        self._ids = count(first_id)
        self._entries: dict[str, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Item]:
        with self._lock:
            return iter([_copy(entry.item) for entry in self._entries.values()])

    def get(self, item_id: object) -> Item | None:
        """Return a copy of the item with this id; None if there is no such item.

        Args:
            item_id: the id, as text or as a number.

        Example:
            >>> fake.reviews.get(1001)["rating"]
            5
            >>> fake.reviews.get(404) is None
            True
        """
        with self._lock:
            entry = self._entries.get(str(item_id))
            return _copy(entry.item) if entry is not None else None

    def add(self, item: object = None, /, *, lag: Lag = NO_LAG, **members: object) -> Item:
        """Add an item. Its members are neither checked nor completed, with two exceptions.

        A missing id is assigned. A review without a time gets the service's time as `created_at`, so that it is the
        newest in lists that are sorted by time.

        Args:
            item: the item's members, as a mapping or a model.
            lag: the delay until lists show the item. Default: no delay.
            members: additional members of the item.

        Returns:
            A copy of the item.

        Raises:
            ArgumentError: if the store already has an item with this id.

        Example:
            >>> review = fake.reviews.add(rating=4, author="Ada Example")
            >>> shop.reviews.get(id=review["id"]).author
            'Ada Example'
        """
        made: Item = {**(to_json(item) if item is not None else {}), **to_json(members)}
        with self._lock:
            name = self._id_member
            key = str(made[name]) if name is not None and name in made else self._new_id()
            if key in self._entries:
                raise ArgumentError(f"An item with the {name} {key!r} already exists.")
            if name is not None:
                made = {name: made.get(name, key)} | made
            if self._dated and not any(member in made for member in TIMES):
                made["created_at"] = self.times()["created_at"]
            until = self._now() + lag.seconds if lag.seconds else float("-inf")
            self._entries[key] = _Entry(made, lag.reads, until)
            return _copy(made)

    def update(self, item_id: object, **members: object) -> Item | None:
        """Change members of an item. Returns a copy of the changed item; None if no item has this id.

        Args:
            item_id: the id, as text or as a number.
            members: the members to change.

        Example:
            >>> changed = fake.reviews.update(1001, rating=4)
            >>> changed["rating"]
            4
        """
        with self._lock:
            entry = self._entries.get(str(item_id))
            if entry is None:
                return None
            entry.item |= to_json(members)
            return _copy(entry.item)

    def remove(self, item_id: object) -> bool:
        """Remove an item. Returns whether there was an item with this id.

        Args:
            item_id: the id, as text or as a number.

        Example:
            >>> fake.reviews.remove(1001)
            True
        """
        with self._lock:
            return self._entries.pop(str(item_id), None) is not None

    def clear(self) -> None:
        """Remove all items.

        Example:
            >>> fake.reviews.clear()
            >>> len(fake.reviews)
            0
        """
        with self._lock:
            self._entries.clear()

    def listed(self) -> list[Item]:
        """Return copies of the items that a list shows now. A call counts as one read of a `Lag`.

        Example:
            >>> [review["id"] for review in fake.reviews.listed()]
            ['1001']
        """
        with self._lock:
            shown = []
            for entry in self._entries.values():
                if entry.reads_left == 0 and self._now() >= entry.hidden_until:
                    shown.append(_copy(entry.item))
                entry.reads_left -= entry.reads_left > 0
            return shown

    def times(self) -> Item:
        """Return `created_at` and `updated_at` for a new item, in the two formats that the samples use.

        Example:
            >>> sorted(fake.reviews.times())
            ['created_at', 'updated_at']
        """
        now = datetime.fromtimestamp(self._now(), UTC)
        return {"created_at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "updated_at": f"{now:%Y-%m-%d %H:%M:%S}"}

    def _new_id(self) -> str:
        return next(key for key in map(str, self._ids) if key not in self._entries)


def _copy(item: Item) -> Item:
    copy: Item = json_copy(item)
    return copy


class Contents:
    """The stores of one fake service. The first ids are those of the spec's samples.

    Args:
        now: the fake service's clock.
        samples: whether the stores begin with the items of the spec's samples.

    Attributes:
        lock: the lock that is held while a request is carried out.
        lag: the delay of items that clients create from now on.
    """

    def __init__(self, now: Callable[[], float], *, samples: bool) -> None:
        self.lock = RLock()
        self.lag: Lag = NO_LAG

        def store(
            id_member: str | None = None, sample: Mapping[str, Any] | None = None, *, dated: bool = False
        ) -> Store:
            first = int(sample[id_member]) if sample is not None and id_member is not None else 1
            return Store(id_member, first, now, self.lock, dated=dated)

        self.reviews = store("id", _sample("reviews.create"), dated=True)
        self.webhooks = store("id", _sample("webhooks.create"))
        self.exclusions = store("customer_id", _sample("customers.exclude"))
        self.unsubscriptions = store()
        self.orders = store()
        self.customer_events = store()
        if samples:
            self._add_samples()

    def _add_samples(self) -> None:
        # The sample review has no product. The spec's example of a filter by product has to find it.
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
    return SAMPLES[operation].response["data"]


def filter_by_member(
    items: Iterable[Mapping[str, Any]],
    received: Received,
    parameter: str,
    member: str,
    as_text: Callable[[Any], str] = str,
) -> list[Mapping[str, Any]]:
    """The items whose member is one of the parameter's values. Without the parameter, all items."""
    wanted = {as_text(value) for value in received.values(parameter)}
    return [item for item in items if not wanted or (member in item and as_text(item[member]) in wanted)]


def filter_by_time(
    items: Iterable[Mapping[str, Any]], received: Received, start: str, end: str, member: str
) -> list[Mapping[str, Any]]:
    """The items whose member is a time between the parameters `start` and `end`, both included.

    Raises RefusedError if a parameter is not a time.
    """
    first, last = (_bound(received, name) for name in (start, end))
    if first is None and last is None:
        return list(items)
    found = []
    for item in items:
        time = _timestamp(item.get(member))
        if time is not None and (first is None or time >= first) and (last is None or time <= last):
            found.append(item)
    return found


def sort_items(items: Iterable[Mapping[str, Any]], received: Received) -> list[Mapping[str, Any]]:
    """The items sorted by `created_at`, else `commented_at`, as `sort_by` asks. Without `sort_by`, the order stays."""
    given = list(items)
    order = next(iter(received.values("sort_by")), None)
    if order not in ("created-ascending", "created-descending"):
        return given
    ascending = sorted(given, key=_created)
    return ascending if order == "created-ascending" else ascending[::-1]


def page_of(items: Sequence[object], received: Received) -> dict[str, Any]:
    """The page that the query asks for. Default: the first page, with 20 items per page."""
    query = dict(received.query)
    page, size = int(query.get("page", 1)), int(query.get("page_size", 20))
    start = (page - 1) * size
    about = {"page": page, "page_size": size, "total_page": -(-len(items) // size), "count": len(items)}
    return {"page": about, "list": list(items[start : start + size])}


def _bound(received: Received, name: str) -> float | None:
    for text in received.values(name):
        if (time := _timestamp(text)) is None:
            raise RefusedError(
                INVALID_ARGUMENT, f"{name} is not a time: neither a date in the API's formats nor Unix seconds"
            )
        return time
    return None


def _timestamp(value: object) -> float | None:
    """The Unix seconds of a date in one of the API's formats, or of a number; None for other values."""
    if isinstance(value, str) and (date := instant(value)) is not None:
        return date.timestamp()
    return float(str(value)) if re.fullmatch("[0-9]{1,12}", str(value)) else None


def _created(item: Mapping[str, Any]) -> float:
    times = (_timestamp(item.get(member)) for member in TIMES)
    return next((time for time in times if time is not None), float("-inf"))
