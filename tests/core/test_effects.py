"""A flow gets back what its steps gave or raised, in threads and with asyncio alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest
from trustoo._sansio import run as run_effects
from trustoo._sansio import run_async


def in_threads(effects: Generator[Any, Any, Any], handle: Callable[[Any], Any]) -> Any:
    return run_effects(effects, {int: handle, str: handle})


def with_asyncio(effects: Generator[Any, Any, Any], handle: Callable[[Any], Any]) -> Any:
    async def later(effect: Any) -> Any:
        await asyncio.sleep(0)
        return handle(effect)

    return asyncio.run(run_async(effects, {int: later, str: later}))


BOTH = pytest.mark.parametrize("run", [in_threads, with_asyncio], ids=["sync", "async"])


@BOTH
def test_steps_are_served_in_order_and_their_results_come_back(run: Any) -> None:
    def generator() -> Generator[int, Any, list[Any]]:
        return [(yield 1), (yield 2), (yield 3)]

    served: list[int] = []

    def handle(effect: int) -> int:
        served.append(effect)
        return effect * 10

    assert run(generator(), handle) == [10, 20, 30]
    assert served == [1, 2, 3]


@BOTH
def test_a_flow_without_steps_has_its_result(run: Any) -> None:
    def generator() -> Generator[int, Any, str]:
        return "done"
        yield 1

    assert run(generator(), lambda effect: pytest.fail("nothing was asked")) == "done"


@BOTH
@pytest.mark.parametrize("result", [None, False, 0, StopIteration])
def test_any_result_is_one(run: Any, result: object) -> None:
    def generator() -> Generator[int, Any, object]:
        yield 1
        return result

    assert run(generator(), lambda effect: None) is result


@BOTH
@pytest.mark.parametrize("error", [ValueError("mine"), OSError("mine"), KeyboardInterrupt("mine"), SystemExit("mine")])
def test_what_serving_raises_is_raised_in_the_flow_and_may_be_caught_there(run: Any, error: BaseException) -> None:
    def handle(effect: str) -> str:
        if effect == "fail":
            raise error
        return effect

    def patient() -> Generator[str, Any, Any]:
        try:
            yield "fail"
        except BaseException as caught:
            return caught, (yield "again")

    assert run(patient(), handle) == (error, "again")

    def impatient() -> Generator[str, Any, Any]:
        yield "fail"

    with pytest.raises(type(error)) as raised:
        run(impatient(), handle)
    assert raised.value is error


@BOTH
def test_what_the_flow_raises_reaches_the_caller(run: Any) -> None:
    def generator() -> Generator[int, Any, None]:
        yield 1
        raise LookupError("the flow's")

    with pytest.raises(LookupError, match="the flow's"):
        run(generator(), lambda effect: None)


def test_a_cancelled_task_ends_its_flow() -> None:
    ended: list[str] = []

    def generator() -> Generator[int, Any, None]:
        try:
            yield 1
        finally:
            ended.append("flow")

    async def handle(effect: int) -> None:
        await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(run_async(generator(), {int: handle}))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert ended == ["flow"]
