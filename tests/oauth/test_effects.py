"""Platform and AsyncPlatform behave alike: the same calls have the same results."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from trustoo import TrustooError
from trustoo._concurrency import SingleFlight
from trustoo.oauth import AsyncPlatform, MemoryStore, Token
from trustoo.oauth.effects import AsyncRunner, CallBlocking, Effects, Runner, RunOnce
from trustoo.testing import FakePlatform, FakeTrustoo, Fault

from tests.oauth.conftest import SHOP, Clock
from tests.support import steady

FAULTS = [
    Fault.refused(),
    Fault.reset(),
    Fault.status(503),
    Fault.code(13),
    Fault.code(8),
    Fault.code(16),
    Fault.garbage(),
]


class Story:
    """One platform with its own service, and what came of each call."""

    def __init__(self, is_async: bool) -> None:
        self.clock = Clock()
        self.fake = FakeTrustoo(clock=self.clock)
        self.service: FakePlatform = self.fake.add_platform()
        self.store = MemoryStore()
        make = self.fake.async_platform_client if is_async else self.fake.platform_client
        self.platforms: list[Any] = [make(store=self.store), make(store=self.store)]
        self.loop = asyncio.new_event_loop() if is_async else None

    def run(self, function: Any, *given: Any, **named: Any) -> str:
        try:
            if self.loop is None:
                function(*given, **named)
            else:
                self.loop.run_until_complete(function(*given, **named))
        except TrustooError as error:
            return f"{type(error).__name__}: {error}"
        return "fine"

    @property
    def seen(self) -> Any:
        requested = [(one.operation, one.headers.get("Authorization"), one.body) for one in self.fake.received]
        return requested, self.service.counts, self.store.load(SHOP)


class BothPlatforms(RuleBasedStateMachine):
    """Runs both at once. Besides, no refresh token is used twice, so that no authorisation is lost unless the
    service took it away."""

    @initialize(rotation=st.booleans(), lifetime=st.sampled_from([None, 30, 600, 7200]))
    def begin(self, rotation: bool, lifetime: float | None) -> None:
        self.stories = Story(False), Story(True)
        self.taken = self.faulty = False
        for story in self.stories:
            story.service.rotation, story.service.lifetime = rotation, lifetime
        self.authorise()

    def tell(self, act: Any) -> str:
        said = [act(story) for story in self.stories]
        assert said[0] == said[1]
        assert self.stories[0].seen == self.stories[1].seen
        return str(said[0])

    @rule()
    def authorise(self) -> None:
        self.taken = False
        for story in self.stories:
            story.store.save(SHOP, Token(**{**_members(story.service.issue()), **_times(story)}))

    @rule(process=st.integers(0, 1), write=st.booleans())
    def call(self, process: int, write: bool) -> None:
        def act(story: Story) -> str:
            reviews = story.platforms[process].shop(SHOP).reviews
            return story.run(reviews.create, rating=5, author="Zoë") if write else story.run(reviews.list)

        said = self.tell(act)
        assert said == "fine" or self.taken or self.faulty, said

    @rule(process=st.integers(0, 1), end=st.sampled_from(["revoke", "disconnect"]))
    def end(self, process: int, end: str) -> None:
        if self.tell(lambda story: story.run(getattr(story.platforms[process], end), SHOP)) == "fine":
            self.taken = True

    @rule(seconds=st.sampled_from([1, 31, 500, 6950, 7300]))
    def wait(self, seconds: int) -> None:
        for story in self.stories:
            story.clock.now += seconds

    @rule(fault=st.sampled_from(FAULTS))
    def trouble(self, fault: Fault) -> None:
        self.faulty = True
        for story in self.stories:
            story.fake.fail(fault, operation="oauth.token")

    @rule(which=st.sampled_from(["access_token", "refresh_token"]))
    def the_service_forgets(self, which: str) -> None:
        self.taken = self.taken or which == "refresh_token"
        for story in self.stories:
            if (token := story.store.load(SHOP)) is not None:
                story.service.revoke(getattr(token, which))

    def teardown(self) -> None:
        for story in getattr(self, "stories", ()):
            if story.loop is not None:
                story.loop.close()


def _members(response: dict[str, Any]) -> dict[str, Any]:
    return {name: response[name] for name in ("access_token", "refresh_token")}


def _times(story: Story) -> dict[str, Any]:
    now, life = story.clock.now, story.service.lifetime
    return {"obtained_at": now, "expires_at": None if life is None else now + life}


TestBothPlatforms = BothPlatforms.TestCase
TestBothPlatforms.settings = type(steady)(steady, max_examples=60, stateful_step_count=25)


# --- one flight at a time ---


def effects_of(function: Any, flight: SingleFlight, wait: bool) -> Effects[bool]:
    def inner() -> Effects[None]:
        yield CallBlocking(function)

    ours: bool = yield RunOnce(flight, inner(), wait)
    return ours


def nothing(_: object) -> Any:
    raise AssertionError("no client is needed")


@pytest.mark.parametrize("wait", [True, False])
def test_threads_run_the_work_once_and_wait_when_told_to(wait: bool) -> None:
    flight, runner, began, go = SingleFlight(), Runner(nothing), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        assert go.wait(5)

    results: list[Any] = []
    first = threading.Thread(target=lambda: results.append(runner.run(effects_of(work, flight, True))))
    first.start()
    assert began.wait(5)
    second = threading.Thread(target=lambda: results.append(runner.run(effects_of(nothing, flight, wait))))
    second.start()
    second.join(0.1)
    assert second.is_alive() is wait
    go.set()
    first.join()
    second.join()
    assert sorted(results) == [False, True]
    assert runner.run(effects_of(lambda: None, flight, True)) is True


def test_waiting_threads_get_the_error_and_after_an_interruption_try_again() -> None:
    for error, expected in ((TrustooError("x"), TrustooError), (KeyboardInterrupt(), None)):
        flight, runner, began, go, seen = (
            SingleFlight(),
            Runner(nothing),
            threading.Event(),
            threading.Event(),
            list[Any](),
        )

        def work(began: Any = began, go: Any = go, error: BaseException = error) -> None:
            began.set()
            assert go.wait(5)
            raise error

        def run(effects: Effects[bool], runner: Any = runner, seen: Any = seen) -> None:
            try:
                seen.append(runner.run(effects))
            except BaseException as raised:
                seen.append(type(raised))

        threads = [threading.Thread(target=run, args=(effects_of(work, flight, True),)) for _ in range(1)]
        threads[0].start()
        assert began.wait(5)
        threads.append(threading.Thread(target=run, args=(effects_of(work, flight, True),)))
        threads[1].start()
        time.sleep(0.05)
        go.set()
        for thread in threads:
            thread.join()
        assert set(seen) == {type(error), expected or False}


def test_tasks_of_one_loop_run_the_work_once_and_another_loop_runs_its_own() -> None:
    flight, runner, began, go, ran = (
        SingleFlight(),
        AsyncRunner(nothing),
        threading.Event(),
        threading.Event(),
        list[str](),
    )

    def slow() -> None:
        ran.append("first")
        began.set()
        assert go.wait(5)

    async def both() -> list[bool]:
        first = asyncio.ensure_future(runner.run(effects_of(slow, flight, True)))
        await asyncio.to_thread(began.wait, 5)
        second = asyncio.ensure_future(runner.run(effects_of(lambda: ran.append("second"), flight, True)))
        await asyncio.sleep(0.05)
        assert not second.done()
        other = effects_of(lambda: ran.append("other loop"), flight, True)
        assert await asyncio.to_thread(lambda: asyncio.run(runner.run(other)))
        go.set()
        return [await first, await second]

    assert asyncio.run(both()) == [True, False]
    assert ran == ["first", "other loop"]


def test_an_error_in_a_worker_thread_reaches_the_task() -> None:
    def fail() -> None:
        raise TrustooError("x")

    async def run() -> None:
        with pytest.raises(TrustooError):
            await AsyncRunner(nothing).run(effects_of(fail, SingleFlight(), True))

    asyncio.run(run())


def test_an_event_loop_may_end_during_a_save_without_a_warning() -> None:
    fake = FakeTrustoo()
    fake.add_platform()
    platform: AsyncPlatform = fake.async_platform_client()

    async def run() -> None:
        with platform._operations.store.lock(SHOP):
            task = asyncio.ensure_future(platform.save(SHOP, Token("EXAMPLE-a")))
            await asyncio.sleep(0.01)
            task.cancel()

    asyncio.run(run())
