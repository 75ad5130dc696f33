"""Runs flows: generators without I/O that yield steps, and get back what those gave or what they raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

__all__ = ["drive", "drive_async"]

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    result: T


def drive(flow: Generator[S, Any, T], serve: Callable[[S], Any]) -> T:
    """The flow's result, `serve` doing its steps. Raises what the flow raises."""
    step = _advance(flow)
    while not isinstance(step, _Done):
        try:
            given = serve(step)
        except BaseException as error:
            step = _advance(flow, error=error)
        else:
            step = _advance(flow, given)
    return step.result


async def drive_async(flow: Generator[S, Any, T], serve: Callable[[S], Awaitable[Any]]) -> T:
    """The same for asyncio."""
    step = _advance(flow)
    while not isinstance(step, _Done):
        try:
            given = await serve(step)
        except BaseException as error:
            step = _advance(flow, error=error)
        else:
            step = _advance(flow, given)
    return step.result


def _advance(flow: Generator[S, Any, T], given: Any = None, error: BaseException | None = None) -> S | _Done[T]:
    try:
        return flow.throw(error) if error is not None else flow.send(given)
    except StopIteration as done:
        return _Done(done.value)
