"""The checks of token stores accept a small correct store, and notice the faults that a store can have."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from threading import Lock
from typing import Any

import pytest
from trustoo.oauth import ANY, StoreConflictError, Stored
from trustoo.testing import check_async_token_store, check_token_store, store_checks

from contract_tests.support.clock import set_clock_at_each_reading
from tests.support import CheckClock


class Correct:
    """A store in two dicts, which the faults change."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.texts: dict[str, Stored] = {}
        self.leases: dict[str, tuple[str, float]] = {}
        self.clock, self.numbers, self.lock = clock, count(1), Lock()

    def load(self, key: str) -> Any:
        return self.texts.get(key)

    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        with self.lock:
            held = self.texts.get(key)
            if replaces is not ANY and replaces != (held and held.version):
                raise StoreConflictError("The store has another version.")
            self.texts[key] = Stored(text, self.version(key, text))
            return self.texts[key].version

    def version(self, key: str, text: str) -> str:
        return str(next(self.numbers))

    def delete(self, key: str) -> None:
        self.texts.pop(key, None)

    def keys(self) -> Any:
        return iter(list(self.texts))

    def lease(self, key: str, owner: str, seconds: float) -> Any:
        with self.lock:
            holder, until = self.leases.get(key, (owner, 0.0))
            if holder != owner and until > self.clock():
                return False
            self.leases[key] = owner, self.clock() + seconds
            return True

    def release(self, key: str, owner: str) -> None:
        if self.leases.get(key, ("",))[0] == owner:
            del self.leases[key]


