"""Runs flows: generators without I/O that yield steps, and get back what those gave or what they raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

__all__ = ["drive", "drive_async"]

S = TypeVar("S")
T = TypeVar("T")


def drive(flow: Generator[S, Any, T], serve: Callable[[S], Any]) -> T:
    """The flow's result, `serve` doing its steps. Raises what the flow raises."""
    try:
        step = next(flow)
        while True:
            try:
                given = serve(step)
            except BaseException as error:
                step = flow.throw(error)
            else:
                step = flow.send(given)
    except StopIteration as done:
        result: T = done.value
        return result


async def drive_async(flow: Generator[S, Any, T], serve: Callable[[S], Awaitable[Any]]) -> T:
    """The same for asyncio."""
    try:
        step = next(flow)
        while True:
            try:
                given = await serve(step)
            except BaseException as error:
                step = flow.throw(error)
            else:
                step = flow.send(given)
    except StopIteration as done:
        result: T = done.value
        return result
