"""A client with a rate never sends more requests than that, whoever shares it; a client without one pays nothing."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import NO_RETRIES, AsyncTrustoo, ConfigurationError, RetryPolicy, Trustoo, TrustooError
from trustoo._sansio import Sleep, without_waiting
from trustoo.rate import LocalRateLimiter, RateLimiter
from trustoo.retry import Attempts
from trustoo.testing import FakeTrustoo, Fault
from trustoo_api.operations import HEADERS

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.pictures import PNG
from tests.support import PRIVATE, PUBLIC, Recorder, async_shop, envelope, shop, steady

LISTED = envelope({"page": {}, "list": []})
TOKENS: dict[str, Any] = {"public_token": PUBLIC, "private_token": PRIVATE}
EVERY_KIND = pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fixed:
    """A limiter that lets every request wait equally long, and counts the requests."""

    def __init__(self, seconds: Any = 0.25) -> None:
        self.seconds, self.reserved = seconds, 0

    def reserve(self) -> float:
        self.reserved += 1
        return self.seconds  # type: ignore[no-any-return]


class Awaited(Fixed):
    """The same with a reservation that is awaited."""

    async def reserve_async(self) -> float:
        await asyncio.sleep(0)
        return Fixed.reserve(self)

    def reserve(self) -> float:
        raise AssertionError("an asyncio client must not block")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of synchronous clients, which end at once."""
    waits = list[float]()
    monkeypatch.setattr("trustoo._sansio.time.sleep", waits.append)
    return waits


def most_in_a_second(times: list[float], window: float = 1.0) -> int:
    times = sorted(times)
    return max(sum(start <= time <= start + window for time in times) for start in times)


@steady
@given(
    st.floats(min_value=0.5, max_value=50),
    st.lists(st.sampled_from([0.0, 0.001, 0.03, 0.4, 3.0]), min_size=1, max_size=120),
)
def test_no_window_of_a_second_has_more_requests_than_the_rate_and_one(per_second: float, gaps: list[float]) -> None:
    clock, times = Clock(), list[float]()
    limiter = LocalRateLimiter(per_second, clock=clock)
    for gap in gaps:  # requests come whenever they like; those that wait are sent later
        clock.now += gap
        times.append(clock.now + limiter.reserve())
    assert most_in_a_second(times, 1 - 1e-6) <= per_second + 1
    assert all(later - earlier >= 1 / per_second - 1e-9 for earlier, later in pairwise(times))


def test_a_request_does_not_wait_when_there_is_room() -> None:
    clock = Clock()
    limiter = LocalRateLimiter(10, clock=clock)
    assert limiter.reserve() == 0
    clock.now += 0.1
    assert limiter.reserve() == 0


def test_threads_that_share_a_limiter_get_a_turn_each() -> None:
    limiter = LocalRateLimiter(8, clock=Clock())
    with ThreadPoolExecutor(4) as threads:
        waits = list(threads.map(lambda _: limiter.reserve(), range(400)))
    assert sorted(waits) == [number / 8 for number in range(400)]


def test_a_client_waits_as_long_as_the_limiter_says_and_then_sends(slept: list[float]) -> None:
    recorder = Recorder(LISTED)
    clock = Clock()
    with shop(recorder, rate=LocalRateLimiter(4, clock=clock)) as client:
        for _ in range(4):
            client.reviews.list()
    assert slept == [0.25, 0.5, 0.75]
    assert len(recorder.requests) == 4


def test_copies_share_the_limit_unless_they_set_another(slept: list[float]) -> None:
    limiter, other, recorder = Fixed(), Fixed(), Recorder(LISTED)
    with shop(recorder, rate=limiter) as client:
        client.with_options(timeout=5).reviews.list()
        client.reviews.list()
        client.with_options(rate=other).reviews.list()
        client.with_options(rate=None).reviews.list()
    assert (limiter.reserved, other.reserved, slept) == (2, 1, [0.25] * 3)
    assert len(recorder.requests) == 4


def test_tasks_share_the_limit_and_do_not_block_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    slept, recorder = list[float](), Recorder(LISTED)

    async def sleep(effect: Sleep) -> None:
        slept.append(effect.seconds)

    monkeypatch.setattr("trustoo.client.sleep_async", sleep)

    async def main() -> None:
        async with async_shop(recorder, rate=LocalRateLimiter(4, clock=Clock())) as client:
            await asyncio.gather(*(client.reviews.list() for _ in range(8)))

    asyncio.run(main())
    assert sorted(slept) == [number / 4 for number in range(1, 8)]
    assert len(recorder.requests) == 8


def test_an_asyncio_client_awaits_a_limiter_that_is_awaited() -> None:
    limiter = Awaited(0)

    async def main() -> None:
        async with async_shop(Recorder(LISTED), rate=limiter) as client:
            await client.reviews.list()

    asyncio.run(main())
    assert limiter.reserved == 1


def test_every_attempt_counts() -> None:
    service, limiter = FakeTrustoo(), Fixed()
    service.fail(Fault.status(503), operation="reviews.list", times=2)
    with without_waiting():
        service.client(rate=limiter).reviews.list()
    assert limiter.reserved == 3


