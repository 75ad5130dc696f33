"""Remembers which deliveries were processed, so that a repetition is not processed again.

A key is claimed before the work and settled after it. A claim that is never settled (the process died) runs out
before Trustoo's next try, so that the delivery is processed then and not lost.
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
from .schedule import SCHEDULE

__all__ = ["Claim", "MemoryReplayStore", "ReplayStore", "SqliteReplayStore"]

LEASE = SCHEDULE[1] - 30.0
"""Seconds that a claim holds without being settled: a little less than until the second try."""
KEPT = 24 * 3600.0
"""Seconds that a settled key is remembered; the last try comes after 135 minutes."""

Claim = Literal["new", "busy", "done"]
"""new: yours to process; busy: somebody is at it; done: processed."""


class ReplayStore(Protocol):
    """What a `Receiver` needs of a store. Keys are printable ASCII; a delivery has several, which go together.

    For a `Receiver` in an ASGI app the methods may be coroutine functions.
    """

    def claim(self, *keys: str) -> Claim:
        """One step that no other process can come between: "done" or "busy" if any key is, else all are claimed."""
        ...

    def settle(self, *keys: str) -> object:
        """The delivery was processed."""
        ...

    def forget(self, *keys: str) -> object:
        """Processing failed: the next try is new."""
        ...


class MemoryReplayStore:
    """For one process, until it ends. Threads may share it.

    Args:
        size: keys that are kept at most; the oldest go first.
        kept: seconds that processed deliveries are remembered.
        lease: seconds that a handler may take. One that takes longer may meet the next try of its own delivery.
        clock: gives seconds.
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
    """For several processes of one machine, and across restarts. Threads and forked processes may share it.

    Args:
        path: the database's file, on a local disk; it is made where there is none.
        kept, lease: as of `MemoryReplayStore`.
        clock: gives the Unix time in seconds.

    Raises:
        ConfigurationError: here and in every method, when the file cannot be used.
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
            raise ConfigurationError("A replay store in SQLite needs a file; MemoryReplayStore needs none.")
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
        """A connection of its own each time: nothing is carried into another thread or over a fork."""
        try:
            with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as database:
                # Immediate: whoever reads in order to write locks before reading.
                database.execute("BEGIN IMMEDIATE")
                with database:
                    database.execute(
                        "CREATE TABLE IF NOT EXISTS deliveries (key TEXT PRIMARY KEY, done INTEGER, until REAL)"
                    )
                    database.execute("CREATE INDEX IF NOT EXISTS deliveries_until ON deliveries (until)")
                    yield database
        except (sqlite3.Error, ValueError) as error:
            raise ConfigurationError(f"The replay store {self.path!r} cannot be used: {error}.") from error


def _check_positive(**given: float) -> None:
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ConfigurationError(f"{name} must be a number above 0, not {value!r}.")
