"""Replay stores remember processed deliveries, so that a repeated delivery is not processed again.

A receiver claims the keys of a delivery before the handler runs, renews the claim while the handler runs, and settles
the claim afterwards. If the process dies in between, the claim expires, and Trustoo's next attempt is processed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Lock
from typing import Literal, Protocol

from .._docstrings import same_as
from ..errors import ConfigurationError

__all__ = ["SCHEDULE", "AsyncReplayStore", "Claim", "MemoryReplayStore", "ReplayStore", "SqliteReplayStore"]

SCHEDULE = tuple(180 * number for number in range(10))
"""The documented seconds that Trustoo waits before each of its ten attempts: 0, 180, 360 … 1620, in total 135 minutes.

Every response except HTTP 200 counts as a failure. The timeout of an attempt is unknown.
"""

Claim = Literal["new", "busy", "done"]
"""The result of a claim.

"new" means that the caller must process the delivery. "busy" means that another caller is processing the delivery.
"done" means that the delivery was processed.
"""


class ReplayStore(Protocol):
    """Remembers processed deliveries for a `Receiver`.

    A delivery has several keys, which are printable ASCII text of at most 255 characters. A key is free, claimed by an
    owner or settled by an owner. Claims and settled keys become free after some seconds, by the clock of the store's
    server. Each method reads and writes all of its keys in one atomic step: one transaction, or one Lua script. Keys of
    one delivery have no common part, so a Redis cluster needs one hash tag for all keys of the store.

    An owner is one request that is being handled. A method that an owner calls again must have the same result, because
    the client of a server may repeat a command whose reply was lost.

    `trustoo.testing.check_replay_store` checks a store of your own.
    """

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        """Claim all keys for some seconds and return "new". If the owner has claimed the keys, extend the claim.

        If one of the keys is settled, return "done". Else, if another owner has claimed one of the keys, return "busy".
        In both cases, change nothing.

        Args:
            keys: the keys of one delivery.
            owner: identifies the request that is being handled.
            seconds: the duration of the claim.

        Returns:
            "new", "busy" or "done", as above.

        Example:
            >>> claim = replay_store.claim("EXAMPLE-delivery", owner="one", seconds=60)
            >>> claim
            'new'
        """
        ...

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        """Mark all keys as processed, remember this for some seconds, and return True.

        If another owner has claimed or settled one of the keys, change nothing and return False.

        Args:
            keys: the keys of one delivery.
            owner: the owner that has claimed them.
            seconds: how long the keys are remembered.

        Returns:
            Whether the keys are settled by this owner now.

        Example:
            >>> settled = replay_store.settle("EXAMPLE-delivery", owner="one", seconds=86400)
            >>> settled
            True
        """
        ...

    def forget(self, *keys: str, owner: str) -> object:
        """Make those keys free that the owner has claimed. Other keys do not change.

        Args:
            keys: the keys of one delivery.
            owner: the owner that has claimed them.

        Returns:
            Anything. A receiver ignores it.

        Example:
            >>> done = replay_store.forget("EXAMPLE-delivery", owner="one")
        """
        ...


class AsyncReplayStore(Protocol):
    """A `ReplayStore` whose methods are coroutine functions, for a `Receiver` in asyncio."""

    @same_as(ReplayStore.claim)
    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        """Same as `ReplayStore.claim`."""
        ...

    @same_as(ReplayStore.settle)
    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        """Same as `ReplayStore.settle`."""
        ...

    @same_as(ReplayStore.forget)
    async def forget(self, *keys: str, owner: str) -> object:
        """Same as `ReplayStore.forget`."""
        ...


class MemoryReplayStore(ReplayStore):
    """A replay store in the memory of one process. Thread-safe.

    Args:
        size: the maximum number of keys. The oldest keys are removed first.
        clock: returns seconds.

    Raises:
        ConfigurationError: if `size` is not a number greater than 0.
    """

    def __init__(self, *, size: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        check_positive(size=size)
        self.size, self._clock = size, clock
        self._keys: OrderedDict[str, tuple[bool, str, float]] = OrderedDict()
        """For each key: whether it is settled, its owner, and when it becomes free."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        with self._lock:
            now = self._clock()
            while self._keys and next(iter(self._keys.values()))[2] <= now:
                self._keys.popitem(last=False)
            held = self._held(keys, now)
            if any(done for done, _ in held):
                return "done"
            if any(holder != owner for _, holder in held):
                return "busy"
            self._put(keys, False, owner, now + seconds)
            return "new"

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        with self._lock:
            now = self._clock()
            if any(holder != owner for _, holder in self._held(keys, now)):
                return False
            self._put(keys, True, owner, now + seconds)
            return True

    def forget(self, *keys: str, owner: str) -> None:
        with self._lock:
            for key in keys:
                if self._keys.get(key, (True, ""))[:2] == (False, owner):
                    del self._keys[key]

    def _held(self, keys: tuple[str, ...], now: float) -> list[tuple[bool, str]]:
        found = [self._keys[key] for key in keys if key in self._keys]
        return [(done, holder) for done, holder, until in found if until > now]

    def _put(self, keys: tuple[str, ...], done: bool, owner: str, until: float) -> None:
        for key in keys:
            self._keys[key] = (done, owner, until)
            self._keys.move_to_end(key)
        while len(self._keys) > self.size:
            self._keys.popitem(last=False)


