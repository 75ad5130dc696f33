"""Checks of token stores, for tests of a store of your own. They are written once, for both kinds of stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from ..oauth import ANY, AsyncTokenStore, StoreConflictError, TokenStore
from .store_checks import ODD_ENDS, RACERS, Steps, call, expect, new_keys, repeat_if_slow, run_checks, run_checks_async

__all__ = ["check_async_token_store", "check_token_store"]

SHORT, LONG = 1.0, 60.0
"""Seconds of leases that end during the checks, and of leases that do not."""
ODD_TEXTS = ("", " ", "0", "null", "a\nb\r\n\tc ", "it's", '{"a": "%s"}', "a\\u0000b", "Zoë", "漢字", "🫖", "e\u0301")
LARGE = "EXAMPLE é🫖 \n" * 100_000
"""More than 1 MB."""
KEYS_ALIKE = ("Zoë", "Zoe\u0308", "zoë", "🫖", "🫗", "ß", "ss", "../a", "a\nb", "a\tb")
"""Further ends of keys, which a store must not fold."""


def check_token_store(factory: Callable[[], TokenStore]) -> None:
    """Check that a store does what `trustoo.oauth.TokenStore` says. Takes a few seconds.

    Args:
        factory: returns a store. All stores that it returns must have the same content, as stores of two processes
            have. The content need not be empty; the checks use new keys. `factory` is called twice.

    Raises:
        AssertionError: if the store behaves differently. The message states the rule.

    Example:
        >>> from trustoo.testing import check_token_store
        >>> from trustoo.oauth import MemoryStore
        >>> store = MemoryStore()
        >>> check_token_store(lambda: store)
    """
    run_checks(_checks(factory(), factory(), Iterator, next))


async def check_async_token_store(factory: Callable[[], AsyncTokenStore]) -> None:
    """Check a store whose methods are coroutine functions, as `check_token_store` does.

    Args:
        factory: returns a store. All stores that it returns must have the same content. `factory` is called twice.

    Raises:
        AssertionError: if the store behaves differently. The message states the rule.

    Example:
        >>> from trustoo.testing import check_async_token_store
        >>> from trustoo.oauth import AsyncMemoryStore, MemoryStore
        >>> tokens = MemoryStore()
        >>> await check_async_token_store(lambda: AsyncMemoryStore(tokens))
    """
    await run_checks_async(_checks(factory(), factory(), AsyncIterator, anext))


def _checks(first: Any, second: Any, iterator: type, following: Callable[..., Any]) -> Steps:
    for check in (_texts, _conflicts, _versions, _deletion, _odd_texts, _odd_keys, _leases, _races):
        yield from check(first, second)
    yield from repeat_if_slow(partial(_expiry, first, second), SHORT)
    yield from _keys(first, second, iterator, following)


def _saved(rule: str, store: Any, key: str, text: str, replaces: Any) -> Generator[Any, Any, str]:
    """Save a text, and return the version."""
    version = yield from call(store.save, key, text, replaces=replaces)
    is_version = isinstance(version, str) and version != ""
    assert is_version, f"{rule} save must return the new version, and returned {version!r}."
    return str(version)


def _refused(rule: str, store: Any, key: str, text: str, replaces: Any) -> Steps:
    result = yield from call(store.save, key, text, replaces=replaces)
    assert isinstance(result, StoreConflictError), (
        f"{rule} save must raise StoreConflictError, and returned {result!r}."
    )


def _has(rule: str, store: Any, key: str, text: str, version: str) -> Steps:
    """Check what a store has. A message does not show long texts."""
    stored = yield from call(store.load, key)
    assert stored is not None, f"{rule} load must return the text, and returned None."
    found = getattr(stored, "text", None), getattr(stored, "version", None)
    assert all(isinstance(one, str) for one in found), f"load must return a Stored, and returned {stored!r:.200}."
    assert found[0] == text, f"{rule} load must return the text {text!r:.100}, and returned {found[0]!r:.100}."
    assert found[1] == version, f"{rule} load must return the version that save returned. {version!r} != {found[1]!r}."


def _has_none(rule: str, store: Any, key: str) -> Steps:
    stored = yield from call(store.load, key)
    assert stored is None, f"{rule} load must return None, and returned {stored!r:.200}."


def _texts(first: Any, second: Any) -> Steps:
    key, other = new_keys("a", "b")
    yield from _has_none("A key without a text.", first, key)
    version = yield from _saved("replaces=None saves a text if the store has none.", first, key, "one", None)
    yield from _has("Another process sees what was saved.", second, key, "one", version)
    version = yield from _saved("A save replaces the version that the store has.", second, key, "two", version)
    yield from _has("A text that was replaced.", first, key, "two", version)
    version = yield from _saved("replaces=ANY replaces every text.", first, key, "three", ANY)
    yield from _has("A text that was replaced by ANY.", second, key, "three", version)
    yield from _has_none("A key does not have the text of another key.", first, other)
    version = yield from _saved("replaces=ANY also saves if the store has no text.", second, other, "four", ANY)
    yield from _has("A text that was saved by ANY.", first, other, "four", version)


def _conflicts(first: Any, second: Any) -> Steps:
    key, other, missing = new_keys("a", "b", "missing")
    old = yield from _saved("replaces=None saves a text if the store has none.", first, key, "one", None)
    yield from _refused("replaces=None saves nothing if the store has a text.", second, key, "wrong", None)
    yield from _has("A save that is refused changes nothing.", first, key, "one", old)
    version = yield from _saved("A save replaces the version that the store has.", second, key, "two", old)
    yield from _refused("A save does not replace a newer version.", first, key, "wrong", old)
    yield from _has("A save that is refused changes nothing.", first, key, "two", version)
    foreign = yield from _saved("replaces=None saves a text if the store has none.", first, other, "other", None)
    yield from _refused("A save does not replace the version of another key.", second, key, "wrong", foreign)
    yield from _has("A save that is refused changes nothing.", second, key, "two", version)
    yield from _refused("A save replaces no version if the store has no text.", first, missing, "wrong", version)
    yield from _has_none("A save that is refused changes nothing.", second, missing)


def _versions(first: Any, second: Any) -> Steps:
    key, other = new_keys("a", "b")
    rule = "Each save has a version that no other save has, also after the key was deleted."
    versions = list[str]()
    for number in range(2):
        versions.append((yield from _saved(rule, first, key, "same", None)))
        versions.append((yield from _saved(rule, second, key, "same", versions[-1])))
        versions.append((yield from _saved(rule, first, key, "same", ANY)))
        assert len(set(versions)) == len(versions), f"{rule} save returned {versions!r}."
        if number == 0:
            yield from call(second.delete, key)
    versions.append((yield from _saved(rule, first, other, "same", None)))
    assert len(set(versions)) == len(versions), f"{rule} save returned {versions!r}."
    for version in (versions[0], versions[2], versions[4]):
        yield from _refused("A save does not replace an older version.", second, key, "wrong", version)


def _deletion(first: Any, second: Any) -> Steps:
    key, kept = new_keys("a", "b")
    yield from call(first.delete, key)
    yield from _has_none("Deleting a key without a text does nothing.", second, key)
    version = yield from _saved("replaces=None saves a text if the store has none.", first, key, "one", None)
    other = yield from _saved("replaces=None saves a text if the store has none.", first, kept, "two", None)
    yield from expect("A key that nobody has leased.", True, first.lease, key, "owner-1", LONG)
    yield from call(second.delete, key)
    yield from _has_none("A text is deleted, although an owner has the lease.", first, key)
    yield from _has("Deleting a key deletes no other key.", second, kept, "two", other)
    yield from _refused("A save does not replace a version that was deleted.", first, key, "wrong", version)
    yield from _has_none("A text that was deleted does not come back.", second, key)
    yield from expect("Deleting a text does not end the lease.", False, second.lease, key, "owner-2", LONG)
    version = yield from _saved("replaces=None saves a text after the key was deleted.", second, key, "three", None)
    yield from _has("A text that was saved after the key was deleted.", first, key, "three", version)


def _odd_texts(first: Any, second: Any) -> Steps:
    (key,) = new_keys("a")
    for text in ODD_TEXTS:
        version = yield from _saved("Every text can be saved.", first, key, text, ANY)
        yield from _has("A text is kept as it is.", second, key, text, version)
    version = yield from _saved("A text may have 1 MB.", first, key, LARGE, ANY)
    yield from _has("A text of 1 MB is kept as it is.", second, key, LARGE, version)


def _odd_keys(first: Any, second: Any) -> Steps:
    run = uuid4().hex
    keys = [run + end for end in (*ODD_ENDS, *KEYS_ALIKE)]
    versions = list[str]()
    for number, key in enumerate(keys):
        rule = f"The keys are different, also {key!r}."
        versions.append((yield from _saved(rule, first, key, f"text {number}", None)))
        yield from expect(rule, True, first.lease, key, f"owner {number}", LONG)
    for number, key in enumerate(keys):
        yield from _has(f"A key is kept as it is, also {key!r}.", second, key, f"text {number}", versions[number])
        yield from call(second.release, key, f"owner {number}")
        yield from expect(f"A lease is of one key, also {key!r}.", True, second.lease, key, "other", LONG)
        if number % 2:
            yield from call(second.delete, key)
    for number, key in enumerate(keys):
        rule = f"Deleting a key deletes no other key, also {key!r}."
        if number % 2:
            yield from _has_none(rule, first, key)
        else:
            yield from _has(rule, first, key, f"text {number}", versions[number])


def _leases(first: Any, second: Any) -> Steps:
    key, other = new_keys("a", "b")
    yield from expect("A key without a text can be leased.", True, first.lease, key, "owner-1", LONG)
    yield from expect("One owner at a time has the lease.", False, second.lease, key, "owner-2", LONG)
    yield from expect("A lease is of one key.", True, second.lease, other, "owner-2", LONG)
    yield from _has_none("A lease is not a text.", second, key)
    version = yield from _saved("A lease does not keep others from saving.", second, key, "one", None)
    yield from _has("A lease does not keep others from loading.", second, key, "one", version)
    yield from expect("An owner may lease its key again.", True, second.lease, key, "owner-1", LONG)
    yield from call(second.release, key, "owner-2")
    yield from expect("Only the owner ends a lease.", False, second.lease, key, "owner-2", LONG)
    yield from call(second.release, key, "owner-1")
    yield from expect("The owner ends its lease, also in another process.", True, first.lease, key, "owner-2", LONG)
    yield from _has("A lease does not change the text.", second, key, "one", version)
    yield from expect("A released lease does not come back.", False, first.lease, key, "owner-1", LONG)
    for _ in range(2):
        yield from call(first.release, key, "owner-2")
    yield from expect("A lease that was released is free.", True, second.lease, key, "owner-3", LONG)


def _expiry(first: Any, second: Any, short: float) -> Steps:
    lost, extended, shortened, refused, own, raced = new_keys(
        "lost", "extended", "shortened", "refused", "own", "raced"
    )
    for key in (lost, extended, refused, own, raced):
        yield from expect("A key that nobody has leased.", True, first.lease, key, "owner-1", short)
    for seconds in (LONG, short):
        yield from expect("An owner may lease its key again.", True, first.lease, shortened, "owner-1", seconds)
    yield from expect("One owner at a time has the lease.", False, second.lease, refused, "owner-2", LONG)
    yield short * 0.6
    yield from expect("A lease lasts as long as was said.", False, second.lease, lost, "owner-2", LONG)
    yield from expect("An owner extends its lease.", True, second.lease, extended, "owner-1", short)
    yield short * 0.6
    yield from expect("A lease that was extended lasts longer.", False, second.lease, extended, "owner-2", LONG)
    yield from expect("A lease ends, and the next owner gets it.", True, second.lease, lost, "owner-2", LONG)
    rule = "A lease ends after the seconds that its owner said last."
    yield from expect(rule, True, second.lease, shortened, "owner-2", LONG)
    yield from expect("A lease that is refused changes nothing.", True, first.lease, refused, "owner-2", LONG)
    yield from expect("An owner whose lease ended may lease its key again.", True, first.lease, own, "owner-1", LONG)
    yield from expect("An owner whose lease ended does not get it back.", False, first.lease, lost, "owner-1", LONG)
    yield from call(first.release, lost, "owner-1")
    yield from expect("An owner whose lease ended cannot release it.", False, first.lease, lost, "owner-1", LONG)
    yield from _one_lease(first, second, raced)


def _races(first: Any, second: Any) -> Steps:
    for number in range(3):
        (key,) = new_keys("a")
        yield from _one_lease(first, second, key)
        version: str | None = None
        for text in (f"text {number}", f"next {number}"):
            results: list[object] = yield [
                partial((first, second)[racer % 2].save, key, f"{text} {racer}", replaces=version)
                for racer in range(RACERS)
            ]
            saved = [racer for racer, result in enumerate(results) if not isinstance(result, StoreConflictError)]
            assert len(saved) == 1, (
                f"Of {RACERS} saves of the same key at the same time that replace the same version, one succeeds. "
                f"save returned {results!r}."
            )
            version = str(results[saved[0]])
            yield from _has(
                "The store has the text of the save that succeeded.", first, key, f"{text} {saved[0]}", version
            )


def _one_lease(first: Any, second: Any, key: str) -> Steps:
    results: list[object] = yield [
        partial((first, second)[racer % 2].lease, key, f"racer-{racer}", LONG) for racer in range(RACERS)
    ]
    assert sorted(map(bool, results)) == [False] * (RACERS - 1) + [True], (
        f"Of {RACERS} owners that lease the same key at the same time, one gets it. lease returned {results!r}."
    )


def _keys(first: Any, second: Any, iterator: type, following: Callable[..., Any]) -> Steps:
    texts, empty = new_keys("one", "two", "three", "four"), new_keys("leased", "deleted", "new")
    leased, deleted, new = empty
    for key in (*texts, deleted):
        yield from _saved("replaces=None saves a text if the store has none.", first, key, "text", None)
    yield from expect("A key without a text can be leased.", True, first.lease, leased, "owner-1", LONG)
    yield from call(first.delete, deleted)
    keys = second.keys()
    assert isinstance(keys, iterator), (
        f"keys must return an {iterator.__name__}, which need not load all keys at once, and returned {keys!r:.200}."
    )
    missing, found = object(), list[object]()
    while (key := (yield from call(following, keys, missing))) is not missing:
        found.append(key)
        if len(found) == 1:
            rule = "While a caller takes keys, others use the store."
            version = yield from _saved(rule, first, new, "text", None)
            yield from _has(rule, first, new, "text", version)
            yield from expect(rule, True, first.lease, new, "owner-1", LONG)
            yield from call(first.delete, new)
    counts = {key: found.count(key) for key in (*texts, *empty)}
    assert all(counts[key] == 1 for key in texts), (
        f"keys returns each key that has a text once, and returned {counts!r}."
    )
    assert not any(counts[key] for key in (leased, deleted)), (
        f"keys returns no key without a text, and returned {counts!r}."
    )
