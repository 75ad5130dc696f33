"""Fetches pages before they are needed: in threads, and in tasks of asyncio.

A PageCursor decides which pages are fetched ahead, and whether they are used. The classes here only fetch.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread, current_thread
from time import monotonic
from typing import Any, Generic, TypeVar

from trustoo_api.types import OperationRequest

from ._sansio import Handlers, Sleep, waits
from .pagination import PageCursor
from .transport.protocols import HTTPRequest

__all__ = ["PageTasks", "PageThreads", "Stop", "drop_tasks", "drop_threads", "stoppable"]

Stop = SimpleQueue[None]
"""Has an entry if nobody needs the call any more. Unlike a `threading.Event`, it can be set in a `__del__`."""


class _Fetch(ABC):
    """A page that is being fetched."""

    @property
    @abstractmethod
    def is_here(self) -> bool:
        """Whether this process and this event loop fetch the page."""

    @abstractmethod
    def is_running(self) -> bool:
        """Whether the fetch has not ended."""

    @abstractmethod
    def drop(self) -> None:
        """End the fetch soon. Its page is not used. Does not wait, and never fails."""


F = TypeVar("F", bound=_Fetch)


class _PagesAhead(ABC, Generic[F]):
    """The pages of one iteration that are fetched ahead. They are dropped when nothing refers to this object."""

    def __init__(self, cursor: PageCursor[Any]) -> None:
        self._cursor, self._fetches, self._late = cursor, dict[int, F](), list[F]()

    @abstractmethod
    def _begin(self, request: OperationRequest) -> F: ...

    def _advance(self) -> F | None:
        """Begin the fetches that the cursor allows now. Returns the fetch of the next page if it began earlier."""
        cursor, fetches = self._cursor, self._fetches
        if not cursor.is_steady or not all(fetch.is_here for fetch in fetches.values()):
            self.drop()
        self._late = [fetch for fetch in self._late if fetch.is_running()]
        for number in cursor.pages_ahead(len(self._late)):
            if number not in fetches:
                try:
                    fetches[number] = self._begin(cursor.request(number))
                except RuntimeError:  # no thread can be started, for example at the end of the interpreter
                    break
        return fetches.get(cursor.page)

    def _used(self, page: Any) -> bool:
        """Whether the next page, which was fetched ahead, may be used. If not, drops all pages fetched ahead."""
        if self._cursor.agrees(page):
            del self._fetches[self._cursor.page]
            return True
        self.drop()
        return False

    def drop(self) -> None:
        """Drop the pages that were fetched ahead."""
        for fetch in self._fetches.values():
            fetch.drop()
        self._late += self._fetches.values()
        self._fetches.clear()

    def __del__(self) -> None:
        self.drop()


class _Thread(_Fetch):
    """Fetches a page in a thread of its own.

    The thread is a daemon: the end of the interpreter does not wait for a page that nobody will read.
    """

    def __init__(self, fetch: Callable[[Stop], Any], running: set[Any]) -> None:
        self._stop, self._page, self._process = Stop(), Future[Any](), os.getpid()

        def body() -> None:
            try:
                self._page.set_result(fetch(self._stop))
            except BaseException as error:
                self._page.set_exception(error)
            finally:
                running.discard(self)

        self._thread = Thread(target=copy_context().run, args=(body,), name="trustoo-page", daemon=True)
        running.add(self)
        try:
            self._thread.start()
        except BaseException:
            running.discard(self)
            raise

    @property
    def is_here(self) -> bool:
        return self._process == os.getpid()

    def is_running(self) -> bool:
        return self.is_here and not self._page.done()

    def drop(self) -> None:
        self._stop.put(None)

    def page(self) -> Any:
        """The page, as soon as it is there. Raises the error of the fetch, and CancelledError if it was dropped."""
        return self._page.result()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended, at most some seconds."""
        if self.is_here and self._thread is not current_thread():  # a hook can close the client
            self._thread.join(max(0.0, seconds))