class SqliteReplayStore(ReplayStore):
    """A replay store in a SQLite file, for several processes of one machine and across restarts. Thread-safe.

    Forked processes may also share the store.

    Args:
        path: the file of the database, on a local disk. The file is created if it does not exist.
        clock: returns the Unix time in seconds.

    Raises:
        ConfigurationError: if the file is not available. Every method also raises this error.
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self.path, self._clock = os.fspath(path), clock
        if self.path in ("", ":memory:"):
            raise ConfigurationError(
                "SqliteReplayStore needs the path of a file. Use MemoryReplayStore to keep keys in memory."
            )
        with self._transaction():
            pass

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        with self._transaction() as database:
            now = self._clock()
            held = self._held(database, keys, now)
            if any(done for done, _ in held):
                return "done"
            if any(holder != owner for _, holder in held):
                return "busy"
            self._put(database, keys, False, owner, now + seconds)
            return "new"

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        with self._transaction() as database:
            now = self._clock()
            if any(holder != owner for _, holder in self._held(database, keys, now)):
                return False
            self._put(database, keys, True, owner, now + seconds)
            return True

    def forget(self, *keys: str, owner: str) -> None:
        with self._transaction() as database:
            claimed = [(key, owner) for key in keys]
            database.executemany("DELETE FROM deliveries WHERE key = ? AND owner = ? AND NOT done", claimed)

    @staticmethod
    def _held(database: sqlite3.Connection, keys: tuple[str, ...], now: float) -> list[tuple[int, str | None]]:
        database.execute("DELETE FROM deliveries WHERE until <= ?", (now,))
        marks = ", ".join("?" * len(keys))
        return database.execute(f"SELECT done, owner FROM deliveries WHERE key IN ({marks})", keys).fetchall()

    @staticmethod
    def _put(database: sqlite3.Connection, keys: tuple[str, ...], done: bool, owner: str, until: float) -> None:
        rows = [(key, done, owner, until) for key in keys]
        database.executemany("INSERT OR REPLACE INTO deliveries (key, done, owner, until) VALUES (?, ?, ?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a new connection each time, which works in every thread and after a fork."""
        try:
            with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as database:
                # Immediate: the lock must be held before the keys are read.
                database.execute("BEGIN IMMEDIATE")
                with database:
                    database.execute(
                        "CREATE TABLE IF NOT EXISTS deliveries (key TEXT PRIMARY KEY, done INTEGER, until REAL)"
                    )
                    database.execute("CREATE INDEX IF NOT EXISTS deliveries_until ON deliveries (until)")
                    # Older files have no owners. Older versions of this class can still use the file.
                    if "owner" not in {column[1] for column in database.execute("PRAGMA table_info(deliveries)")}:
                        database.execute("ALTER TABLE deliveries ADD COLUMN owner TEXT")
                    yield database
        except (sqlite3.Error, ValueError) as error:
            raise ConfigurationError(f"The replay store {self.path!r} is not available: {error}.") from error


def check_positive(**given: float) -> None:
    """Raise ConfigurationError unless all numbers are greater than 0."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ConfigurationError(f"{name} must be a number above 0, not {value!r}.")
