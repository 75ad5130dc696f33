"""What the asyncio transports share: a state for each event loop, the wait for a free connection, and the deadline."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from .connections import CONNECTIONS
from .errors import timeout_error
from .exchange import Exchange
from .protocols import HTTPResponse

__all__ = ["PerLoop", "within_deadline"]

T = TypeVar("T")


class _Opened(NamedTuple, Generic[T]):
    """The connections of one event loop, and the places for requests that are sent at once."""

    connections: T
    free: asyncio.Semaphore
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
        connections, free, _ = self._opened.get(loop) or await self._open_in(loop)
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
            outcome = carry_out(connections, exchange)
            return await (outcome if in_time else within_deadline(exchange, outcome))
        finally:
            free.release()

    async def _open_in(self, loop: asyncio.AbstractEventLoop) -> _Opened[T]:
        for other in list(self._opened):
            if other.is_closed():
                self._opened.pop(other, None)
        end = _end(weakref.ref(self), loop)
        opened = self._opened[loop] = _Opened(self._open(), asyncio.Semaphore(CONNECTIONS), end)
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


async def within_deadline(
    exchange: Exchange, outcome: Awaitable[HTTPResponse], limit: asyncio.Timeout | None = None
) -> HTTPResponse:
    """Await the response, and end the exchange at its deadline. Raises RequestTimeoutError.

    `limit` is given if the deadline does not begin now.
    """
    if limit is None:
        limit = asyncio.timeout(exchange.request.deadline)
    try:
        async with limit:
            return await outcome
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise timeout_error(exchange.request, "deadline", maybe_sent=exchange.maybe_sent) from error


async def _end(owner: weakref.ref[PerLoop[T]], loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
    """Close connections when this generator is closed."""
    try:
        yield
    finally:
        if (found := owner()) is not None:
            await found.close_in(loop)
