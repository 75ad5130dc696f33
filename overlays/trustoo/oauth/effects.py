"""The effects of OAuth operations. One runner carries the effects out in threads, the other one with asyncio."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.types import OperationRequest, ResponseDecoder

from .._concurrency import SingleFlight, in_thread
from .._sansio import run, run_async

__all__ = ["AsyncRunner", "Call", "CallBlocking", "Effects", "RunLocked", "RunOnce", "Runner"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Send the request with the client of `shop`, or with the platform's own client if `shop` is None.

    The result of the effect is the Response.
    """

    request: OperationRequest = field(repr=False)
    decoder: ResponseDecoder[Any] = field(repr=False)
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class CallBlocking:
    """Call the function, which may block. The result of the effect is the function's result."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class RunLocked:
    """Run the effects while the lock is held. The result is the result of these effects."""

    lock: AbstractContextManager[object]
    effects: Effects[Any]


@dataclass(frozen=True, slots=True)
class RunOnce:
    """Run the effects, unless other effects are running on the same `SingleFlight`.

    The result is True after the effects ran, and False if other effects were running. Without `wait`, False is the
    result at once. With `wait`, False is the result when the other effects have ended. An error of the other effects is
    then also raised here.
    """

    flight: SingleFlight
    effects: Effects[Any]
    wait: bool


Effects: TypeAlias = Generator[Call | CallBlocking | RunLocked | RunOnce, Any, T]


class Runner:
    """Carries out effects in the calling thread. `client_of` returns the client of a shop, or of the platform."""

    def __init__(self, client_of: Callable[[str | None], SyncClient]) -> None:
        self._handlers = {
            Call: lambda effect: client_of(effect.shop).send(effect.request, effect.decoder),
            CallBlocking: lambda effect: effect.function(),
            RunLocked: self._run_locked,
            RunOnce: lambda effect: effect.flight.run(lambda: self.run(effect.effects), wait=effect.wait),
        }

    def run(self, effects: Effects[T]) -> T:
        """Return the result of the effects. Raises the errors that the effects raise."""
        return run(effects, self._handlers)

    def _run_locked(self, effect: RunLocked) -> Any:
        with effect.lock:
            return self.run(effect.effects)


class AsyncRunner:
    """Carries out effects in the running event loop. `client_of` is the same as for `Runner`."""

    def __init__(self, client_of: Callable[[str | None], AsyncClient]) -> None:
        self._handlers = {
            Call: lambda effect: client_of(effect.shop).send_async(effect.request, effect.decoder),
            CallBlocking: lambda effect: in_thread(effect.function),
            RunLocked: self._run_locked,
            # Runs in its own task: if a refresh ended with its cancelled caller, the next refresh token could be lost.
            RunOnce: lambda effect: effect.flight.run_async(lambda: self.run(effect.effects), wait=effect.wait),
        }

    async def run(self, effects: Effects[T]) -> T:
        """Return the result of the effects. Raises the errors that the effects raise."""
        return await run_async(effects, self._handlers)

    async def _run_locked(self, effect: RunLocked) -> Any:
        lock = effect.lock
        await in_thread(lambda: lock.__enter__(), undo=lambda: lock.__exit__(None, None, None))
        try:
            return await self.run(effect.effects)
        finally:
            await in_thread(lambda: lock.__exit__(None, None, None))
