"""What the asyncio transports share: a state for each event loop, the wait for a free connection, and the deadline."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Generic, NamedTuple, TypeVar

from .body import as_async_iterable, close_pieces
from .connections import CONNECTIONS
from .errors import timeout_error
from .exchange import READING, Exchange
from .protocols import HTTPResponse

__all__ = ["PerLoop", "limit_of", "within_deadline"]

T = TypeVar("T")


class _Deadlines:
    """The deadlines of all exchanges of one event loop. They share a timer, because timers of their own are slow."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends = dict[asyncio.Timeout, float]()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float) -> asyncio.Timeout:
        """Return a limit that expires after some seconds, unless it is ended before."""
        limit = asyncio.timeout(None)
        end = self._ends[limit] = self._loop.time() + seconds
        if self._timer is None or end < self._timer.when():
            self._set_timer(end)
        return limit

    def end(self, limit: asyncio.Timeout) -> None:
        """End a limit. The timer stays, because the next exchange needs it."""
        self._ends.pop(limit, None)

    def _set_timer(self, end: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(end, self._expire)

    def _expire(self) -> None:
        self._timer, now = None, self._loop.time()
        for limit in [limit for limit, end in self._ends.items() if end <= now]:
            del self._ends[limit]
            limit.reschedule(now + READING)
        if self._ends:
            self._set_timer(min(self._ends.values()))


class _Opened(NamedTuple, Generic[T]):
    """The connections of one event loop, the places for requests that are sent at once, and their deadlines."""

    connections: T
    free: asyncio.Semaphore
    deadlines: _Deadlines
    end: AsyncGenerator[None]


class PerLoop(Generic[T]):
    """Connections for each event loop, because connections belong to the loop that made them.

    The connections are closed when their loop shuts down, as at the end of `asyncio.run`, so that a program can call
    `asyncio.run` repeatedly.

    Args:
        open: creates the connections of a loop, at the loop's first request.
        close: closes the connections.
    """

    def __init__(self, open: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._open, self._close = open, close
        self._opened = dict[asyncio.AbstractEventLoop, _Opened[T]]()

    async def send(
        self, exchange: Exchange, carry_out: Callable[[T, Exchange], Awaitable[HTTPResponse]], *, in_time: bool = False
    ) -> HTTPResponse:
        """Wait for a free connection, and carry out the exchange within its deadline. Raises RequestTimeoutError.

        `in_time` states that `carry_out` ends at the deadline itself.
        """
        loop = asyncio.get_running_loop()
        connections, free, deadlines, _ = self._opened.get(loop) or await self._open_in(loop)
        deadline = exchange.request.deadline
        if free.locked():
            try:
                async with asyncio.timeout(deadline):
                    await free.acquire()
            except TimeoutError as error:
                raise timeout_error(exchange.request, "pool", maybe_sent=False) from error
        else:
            await free.acquire()
        try:
            if exchange.request.is_streamed:
                limit = limit_of(exchange)
                return await within_deadline(exchange, carry_out(connections, exchange), limit)
            if deadline is None or in_time:
                return await carry_out(connections, exchange)
            limit = deadlines.begin(deadline)
            try:
                return await within_deadline(exchange, carry_out(connections, exchange), limit)
            finally:
                deadlines.end(limit)
        finally:
            free.release()

    async def _open_in(self, loop: asyncio.AbstractEventLoop) -> _Opened[T]:
        for other in list(self._opened):
            if other.is_closed():
                self._opened.pop(other, None)
        end = _end(weakref.ref(self), loop)
        opened = self._opened[loop] = _Opened(self._open(), asyncio.Semaphore(CONNECTIONS), _Deadlines(), end)
        # A loop that shuts down closes the asynchronous generators that began in it.
        await anext(end)
        return opened

    async def close(self) -> None:
        """Close the connections of this event loop. The next request opens a new connection."""
        if (opened := self._opened.get(asyncio.get_running_loop())) is not None:
            await opened.end.aclose()

    async def close_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connections of `loop`, which is the running loop."""
        if (opened := self._opened.pop(loop, None)) is not None:
            await self._close(opened.connections)


def limit_of(exchange: Exchange) -> asyncio.Timeout:
    """Return the limit of an exchange by its deadline, which begins now, or at the end of a streamed content."""
    request, deadline = exchange.request, exchange.request.deadline
    if not request.is_streamed:
        return asyncio.timeout(deadline)
    limit, loop = asyncio.timeout(None), asyncio.get_running_loop()

    def begin() -> None:
        with suppress(RuntimeError):  # the exchange has ended already
            limit.reschedule(None if deadline is None else loop.time() + deadline)

    exchange.request = replace(request, content=as_async_iterable(request, begin))
    return limit


async def within_deadline(exchange: Exchange, outcome: Awaitable[HTTPResponse], limit: asyncio.Timeout) -> HTTPResponse:
    """Await the response, end the exchange at its limit, and close its content. Raises RequestTimeoutError."""
    content = exchange.request.content
    try:
        async with limit:
            return await outcome
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise timeout_error(exchange.request, "deadline", maybe_sent=exchange.maybe_sent) from error
    finally:
        await close_pieces(content)


async def _end(owner: weakref.ref[PerLoop[T]], loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
    """Close connections when this generator is closed."""
    try:
        yield
    finally:
        if (found := owner()) is not None:
            await found.close_in(loop)
