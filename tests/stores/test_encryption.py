"""Encrypted stores: nothing readable is stored, keys can be rotated, and a text belongs to one shop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from trustoo import ConfigurationError
from trustoo.oauth import ANY, AsyncMemoryStore, MemoryStore, StoreError
from trustoo.stores import AsyncEncryptedStore, EncryptedStore

from tests.stores.conftest import ENCRYPTION_KEY as OLD
from tests.stores.conftest import OTHER_KEY as NEW

SECRET = "EXAMPLE-secret-text"


def test_the_stored_text_shows_nothing() -> None:
    inner = MemoryStore()
    store = EncryptedStore(inner, OLD)
    version = store.save("a", SECRET, replaces=None)
    stored = inner.load("a")
    assert stored is not None
    assert SECRET not in stored.text
    assert stored.version == version
    assert store.load("a") == (SECRET, version)
    again = store.save("b", SECRET, replaces=None)
    assert inner.load("b") != stored._replace(version=again)  # equal texts are not equal when encrypted


def test_neither_an_error_nor_repr_shows_a_key_or_a_text() -> None:
    inner = MemoryStore()
    EncryptedStore(inner, OLD).save("a", SECRET, replaces=None)
    with pytest.raises(StoreError, match="The token of 'a' cannot be decrypted") as seen:
        EncryptedStore(inner, NEW).load("a")
    assert seen.value.__context__ is None
    stored = inner.load("a")
    assert stored is not None
    for shown in (str(seen.value), repr(EncryptedStore(inner, OLD, NEW))):
        assert not any(secret in shown for secret in (OLD, NEW, SECRET, stored.text))
    with pytest.raises(ConfigurationError, match="must be a Fernet key") as refused:
        EncryptedStore(inner, OLD, NEW[:-5])
    assert NEW[:-5] not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_key_is_required() -> None:
    with pytest.raises(ConfigurationError, match="needs a key"):
        EncryptedStore(MemoryStore())


@pytest.mark.parametrize("text", ["", SECRET, '{"access_token": "EXAMPLE"}', "gAAAAA"])
def test_a_text_that_is_not_encrypted_is_refused(text: str) -> None:
    inner = MemoryStore()
    inner.save("a", text, replaces=None)
    with pytest.raises(StoreError, match="was not encrypted by this class"):
        EncryptedStore(inner, OLD).load("a")


def test_the_text_of_one_shop_is_not_accepted_for_another() -> None:
    inner = MemoryStore()
    store = EncryptedStore(inner, OLD)
    store.save("a", SECRET, replaces=None)
    stored = inner.load("a")
    assert stored is not None
    inner.save("b", stored.text, replaces=None)
    with pytest.raises(StoreError, match="saved for another shop"):
        store.load("b")


def test_a_store_of_the_other_kind_is_refused() -> None:
    inner: Any = AsyncMemoryStore()
    with pytest.raises(ConfigurationError, match="EncryptedStore needs a TokenStore"):
        EncryptedStore(inner, OLD)
    inner = MemoryStore()
    with pytest.raises(ConfigurationError, match="AsyncEncryptedStore needs an AsyncTokenStore"):
        AsyncEncryptedStore(inner, OLD)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_keys_are_rotated_while_processes_use_the_store(is_async: bool) -> None:
    inner = MemoryStore()
    old = EncryptedStore(inner, OLD)
    texts = {f"shop {number}": f"{SECRET} {number}" for number in range(5)}
    for key, text in texts.items():
        old.save(key, text, replaces=None)
    # First every process learns the new key, then every process encrypts with it, then all texts are encrypted again.
    learns, uses = EncryptedStore(inner, OLD, NEW), EncryptedStore(inner, NEW, OLD)
    uses.save("shop 0", "uses", replaces=ANY)
    assert [store.load("shop 0") for store in (learns, uses)] == [inner_text("uses", inner)] * 2
    if is_async:
        summary = asyncio.run(AsyncEncryptedStore(AsyncMemoryStore(inner), NEW, OLD).rotate())
    else:
        summary = uses.rotate()
    assert summary == (5, 0, {})
    only_new = EncryptedStore(inner, NEW)
    found = {key: stored.text for key in list(only_new.keys()) if (stored := only_new.load(key))}
    assert found == {**texts, "shop 0": "uses"}


def inner_text(text: str, inner: MemoryStore) -> tuple[str, str]:
    """What `load` returns for the key `shop 0`."""
    stored = inner.load("shop 0")
    assert stored is not None
    return text, stored.version


def test_rotation_keeps_what_another_process_saves_and_tells_what_it_cannot_read() -> None:
    class Busy(MemoryStore):
        """Another process saves and deletes in the moment between the load and the save of a rotation."""

        def load(self, key: str) -> Any:
            stored = super().load(key)
            if key == "saved" and stored is not None and stored.version == first:
                uses.save(key, "newer", replaces=first)
            if key == "deleted":
                self.delete(key)
            return stored

    inner, first = Busy(), ""
    old, uses = EncryptedStore(inner, OLD), EncryptedStore(inner, NEW, OLD)
    for key in ("saved", "deleted", "kept"):
        version = old.save(key, SECRET, replaces=None)
        first = first or version
    inner.save("plain", "not encrypted", replaces=None)
    summary = uses.rotate()
    assert summary.saved == 1
    assert summary.kept == 2
    assert list(summary.failed) == ["plain"]
    assert "'plain' cannot be decrypted" in str(summary.failed["plain"])
    only_new = EncryptedStore(inner, NEW)
    assert set(only_new.keys()) == {"saved", "kept", "plain"}
    saved = only_new.load("saved")
    assert saved is not None
    assert saved.text == "newer"
