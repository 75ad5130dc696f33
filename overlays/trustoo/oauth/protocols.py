"""The protocols of token stores.

A token store keeps text by key, and knows nothing about tokens. A version makes each save safe: a save that replaces a
version fails if another process has saved in between. A lease only keeps other processes from trying at the same time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from enum import Enum
from typing import Final, Literal, NamedTuple, Protocol

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
        """Return the text of a key; None if the store has no text."""
        ...

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        """Save a text if the store still has the version `replaces`, and return the new version.

        Raises:
            StoreConflictError: if the store has another version, a text although `replaces` is None, or no text
                although `replaces` is a version. The store does not change.
        """
        ...

    def delete(self, key: str) -> None:
        """Delete the text of a key, also while another owner has the lease. Does nothing without a text."""
        ...

    def keys(self) -> Iterator[str]:
        """Return the keys that have a text, in any order, without loading all of them at once.

        Keys that are saved or deleted meanwhile may be missing.
        """
        ...

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        """Give the lease of a key to `owner` for some seconds, by the clock of the store's server, and return True.

        If another owner has the lease, change nothing and return False. If `owner` has the lease, it then ends after
        `seconds`. The key need not have a text.
        """
        ...

    def release(self, key: str, owner: str) -> None:
        """End the lease of a key, if `owner` has it. Else change nothing."""
        ...


class AsyncTokenStore(Protocol):
    """A `TokenStore` whose methods are coroutine functions, for an `AsyncPlatform`. `keys` is an async iterator."""

    async def load(self, key: str) -> Stored | None:
        """See `TokenStore.load`."""
        ...

    async def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        """See `TokenStore.save`."""
        ...

    async def delete(self, key: str) -> None:
        """See `TokenStore.delete`."""
        ...

    def keys(self) -> AsyncIterator[str]:
        """See `TokenStore.keys`."""
        ...

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        """See `TokenStore.lease`."""
        ...

    async def release(self, key: str, owner: str) -> None:
        """See `TokenStore.release`."""
        ...