class AsyncStore:
    """The same store with coroutine functions. Each gives way to others before it begins."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)

        async def call(*arguments: Any, **keywords: Any) -> Any:
            await asyncio.sleep(0)
            return method(*arguments, **keywords)

        call.__name__ = name
        return call

    async def keys(self) -> AsyncIterator[str]:
        keys = self.store.keys()
        for key in keys:
            yield key


def test_a_correct_store_is_accepted_in_real_time() -> None:
    store = Correct()
    check_token_store(lambda: store)


def test_a_correct_store_for_asyncio_is_accepted_also_with_what_it_kept(clock: CheckClock) -> None:
    store = AsyncStore(Correct(clock))
    for _ in range(2):
        asyncio.run(check_async_token_store(lambda: store))


def test_a_slow_machine_is_no_fault(clock: CheckClock, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Correct):
        def lease(self, key: str, owner: str, seconds: float) -> Any:
            clock.now += 0.1
            return super().lease(key, owner, seconds)

    monkeypatch.setattr(store_checks, "monotonic", clock)
    store = Slow(clock)
    check_token_store(lambda: store)


class OverwritesWhatIsThere(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        return super().save(key, text, replaces=ANY if replaces is None else replaces)


class NeverConflicts(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        return super().save(key, text, replaces=ANY)


class CreatesForAVersion(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        return super().save(key, text, replaces=ANY if key not in self.texts else replaces)


class TakesAnyForNone(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        return super().save(key, text, replaces=None if replaces is ANY else replaces)


class ReturnsNoVersion(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        super().save(key, text, replaces=replaces)


class ReturnsFalseForAConflict(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        try:
            return super().save(key, text, replaces=replaces)
        except StoreConflictError:
            return False


class WritesBeforeItConflicts(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        try:
            return super().save(key, text, replaces=replaces)
        except StoreConflictError:
            self.texts[key] = Stored(text, "0")
            raise


class LooksBeforeItSaves(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        held = self.texts.get(key)
        if replaces is not ANY and replaces != (held and held.version):
            raise StoreConflictError("The store has another version.")
        time.sleep(0.001)
        return super().save(key, text, replaces=ANY)


class CountsVersionsOfAKey(Correct):
    def version(self, key: str, text: str) -> str:
        held = self.texts.get(key)
        return str(int(held.version) + 1 if held else 1)


class VersionOfTheText(Correct):
    def version(self, key: str, text: str) -> str:
        return f"{hash(text)}"


class LoadsBytes(Correct):
    def load(self, key: str) -> Any:
        held = super().load(key)
        return held and (held.text.encode(), held.version.encode())


class LoadsTheTextOnly(Correct):
    def load(self, key: str) -> Any:
        held = super().load(key)
        return held and held.text


class TakesEmptyForNone(Correct):
    def load(self, key: str) -> Any:
        held = super().load(key)
        return held if held and held.text else None


class CutsTexts(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        return super().save(key, text[:65535], replaces=replaces)


class StripsTexts(Correct):
    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        return super().save(key, text.replace("\r\n", "\n"), replaces=replaces)


class DeletionEndsTheLease(Correct):
    def delete(self, key: str) -> None:
        super().delete(key)
        self.leases.pop(key, None)


class KeepsWhatIsLeased(Correct):
    def delete(self, key: str) -> None:
        if key not in self.leases:
            super().delete(key)


class DeletesByPrefix(Correct):
    def delete(self, key: str) -> None:
        for other in [other for other in self.texts if other.startswith(key[:33])]:
            super().delete(other)


class FailsWithoutAText(Correct):
    def delete(self, key: str) -> None:
        del self.texts[key]


class LeasesForAll(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        return super().lease(key, "", seconds)


class LeaseWithoutAnswer(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        super().lease(key, owner, seconds)


class LeasesOnlyTexts(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        return key in self.texts and super().lease(key, owner, seconds)


class LeasesAllKeysTogether(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        return super().lease("", owner, seconds)

    def release(self, key: str, owner: str) -> None:
        super().release("", owner)


class NobodyExtends(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        return self.leases.get(key, ("", 0.0))[1] <= self.clock() and super().lease(key, owner, seconds)


class ExtendsForNothing(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        holder, until = self.leases.get(key, ("", 0.0))
        return (holder == owner and until > self.clock()) or super().lease(key, owner, seconds)


class ExtendsOnlyLater(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        before = self.leases.get(key, ("", 0.0))
        leased = super().lease(key, owner, seconds)
        if leased and before[0] == owner:
            self.leases[key] = owner, max(before[1], self.leases[key][1])
        return leased


class RefusalExtends(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        leased = super().lease(key, owner, seconds)
        if not leased:
            self.leases[key] = self.leases[key][0], self.clock() + seconds
        return leased


class LeasesForEver(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        return super().lease(key, owner, 1e9)


class LeasesBriefly(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        return super().lease(key, owner, seconds / 2)


class LooksBeforeItLeases(Correct):
    def lease(self, key: str, owner: str, seconds: float) -> Any:
        holder, until = self.leases.get(key, (owner, 0.0))
        if holder != owner and until > self.clock():
            return False
        time.sleep(0.001)
        self.leases[key] = owner, self.clock() + seconds
        return True


class AnyoneReleases(Correct):
    def release(self, key: str, owner: str) -> None:
        self.leases.pop(key, None)


class NobodyReleases(Correct):
    def release(self, key: str, owner: str) -> None:
        pass


class ReleasesTwice(Correct):
    def release(self, key: str, owner: str) -> None:
        if key not in self.leases:
            raise KeyError(key)
        super().release(key, owner)


class ListsLeases(Correct):
    def keys(self) -> Any:
        return iter([*self.texts, *(key for key in self.leases if key not in self.texts)])


class ListsTwice(Correct):
    def keys(self) -> Any:
        return iter([*self.texts, *self.texts])


class ListsSome(Correct):
    def keys(self) -> Any:
        return iter(list(self.texts)[:10])


class ListsAtOnce(Correct):
    def keys(self) -> Any:
        return list(self.texts)


class IsLockedWhileKeysAreTaken(Correct):
    def keys(self) -> Iterator[str]:
        with self.lock:
            yield from list(self.texts)

    def save(self, key: str, text: str, *, replaces: Any) -> Any:
        if not self.lock.acquire(timeout=0.01):
            raise AssertionError("While a caller takes keys, others use the store: the database is locked.")
        self.lock.release()
        return super().save(key, text, replaces=replaces)


def changed(change: Callable[[str], str]) -> type[Correct]:
    class ChangesKeys(Correct):
        def load(self, key: str) -> Any:
            return super().load(change(key))

        def save(self, key: str, text: str, *, replaces: Any) -> Any:
            return super().save(change(key), text, replaces=replaces)

        def delete(self, key: str) -> None:
            super().delete(change(key))

        def lease(self, key: str, owner: str, seconds: float) -> Any:
            return super().lease(change(key), owner, seconds)

        def release(self, key: str, owner: str) -> None:
            super().release(change(key), owner)

    return ChangesKeys


FAULTS = {kind.__name__: kind for kind in Correct.__subclasses__()} | {
    "case": changed(str.casefold),
    "trailing space": changed(str.rstrip),
    "cut": changed(lambda key: key[:254]),
    "hash tag": changed(lambda key: key.split("{")[0]),
    "normalised": changed(lambda key: unicodedata.normalize("NFC", key)),
    "ascii": changed(lambda key: key.encode("ascii", "replace").decode()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_store_is_noticed(fault: str, clock: CheckClock) -> None:
    store = FAULTS[fault](clock)
    rule = r"must (return|raise)|one (gets it|succeeds)|Each save|keys returns|others use the store|^'"
    with pytest.raises((AssertionError, KeyError), match=rule):
        check_token_store(lambda: store)


@pytest.mark.parametrize("fault", ["NeverConflicts", "LoadsBytes", "LeasesForEver", "ListsTwice", "case"])
def test_a_fault_of_a_store_for_asyncio_is_noticed(fault: str, clock: CheckClock) -> None:
    store = AsyncStore(FAULTS[fault](clock))
    with pytest.raises(AssertionError):
        asyncio.run(check_async_token_store(lambda: store))


def test_stores_that_share_nothing_are_noticed(clock: CheckClock) -> None:
    with pytest.raises(AssertionError, match="Another process sees what was saved"):
        check_token_store(lambda: Correct(clock))


def test_a_store_for_asyncio_is_refused_by_the_other_check() -> None:
    store: Any = AsyncStore(Correct())
    with pytest.raises(AssertionError, match="returned <coroutine"):
        check_token_store(lambda: store)


def test_a_fault_is_reported_at_once_although_the_clock_is_set(
    clock: CheckClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a check whose calls took long is repeated, with more seconds."""

    def ended() -> float:
        clock.now, store = 0.0, FAULTS["LeasesForEver"](clock)
        with pytest.raises(AssertionError):
            check_token_store(lambda: store)
        return clock.now

    right = ended()
    set_clock_at_each_reading(monkeypatch)
    assert ended() == right
