"""Checks of replay stores, for tests of a store of your own. They are written once, for both kinds of stores."""

from __future__ import annotations

import inspect
from asyncio import gather
from asyncio import sleep as pause_async
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import sleep as pause
from typing import Any
from uuid import uuid4

from ..webhooks import AsyncReplayStore, ReplayStore

__all__ = ["check_async_replay_store", "check_replay_store"]

SHORT, LONG = 2.0, 60.0
"""Seconds of claims that run out during the checks, and of claims that do not."""
RACERS = 8
ODD_KEYS = (
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

Call = Callable[[], Any]
Steps = Generator[float | Sequence[Call], Any, None]
"""What the checks do: wait for some seconds, or make calls at the same time. The result is that of each call."""


def check_replay_store(factory: Callable[[], ReplayStore]) -> None:
    """Check that a store does what `trustoo.webhooks.ReplayStore` says. Takes a few seconds.

    Args:
        factory: returns a store. All stores that it returns must have the same content, as stores of two processes
            have. The content need not be empty; the checks use new keys. `factory` is called twice.

    Raises:
        AssertionError: if the store behaves differently. The message states the rule.
    """
    steps = _checks(factory(), factory())
    with ThreadPoolExecutor(RACERS) as threads, suppress(StopIteration):
        step = next(steps)
        while True:
            if isinstance(step, Sequence):
                step = steps.send(list(threads.map(lambda call: call(), step)))
            else:
                pause(step)
                step = next(steps)


async def check_async_replay_store(factory: Callable[[], AsyncReplayStore]) -> None:
    """`check_replay_store` for a store whose methods are coroutine functions."""
    steps = _checks(factory(), factory())
    with suppress(StopIteration):
        step = next(steps)
        while True:
            if isinstance(step, Sequence):
                step = steps.send(await gather(*(call() for call in step)))
            else:
                await pause_async(step)
                step = next(steps)


def _checks(first: Any, second: Any) -> Steps:
    for check in (_claims, _owners, _repeated_calls, _several_keys, _odd_keys, _expiry, _races):
        yield from check(first, second)


def _new(*names: str) -> list[str]:
    """Return keys that no earlier check has used."""
    run = uuid4().hex
    return [f"{run} {name}" for name in names]


def _one(method: Callable[..., Any], *keys: str, **keywords: Any) -> Generator[Sequence[Call], Any, Any]:
    """Make one call, and return its result."""
    (result,) = yield [partial(method, *keys, **keywords)]
    return result


def _expect(rule: str, expected: object, call: Callable[..., Any], *keys: str, **keywords: Any) -> Steps:
    result = yield from _one(call, *keys, **keywords)
    if inspect.iscoroutine(result):
        result.close()
    assert type(result) is type(expected) or (isinstance(expected, bool) and isinstance(result, int)), (
        f"{call.__name__} must return {expected!r}, and returned {result!r}."
    )
    assert result == expected, f"{rule} {call.__name__} must return {expected!r}, and returned {result!r}."


def _claims(first: Any, second: Any) -> Steps:
    (key,) = _new("a")
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, key, **mine)
    yield from _expect("A key that another owner has claimed is busy.", "busy", second.claim, key, **other)
    yield from _expect("The owner of a claim settles it.", True, first.settle, key, **mine)
    yield from _expect("A key that was settled is done, also for others.", "done", second.claim, key, **other)
    yield from _one(second.forget, key, owner="owner-2")
    yield from _one(first.forget, key, owner="owner-1")
    yield from _expect("A key that was settled is not forgotten.", "done", second.claim, key, **other)
    (key,) = _new("b")
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, key, **mine)
    yield from _one(first.forget, key, owner="owner-1")
    yield from _expect("A key that its owner has forgotten is new.", "new", second.claim, key, **other)
    (key,) = _new("c")
    yield from _one(first.forget, key, owner="owner-1")
    yield from _expect(
        "A key can be settled if its claim is gone and nobody has claimed it.", True, first.settle, key, **mine
    )


def _owners(first: Any, second: Any) -> Steps:
    (key,) = _new("a")
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, key, **mine)
    yield from _expect("Only the owner of a claim settles it.", False, second.settle, key, **other)
    yield from _one(second.forget, key, owner="owner-2")
    yield from _expect("Only the owner of a claim forgets it.", "busy", second.claim, key, **other)
    yield from _expect("A claim survives the calls of other owners.", True, first.settle, key, **mine)
    yield from _expect("A key that another owner has settled is not settled again.", False, second.settle, key, **other)


