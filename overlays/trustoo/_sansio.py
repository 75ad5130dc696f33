"""Effects, and the two loops that run them.

What a client decides is written once, as generators without I/O. They yield effects: what is to be sent, waited for or
fetched. `run` and `run_async` carry the effects out, with one handler for each kind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from .transport.protocols import HTTPRequest

__all__ = [
    "AsyncHandlers",
    "Effect",
    "GetToken",
    "Handlers",
    "Sleep",
    "run",
    "run_async",
    "sleep",
    "sleep_async",
    "without_waiting",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GetToken:
    """Get an access token from the credentials' `tokens`. `rejected`: the one that the service has just refused."""

    rejected: str | None = field(default=None, repr=False)


Effect: TypeAlias = HTTPRequest | Sleep | GetToken
"""What a call yields. An HTTPRequest gives an HTTPResponse, or raises TransportError; a GetToken gives text."""
Handlers: TypeAlias = Mapping[type[Any], Callable[[Any], Any]]
"""A function for each kind of effect. What it returns is the effect's result, what it raises is raised in the
generator."""
AsyncHandlers: TypeAlias = Mapping[type[Any], Callable[[Any], Awaitable[Any]]]
"""A coroutine function for each kind of effect."""


def run(effects: Generator[Any, Any, T], handlers: Handlers) -> T:
    """Carry out the effects, and return the generator's result. Raises what the generator raises."""
    try:
        effect = next(effects)
        while True:
            try:
                result = handlers[type(effect)](effect)
            except BaseException as error:
                effect = effects.throw(error)
            else:
                effect = effects.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value


async def run_async(effects: Generator[Any, Any, T], handlers: AsyncHandlers) -> T:
    """`run` for asyncio: carry out the effects, and return the generator's result."""
    try:
        effect = next(effects)
        while True:
            try:
                result = await handlers[type(effect)](effect)
            except BaseException as error:
                effect = effects.throw(error)
            else:
                effect = effects.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value


_lock = threading.Lock()
_without = 0


@contextmanager
def without_waiting() -> Iterator[None]:
    """A context manager for tests: in its block no client of this process waits between attempts.

    Which attempts are made, and how long the pauses would be, stays the same. Blocks can be nested. Thread-safe.
    """
    global _without
    with _lock:
        _without += 1
    try:
        yield
    finally:
        with _lock:
            _without -= 1


def sleep(effect: Sleep) -> None:
    """Carry out a Sleep, unless waiting is switched off."""
    if not _without:
        time.sleep(effect.seconds)


async def sleep_async(effect: Sleep) -> None:
    """Carry out a Sleep without blocking the event loop, unless waiting is switched off."""
    import asyncio  # slow to import, and synchronous clients do without

    if not _without:
        await asyncio.sleep(effect.seconds)
