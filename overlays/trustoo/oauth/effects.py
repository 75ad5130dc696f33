"""The effects of OAuth operations, and how they are carried out: in threads or with asyncio, with either kind of store.

The operations are generators. They yield calls of the token store, calls of the service, and pauses.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.types import OperationRequest, ResponseDecoder

from .._sansio import AsyncHandlers, Handlers, Sleep
from ..errors import ConfigurationError, TrustooError
from .errors import StoreError
from .protocols import AsyncTokenStore, TokenStore

__all__ = ["Call", "Effects", "StoreCall", "async_handlers", "check_store", "handlers", "holding", "in_store", "listed"]

T = TypeVar("T")
METHODS = ("load", "save", "delete", "keys", "lease", "release")


@dataclass(frozen=True, slots=True)
class Call:
    """Send the request with the client of `shop`, or with the platform's own client if `shop` is None.

    The result of the effect is the Response.
    """

    request: OperationRequest = field(repr=False)
    decoder: ResponseDecoder[Any] = field(repr=False)
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class StoreCall:
    """Call a method of the token store. The result of the effect is the result of the method."""

    method: str
    arguments: tuple[Any, ...] = field(repr=False)
    options: Mapping[str, Any]

    def of(self, store: object) -> Any:
        return getattr(store, self.method)(*self.arguments, **self.options)


Effects: TypeAlias = Generator[Call | StoreCall | Sleep, Any, T]


def in_store(method: str, *arguments: Any, **options: Any) -> Effects[Any]:
    """Call a method of the token store. Raises StoreError for every exception of the store."""
    try:
        return (yield StoreCall(method, arguments, options))
    except TrustooError:
        raise
    except Exception as error:
        raise store_failed(method, error) from error


def holding(key: str, owner: str, effects: Effects[T]) -> Effects[T]:
    """Carry out effects that take the lease of a key, and release the lease."""
    try:
        result = yield from effects
    except GeneratorExit:  # the event loop was closed, and nothing can be yielded
        raise
    except BaseException:
        yield from _release(key, owner)
        raise
    yield from _release(key, owner)
    return result


def _release(key: str, owner: str) -> Effects[None]:
    with suppress(StoreError):  # the lease runs out by itself
        yield from in_store("release", key, owner)


def store_failed(method: str, error: Exception) -> StoreError:
    return StoreError(f"The token store failed: its method {method} raised {type(error).__name__}.")


def handlers(client_of: Callable[[Call], SyncClient], store: TokenStore) -> Handlers:
    """How `_sansio.run` carries out the effects. `client_of` returns the client for a call."""
    return {
        StoreCall: lambda effect: _at_once(effect, effect.of(store)),
        Call: lambda effect: client_of(effect).send(effect.request, effect.decoder),
        Sleep: lambda effect: time.sleep(effect.seconds),
    }


def async_handlers(client_of: Callable[[Call], AsyncClient], store: AsyncTokenStore) -> AsyncHandlers:
    """How `_sansio.run_async` carries out the effects. `client_of` returns the client for a call."""
    from asyncio import sleep

    return {
        StoreCall: lambda effect: _awaited(effect, effect.of(store)),
        Call: lambda effect: client_of(effect).send_async(effect.request, effect.decoder),
        Sleep: lambda effect: sleep(effect.seconds),
    }


def listed(store: TokenStore) -> Iterator[str]:
    """Yield the keys of a store. Raises StoreError for every exception of the store."""
    try:
        yield from store.keys()
    except TrustooError:
        raise
    except Exception as error:
        raise store_failed("keys", error) from error


async def listed_async(store: AsyncTokenStore) -> AsyncIterator[str]:
    """`listed` for asyncio."""
    try:
        async for key in store.keys():
            yield key
    except TrustooError:
        raise
    except Exception as error:
        raise store_failed("keys", error) from error


def check_store(store: object, *, is_async: bool) -> None:
    """Raises ConfigurationError if `store` is not a token store of the kind that the platform takes."""
    name, wanted = type(store).__name__, "AsyncTokenStore" if is_async else "TokenStore"
    if missing := [method for method in METHODS if not callable(getattr(store, method, None))]:
        raise ConfigurationError(f"store must be a {wanted}; {name} lacks the methods {', '.join(missing)}.")
    for method in METHODS:
        function = getattr(store, method)
        if method == "keys":
            wrong = inspect.isgeneratorfunction(function) if is_async else inspect.isasyncgenfunction(function)
        else:
            wrong = inspect.iscoroutinefunction(function) is not is_async
        if wrong:
            raise _other_kind(f"store must be a {wanted}, but {name}.{method}", is_async)


def _other_kind(subject: str, is_async: bool) -> ConfigurationError:
    if is_async:
        return ConfigurationError(
            f"{subject} is not a coroutine function. Use a store for asyncio, such as AsyncFileStore, or use Platform."
        )
    return ConfigurationError(
        f"{subject} is a coroutine function. Use a store for threads, such as FileStore, or use AsyncPlatform."
    )


def _at_once(effect: StoreCall, result: Any) -> Any:
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise _other_kind(f"The store's {effect.method}", False)
    return result


async def _awaited(effect: StoreCall, result: Any) -> Any:
    if not inspect.isawaitable(result):
        raise _other_kind(f"The store's {effect.method}", True)
    return await result
