"""Work runs to its end whatever happens to its callers, one flight at a time; and work on many items has a limit."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from trustoo import ConfigurationError
from trustoo._concurrency import Flights, for_each, for_each_async
from trustoo._sansio import Sleep, sleep_async


class InterruptedCallError(Exception):
    pass


def raise_interrupted(*_: object) -> None:
    raise InterruptedCallError


@pytest.fixture
def alarm() -> Iterator[None]:
    """A signal that raises an exception in the main thread 0.1 s later, as Celery's soft time limit does."""
    previous = signal.signal(signal.SIGALRM, raise_interrupted)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


# --- flights in threads ---


def test_threads_run_the_work_once_and_others_wait_or_go_on() -> None:
    flights, began, go = Flights(), threading.Event(), threading.Event()
    results: list[Any] = []

    def work() -> str:
        began.set()
        assert go.wait(20)
        return "done"

    def other() -> str:
        raise AssertionError("other work is running")

    threads = [threading.Thread(target=lambda: results.append(flights.run("key", work)))]
    threads[0].start()
    assert began.wait(20)
    assert flights.run("key", other, wait=False) is None
    assert flights.run("another key", lambda: "another") == "another"
    threads.append(threading.Thread(target=lambda: results.append(flights.run("key", other))))
    threads[1].start()
    time.sleep(0.05)
    assert results == []
    go.set()
    for thread in threads:
        thread.join(20)
    assert sorted(results, key=str) == [None, "done"]
    assert flights.run("key", lambda: "again") == "again"


def test_each_waiter_gets_an_error_object_of_its_own() -> None:
    flights, began, go, errors = Flights(), threading.Event(), threading.Event(), list[BaseException]()
    cause = OSError("the cause")

    def work() -> None:
        began.set()
        assert go.wait(20)
        raise OSError("the disk is full") from cause

    def call() -> None:
        try:
            flights.run("key", work)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert began.wait(20)
    time.sleep(0.05)
    go.set()
    for thread in threads:
        thread.join(20)
    assert [str(error) for error in errors] == ["the disk is full"] * 5
    assert len({id(error) for error in errors}) == 5
    assert all(error.__cause__ is cause for error in errors)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer signals")
def test_work_goes_on_although_a_signal_interrupts_its_caller(alarm: None) -> None:
    flights, done = Flights(), threading.Event()

    def work() -> None:
        time.sleep(0.3)
        done.set()

    with pytest.raises(InterruptedCallError):
        flights.run("key", work)
    assert not done.is_set()
    flights.join()
    assert done.is_set()


