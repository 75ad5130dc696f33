"""Single flight: if several callers want the same work done at once, one of them does it. Also work in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from .errors import ConfigurationError

__all__ = ["SingleFlight", "check_event_loop", "in_thread"]

T = TypeVar("T")


class SingleFlight:
    """Runs work unless earlier work is still running. Thread-safe. Tasks of one event loop can also share an object."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._future: Future[None] | None = None
        self._task: asyncio.Task[Any] | None = None

    def run(self, work: Callable[[], object], *, wait: bool) -> bool:
        """Call `work`, unless another call is running.

        Args:
            wait: whether to wait for the other call. An error of the other call is then also raised here.

        Returns:
            Whether `work` was called.
        """
        mine = Future[None]()
        with self._guard:
            other = self._future
            if other is None:
                self._future = mine
        if other is not None:
            if wait:
                other.result()
            return False
        failed: Exception | None = None
        try:
            work()
        except Exception as error:
            failed = error
            raise
        finally:
            self._future = None
            if failed is not None:
                mine.set_exception(failed)
            else:  # also if this thread was interrupted: the threads that wait look again
                mine.set_result(None)
        return True

    async def run_async(self, work: Callable[[], Coroutine[Any, Any, object]], *, wait: bool) -> bool:
        """`run` for asyncio. The work is a separate task. The task continues if its caller is cancelled."""
        loop = asyncio.get_running_loop()
        other = self._task
        if other is not None and not other.done() and other.get_loop() is loop:
            if wait:
                await asyncio.shield(other)
            return False
        task = self._task = loop.create_task(work())
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # maybe nobody awaits the task
        await asyncio.shield(task)
        return True


def check_event_loop() -> None:
    """Raises ConfigurationError if no event loop of asyncio is running, for example under trio."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "The asyncio classes of trustoo need a running event loop of asyncio. With trio, use the other classes in "
            "threads: trio.to_thread.run_sync(...)."
        ) from None


async def in_thread(function: Callable[[], T], undo: Callable[[], object] | None = None) -> T:
    """Return the result of a function that may block.

    Each call gets a separate thread. In a thread pool, calls that wait for a lock could occupy all threads, and the
    holder of the lock also needs a thread.

    Args:
        undo: called if the function succeeded after its caller was cancelled.
    """
    check_event_loop()
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[T] = loop.create_future()
    guard, abandoned, finished = threading.Lock(), False, False

    def work() -> None:
        nonlocal finished
        try:
            result, error = function(), None
        except BaseException as raised:
            result, error = None, raised
        with guard:
            finished = True
            if abandoned:
                if undo is not None and error is None:
                    undo()
                return
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:  # the loop is closed
            if undo is not None and error is None:
                undo()

    def settle(result: Any, error: BaseException | None) -> None:
        if waiting.cancelled():
            if undo is not None and error is None:
                threading.Thread(target=undo, daemon=True).start()
        elif error is not None:
            waiting.set_exception(error)
        else:
            waiting.set_result(result)

    threading.Thread(target=work, name="trustoo-worker", daemon=True).start()
    try:
        return await waiting
    except asyncio.CancelledError:
        with guard:
            abandoned = not finished
        raise
