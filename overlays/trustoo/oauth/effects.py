"""The effects of OAuth operations, and the two runners that carry them out: one for threads, one for asyncio.

Every decision is written once, in a generator of effects.
"""

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
    """Send the request, with the platform's own client or with a shop's. Gives the Response."""

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
    """Run the effects unless the ones before them on the same `SingleFlight` are still under way.

    Gives True after the effects ran. When others are under way, False: at once, or with `wait` when those ended. What
    the others raise is raised to those who waited, too.
    """

    flight: SingleFlight
    effects: Effects[Any]
    wait: bool


Effects: TypeAlias = Generator[Call | CallBlocking | RunLocked | RunOnce, Any, T]


class Runner:
    """Carries out effects in the calling thread."""

    def __init__(self, client_of: Callable[[str | None], SyncClient]) -> None:
        self._client_of = client_of
        self._handlers = {
            Call: lambda effect: client_of(effect.shop).send(effect.request, effect.decoder),
            CallBlocking: lambda effect: effect.function(),
            RunLocked: self._run_locked,
            RunOnce: lambda effect: effect.flight.run(lambda: self.run(effect.effects), wait=effect.wait),
        }

    def run(self, effects: Effects[T]) -> T:
        """The result. Raises what the effects raise."""
        return run(effects, self._handlers)

    def _run_locked(self, effect: RunLocked) -> Any:
        with effect.lock:
            return self.run(effect.effects)


class AsyncRunner:
    """Carries out effects in the running event loop."""

    def __init__(self, client_of: Callable[[str | None], AsyncClient]) -> None:
        self._client_of = client_of
        self._handlers = {
            Call: lambda effect: client_of(effect.shop).send_async(effect.request, effect.decoder),
            CallBlocking: lambda effect: in_thread(effect.function),
            RunLocked: self._run_locked,
            # A task of its own: its caller may be cancelled, and a renewal that is cut short may lose the only copy of
            # the next refresh token.
            RunOnce: lambda effect: effect.flight.run_async(lambda: self.run(effect.effects), wait=effect.wait),
        }

    async def run(self, effects: Effects[T]) -> T:
        """The result. Raises what the effects raise."""
        return await run_async(effects, self._handlers)

    async def _run_locked(self, effect: RunLocked) -> Any:
        lock = effect.lock
        await in_thread(lambda: lock.__enter__(), undo=lambda: lock.__exit__(None, None, None))
        try:
            return await self.run(effect.effects)
        finally:
            await in_thread(lambda: lock.__exit__(None, None, None))
