"""Of several callers that want the same work at once, one does it; failures are never lost and never reported twice."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest
from trustoo._concurrency import SingleFlight


def test_an_error_of_the_work_reaches_its_caller_and_those_who_wait() -> None:
    flight, started, finish = SingleFlight(), threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        started.set()
        finish.wait(20)
        raise OSError("the disk is full")

    def call(wait_for_start: bool) -> None:
        try:
            flight.run(work, wait=wait_for_start)
        except OSError as error:
            errors.append(error)

    first = threading.Thread(target=call, args=(False,))
    first.start()
    assert started.wait(20)
    second = threading.Thread(target=call, args=(True,))
    second.start()
    assert not flight.run(work, wait=False)
    finish.set()
    first.join(20)
    second.join(20)
    assert [str(error) for error in errors] == ["the disk is full"] * 2


def test_work_whose_caller_was_cancelled_ends_without_a_report_of_a_lost_error() -> None:
    reports: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reports.append(context))
        flight, finish = SingleFlight(), asyncio.Event()

        async def work() -> None:
            await finish.wait()
            raise OSError("the disk is full")

        caller = asyncio.create_task(flight.run_async(work, wait=True))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        finish.set()
        for _ in range(3):
            await asyncio.sleep(0)
        del flight
        gc.collect()

    asyncio.run(run())
    gc.collect()
    assert reports == []
