"""What the checks of replay stores and of token stores share: the loops that run them, and their expectations.

The checks are written once, for both kinds of stores, as generators that yield the calls to make.
"""

from __future__ import annotations

import inspect
from asyncio import gather
from asyncio import sleep as pause_async
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import monotonic
from time import sleep as pause
from typing import Any, TypeAlias
from uuid import uuid4

from ..oauth import StoreConflictError

__all__ = [
    "ODD_ENDS",
    "RACERS",
    "Steps",
    "call",
    "expect",
    "new_keys",
    "repeat_if_slow",
    "run_checks",
    "run_checks_async",
]

RACERS = 8
ODD_ENDS = (
    *(
        "it's",
        'say "x"',
        "a b",
        "a  b",
        "a b ",
        "A B",
        "%s %d %%",
        "a\\b",
        "{a}{b}",
        "{a}{c}",
        "*?[a-z]",
        "a:b",
        "--;",
        "a%_",
    ),
    *("0", "null", "~" * 223, "~" * 222),
)
"""Ends of keys that are different, although a store that quotes, folds or cuts text may confuse them. The keys begin
with 32 other characters, so that the longest key has 255 characters."""

Call: TypeAlias = Callable[[], Any]
Steps: TypeAlias = Generator[float | Sequence[Call], Any, None]
"""What the checks do: wait for some seconds, or make calls at the same time. The result is that of each call. A
StoreConflictError is also a result."""


def run_checks(steps: Steps) -> None:
    """Run checks of a store whose methods are functions. A single call is made in this thread."""
    with ThreadPoolExecutor(RACERS) as threads, suppress(StopIteration):
        step = next(steps)
        while True:
            if isinstance(step, Sequence):
                step = steps.send(list((threads.map if len(step) > 1 else map)(_outcome, step)))
            else:
                pause(step)
                step = next(steps)


async def run_checks_async(steps: Steps) -> None:
    """Run checks of a store whose methods are coroutine functions."""
    with suppress(StopIteration):
        step = next(steps)
        while True:
            if isinstance(step, Sequence):
                step = steps.send(await gather(*(_outcome_async(call()) for call in step)))
            else:
                await pause_async(step)
                step = next(steps)


def _outcome(call: Call) -> Any:
    try:
        return call()
    except StoreConflictError as error:
        return error


async def _outcome_async(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except StoreConflictError as error:
        return error


def new_keys(*names: str) -> list[str]:
    """Return keys that no earlier check has used."""
    run = uuid4().hex
    return [f"{run} {name}" for name in names]


def repeat_if_slow(check: Callable[[float], Steps], seconds: float) -> Steps:
    """Run a check of something that lasts for some seconds. The check waits twice for 0.6 of these seconds.

    If the check fails and the calls took so long that it means nothing, run it again with more seconds.
    """
    for factor in (1, 5, 25):
        began, paused, results = monotonic(), 0.0, None
        steps = check(seconds * factor)
        try:
            while True:
                step = steps.send(results)
                paused += step if isinstance(step, float) else 0
                results = yield step
        except StopIteration:
            return
        except AssertionError:
            if factor == 25 or monotonic() - began - paused < 0.3 * seconds * factor:
                raise


def call(method: Callable[..., Any], *arguments: Any, **keywords: Any) -> Generator[Sequence[Call], Any, Any]:
    """Make one call, and return its result."""
    (result,) = yield [partial(method, *arguments, **keywords)]
    if inspect.iscoroutine(result):
        result.close()
    return result


def expect(rule: str, expected: object, method: Callable[..., Any], *arguments: Any, **keywords: Any) -> Steps:
    """Make one call, and check its result."""
    result = yield from call(method, *arguments, **keywords)
    assert type(result) is type(expected) or (isinstance(expected, bool) and isinstance(result, int)), (
        f"{method.__name__} must return {expected!r}, and returned {result!r}."
    )
    assert result == expected, f"{rule} {method.__name__} must return {expected!r}, and returned {result!r}."
