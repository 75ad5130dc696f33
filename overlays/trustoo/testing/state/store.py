"""What the fake service keeps of one kind: items in the order they came, new ones perhaps not listed yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import Any

from trustoo_api.values import json_copy, to_json

from ...errors import ConfigurationError

__all__ = ["NO_LAG", "Lag", "Store"]

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lag:
    """How long what a client created is missing from lists and ratings. It is got and deleted by its id at once.

    Args:
        reads: so many lists (each page is one) and ratings do without it.
        seconds: so long, by the fake's clock. With both, it shows when both are over.

    Raises ConfigurationError for a number below 0.
    """

    reads: int = 0
    seconds: float = 0

    def __post_init__(self) -> None:
        if self.reads < 0 or self.seconds < 0:
            raise ConfigurationError(f"A lag is 0 or more, not {self.reads} reads and {self.seconds} seconds.")


NO_LAG = Lag()


@dataclass(slots=True)
class _Kept:
    """An item, and when lists begin to show it."""

    item: Item
    reads_left: int = 0
    hidden_until: float = float("-inf")


class Store:
    """Items of one kind in the order they came; iterating gives copies. Threads may share it.

    Args:
        id_member: the member that names an item; None where none is known.
        first_id: the first id to be given. Ids are given once, never again.
        now: gives the Unix time in seconds.
        lock: held while something is changed; the stores of one service share it.
    """

    def __init__(self, id_member: str | None, first_id: int, now: Callable[[], float], lock: RLock) -> None:
        self._id_member, self._now, self._lock = id_member, now, lock
        self._ids = count(first_id)
        self._kept: dict[str, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Item]:
        with self._lock:
            return iter([_copy(kept.item) for kept in self._kept.values()])

    def get(self, item_id: object) -> Item | None:
        """A copy of the item with this id, None where there is none."""
        with self._lock:
            kept = self._kept.get(str(item_id))
            return _copy(kept.item) if kept is not None else None

    def add(self, item: object = None, /, *, lag: Lag = NO_LAG, **members: object) -> Item:
        """Put an item there, as if it had long been: what it holds is your choice, nothing is checked or filled in.

        Args:
            item: its members, as a mapping or a model; `members` are more of them. Without an id it is given one.
            lag: how long lists do without it.

        Returns:
            A copy of the item.

        Raises:
            ConfigurationError: there is an item with this id.
        """
        made: Item = {**(to_json(item) if item is not None else {}), **to_json(members)}
        with self._lock:
            name = self._id_member
            key = str(made[name]) if name is not None and name in made else self._new_id()
            if key in self._kept:
                raise ConfigurationError(f"There is an item with the {name} {key!r} already.")
            if name is not None:
                made = {name: made.get(name, key)} | made
            until = self._now() + lag.seconds if lag.seconds else float("-inf")
            self._kept[key] = _Kept(made, lag.reads, until)
            return _copy(made)

    def update(self, item_id: object, **members: object) -> Item | None:
        """Change members of an item; a copy of what it became, None where there is none with this id."""
        with self._lock:
            kept = self._kept.get(str(item_id))
            if kept is None:
                return None
            kept.item |= to_json(members)
            return _copy(kept.item)

    def remove(self, item_id: object) -> bool:
        """Take an item away. Returns whether there was one with this id."""
        with self._lock:
            return self._kept.pop(str(item_id), None) is not None

    def clear(self) -> None:
        """Take all items away."""
        with self._lock:
            self._kept.clear()

    def listed(self) -> list[Item]:
        """What a list made now shows; one read, as a lag counts them."""
        with self._lock:
            shown = []
            for kept in self._kept.values():
                if kept.reads_left == 0 and self._now() >= kept.hidden_until:
                    shown.append(_copy(kept.item))
                kept.reads_left -= kept.reads_left > 0
            return shown

    def times(self) -> Item:
        """`created_at` and `updated_at` of an item that is created now, in the two styles that one answer mixes."""
        now = datetime.fromtimestamp(self._now(), UTC)
        return {"created_at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "updated_at": f"{now:%Y-%m-%d %H:%M:%S}"}

    def _new_id(self) -> str:
        return next(key for key in map(str, self._ids) if key not in self._kept)


def _copy(item: Item) -> Item:
    copy: Item = json_copy(item)
    return copy