def test_the_key_is_free_after_ctrl_c_before_the_work_began(monkeypatch: pytest.MonkeyPatch) -> None:
    flights = Flights()

    def interrupted(self: threading.Thread) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread.start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            flights.run("key", lambda: "never")
    assert flights.run("key", lambda: "ours", wait=False) == "ours"


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot fork")
def test_a_process_that_was_forked_during_a_flight_starts_its_own() -> None:
    flights, began, go = Flights(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        assert go.wait(20)

    thread = threading.Thread(target=flights.run, args=("key", work))
    thread.start()
    assert began.wait(20)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)  # ends a child that hangs
        flights.join()
        os._exit(7 if flights.run("key", lambda: "ours") == "ours" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    go.set()
    thread.join(20)


def test_the_end_of_the_interpreter_waits_for_work_that_a_daemon_thread_has_started() -> None:
    program = """
import threading, time
from trustoo._concurrency import Flights
began = threading.Event()
def work():
    began.set(); time.sleep(0.2); print("done")
threading.Thread(target=Flights().run, args=("key", work), daemon=True).start()
began.wait()
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.strip() == b"done"


def test_a_list_of_threads_says_whose_they_are() -> None:
    assert Flights().run("key", lambda: threading.current_thread().name) == "trustoo-flight"


def test_the_work_has_the_context_variables_of_its_caller() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="")
    variable.set("of the caller")
    assert Flights().run("key", variable.get) == "of the caller"


def test_work_runs_in_the_calling_thread_if_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert Flights().run("key", threading.current_thread) is threading.current_thread()


def test_a_caller_that_is_interrupted_before_the_work_starts_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flights = Flights()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", raise_interrupted)
        with pytest.raises(InterruptedCallError):
            flights.run("key", lambda: None)
    flights.join()
    assert flights.run("key", lambda: "again") == "again"


# --- flights with asyncio ---


def test_tasks_run_the_work_once_and_another_event_loop_runs_its_own() -> None:
    flights, ran = Flights(), list[str]()

    async def work(name: str, go: asyncio.Event) -> str:
        ran.append(name)
        await go.wait()
        return name

    async def main() -> None:
        go = asyncio.Event()
        tasks = [asyncio.create_task(flights.run_async("key", lambda: work("first", go))) for _ in range(3)]
        await asyncio.sleep(0)
        assert await flights.run_async("key", lambda: work("never", go), wait=False) is None
        done = asyncio.Event()
        done.set()
        assert await asyncio.to_thread(asyncio.run, flights.run_async("key", lambda: work("other", done))) == "other"
        go.set()
        assert sorted(await asyncio.gather(*tasks), key=str) == [None, None, "first"]

    asyncio.run(main())
    assert sorted(ran) == ["first", "other"]


@pytest.mark.parametrize(
    "begin",
    [lambda: Flights().run_async("key", work_of_nobody), lambda: sleep_async(Sleep(1.0))],
    ids=["work", "pause"],
)
def test_under_another_event_loop_the_error_says_what_to_do(begin: Any) -> None:
    with pytest.raises(ConfigurationError, match="With trio"):
        begin().send(None)


async def work_of_nobody() -> None:
    raise AssertionError("not reached")


def test_the_end_of_asyncio_run_waits_for_work_whose_caller_was_cancelled() -> None:
    flights, done = Flights(), list[str]()

    async def work() -> None:
        async with asyncio.timeout(5):  # a timeout inside the work still works
            await asyncio.sleep(0.1)
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(5)
        except TimeoutError:
            done.append("timeout")
        done.append("done")

    async def main() -> None:
        await asyncio.wait_for(flights.run_async("key", work), 0.02)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert done == ["timeout", "done"]


def test_work_goes_on_although_its_task_group_fails_and_join_waits_for_it() -> None:
    flights, done = Flights(), list[str]()

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.append("done")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise InterruptedCallError

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flights.run_async("key", work))
            tasks.create_task(fail())

    async def main() -> None:
        with pytest.raises(ExceptionGroup):
            await group()
        assert done == []
        await flights.join_async()
        assert done == ["done"]
        await flights.join_async()

    asyncio.run(main())


def test_tasks_get_error_objects_of_their_own_and_an_error_that_nobody_awaits_is_not_reported() -> None:
    reports: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reports.append(context))
        flights, finish = Flights(), asyncio.Event()

        async def work() -> None:
            await finish.wait()
            raise OSError("the disk is full")

        callers = [asyncio.create_task(flights.run_async("key", work)) for _ in range(4)]
        await asyncio.sleep(0)
        callers[0].cancel()
        await asyncio.sleep(0)
        finish.set()
        errors = await asyncio.gather(*callers, return_exceptions=True)
        assert [type(error) for error in errors] == [asyncio.CancelledError, OSError, OSError, OSError]
        assert len({id(error) for error in errors}) == 4
        callers = [asyncio.create_task(flights.run_async("key", work))]
        await asyncio.sleep(0)
        callers[0].cancel()
        await flights.join_async()
        del flights
        gc.collect()

    asyncio.run(main())
    gc.collect()
    assert reports == []


# --- many items ---


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


class Crowd:
    """Counts how many calls run at a time."""

    def __init__(self) -> None:
        self.inside, self.most, self.seen, self.guard = 0, 0, list[int](), threading.Lock()

    def __enter__(self) -> None:
        with self.guard:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_: object) -> None:
        with self.guard:
            self.inside -= 1


def test_each_item_is_worked_on_once_and_the_limit_holds() -> None:
    crowd, crowd_async = Crowd(), Crowd()

    def work(number: int) -> None:
        with crowd:
            crowd.seen.append(number)
            time.sleep(0.002)

    async def work_async(number: int) -> None:
        with crowd_async:
            crowd_async.seen.append(number)
            await asyncio.sleep(0.001)

    for_each(iter(range(40)), work, 5)
    asyncio.run(for_each_async(numbers(40), work_async, 5))
    for found in (crowd, crowd_async):
        assert sorted(found.seen) == list(range(40))
        assert found.most == 5


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer signals")
def test_an_interruption_lets_the_items_that_had_begun_end_and_begins_no_other(alarm: None) -> None:
    began, ended = list[int](), list[int]()

    def work(number: int) -> None:
        began.append(number)
        time.sleep(0.25)
        ended.append(number)

    with pytest.raises(InterruptedCallError):
        for_each(iter(range(100)), work, 3)
    assert sorted(began) == sorted(ended) == [0, 1, 2]


def test_an_error_of_the_items_stops_the_run() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        for_each(broken(), lambda number: None, 4)

    async def broken_async() -> AsyncIterator[int]:
        yield 1
        raise OSError("the store is away")

    async def work(number: int) -> None:
        await asyncio.sleep(0)

    with pytest.raises(OSError, match="away"):
        asyncio.run(for_each_async(broken_async(), work, 4))


def test_a_cancellation_cancels_the_calls_and_waits_for_them() -> None:
    began, ended = list[int](), list[int]()

    async def work(number: int) -> None:
        began.append(number)
        try:
            await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0.01)
            ended.append(number)

    async def main() -> None:
        await asyncio.wait_for(for_each_async(numbers(100), work, 3), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert sorted(began) == sorted(ended) == [0, 1, 2]


# --- errors that are no Exception ---

ENDS = pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, OSError])
"""What ends a program, a generator, a task, or nothing but the work."""


@ENDS
def test_every_error_of_the_work_reaches_its_caller_and_frees_the_key(error: type[BaseException]) -> None:
    flights = Flights()

    def fail() -> None:
        raise error("mine")

    with pytest.raises(error, match="mine"):
        flights.run("key", fail)
    assert flights.run("key", lambda: "again") == "again"


@ENDS
def test_every_error_of_an_item_is_raised_and_ends_the_run(error: type[BaseException]) -> None:
    begun = list[int]()

    def work(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise error("mine")

    with pytest.raises(error, match="mine"):
        for_each(iter(range(100)), work, 1)
    assert begun == [0, 1]


@ENDS
def test_the_work_under_way_learns_of_every_error_of_the_items(error: type[BaseException]) -> None:
    stopped, learned = threading.Event(), list[bool]()

    def items() -> Iterator[int]:
        yield 0
        raise error("mine")

    with pytest.raises(error, match="mine"):
        for_each(items(), lambda number: learned.append(stopped.wait(2)), 2, stopped)
    assert learned == [True]


def test_an_error_of_one_task_cancels_the_others_and_waits_for_them() -> None:
    ended = list[int]()

    async def work(number: int) -> None:
        if number == 2:
            raise OSError("mine")
        try:
            await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0)
            ended.append(number)

    async def main() -> None:
        with pytest.raises(OSError, match="mine"):
            await for_each_async(numbers(100), work, 3)
        assert sorted(ended) == [0, 1]

    asyncio.run(main())


def test_items_that_take_time_are_asked_for_one_after_the_other() -> None:
    """An asynchronous generator refuses a second `anext` during the first."""
    seen = list[int]()

    async def slow() -> AsyncIterator[int]:
        for number in range(6):
            await asyncio.sleep(0.001)
            yield number

    async def work(number: int) -> None:
        seen.append(number)

    asyncio.run(for_each_async(slow(), work, 3))
    assert sorted(seen) == [*range(6)]