def _repeated_calls(first: Any, second: Any) -> Steps:
    (key,) = _new("a")
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    for _ in range(2):
        yield from _expect("An owner may claim its keys again.", "new", first.claim, key, **mine)
    for _ in range(2):
        yield from _expect("An owner may settle its keys again.", True, second.settle, key, **mine)
    yield from _expect(
        "An owner that claims keys after it settled them changes nothing.", "done", first.claim, key, **mine
    )


def _several_keys(first: Any, second: Any) -> Steps:
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    third: Any = {"owner": "owner-3", "seconds": LONG}
    a, b, c, d, e = _new("a", "b", "c", "d", "e")
    yield from _expect("Keys that nobody has claimed are new.", "new", first.claim, a, b, **mine)
    pairs: list[tuple[str, ...]] = [(b, c), (c, b)]
    for keys in pairs:
        yield from _expect("Keys are busy if one of them is busy.", "busy", second.claim, *keys, **other)
    yield from _expect("A claim that fails claims none of its keys.", "new", second.claim, c, d, **third)
    yield from _expect("No key is settled if another owner has claimed one.", False, second.settle, b, e, **other)
    yield from _expect("A settling that fails changes none of its keys.", "new", first.claim, e, **mine)
    yield from _expect("All keys are settled together.", True, first.settle, a, b, **mine)
    pairs = [(a, c), (c, a), (b,)]
    for keys in pairs:
        yield from _expect("Keys are done if one of them is done.", "done", first.claim, *keys, **mine)
    yield from _one(second.forget, a, c, d, owner="owner-3")
    yield from _expect("All claimed keys are forgotten together.", "new", first.claim, c, d, **mine)


def _odd_keys(first: Any, second: Any) -> Steps:
    run = uuid4().hex
    keys = [run + end for end in ODD_KEYS]
    for number, key in enumerate(keys):
        rule = f"The keys are different, also {key!r}."
        yield from _expect(rule, "new", first.claim, key, owner=f"owner-{number}", seconds=LONG)
    for number, key in enumerate(keys):
        if number % 2:
            yield from _expect(
                f"A key is kept as it is, also {key!r}.",
                True,
                second.settle,
                key,
                owner=f"owner-{number}",
                seconds=LONG,
            )
    for number, key in enumerate(keys):
        expected = "done" if number % 2 else "busy"
        yield from _expect(
            f"A key is kept as it is, also {key!r}.", expected, second.claim, key, owner="other", seconds=LONG
        )


def _expiry(first: Any, second: Any) -> Steps:
    mine: Any = {"owner": "owner-1", "seconds": SHORT}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    lost, renewed, settled, kept, own = _new("lost", "renewed", "settled", "kept", "own")
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, lost, **mine)
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, renewed, **mine)
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, own, **mine)
    yield from _expect("A key that nobody has claimed is settled.", True, first.settle, settled, **mine)
    yield from _expect("A key that nobody has claimed is new.", "new", first.claim, kept, **mine)
    yield from _expect("The owner of a claim settles it.", True, first.settle, kept, owner="owner-1", seconds=LONG)
    yield SHORT * 0.6
    yield from _expect("A claim lasts as long as was said.", "busy", second.claim, lost, **other)
    yield from _expect("An owner extends its claim.", "new", first.claim, renewed, **mine)
    yield SHORT * 0.6
    yield from _expect("A claim that was extended lasts longer.", "busy", second.claim, renewed, **other)
    yield from _expect("A claim runs out, and the next owner gets it.", "new", second.claim, lost, **other)
    yield from _expect("A settled key becomes free after its seconds.", "new", second.claim, settled, **other)
    yield from _expect("The seconds of settling replace those of the claim.", "done", second.claim, kept, **other)
    yield from _expect(
        "An owner whose claim ran out settles it if nobody has claimed it.", True, first.settle, own, **mine
    )
    yield from _expect("An owner that lost its claim cannot settle.", False, first.settle, lost, **mine)
    yield from _expect("An owner that lost its claim cannot renew it.", "busy", first.claim, lost, **mine)
    yield from _one(first.forget, lost, owner="owner-1")
    yield from _expect("An owner that lost its claim cannot forget it.", "busy", first.claim, lost, **mine)
    yield from _expect("The owner that has the claim settles it.", True, second.settle, lost, **other)


def _races(first: Any, second: Any) -> Steps:
    for number in range(5):
        a, b = _new("a", "b")
        results: list[object] = yield [
            partial(
                (first, second)[racer % 2].claim,
                *((a, b) if racer % 3 else (b, a)),
                owner=f"owner-{number}-{racer}",
                seconds=LONG,
            )
            for racer in range(RACERS)
        ]
        assert sorted(map(str, results)) == ["busy"] * (RACERS - 1) + ["new"], (
            f"Of {RACERS} owners that claim the same keys at the same time, one gets them. claim returned {results!r}."
        )
