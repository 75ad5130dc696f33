"""Effects, and the two loops that run them.

The decisions of a client are written once, as generators without I/O. The generators yield effects: a request to send,
a time to wait, a token to get, or an attempt to reserve. `run` and `run_async` carry out the effects, with one handler
for each kind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeAlias, TypeVar

from .errors import TrustooError
from .transport.protocols import HTTPRequest

__all__ = [
    "AsyncHandlers",
    "Effect",
    "GetToken",
    "Handlers",
    "Reserve",
    "Sleep",
    "run",
    "run_async",
    "sleep",
    "sleep_async",
    "waits",
    "without_frames",
    "without_waiting",
]

P = ParamSpec("P")
T = TypeVar("T")


class Sleep(NamedTuple):
    """Wait for this number of seconds."""

    seconds: float


class GetToken:
    """Get an access token from the credentials' `tokens`. `rejected`: the token that the service has just refused."""

    def __init__(self, rejected: str | None = None) -> None:
        self.rejected = rejected

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # the token is a secret


class Reserve:
    """Reserve an attempt with the client's rate limiter. The result is the seconds to wait."""


Effect: TypeAlias = HTTPRequest | Sleep | GetToken | Reserve
"""The effects of a call. The result of an HTTPRequest is an HTTPResponse or a TransportError; of a GetToken, text; of a
Reserve, seconds."""
Handlers: TypeAlias = Mapping[type[Any], Callable[[Any], Any]]
"""A function for each kind of effect. It returns the effect's result. Its errors are raised in the generator."""
AsyncHandlers: TypeAlias = Mapping[type[Any], Callable[[Any], Awaitable[Any]]]
"""A coroutine function for each kind of effect, with the rules of `Handlers`."""


def run(effects: Generator[Any, Any, T], handlers: Handlers) -> T:
    """Carry out the effects, and return the generator's result. Raises what the generator raises.

    The traceback of an error of this package, or of the caller's code, does not show this function and the functions
    below. Their local variables are requests, responses and tokens, and programs that report errors send variables.
    """
    failed: BaseException | None = None
    try:
        effect = next(effects)
        while True:
            try:
                result = handlers[type(effect)](effect)
            except BaseException as error:
                failed = error
                effect = effects.throw(error)
            else:
                effect = effects.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value
    except Exception as error:
        if error is failed or isinstance(error, TrustooError):
            result = None  # it can be a token
            _drop_frames(error)
        raise
    finally:
        del failed  # an error that refers to itself through this frame would live longer


async def run_async(effects: Generator[Any, Any, T], handlers: AsyncHandlers) -> T:
    """`run` for asyncio: carry out the effects, and return the generator's result."""
    failed: BaseException | None = None
    try:
        effect = next(effects)
        while True:
            try:
                result = await handlers[type(effect)](effect)
            except BaseException as error:
                failed = error
                effect = effects.throw(error)
            else:
                effect = effects.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value
    except Exception as error:
        if error is failed or isinstance(error, TrustooError):
            result = None  # it can be a token
            _drop_frames(error)
        raise
    finally:
        del failed  # an error that refers to itself through this frame would live longer


def _drop_frames(error: Exception) -> None:
    from ._redaction import drop_frames  # the patterns of this module take long to compile, and are seldom needed

    drop_frames(error)


def without_frames(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function whose errors hold none of its arguments: the traceback has no frame of the function."""

    @wraps(function)
    def call(*args: P.args, **arguments: P.kwargs) -> T:
        try:
            return function(*args, **arguments)
        except TrustooError as error:
            _drop_frames(error)
            raise  # adds no frame

    return call


_lock = threading.Lock()
_without = 0


@contextmanager
def without_waiting() -> Iterator[None]:
    """Let no client of this process wait between attempts, or for its `rate`, inside the block. For tests.

    The clients make the same attempts, and report the same pauses. Blocks can be nested. Thread-safe.

    Yields:
        Nothing.

    Example:
        >>> from trustoo.testing import Fault, without_waiting
        >>> fake.fail(Fault.status(503))
        >>> with without_waiting():
        ...     print(shop.reviews.get(id="1001").rating)  # the second attempt
        5
    """
    global _without
    with _lock:
        _without += 1
    try:
        yield
    finally:
        with _lock:
            _without -= 1


def waits() -> bool:
    """Whether clients wait: False inside `without_waiting`."""
    return not _without


def sleep(effect: Sleep) -> None:
    """Carry out a Sleep, unless waiting is switched off."""
    if not _without:
        time.sleep(effect.seconds)


async def sleep_async(effect: Sleep) -> None:
    """Carry out a Sleep without blocking the event loop, unless waiting is switched off."""
    import asyncio  # slow to import, and synchronous clients do not need it

    from ._concurrency import check_event_loop

    if not _without:
        check_event_loop()
        await asyncio.sleep(effect.seconds)
