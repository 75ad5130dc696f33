"""What flows ask for, and the two drivers that do it: one for threads, one for asyncio.

Every decision stands in a flow, once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from trustoo_api.client import AsyncTransport, Transport
from trustoo_api.types import Answer, Request

from ..driving import drive, drive_async

__all__ = ["AsyncDriver", "Blocking", "Call", "Driver", "Flow", "Locked", "Once", "Step"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Send this, with the platform's own client or with a shop's. Gives the Response."""

    request: Request = field(repr=False)
    answer: Answer[Any] = field(repr=False)
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Blocking:
    """Call this, which may block. Gives its result."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Locked:
    """Run the flow while the lock is held. Gives its result."""

    lock: AbstractContextManager[object]
    flow: Flow[Any]


@dataclass(frozen=True, slots=True)
class Once:
    """Run the flow unless the one before it on the same `Flight` is still under way.

    Gives True after the flow ran. Where another is under way, False: at once, or with `wait` when that one ended. What
    the other one raises is raised to those who waited, too.
    """

    flight: Flight
    flow: Flow[Any]
    wait: bool


Step: TypeAlias = Call | Blocking | Locked | Once
Flow: TypeAlias = Generator[Step, Any, T]


class Flight:
    """What is under way, if anything."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.future: Future[None] | None = None
        self.task: asyncio.Task[Any] | None = None


class Driver:
    """Serves flows in the calling thread."""

    def __init__(self, client_of: Callable[[str | None], Transport]) -> None:
        self._client_of = client_of

    def run(self, flow: Flow[T]) -> T:
        """The flow's result. Raises what it raises."""
        return drive(flow, self._serve)

    def _serve(self, step: Step) -> Any:
        match step:
            case Call():
                return self._client_of(step.shop).send(step.request, step.answer)
            case Blocking():
                return step.function()
            case Locked():
                with step.lock:
                    return self.run(step.flow)
            case Once():
                return self._once(step)

    def _once(self, step: Once) -> bool:
        flight, mine = step.flight, Future[None]()
        with flight.guard:
            other = flight.future
            if other is None:
                flight.future = mine
        if other is not None:
            if step.wait:
                other.result()
            return False
        failed: Exception | None = None
        try:
            self.run(step.flow)
        except Exception as error:
            failed = error
            raise
        finally:
            flight.future = None
            if failed is not None:
                mine.set_exception(failed)
            else:  # or this thread was interrupted: those who wait look again
                mine.set_result(None)
        return True


class AsyncDriver:
    """Serves flows in the running event loop."""

    def __init__(self, client_of: Callable[[str | None], AsyncTransport]) -> None:
        self._client_of = client_of

    async def run(self, flow: Flow[T]) -> T:
        """The flow's result. Raises what it raises."""
        return await drive_async(flow, self._serve)

    async def _serve(self, step: Step) -> Any:
        match step:
            case Call():
                return await self._client_of(step.shop).send_async(step.request, step.answer)
            case Blocking():
                return await _in_thread(step.function)
            case Locked():
                await _in_thread(lambda: step.lock.__enter__(), undo=lambda: step.lock.__exit__(None, None, None))
                try:
                    return await self.run(step.flow)
                finally:
                    await _in_thread(lambda: step.lock.__exit__(None, None, None))
            case Once():
                return await self._once(step)

    async def _once(self, step: Once) -> bool:
        # A task of its own: who asked for it may be cancelled, and a renewal that is cut short may lose the only copy
        # of the next refresh token.
        flight, loop = step.flight, asyncio.get_running_loop()
        other = flight.task
        if other is not None and not other.done() and other.get_loop() is loop:
            if step.wait:
                await asyncio.shield(other)
            return False
        task = flight.task = loop.create_task(self.run(step.flow))
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # its waiters may be gone
        await asyncio.shield(task)
        return True


async def _in_thread(function: Callable[[], T], undo: Callable[[], object] | None = None) -> T:
    """The result of a function that may block.

    Each gets a thread of its own: those who wait for a lock would fill a pool, and who holds the lock needs a thread,
    too. `undo` is called when the function did its work and nobody waits for it any more.
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

    threading.Thread(target=work, name="trustoo-store", daemon=True).start()
    try:
        return await waiting
    except asyncio.CancelledError:
        with guard:
            abandoned = not finished
        raise