def test_a_request_is_signed_after_its_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, recorder = Clock(), Recorder(LISTED)
    clock.now = 1_700_000_000.0
    monkeypatch.setattr("trustoo._sansio.time.sleep", lambda seconds: setattr(clock, "now", clock.now + seconds))
    with shop(recorder, rate=Fixed(1000), clock=clock) as client:
        client.reviews.list()
    assert recorder.requests[0].headers[HEADERS["timestamp"]] == "1700001000"


def test_a_wait_is_no_part_of_an_attempt_but_that_of_a_retry_uses_the_budget(slept: list[float]) -> None:
    """The first attempt fails, the second waits 20 of the 30 seconds, the third would be too late."""
    service, events = FakeTrustoo(), list[float | None]()
    service.fail(Fault.status(503), operation="reviews.list", times=9)
    policy = RetryPolicy(attempts=9, base=0, budget=30)
    client = service.client(rate=Fixed(20), retry=policy, on_response=lambda event: events.append(event.seconds))
    with pytest.raises(TrustooError):
        client.reviews.list()
    assert slept == [20.0] * 3
    assert len(events) == 3
    assert all(seconds is not None and seconds < 20 for seconds in events)


def test_the_first_wait_uses_no_budget() -> None:
    attempts = Attempts(RetryPolicy(budget=30))
    attempts.waited(1000)
    assert attempts.elapsed == 0


def test_a_wait_that_is_interrupted_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trustoo._sansio.time.sleep", interrupted)
    recorder = Recorder(LISTED)
    with shop(recorder, rate=Fixed(5)) as client, pytest.raises(KeyboardInterrupt) as raised:
        client.reviews.create(rating=5, author="A")
    assert (recorder.requests, getattr(raised.value, "__notes__", [])) == ([], [])


def test_a_task_that_is_cancelled_while_it_waits_sends_nothing() -> None:
    recorder = Recorder(LISTED)

    async def main() -> None:
        async with async_shop(recorder, rate=Fixed(3600)) as client:
            task = asyncio.ensure_future(client.reviews.create(rating=5, author="A"))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert recorder.requests == []


def test_an_exception_of_the_limiter_reaches_the_caller_and_nothing_is_sent() -> None:
    class Away:
        def reserve(self) -> float:
            raise TimeoutError("the limiter's server is away")

    recorder = Recorder(LISTED)
    with shop(recorder, rate=Away()) as client, pytest.raises(TimeoutError, match="away"):
        client.reviews.create(rating=5, author="A")
    assert recorder.requests == []


@pytest.mark.parametrize("seconds", [-1, None, "1", float("nan"), float("inf")])
def test_a_limiter_that_returns_no_time_is_named_and_nothing_is_sent(seconds: object) -> None:
    recorder = Recorder(LISTED)
    with shop(recorder, rate=Fixed(seconds)) as client, pytest.raises(ConfigurationError, match="reserve method"):
        client.reviews.list()
    assert recorder.requests == []


async def coroutine() -> float:
    return 0


@EVERY_KIND
@pytest.mark.parametrize(
    "rate", [0, -1, True, float("nan"), float("inf"), "10", 1e-300, object(), type("R", (), {"reserve": coroutine})()]
)
def test_an_invalid_rate_fails_at_once(kind: Any, rate: object) -> None:
    with pytest.raises(ConfigurationError, match="rate"):
        kind(**TOKENS, rate=rate)
    with pytest.raises(ConfigurationError, match="rate"):
        kind(**TOKENS).with_options(rate=rate)


def test_a_limiter_that_must_be_awaited_does_not_fit_a_synchronous_client() -> None:
    class OnlyAwaited:
        async def reserve_async(self) -> float:
            return 0

    with pytest.raises(ConfigurationError, match="lacks"):
        Trustoo(**TOKENS, rate=OnlyAwaited())
    AsyncTrustoo(**TOKENS, rate=OnlyAwaited())


@EVERY_KIND
def test_there_is_no_limit_unless_one_is_set(kind: Any) -> None:
    assert kind(**TOKENS)._config.rate is None


def test_an_upload_reserves_its_request_to_the_api_and_not_the_form(slept: list[float]) -> None:
    service, limiter = FakeTrustoo(), Fixed()
    service.client(rate=limiter).media.upload_image(PNG)
    assert limiter.reserved == sum(1 for received in service.received if received.operation is not None) == 1


def test_the_limiter_is_public_and_shows_its_rate() -> None:
    limiter = LocalRateLimiter(2.5)
    assert isinstance(limiter, RateLimiter)
    assert repr(limiter) == "LocalRateLimiter(2.5)"


def test_a_retry_without_a_rate_is_unchanged(slept: list[float]) -> None:
    responses = iter([httpx.Response(503), httpx.Response(200, content=LISTED)])
    with shop(Recorder(lambda _: next(responses)), retry=RetryPolicy(base=0)) as client:
        client.reviews.list()
    with shop(Recorder(LISTED), retry=NO_RETRIES) as client:
        client.reviews.list()
    assert slept == []


def test_a_limiter_keeps_its_pace_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)
    limiter = LocalRateLimiter(0.1)
    assert [round(limiter.reserve()) for _ in range(4)] == [0, 10, 20, 30]