class PageThreads(_PagesAhead[_Thread]):
    """Fetches pages in threads, ahead of the page that is needed next.

    Args:
        cursor: decides about the pages.
        fetch: fetches a page. It raises CancelledError instead of another attempt when the Stop has an entry.
        running: gets the fetches that are running, so that `drop_threads` can end them.
    """

    def __init__(
        self, cursor: PageCursor[Any], fetch: Callable[[OperationRequest, Stop], Any], running: set[Any]
    ) -> None:
        super().__init__(cursor)
        self._fetch, self._running = fetch, running

    def _begin(self, request: OperationRequest) -> _Thread:
        fetch = self._fetch
        return _Thread(lambda stop: fetch(request, stop), self._running)

    def page(self, request: OperationRequest) -> Any:
        """Return the next page, which was fetched ahead or is fetched now. Raises what fetching it raises."""
        try:
            if (ahead := self._advance()) is not None:
                with suppress(CancelledError):  # the client was closed
                    if self._used(page := ahead.page()):
                        return page
                self.drop()
            return self._fetch(request, Stop())
        except BaseException:
            self.drop()
            raise


class _Task(_Fetch):
    """Fetches a page in a task."""

    def __init__(self, fetch: Coroutine[Any, Any, Any], running: set[Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self.task = self._loop.create_task(fetch)

        def end(task: asyncio.Task[Any]) -> None:
            running.discard(self)
            if not task.cancelled():
                task.exception()  # asyncio reports errors that nobody has looked at

        running.add(self)
        self.task.add_done_callback(end)

    @property
    def is_here(self) -> bool:
        return self._loop is asyncio.get_running_loop()

    def is_running(self) -> bool:
        return self.is_here and not self.task.done()

    def drop(self) -> None:
        with suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(self.task.cancel)


class PageTasks(_PagesAhead[_Task]):
    """Fetches pages in tasks, ahead of the page that is needed next.

    Args:
        cursor: decides about the pages.
        fetch: fetches a page.
        running: gets the fetches that are running, so that `drop_tasks` can end them.
    """

    def __init__(
        self,
        cursor: PageCursor[Any],
        fetch: Callable[[OperationRequest], Coroutine[Any, Any, Any]],
        running: set[Any],
    ) -> None:
        super().__init__(cursor)
        self._fetch, self._running = fetch, running

    def _begin(self, request: OperationRequest) -> _Task:
        return _Task(self._fetch(request), self._running)

    async def page(self, request: OperationRequest) -> Any:
        """Return the next page, which was fetched ahead or is fetched now. Raises what fetching it raises."""
        try:
            if (ahead := self._advance()) is not None:
                await asyncio.wait([ahead.task])
                was_closed = ahead.task.cancelled()
                if not was_closed and self._used(page := ahead.task.result()):
                    return page
                self.drop()
            return await self._fetch(request)
        except BaseException:
            self.drop()
            raise


def stoppable(handlers: Handlers, stop: Stop) -> Handlers:
    """Handlers for a call that raises CancelledError, instead of another attempt or pause, when `stop` has an entry."""

    def send(effect: HTTPRequest) -> Any:
        if not stop.empty():
            raise CancelledError("The page is not needed any more.")
        return handlers[HTTPRequest](effect)

    def sleep(effect: Sleep) -> None:
        if waits():
            with suppress(Empty):
                stop.get(timeout=effect.seconds)
                raise CancelledError("The page is not needed any more.")

    return {**handlers, HTTPRequest: send, Sleep: sleep}


def drop_threads(running: Iterable[_Thread], seconds: float) -> None:
    """Drop fetches, and wait until they have ended, at most some seconds."""
    end, threads = monotonic() + seconds, list(running)
    for thread in threads:
        thread.drop()
    for thread in threads:
        thread.join(end - monotonic())


async def drop_tasks(running: Iterable[_Task], seconds: float) -> None:
    """Drop fetches, and wait until those of this event loop have ended, at most some seconds."""
    tasks = list(running)
    for task in tasks:
        task.drop()
    if ours := [task.task for task in tasks if task.is_here]:
        await asyncio.wait(ours, timeout=seconds)
