"""Waits between attempts, and the switch that takes waiting out of tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["wait", "wait_async", "without_waiting"]

_lock = threading.Lock()
_without = 0


@contextmanager
def without_waiting() -> Iterator[None]:
    """In this block no client of this process waits between attempts; what it decides stays the same."""
    global _without
    with _lock:
        _without += 1
    try:
        yield
    finally:
        with _lock:
            _without -= 1


def wait(seconds: float) -> None:
    """Sleep, unless waiting is switched off."""
    if not _without:
        time.sleep(seconds)


async def wait_async(seconds: float) -> None:
    """The same without blocking the event loop."""
    import asyncio  # slow to import, and nothing for synchronous clients

    if not _without:
        await asyncio.sleep(seconds)
