"""Tokens are copied between stores that processes use meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from trustoo.oauth import ANY, AsyncMemoryStore, MemoryStore, StoreError, Token
from trustoo.stores import EncryptedStore, copy_tokens, copy_tokens_async

from tests.stores.conftest import ENCRYPTION_KEY


def token(name: str, obtained_at: float | None) -> str:
    return Token(f"EXAMPLE-{name}", "EXAMPLE-refresh", None, obtained_at).to_json()


def names(store: Any) -> dict[str, str]:
    """The name of each token in a store."""
    return {
        key: Token.from_json(store.load(key).text).access_token.removeprefix("EXAMPLE-") for key in list(store.keys())
    }


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_missing_and_older_tokens_are_copied_and_newer_ones_stay(is_async: bool) -> None:
    source, target = MemoryStore(), MemoryStore()
    for key, there, here in (
        ("missing", 5.0, None),
        ("older", 5.0, 4.0),
        ("same", 5.0, 5.0),
        ("newer", 5.0, 6.0),
    ):
        source.save(key, token("source", there), replaces=None)
        if here is not None:
            target.save(key, token("target", here), replaces=None)
    source.save("unknown age", token("source", None), replaces=None)
    target.save("unknown age", token("target", None), replaces=None)
    target.save("only there", token("target", 1), replaces=None)
    expected = {
        "missing": "source",
        "older": "source",
        "same": "target",
        "newer": "target",
        "unknown age": "target",
        "only there": "target",
    }
    for saved in (2, 0):  # a second run has nothing to do
        if is_async:
            summary = asyncio.run(copy_tokens_async(AsyncMemoryStore(source), AsyncMemoryStore(target)))
        else:
            summary = copy_tokens(source, target)
        assert summary == (saved, 5 - saved, {})
        assert names(target) == expected
    assert names(source) == dict.fromkeys(["missing", "older", "same", "newer", "unknown age"], "source")


class Busy(MemoryStore):
    """A store in which another process does something after each load of a key, once."""

    def __init__(self, **meanwhile: Any) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def load(self, key: str) -> Any:
        stored = super().load(key)
        if act := self._meanwhile.pop(key, None):
            act(self)
        return stored


def test_a_token_that_is_saved_meanwhile_is_not_overwritten_by_an_older_one() -> None:
    source = MemoryStore()
    target = Busy(
        newer=lambda store: store.save("newer", token("renewed", 9), replaces=ANY),
        older=lambda store: store.save("older", token("restored", 2), replaces=ANY),
        gone=lambda store: store.delete("gone"),
    )
    target.save("gone", token("target", 1), replaces=None)
    for key in ("newer", "older", "gone"):
        source.save(key, token("source", 5), replaces=None)
    assert copy_tokens(source, target) == (2, 1, {})
    assert names(target) == {"newer": "renewed", "older": "source", "gone": "source"}


@pytest.mark.parametrize("changes", [1, 2, 3, 6])
def test_a_target_that_changes_several_times_still_gets_the_newer_token(changes: int) -> None:
    left = list(range(changes))

    class Restless(MemoryStore):
        def load(self, key: str) -> Any:
            stored = super().load(key)
            if left:
                self.save(key, token(f"older-{left.pop()}", 1), replaces=ANY)
            return stored

    source, target = MemoryStore(), Restless()
    source.save("a", token("source", 5), replaces=None)
    assert copy_tokens(source, target) == (1, 0, {})
    assert names(target) == {"a": "source"}


def test_a_token_that_is_deleted_in_the_source_meanwhile_is_not_copied() -> None:
    class Listed(MemoryStore):
        def keys(self) -> Any:
            return iter(["gone"])

    target = MemoryStore()
    assert copy_tokens(Listed(), target) == (0, 1, {})
    assert names(target) == {}


def test_a_token_that_cannot_be_read_does_not_keep_the_others_from_being_copied() -> None:
    source, target = MemoryStore(), MemoryStore()
    source.save("a", "damaged EXAMPLE", replaces=None)
    source.save("b", token("source", 5), replaces=None)
    summary = copy_tokens(source, target)
    assert (summary.saved, summary.kept, list(summary.failed)) == (1, 0, ["a"])
    assert "EXAMPLE" not in str(summary.failed["a"])
    assert names(target) == {"b": "source"}


def test_a_source_that_cannot_be_listed_is_an_error() -> None:
    class Away(MemoryStore):
        def keys(self) -> Any:
            yield "a"
            raise StoreError("The store is away.")

    with pytest.raises(StoreError, match="away"):
        copy_tokens(Away(), MemoryStore())


def test_tokens_move_into_an_encrypted_store() -> None:
    source, target = MemoryStore(), MemoryStore()
    source.save("a", token("source", 5), replaces=None)
    encrypted = EncryptedStore(target, ENCRYPTION_KEY)
    assert copy_tokens(source, encrypted).saved == 1
    assert names(encrypted) == {"a": "source"}
    stored = target.load("a")
    assert stored is not None
    assert "EXAMPLE" not in stored.text
