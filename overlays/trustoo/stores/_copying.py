"""Work on all shops of a store, while other processes use the store. Written once, for both kinds of stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from functools import partial
from math import inf
from typing import Any, NamedTuple, TypeAlias, TypeVar

from .._docstrings import same_as
from .._sansio import run, run_async
from ..oauth.errors import StoreConflictError, StoreError
from ..oauth.protocols import AsyncTokenStore, Stored, TokenStore
from ..oauth.tokens import Token

__all__ = ["Calls", "Summary", "copy_tokens", "copy_tokens_async", "for_each_key", "for_each_key_async"]

T = TypeVar("T")
Calls: TypeAlias = Generator[partial[Any], Any, T]
"""The calls that the work makes. The result of each is what the function returns, or what its coroutine returns."""
CALLS: Mapping[type[Any], Callable[[Any], Any]] = {partial: lambda call: call()}
"""How `run` and `run_async` carry out a call."""


class Summary(NamedTuple):
    """What was done with the tokens of a store.

    Attributes:
        saved: the number of tokens that were saved.
        kept: the number of tokens that did not need it.
        failed: the errors of other tokens, by key. They were not changed.
    """

    saved: int
    kept: int
    failed: Mapping[str, StoreError]


def for_each_key(keys: Iterator[str], work: Callable[[str], Calls[bool]]) -> Summary:
    """Run work for each key. The work returns whether it saved the token."""
    return run(_for_each(partial(next, keys, None), work), CALLS)


async def for_each_key_async(keys: AsyncIterator[str], work: Callable[[str], Calls[bool]]) -> Summary:
    """`for_each_key` for asyncio."""
    return await run_async(_for_each(partial(anext, keys, None), work), CALLS)


def _for_each(next_key: partial[Any], work: Callable[[str], Calls[bool]]) -> Calls[Summary]:
    saved = kept = 0
    failed: dict[str, StoreError] = {}
    while (key := (yield next_key)) is not None:
        try:
            if (yield from work(key)):
                saved += 1
            else:
                kept += 1
        except StoreError as error:
            failed[key] = error
    return Summary(saved, kept, failed)


def copy_tokens(source: TokenStore, target: TokenStore) -> Summary:
    """Copy the tokens of a store to another store, while other processes use both stores.

    A token is copied if the target has no token of the shop, or an older token by `obtained_at`. A token that another
    process saves in the target at the same time is not overwritten. The function can be repeated: it then copies what
    has changed since. Nothing is deleted.

    Args:
        source: the store that has the tokens.
        target: the store that gets the tokens.

    Returns:
        The numbers of tokens that were copied and kept, and the errors by key.

    Raises:
        StoreError: if the keys of the source cannot be listed. Errors of one token are in the summary.

    Example:
        >>> from trustoo.stores import copy_tokens
        >>> summary = copy_tokens(store, target)
        >>> summary.saved
        1
    """
    return for_each_key(source.keys(), partial(_copy, source, target))


@same_as(copy_tokens)
async def copy_tokens_async(source: AsyncTokenStore, target: AsyncTokenStore) -> Summary:
    """Same as `copy_tokens`, for stores whose methods are coroutine functions."""
    return await for_each_key_async(source.keys(), partial(_copy, source, target))


def _copy(source: Any, target: Any, key: str) -> Calls[bool]:
    stored: Stored | None = yield partial(source.load, key)
    if stored is None:  # it was deleted after it was listed
        return False
    obtained_at = _obtained_at(stored)
    while True:
        held: Stored | None = yield partial(target.load, key)
        if held is not None and _obtained_at(held) >= obtained_at:
            return False
        try:
            yield partial(target.save, key, stored.text, replaces=None if held is None else held.version)
        except StoreConflictError:
            continue  # another process has saved a token meanwhile, which may be newer
        return True


def _obtained_at(stored: Stored) -> float:
    obtained_at = Token.from_json(stored.text).obtained_at
    return -inf if obtained_at is None else obtained_at
