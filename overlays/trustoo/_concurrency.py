"""Single flight: of several callers that want the same work done at once, one does it. And work in worker threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["SingleFlight", "in_thread"]

T = TypeVar("T")


class SingleFlight:
    """Runs work unless the work before it is still under way. Thread-safe; tasks of one event loop may share it too."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._future: Future[None] | None = None
        self._task: asyncio.Task[Any] | None = None

    def run(self, work: Callable[[], object], *, wait: bool) -> bool:
        """Call `work`, unless another call is under way.

        Args:
            wait: whether to wait for the other call. What it raises is raised here, too.

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
            else:  # or this thread was interrupted: those who wait look again
                mine.set_result(None)
        return True

    async def run_async(self, work: Callable[[], Coroutine[Any, Any, object]], *, wait: bool) -> bool:
        """`run` for asyncio. The work is a task of its own, which goes on when its caller is cancelled."""
        loop = asyncio.get_running_loop()
        other = self._task
        if other is not None and not other.done() and other.get_loop() is loop:
            if wait:
                await asyncio.shield(other)
            return False
        task = self._task = loop.create_task(work())
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # its waiters may be gone
        await asyncio.shield(task)
        return True


async def in_thread(function: Callable[[], T], undo: Callable[[], object] | None = None) -> T:
    """The result of a function that may block.

    Each call gets a thread of its own: calls that wait for a lock would fill a pool, and the holder of the lock needs a
    thread, too.

    Args:
        undo: called when the function did its work and nobody waits for it any more.
    """
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
