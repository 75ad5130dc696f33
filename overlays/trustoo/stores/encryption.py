"""Encryption of the texts of any token store."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ..errors import ConfigurationError
from ..oauth.errors import StoreConflictError, StoreError
from ..oauth.protocols import AsyncTokenStore, Replaces, Stored, TokenStore
from ._copying import Calls, Summary, for_each_key, for_each_key_async

__all__ = ["AsyncEncryptedStore", "EncryptedStore"]


class _Encryption:
    """What both classes share: the keys, and what is encrypted."""

    def __init__(self, store: Any, keys: tuple[str | bytes, ...], *, is_async: bool) -> None:
        if inspect.iscoroutinefunction(store.load) != is_async:
            raise ConfigurationError(f"{type(self).__name__} needs {'an Async' if is_async else 'a '}TokenStore.")
        fernets = [_fernet(key) for key in keys]
        if not fernets:
            raise ConfigurationError("Encryption needs a key. Fernet.generate_key() of cryptography makes one.")
        self._store, self._fernet = store, MultiFernet(fernets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._store!r})"

    def _encrypt(self, key: str, text: str) -> str:
        # The key is part of what is encrypted, so that the text of one shop is not accepted as that of another.
        return self._fernet.encrypt(json.dumps([key, text]).encode()).decode()

    def _decrypt(self, key: str, stored: Stored | None) -> Stored | None:
        if stored is None:
            return None
        try:
            owner, text = json.loads(self._fernet.decrypt(stored.text))
            if owner == key:
                return Stored(text, stored.version)
        except (InvalidToken, ValueError, TypeError):
            pass
        raise StoreError(
            f"The token of {key!r} cannot be decrypted. Either its encryption key is missing, or the text was not "
            "encrypted by this class, or it was saved for another shop."
        )

    def _rotate(self, key: str) -> Calls[bool]:
        stored = self._decrypt(key, (yield partial(self._store.load, key)))
        if stored is None:
            return False
        try:
            yield partial(self._store.save, key, self._encrypt(key, stored.text), replaces=stored.version)
        except StoreConflictError:
            return False  # the process that has saved it meanwhile has encrypted it
        return True


class EncryptedStore(_Encryption, TokenStore):
    """A token store that encrypts texts before another token store keeps them. Thread-safe.

    The encryption is Fernet (AES-128-CBC and HMAC-SHA256). The keys of shops, versions and leases are not encrypted.

    Args:
        store: the store that keeps the encrypted texts.
        keys: the encryption keys, as `cryptography.fernet.Fernet.generate_key()` makes them. The first key encrypts.
            All keys decrypt.

    Raises:
        ConfigurationError: if there is no key, if a key is not a Fernet key, or if `store` is a store for asyncio.
        StoreError: from `load`, if a text cannot be decrypted.

    Example:
        >>> from cryptography.fernet import Fernet
        >>> from trustoo.stores import EncryptedStore
        >>> encrypted = EncryptedStore(target, Fernet.generate_key())
        >>> version = encrypted.save("kettles.myshopify.com", token.to_json(), replaces=None)
        >>> "access_token" in target.load("kettles.myshopify.com").text
        False
    """

    def __init__(self, store: TokenStore, *keys: str | bytes) -> None:
        super().__init__(store, keys, is_async=False)

    def load(self, key: str) -> Stored | None:
        return self._decrypt(key, self._store.load(key))

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version: str = self._store.save(key, self._encrypt(key, text), replaces=replaces)
        return version

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def keys(self) -> Iterator[str]:
        keys: Iterator[str] = self._store.keys()
        return keys

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        leased: bool = self._store.lease(key, owner, seconds)
        return leased

    def release(self, key: str, owner: str) -> None:
        self._store.release(key, owner)

    def rotate(self) -> Summary:
        """Encrypt all texts again with the first key, while other processes use the store. Can be repeated.

        Afterwards the other keys are not needed any more, if all processes encrypt with the first key and no text
        failed.

        Returns:
            The numbers of texts that were encrypted again and kept, and the errors by key.

        Raises:
            StoreError: if the keys cannot be listed. Errors of one text are in the summary.

        Example:
            >>> from cryptography.fernet import Fernet
            >>> from trustoo.stores import EncryptedStore
            >>> old, new = Fernet.generate_key(), Fernet.generate_key()
            >>> version = EncryptedStore(target, old).save("kettles.myshopify.com", token.to_json(), replaces=None)
            >>> summary = EncryptedStore(target, new, old).rotate()
            >>> summary.saved
            1
        """
        return for_each_key(self.keys(), self._rotate)


class AsyncEncryptedStore(_Encryption, AsyncTokenStore):
    """An `EncryptedStore` whose methods are coroutine functions. It encrypts as `EncryptedStore` does.

    Args:
        store: the store for asyncio that keeps the encrypted texts.
        keys: the encryption keys. The first key encrypts. All keys decrypt.

    Raises:
        ConfigurationError: if there is no key, if a key is not a Fernet key, or if `store` is not a store for asyncio.
        StoreError: from `load`, if a text cannot be decrypted.

    Example:
        >>> from cryptography.fernet import Fernet
        >>> from trustoo.stores import AsyncEncryptedStore
        >>> encrypted = AsyncEncryptedStore(target, Fernet.generate_key())
        >>> version = await encrypted.save("kettles.myshopify.com", token.to_json(), replaces=None)
    """

    def __init__(self, store: AsyncTokenStore, *keys: str | bytes) -> None:
        super().__init__(store, keys, is_async=True)

    async def load(self, key: str) -> Stored | None:
        return self._decrypt(key, await self._store.load(key))

    async def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version: str = await self._store.save(key, self._encrypt(key, text), replaces=replaces)
        return version

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    def keys(self) -> AsyncIterator[str]:
        keys: AsyncIterator[str] = self._store.keys()
        return keys

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        leased: bool = await self._store.lease(key, owner, seconds)
        return leased

    async def release(self, key: str, owner: str) -> None:
        await self._store.release(key, owner)

    async def rotate(self) -> Summary:
        """Encrypt all texts again with the first key, while other processes use the store. Can be repeated.

        Afterwards the other keys are not needed any more, if all processes encrypt with the first key and no text
        failed.

        Returns:
            The numbers of texts that were encrypted again and kept, and the errors by key.

        Raises:
            StoreError: if the keys cannot be listed. Errors of one text are in the summary.

        Example:
            >>> from cryptography.fernet import Fernet
            >>> from trustoo.stores import AsyncEncryptedStore
            >>> summary = await AsyncEncryptedStore(target, Fernet.generate_key()).rotate()
            >>> summary.saved
            0
        """
        return await for_each_key_async(self.keys(), self._rotate)


def _fernet(key: str | bytes) -> Fernet:
    try:
        return Fernet(key)
    except (ValueError, TypeError):
        pass  # the error may quote the key
    raise ConfigurationError(
        "An encryption key must be a Fernet key: 32 bytes in URL-safe base64, as Fernet.generate_key() makes them."
    )
