"""The effects of OAuth operations, and the two runners that carry them out: one for threads, one for asyncio."""

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
    """Send the request with the client of `shop`; None: with the platform's own client. Gives the Response."""

    request: OperationRequest = field(repr=False)
    decoder: ResponseDecoder[Any] = field(repr=False)
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class CallBlocking:
    """Call the function, which may block. Gives its result."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class RunLocked:
    """Run the effects while the lock is held. Gives their result."""

    lock: AbstractContextManager[object]
    effects: Effects[Any]


@dataclass(frozen=True, slots=True)
class RunOnce:
    """Run the effects, unless other effects are running on the same `SingleFlight`.

    Gives True after the effects ran, and False when other effects were running: at once or, with `wait`, when they
    ended. An error of the other effects is raised here, too, with `wait`.
    """

    flight: SingleFlight
    effects: Effects[Any]
    wait: bool


Effects: TypeAlias = Generator[Call | CallBlocking | RunLocked | RunOnce, Any, T]


class Runner:
    """Carries out effects in the calling thread. `client_of` returns the client of a shop, or the platform's own."""

    def __init__(self, client_of: Callable[[str | None], SyncClient]) -> None:
        self._handlers = {
            Call: lambda effect: client_of(effect.shop).send(effect.request, effect.decoder),
            CallBlocking: lambda effect: effect.function(),
            RunLocked: self._run_locked,
            RunOnce: lambda effect: effect.flight.run(lambda: self.run(effect.effects), wait=effect.wait),
        }

    def run(self, effects: Effects[T]) -> T:
        """Return the effects' result. Raises what the effects raise."""
        return run(effects, self._handlers)

    def _run_locked(self, effect: RunLocked) -> Any:
        with effect.lock:
            return self.run(effect.effects)


class AsyncRunner:
    """Carries out effects in the running event loop. `client_of`: as for `Runner`."""

    def __init__(self, client_of: Callable[[str | None], AsyncClient]) -> None:
        self._handlers = {
            Call: lambda effect: client_of(effect.shop).send_async(effect.request, effect.decoder),
            CallBlocking: lambda effect: in_thread(effect.function),
            RunLocked: self._run_locked,
            # In its own task: a renewal that ends with its cancelled caller may lose the next refresh token.
            RunOnce: lambda effect: effect.flight.run_async(lambda: self.run(effect.effects), wait=effect.wait),
        }

    async def run(self, effects: Effects[T]) -> T:
        """Return the effects' result. Raises what the effects raise."""
        return await run_async(effects, self._handlers)

    async def _run_locked(self, effect: RunLocked) -> Any:
        lock = effect.lock
        await in_thread(lambda: lock.__enter__(), undo=lambda: lock.__exit__(None, None, None))
        try:
            return await self.run(effect.effects)
        finally:
            await in_thread(lambda: lock.__exit__(None, None, None))
