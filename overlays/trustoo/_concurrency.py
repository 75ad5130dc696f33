"""Work that runs to its end, and work on many items with a limit. In threads, and with asyncio."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import suppress
from contextvars import copy_context
from copy import copy
from typing import Any, TypeVar

from .errors import ConfigurationError

__all__ = ["Flights", "check_event_loop", "for_each", "for_each_async"]

T = TypeVar("T")
_END: Any = object()


class _Flight:
    """Work that is running, and its outcome."""

    task: asyncio.Task[None]
    """With asyncio, the task that ends with the work."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None

    def land(self, result: Any = None, error: BaseException | None = None) -> None:
        self._result, self._error = result, error
        self.landed.set()

    def result(self) -> Any:
        """Return the result or raise the error. Each caller gets an error object of its own."""
        if self._error is None:
            return self._result
        error = copy(self._error)
        error.__cause__, error.__suppress_context__ = self._error.__cause__, True
        raise error


class Flights:
    """Work that runs to its end, also if its callers are interrupted or cancelled. One flight at a time for each key.

    In threads, the work runs in a thread of its own. With asyncio, it belongs to a task of the caller's event loop.
    This task ends with the work, even if the task is cancelled. Therefore the end of the interpreter waits for the
    thread, and the end of `asyncio.run` waits for the task. Another Ctrl-C ends both.

    Each process and each event loop has its own flights. A process that was forked during a flight starts a new one.
    """

    def __init__(self) -> None:
        self._flights: dict[tuple[object, Hashable], _Flight] = {}  # no lock, because a fork could find it locked

    def run(self, key: Hashable, work: Callable[[], T], *, wait: bool = True) -> T | None:
        """Call `work` and return its result, unless other work with this key is running. Then return None.

        Args:
            key: identifies the work.
            wait: whether to wait for the other work. An error of the other work is then also raised here.
        """
        name, mine = (os.getpid(), key), _Flight()

        def body() -> None:
            try:
                result = work()
            except BaseException as error:
                self._land(name, mine, error=error)
            else:
                self._land(name, mine, result)

        # Not a daemon, even if the calling thread is one: the end of the interpreter would cut the work short.
        thread = threading.Thread(target=copy_context().run, args=(body,), name="trustoo-flight", daemon=False)
        try:
            flight = self._flights.setdefault(name, mine)
            if flight is mine:
                try:
                    thread.start()
                except RuntimeError:  # no thread can be started, for example at the end of the interpreter
                    body()
        except BaseException:  # the handler of a signal raised an exception
            if thread.ident is None:
                self._land(name, mine)
            raise
        if flight is not mine and not wait:
            return None
        flight.landed.wait()
        result: T = flight.result()
        return result if flight is mine else None

    async def run_async(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]], *, wait: bool = True
    ) -> T | None:
        """`run` for asyncio."""
        check_event_loop()
        name = (asyncio.get_running_loop(), key)
        flight = self._flights.get(name)
        if flight is not None and not wait:
            return None
        ours = flight is None
        if flight is None:
            flight = self._flights[name] = _Flight()
            flight.task = self._start(name, flight, work())
        if not flight.task.done():
            await asyncio.wait([flight.task])
        result: T = flight.result()
        return result if ours else None

    def _start(self, name: tuple[object, Hashable], flight: _Flight, work: Coroutine[Any, Any, Any]) -> Any:
        """Start the work in a task that `asyncio.run` does not cancel, and return a task that waits for it."""

        async def body() -> None:
            try:
                result = await work
            except BaseException as error:
                self._land(name, flight, error=error)
            else:
                self._land(name, flight, result)

        async def finish() -> None:
            while not inner.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([inner])

        loop = asyncio.get_running_loop()
        inner = loop.create_task(body())
        # Timeouts inside the work cancel this task, so it cannot ignore cancellations itself.
        asyncio._unregister_task(inner)
        return loop.create_task(finish())

    def _land(
        self, name: tuple[object, Hashable], flight: _Flight, result: Any = None, error: BaseException | None = None
    ) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]
        flight.land(result, error)

    def join(self) -> None:
        """Wait until the flights of this process have ended."""
        for (process, _), flight in list(self._flights.items()):
            if process == os.getpid():
                flight.landed.wait()

    async def join_async(self) -> None:
        """Wait until the flights of this event loop have ended."""
        loop = asyncio.get_running_loop()
        if tasks := [flight.task for (owner, _), flight in list(self._flights.items()) if owner is loop]:
            await asyncio.wait(tasks)


def for_each(
    items: Iterator[T], function: Callable[[T], object], concurrency: int, stopped: threading.Event | None = None
) -> None:
    """Call a function with each item, in at most `concurrency` threads. The items are read in the caller's thread.

    An item is read when a thread is free. After an exception, also of this thread, no other call begins. The exception
    is raised when the calls have ended. They can watch `stopped`, which is set after an exception.
    """
    from concurrent.futures import ThreadPoolExecutor

    free, ended, errors = threading.Semaphore(concurrency), stopped or threading.Event(), list[BaseException]()

    def call(item: T) -> None:
        try:
            function(item)
        except BaseException as error:
            ended.set()
            errors.append(error)
        finally:
            free.release()

    with ThreadPoolExecutor(concurrency, "trustoo-for-each") as threads:
        try:
            while free.acquire() and not ended.is_set() and (item := next(items, _END)) is not _END:
                threads.submit(call, item)
            for _ in range(concurrency - 1):
                free.acquire()
        except BaseException:
            ended.set()
            raise
    if errors:
        raise errors[0]


async def for_each_async(items: AsyncIterator[T], function: Callable[[T], Awaitable[object]], concurrency: int) -> None:
    """`for_each` for asyncio. After an exception or a cancellation, the other calls are cancelled."""
    guard = asyncio.Lock()

    async def next_item() -> T:
        async with guard:
            return await anext(items, _END)

    async def worker() -> None:
        while (item := await next_item()) is not _END:
            await function(item)

    tasks = [asyncio.create_task(worker()) for _ in range(concurrency)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def check_event_loop() -> None:
    """Raises ConfigurationError if no event loop of asyncio is running, for example under trio."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "The asyncio classes of trustoo need a running event loop of asyncio. With trio, use the other classes in "
            "threads: trio.to_thread.run_sync(...)."
        ) from None
