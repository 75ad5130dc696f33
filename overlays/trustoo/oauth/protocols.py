"""The protocols of token stores.

A token store keeps text by key, and knows nothing about tokens. A version makes each save safe: a save that replaces a
version fails if another process has saved in between. A lease only keeps other processes from trying at the same time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from enum import Enum
from typing import Final, Literal, NamedTuple, Protocol

from .._docstrings import same_as

__all__ = ["ANY", "AsyncTokenStore", "Stored", "TokenStore"]


class _Any(Enum):
    ANY = "ANY"


ANY: Final = _Any.ANY
"""As `replaces=` of `TokenStore.save`: save whatever the store has, for a new authorisation."""
Replaces = str | None | Literal[_Any.ANY]
"""The version that a save replaces. None means that the store has no text for the key."""


class Stored(NamedTuple):
    """A text in a store.

    Attributes:
        text: the text, as it was passed to `save`. It contains secrets.
        version: identifies this save. No other save has the same version, also not after the key was deleted.
    """

    text: str
    version: str

    def __repr__(self) -> str:
        return f"Stored(text=<{len(self.text)} characters>, version={self.version!r})"


class TokenStore(Protocol):
    """Keeps the tokens of shops, for a `Platform`.

    A key is any non-blank text. A text has any length, up to at least 1 MB. Each method is one atomic step: one
    statement, one short transaction or one Lua script. No method may wait for a lease. No connection, transaction or
    lock stays open between two calls, because the token endpoint is called between them.

    All methods raise `StoreError` if the store cannot be used. An error of another type becomes the cause of a
    `StoreError`.

    `trustoo.testing.check_token_store` checks a store of your own.
    """

    def load(self, key: str) -> Stored | None:
        """Return the text of a key; None if the store has no text.

        Raises:
            StoreError: if the store cannot be used.

        Example:
            >>> stored = store.load("kettles.myshopify.com")
            >>> stored.text == token.to_json()
            True
        """
        ...

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        """Save a text if the store still has the version `replaces`.

        Args:
            key: the shop's key.
            text: the text, which contains secrets.
            replaces: the version that the store must have; None if it must have no text; ANY for whatever it has.

        Returns:
            The new version.

        Raises:
            StoreConflictError: if the store has another version, a text although `replaces` is None, or no text
                although `replaces` is a version. The store does not change.
            StoreError: if the store cannot be used.

        Example:
            >>> version = store.save("cups.myshopify.com", token.to_json(), replaces=None)
            >>> isinstance(version, str)
            True
        """
        ...

    def delete(self, key: str) -> None:
        """Delete the text of a key, also while another owner has the lease. Does nothing without a text.

        Raises:
            StoreError: if the store cannot be used.

        Example:
            >>> store.delete("kettles.myshopify.com")
        """
        ...

    def keys(self) -> Iterator[str]:
        """Return the keys that have a text, in any order, without loading all of them at once.

        Keys that are saved or deleted meanwhile may be missing.

        Raises:
            StoreError: if the store cannot be used.

        Example:
            >>> for key in store.keys():
            ...     print(key)
            kettles.myshopify.com
        """
        ...

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Give the lease of a key to `owner` for some seconds, unless another owner has it.

        Args:
            key: the shop's key, which need not have a text.
            owner: identifies the caller, such as a random text.
            seconds: the duration of the lease, by the clock of the store's server. If `owner` has the lease already, it
                then ends after these seconds.

        Returns:
            True if `owner` has the lease now. False if another owner has it; then nothing changes.

        Raises:
            StoreError: if the store cannot be used.

        Example:
            >>> is_mine = store.lease("kettles.myshopify.com", "one", 30)
            >>> is_mine
            True
        """
        ...

    def release(self, key: str, owner: str) -> None:
        """End the lease of a key, if `owner` has it. Else change nothing.

        Raises:
            StoreError: if the store cannot be used.

        Example:
            >>> store.release("kettles.myshopify.com", "one")
        """
        ...


class AsyncTokenStore(Protocol):
    """A `TokenStore` whose methods are coroutine functions, for an `AsyncPlatform`. `keys` is an async iterator."""

    @same_as(TokenStore.load)
    async def load(self, key: str) -> Stored | None:
        """Same as `TokenStore.load`."""
        ...

    @same_as(TokenStore.save)
    async def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        """Same as `TokenStore.save`."""
        ...

    @same_as(TokenStore.delete)
    async def delete(self, key: str) -> None:
        """Same as `TokenStore.delete`."""
        ...

    @same_as(TokenStore.keys)
    def keys(self) -> AsyncIterator[str]:
        """Same as `TokenStore.keys`."""
        ...

    @same_as(TokenStore.lease)
    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Same as `TokenStore.lease`."""
        ...

    @same_as(TokenStore.release)
    async def release(self, key: str, owner: str) -> None:
        """Same as `TokenStore.release`."""
        ...
