"""Checks of replay stores, for tests of a store of your own. They are written once, for both kinds of stores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from ..webhooks import AsyncReplayStore, ReplayStore
from .store_checks import ODD_ENDS, RACERS, Steps, call, expect, new_keys, repeat_if_slow, run_checks, run_checks_async

__all__ = ["check_async_replay_store", "check_replay_store"]

SHORT, LONG = 2.0, 60.0
"""Seconds of claims that run out during the checks, and of claims that do not."""


def check_replay_store(factory: Callable[[], ReplayStore]) -> None:
    """Check that a store does what `trustoo.webhooks.ReplayStore` says. Takes a few seconds.

    Args:
        factory: returns a store. All stores that it returns must have the same content, as stores of two processes
            have. The content need not be empty; the checks use new keys. `factory` is called twice.

    Raises:
        AssertionError: if the store behaves differently. The message states the rule.

    Example:
        >>> from trustoo.testing import check_replay_store
        >>> from trustoo.webhooks import MemoryReplayStore
        >>> store = MemoryReplayStore()
        >>> check_replay_store(lambda: store)
    """
    run_checks(_checks(factory(), factory()))


async def check_async_replay_store(factory: Callable[[], AsyncReplayStore]) -> None:
    """Check a store whose methods are coroutine functions, as `check_replay_store` does.

    Args:
        factory: returns a store. All stores that it returns must have the same content. `factory` is called twice.

    Raises:
        AssertionError: if the store behaves differently. The message states the rule.

    Example:
        >>> from sqlalchemy.ext.asyncio import create_async_engine
        >>> from trustoo.stores import AsyncSqlReplayStore
        >>> from trustoo.testing import check_async_replay_store
        >>> engine = create_async_engine("sqlite+aiosqlite:///deliveries.db", connect_args={"timeout": 20})
        >>> await AsyncSqlReplayStore(engine).create_tables()
        >>> await check_async_replay_store(lambda: AsyncSqlReplayStore(engine))
        >>> await engine.dispose()
    """
    await run_checks_async(_checks(factory(), factory()))


def _checks(first: Any, second: Any) -> Steps:
    for check in (_claims, _owners, _repeated_calls, _several_keys, _odd_keys, _races):
        yield from check(first, second)
    yield from repeat_if_slow(partial(_expiry, first, second), SHORT)


def _claims(first: Any, second: Any) -> Steps:
    (key,) = new_keys("a")
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, key, **mine)
    yield from expect("A key that another owner has claimed is busy.", "busy", second.claim, key, **other)
    yield from expect("The owner of a claim settles it.", True, first.settle, key, **mine)
    yield from expect("A key that was settled is done, also for others.", "done", second.claim, key, **other)
    yield from call(second.forget, key, owner="owner-2")
    yield from call(first.forget, key, owner="owner-1")
    yield from expect("A key that was settled is not forgotten.", "done", second.claim, key, **other)
    (key,) = new_keys("b")
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, key, **mine)
    yield from call(first.forget, key, owner="owner-1")
    yield from expect("A key that its owner has forgotten is new.", "new", second.claim, key, **other)
    (key,) = new_keys("c")
    yield from call(first.forget, key, owner="owner-1")
    yield from expect(
        "A key can be settled if its claim is gone and nobody has claimed it.", True, first.settle, key, **mine
    )


def _owners(first: Any, second: Any) -> Steps:
    (key,) = new_keys("a")
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, key, **mine)
    yield from expect("Only the owner of a claim settles it.", False, second.settle, key, **other)
    yield from call(second.forget, key, owner="owner-2")
    yield from expect("Only the owner of a claim forgets it.", "busy", second.claim, key, **other)
    yield from expect("A claim survives the calls of other owners.", True, first.settle, key, **mine)
    yield from expect("A key that another owner has settled is not settled again.", False, second.settle, key, **other)


def _repeated_calls(first: Any, second: Any) -> Steps:
    (key,) = new_keys("a")
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    for _ in range(2):
        yield from expect("An owner may claim its keys again.", "new", first.claim, key, **mine)
    for _ in range(2):
        yield from expect("An owner may settle its keys again.", True, second.settle, key, **mine)
    yield from expect(
        "An owner that claims keys after it settled them changes nothing.", "done", first.claim, key, **mine
    )


def _several_keys(first: Any, second: Any) -> Steps:
    mine: Any = {"owner": "owner-1", "seconds": LONG}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    third: Any = {"owner": "owner-3", "seconds": LONG}
    a, b, c, d, e = new_keys("a", "b", "c", "d", "e")
    yield from expect("Keys that nobody has claimed are new.", "new", first.claim, a, b, **mine)
    pairs: list[tuple[str, ...]] = [(b, c), (c, b)]
    for keys in pairs:
        yield from expect("Keys are busy if one of them is busy.", "busy", second.claim, *keys, **other)
    yield from expect("A claim that fails claims none of its keys.", "new", second.claim, c, d, **third)
    yield from expect("No key is settled if another owner has claimed one.", False, second.settle, b, e, **other)
    yield from expect("A settling that fails changes none of its keys.", "new", first.claim, e, **mine)
    yield from expect("All keys are settled together.", True, first.settle, a, b, **mine)
    pairs = [(a, c), (c, a), (b,)]
    for keys in pairs:
        yield from expect("Keys are done if one of them is done.", "done", first.claim, *keys, **mine)
    yield from call(second.forget, a, c, d, owner="owner-3")
    yield from expect("All claimed keys are forgotten together.", "new", first.claim, c, d, **mine)


def _odd_keys(first: Any, second: Any) -> Steps:
    run = uuid4().hex
    keys = [run + end for end in ODD_ENDS]
    for number, key in enumerate(keys):
        rule = f"The keys are different, also {key!r}."
        yield from expect(rule, "new", first.claim, key, owner=f"owner-{number}", seconds=LONG)
    for number, key in enumerate(keys):
        if number % 2:
            yield from expect(
                f"A key is kept as it is, also {key!r}.",
                True,
                second.settle,
                key,
                owner=f"owner-{number}",
                seconds=LONG,
            )
    for number, key in enumerate(keys):
        expected = "done" if number % 2 else "busy"
        yield from expect(
            f"A key is kept as it is, also {key!r}.", expected, second.claim, key, owner="other", seconds=LONG
        )


def _expiry(first: Any, second: Any, short: float) -> Steps:
    mine: Any = {"owner": "owner-1", "seconds": short}
    other: Any = {"owner": "owner-2", "seconds": LONG}
    lost, renewed, settled, kept, own = new_keys("lost", "renewed", "settled", "kept", "own")
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, lost, **mine)
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, renewed, **mine)
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, own, **mine)
    yield from expect("A key that nobody has claimed is settled.", True, first.settle, settled, **mine)
    yield from expect("A key that nobody has claimed is new.", "new", first.claim, kept, **mine)
    yield from expect("The owner of a claim settles it.", True, first.settle, kept, owner="owner-1", seconds=LONG)
    yield short * 0.6
    yield from expect("A claim lasts as long as was said.", "busy", second.claim, lost, **other)
    yield from expect("An owner extends its claim.", "new", first.claim, renewed, **mine)
    yield short * 0.6
    yield from expect("A claim that was extended lasts longer.", "busy", second.claim, renewed, **other)
    yield from expect("A claim runs out, and the next owner gets it.", "new", second.claim, lost, **other)
    yield from expect("A settled key becomes free after its seconds.", "new", second.claim, settled, **other)
    yield from expect("The seconds of settling replace those of the claim.", "done", second.claim, kept, **other)
    yield from expect(
        "An owner whose claim ran out settles it if nobody has claimed it.", True, first.settle, own, **mine
    )
    yield from expect("An owner that lost its claim cannot settle.", False, first.settle, lost, **mine)
    yield from expect("An owner that lost its claim cannot renew it.", "busy", first.claim, lost, **mine)
    yield from call(first.forget, lost, owner="owner-1")
    yield from expect("An owner that lost its claim cannot forget it.", "busy", first.claim, lost, **mine)
    yield from expect("The owner that has the claim settles it.", True, second.settle, lost, **other)


def _races(first: Any, second: Any) -> Steps:
    for number in range(5):
        a, b = new_keys("a", "b")
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
