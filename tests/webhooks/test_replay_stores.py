"""The checks of replay stores accept the stores of the package, and notice the faults that a store can have."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustoo.webhooks.replay
from trustoo.testing import check_async_replay_store, check_replay_store
from trustoo.webhooks import Claim, MemoryReplayStore, SqliteReplayStore

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.interleaving import not_serial
from tests.support import CheckClock
from tests.webhooks.support import AsyncStore

LATER = 1e9


def test_the_memory_store_is_accepted_in_real_time() -> None:
    store = MemoryReplayStore()
    check_replay_store(lambda: store)


def test_the_sqlite_store_is_accepted_also_with_what_it_kept(tmp_path: Path, clock: CheckClock) -> None:
    for _ in range(2):
        check_replay_store(lambda: SqliteReplayStore(tmp_path / "a.sqlite3", clock=clock))


def test_a_store_for_asyncio_is_accepted(clock: CheckClock) -> None:
    store = MemoryReplayStore(clock=clock)
    asyncio.run(check_async_replay_store(lambda: AsyncStore(store)))


class BytesForText(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Any:
        return super().claim(*keys, owner=owner, seconds=seconds).encode()


class NoAnswerToSettle(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> Any:
        super().settle(*keys, owner=owner, seconds=seconds)


class NoOwners(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return super().claim(*keys, owner="", seconds=seconds)


class NobodyRenews(MemoryReplayStore):
    number = 0

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        self.number += 1
        return super().claim(*keys, owner=f"{owner} {self.number}", seconds=seconds)


class AnyoneSettles(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        self._put(keys, True, owner, self._clock() + seconds)
        return True


class SettlesOnlyOnce(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        done = any(done for done, _ in self._held(keys, self._clock()))
        return not done and super().settle(*keys, owner=owner, seconds=seconds)


class SettlesWhatItCan(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        settled = [super(SettlesWhatItCan, self).settle(key, owner=owner, seconds=seconds) for key in keys]
        return all(settled)


class SettlesOneKey(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return super().settle(keys[0], owner=owner, seconds=seconds)


class SettlesOnlyLiveClaims(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return bool(self._held(keys, self._clock())) and super().settle(*keys, owner=owner, seconds=seconds)


class AnyoneForgets(MemoryReplayStore):
    def forget(self, *keys: str, owner: str) -> None:
        for key in keys:
            if not self._keys.get(key, (True,))[0]:
                del self._keys[key]


class ForgetsWhatIsSettled(MemoryReplayStore):
    def forget(self, *keys: str, owner: str) -> None:
        for key in keys:
            if self._keys.get(key, (True, None))[1] == owner:
                del self._keys[key]


class ForgetsOneKey(MemoryReplayStore):
    def forget(self, *keys: str, owner: str) -> None:
        super().forget(keys[0], owner=owner)


class ClaimsOneByOne(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        states = [super(ClaimsOneByOne, self).claim(key, owner=owner, seconds=seconds) for key in keys]
        return "done" if "done" in states else "busy" if "busy" in states else "new"


class ClaimsOneKey(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return super().claim(keys[0], owner=owner, seconds=seconds)


class TheFirstKeyDecides(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        state = super().claim(keys[0], owner=owner, seconds=seconds)
        return state if state != "new" else super().claim(*keys, owner=owner, seconds=seconds)


class LooksBeforeItClaims(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        held = self._held(keys, self._clock())
        if not held:
            time.sleep(0.01)
            self._put(keys, False, owner, self._clock() + seconds)
            return "new"
        return super().claim(*keys, owner=owner, seconds=seconds)


class ClaimsForEver(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return super().claim(*keys, owner=owner, seconds=LATER)


class ClaimsBriefly(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return super().claim(*keys, owner=owner, seconds=seconds / 2)


class RenewsForNothing(MemoryReplayStore):
    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        if {(False, owner)} == set(self._held(keys, self._clock())):
            return "new"
        return super().claim(*keys, owner=owner, seconds=seconds)


class SettlesForEver(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return super().settle(*keys, owner=owner, seconds=LATER)


class SettlesForAsLongAsTheClaim(MemoryReplayStore):
    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        until = {key: self._keys[key][2] for key in keys if key in self._keys}
        settled = super().settle(*keys, owner=owner, seconds=seconds)
        for key, before in until.items():
            self._keys[key] = (*self._keys[key][:2], before)
        return settled


class ForgetsSettledKeysWithTheClaim(MemoryReplayStore):
    def forget(self, *keys: str, owner: str) -> None:
        for key in keys:
            self._keys.pop(key, None)


def changed(change: Callable[[str], str]) -> type[MemoryReplayStore]:
    class ChangesKeys(MemoryReplayStore):
        def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
            return super().claim(*map(change, keys), owner=owner, seconds=seconds)

        def settle(self, *keys: str, owner: str, seconds: float) -> bool:
            return super().settle(*map(change, keys), owner=owner, seconds=seconds)

        def forget(self, *keys: str, owner: str) -> None:
            super().forget(*map(change, keys), owner=owner)

    return ChangesKeys


FAULTS = {
    kind.__name__: kind
    for kind in (
        *(BytesForText, NoAnswerToSettle, NoOwners, NobodyRenews, AnyoneSettles, SettlesOnlyOnce, SettlesWhatItCan),
        *(SettlesOneKey, SettlesOnlyLiveClaims, AnyoneForgets, ForgetsWhatIsSettled, ForgetsOneKey, ClaimsOneByOne),
        *(ClaimsOneKey, TheFirstKeyDecides, LooksBeforeItClaims, ClaimsForEver, ClaimsBriefly, RenewsForNothing),
        *(SettlesForEver, SettlesForAsLongAsTheClaim, ForgetsSettledKeysWithTheClaim),
    )
} | {
    "case": changed(str.lower),
    "trailing space": changed(str.rstrip),
    "double space": changed(lambda key: " ".join(key.split(" ")) if "  " not in key else key.replace("  ", " ")),
    "cut": changed(lambda key: key[:254]),
    "hash tag": changed(lambda key: key.split("{")[0]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_store_is_noticed(fault: str, clock: CheckClock) -> None:
    store = FAULTS[fault](clock=clock)
    with pytest.raises(AssertionError, match=r"must return|one gets them"):
        check_replay_store(lambda: store)


@pytest.mark.parametrize("fault", ["BytesForText", "AnyoneSettles", "ClaimsForEver", "case"])
def test_a_fault_of_a_store_for_asyncio_is_noticed(fault: str, clock: CheckClock) -> None:
    store = FAULTS[fault](clock=clock)
    with pytest.raises(AssertionError, match=r"must return"):
        asyncio.run(check_async_replay_store(lambda: AsyncStore(store)))


def test_stores_that_share_nothing_are_noticed(clock: CheckClock) -> None:
    with pytest.raises(AssertionError, match="A key that another owner has claimed is busy"):
        check_replay_store(lambda: MemoryReplayStore(clock=clock))


def test_a_store_for_asyncio_is_refused_by_the_other_check() -> None:
    store: Any = AsyncStore()
    with pytest.raises(AssertionError, match="and returned <coroutine"):
        check_replay_store(lambda: store)


def test_a_claim_in_memory_lasts_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)
    store = MemoryReplayStore()
    assert [store.claim("key", owner=owner, seconds=60) for owner in ("a", "b", "a", "b")] == [
        *("new", "busy", "new", "busy")
    ]
    assert [store.settle("key", owner="a", seconds=60), store.claim("key", owner="b", seconds=60)] == [True, "done"]


# --- two threads at once ---

TWO: dict[str, tuple[str, str, str]] = {
    "two claim": ("", "claim a", "claim b"),
    "settled without a claim, and claimed": ("", "settle a", "claim b"),
    "forgotten and settled": ("claim a", "forget a", "settle a"),
    "forgotten and claimed": ("claim a", "forget a", "claim b"),
    "claimed and forgotten": ("claim a", "claim b", "forget a"),
    "settled and claimed": ("claim a", "settle a", "claim b"),
}


@pytest.mark.parametrize("case", TWO)
def test_of_two_threads_one_comes_after_the_other(case: str) -> None:
    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        store = MemoryReplayStore(clock=lambda: 1000.0)

        def act(method: str, owner: str) -> Any:
            seconds = {} if method == "forget" else {"seconds": 60.0}
            return getattr(store, method)("key", owner=owner, **seconds)

        before, *calls = [each.split() for each in TWO[case]]
        if before:
            act(*before)
        one, other = [partial(act, *call) for call in calls]
        return one, other, lambda: [store.claim("key", owner=owner, seconds=60) for owner in ("c", "a", "b")]

    assert not_serial(prepare, trustoo.webhooks.replay) == []
