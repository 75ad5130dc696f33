"""Replay stores remember processed deliveries, so that a repeated delivery is not processed again.

A key is claimed before the handler runs and settled afterwards. If the process dies in between, the claim expires
before Trustoo's next attempt, which is then processed.
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

from ..errors import ConfigurationError

__all__ = ["SCHEDULE", "Claim", "MemoryReplayStore", "ReplayStore", "SqliteReplayStore"]

SCHEDULE = tuple(180 * number for number in range(10))
"""The documented seconds that Trustoo waits before each of its ten attempts: 0, 180, 360 … 1620, in total 135 minutes.

Every response except HTTP 200 counts as a failure. The timeout of an attempt is unknown.
"""

LEASE = SCHEDULE[1] - 30.0
"""Seconds for which a claim is valid. A claim ends shortly before the second attempt."""
KEPT = 24 * 3600.0
"""Seconds for which a settled key is remembered. The last attempt comes after 135 minutes."""

Claim = Literal["new", "busy", "done"]
"""The result of a claim.

"new" means that the caller must process the delivery. "busy" means that another caller is processing the delivery.
"done" means that the delivery was processed.
"""


class ReplayStore(Protocol):
    """Remembers processed deliveries for a `Receiver`. Keys are printable ASCII text. A delivery has several keys.

    For a `Receiver` in an ASGI app the methods may be coroutine functions.
    """

    def claim(self, *keys: str) -> Claim:
        """Claim all keys atomically and return "new".

        If one of the keys is "done" or "busy", claim nothing and return this state.
        """
        ...

    def settle(self, *keys: str) -> object:
        """Mark the keys as processed."""
        ...

    def forget(self, *keys: str) -> object:
        """Forget the keys after a failure, so that the next attempt is new."""
        ...


class MemoryReplayStore:
    """A replay store in the memory of one process. Thread-safe.

    Args:
        size: the maximum number of keys. The oldest keys are removed first.
        kept: seconds for which processed deliveries are remembered.
        lease: seconds that a handler may take. After this time the next attempt of the same delivery is also handled.
        clock: returns seconds.

    Raises:
        ConfigurationError: if a number is not greater than 0.
    """

    def __init__(
        self,
        *,
        size: int = 100_000,
        kept: float = KEPT,
        lease: float = LEASE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_positive(size=size, kept=kept, lease=lease)
        self.size, self.kept, self.lease, self._clock = size, kept, lease, clock
        self._states: OrderedDict[str, tuple[Claim, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._states)

    def claim(self, *keys: str) -> Claim:
        with self._lock:
            now = self._clock()
            while self._states and next(iter(self._states.values()))[1] <= now:
                self._states.popitem(last=False)
            states = {state for key in keys if (state := self._state(key, now))}
            if states:
                return "done" if "done" in states else "busy"
            self._put(keys, "busy", now + self.lease)
            return "new"

    def settle(self, *keys: str) -> None:
        with self._lock:
            self._put(keys, "done", self._clock() + self.kept)

    def forget(self, *keys: str) -> None:
        with self._lock:
            for key in keys:
                self._states.pop(key, None)

    def _state(self, key: str, now: float) -> Claim | None:
        state, until = self._states.get(key, (None, now))
        return state if until > now else None

    def _put(self, keys: tuple[str, ...], state: Claim, until: float) -> None:
        for key in keys:
            self._states[key] = (state, until)
            self._states.move_to_end(key)
        while len(self._states) > self.size:
            self._states.popitem(last=False)


class SqliteReplayStore:
    """A replay store in a SQLite file, for several processes of one machine and across restarts. Thread-safe.

    Forked processes may also share the store.

    Args:
        path: the file of the database, on a local disk. The file is created if it does not exist.
        kept, lease: the same as for `MemoryReplayStore`.
        clock: returns the Unix time in seconds.

    Raises:
        ConfigurationError: if a number is not greater than 0. Every method also raises this error if the file is not
            available.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        kept: float = KEPT,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        _check_positive(kept=kept, lease=lease)
        self.path, self.kept, self.lease, self._clock = os.fspath(path), kept, lease, clock
        if self.path in ("", ":memory:"):
            raise ConfigurationError(
                "SqliteReplayStore needs the path of a file. Use MemoryReplayStore to keep keys in memory."
            )
        with self._transaction():
            pass

    def claim(self, *keys: str) -> Claim:
        with self._transaction() as database:
            now = self._clock()
            database.execute("DELETE FROM deliveries WHERE until <= ?", (now,))
            marks = ", ".join("?" * len(keys))
            found = database.execute(f"SELECT MAX(done) FROM deliveries WHERE key IN ({marks})", keys).fetchone()[0]
            if found is not None:
                return "done" if found else "busy"
            self._put(database, keys, False, now + self.lease)
            return "new"

    def settle(self, *keys: str) -> None:
        with self._transaction() as database:
            self._put(database, keys, True, self._clock() + self.kept)

    def forget(self, *keys: str) -> None:
        with self._transaction() as database:
            database.executemany("DELETE FROM deliveries WHERE key = ?", [(key,) for key in keys])

    @staticmethod
    def _put(database: sqlite3.Connection, keys: tuple[str, ...], done: bool, until: float) -> None:
        rows = [(key, done, until) for key in keys]
        database.executemany("INSERT OR REPLACE INTO deliveries (key, done, until) VALUES (?, ?, ?)", rows)

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
                    yield database
        except (sqlite3.Error, ValueError) as error:
            raise ConfigurationError(f"The replay store {self.path!r} is not available: {error}.") from error


def _check_positive(**given: float) -> None:
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ConfigurationError(f"{name} must be a number above 0, not {value!r}.")
