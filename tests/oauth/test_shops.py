"""Many shops: they are listed and worked on with a limit; a valid token costs one call, and a refresh few frames."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from trustoo import ArgumentError, AsyncTrustoo, NotFoundError, Trustoo
from trustoo.oauth import AsyncMemoryStore, AsyncPlatform, AuthorizationLostError, MemoryStore, Platform, StoreError
from trustoo.testing import FakePlatform, FakeTrustoo, Fault

from tests.oauth.conftest import SHOP, Both, Clock, OpenAsyncStore, OpenStore, both, token

SHOPS = [f"shop {number:02}" for number in range(20)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeTrustoo:
    return FakeTrustoo(clock=clock)


@pytest.fixture
def service(fake: FakeTrustoo) -> FakePlatform:
    return fake.add_platform()


def authorise(platform: Platform, service: FakePlatform) -> None:
    for key in SHOPS:
        platform.exchange(service.code(), shop=key)


async def listed(platform: AsyncPlatform) -> list[str]:
    return [key async for key in platform.shops()]


# --- listing, and working on all shops ---


def test_the_shops_of_the_store_are_listed_lazily(
    fake: FakeTrustoo, service: FakePlatform, open_store: OpenStore, open_async_store: OpenAsyncStore
) -> None:
    with fake.platform_client(store=open_store()) as platform:
        authorise(platform, service)
        platform.forget(SHOPS[0])
        assert sorted(platform.shops()) == SHOPS[1:]
        assert next(platform.shops()) in SHOPS
        assert sorted(asyncio.run(listed(fake.async_platform_client(store=open_async_store())))) == SHOPS[1:]


def test_a_store_that_cannot_list_is_a_store_error(fake: FakeTrustoo) -> None:
    class Away(MemoryStore):
        def keys(self) -> Any:
            raise OSError("connection reset")

    with pytest.raises(StoreError) as caught:
        list(fake.platform_client(store=Away()).shops())
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(StoreError):
        asyncio.run(listed(fake.async_platform_client(store=AsyncMemoryStore(Away()))))
    with pytest.raises(StoreError):
        fake.platform_client(store=Away()).for_each(lambda key, shop: None)


def test_a_function_runs_for_each_shop_and_a_failure_of_one_is_its_own(
    fake: FakeTrustoo, service: FakePlatform
) -> None:
    store = MemoryStore()
    with fake.platform_client(store=store) as platform:
        authorise(platform, service)
    store.save("lost", token("lost", lives=-1).to_json(), replaces=None)

    def count(key: str, shop: Trustoo) -> int:
        if key == SHOPS[3]:
            raise ValueError(key)
        return len(shop.reviews.list().list)

    async def count_async(key: str, shop: AsyncTrustoo) -> int:
        if key == SHOPS[3]:
            raise ValueError(key)
        return len((await shop.reviews.list()).list)

    with fake.platform_client(store=store) as platform:
        found = [platform.for_each(count, concurrency=4)]

    async def main() -> None:
        async with fake.async_platform_client(store=AsyncMemoryStore(store)) as platform:
            found.append(await platform.for_each(count_async, concurrency=4))
            some = await platform.for_each(count_async, shops=SHOPS[:2])
            assert sorted(some.results) == SHOPS[:2]

    asyncio.run(main())
    for each in found:
        assert sorted(each.results) == [key for key in SHOPS if key != SHOPS[3]]
        assert all(count > 0 for count in each.results.values())
        assert {key: type(error) for key, error in each.errors.items()} == {
            SHOPS[3]: ValueError,
            "lost": AuthorizationLostError,
        }
        assert str(each).startswith("19 shops succeeded, 2 failed: ")
        assert "EXAMPLE" not in str(each)


def test_the_limit_holds_and_an_invalid_limit_is_refused(fake: FakeTrustoo) -> None:
    inside, most, guard = 0, 0, threading.Lock()

    def work(key: str, shop: Trustoo) -> None:
        nonlocal inside, most
        with guard:
            inside, most = inside + 1, max(most, inside + 1)
        time.sleep(0.005)
        with guard:
            inside -= 1

    with fake.platform_client() as platform:
        summary = platform.for_each(work, shops=SHOPS, concurrency=3)
        assert (most, str(summary)) == (3, "20 shops succeeded, 0 failed")
        for bad in (0, -1, 1.5, True, None):
            with pytest.raises(ArgumentError):
                platform.for_each(work, shops=SHOPS, concurrency=bad)  # type: ignore[arg-type]


def test_an_interruption_stops_a_run_when_the_shops_that_had_begun_have_ended(fake: FakeTrustoo) -> None:
    began, ended = list[str](), list[str]()

    def work(key: str, shop: Trustoo) -> None:
        began.append(key)
        time.sleep(0.02)
        if key == SHOPS[4]:
            raise KeyboardInterrupt
        ended.append(key)

    with fake.platform_client() as platform, pytest.raises(KeyboardInterrupt):
        platform.for_each(work, shops=SHOPS, concurrency=2)
    assert len(began) == len(ended) + 1 <= 8


def test_a_refresh_in_a_run_is_one_for_each_shop(fake: FakeTrustoo, service: FakePlatform, clock: Clock) -> None:
    with fake.platform_client() as platform:
        authorise(platform, service)
        clock.now += 7300
        fake.fail(Fault.code(5), operation="reviews.list")
        found = platform.for_each(lambda key, shop: shop.reviews.list(), concurrency=8)
    assert service.refreshes == len(SHOPS)
    assert [type(error) for error in found.errors.values()] == [NotFoundError]


# --- what a call costs ---


class CountingStore(MemoryStore):
    """Counts calls, and looks at the frames of this package that a breakpoint in a method shows."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = list[str]()
        self.frames = list[list[str]]()

    def __getattribute__(self, name: str) -> Any:
        if name in ("load", "save", "lease", "release"):
            self.calls.append(name)
            self.frames.append(our_frames())
        return super().__getattribute__(name)


def our_frames() -> list[str]:
    frame, found = sys._getframe(1), list[str]()
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] in ("trustoo", "trustoo_api"):
            found.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return found


@pytest.fixture(params=["threads", "asyncio"])
def counted(request: pytest.FixtureRequest, fake: FakeTrustoo, service: FakePlatform) -> tuple[Both, CountingStore]:
    store, is_async = CountingStore(), request.param == "asyncio"
    platform = both(fake, is_async, store=AsyncMemoryStore(store) if is_async else store)
    platform.exchange(service.code(), shop=SHOP)
    return platform, store


def test_a_valid_token_costs_neither_a_call_of_the_store_nor_a_thread_nor_a_task(
    counted: tuple[Both, CountingStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trustoo._concurrency import Flights

    platform, store = counted
    platform.reviews()
    store.calls.clear()
    for name in ("run", "run_async"):
        monkeypatch.setattr(Flights, name, None)
    for _ in range(3):
        platform.reviews()
    assert store.calls == []


def test_a_call_waits_for_the_lease_of_another_process_without_flooding_the_store(
    counted: tuple[Both, CountingStore], clock: Clock, service: FakePlatform
) -> None:
    platform, store = counted
    clock.now += 7300
    assert store.lease(SHOP, "a process that was killed", 0.5)
    store.calls.clear()
    platform.reviews()
    assert service.refreshes == 1
    assert 2 <= store.calls.count("lease") <= 8


def test_a_breakpoint_in_a_refresh_shows_at_most_six_frames_of_this_package(
    counted: tuple[Both, CountingStore], clock: Clock
) -> None:
    platform, store = counted
    clock.now += 7300
    store.calls.clear()
    store.frames.clear()
    platform.reviews()
    assert store.calls == ["load", "lease", "load", "save", "release"]
    for frames in store.frames:
        assert len(frames) <= 6, frames


def test_a_line_of_the_refresh_itself_has_at_most_six_frames_of_this_package(
    counted: tuple[Both, CountingStore], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trustoo.oauth import refresh

    platform, _ = counted
    clock.now += 7300
    frames = list[list[str]]()

    def look(function: Callable[..., Any]) -> Callable[..., Any]:
        def looked(*args: Any) -> Any:
            frames.append(our_frames())
            return function(*args)

        return looked

    monkeypatch.setattr(refresh, "monotonic", look(time.monotonic))
    monkeypatch.setattr(refresh, "load_token", look(refresh.load_token))
    platform.reviews()
    assert len(frames) >= 5
    assert any("trustoo.oauth.refresh._refresh" in found for found in frames)
    for found in frames:
        assert len(found) <= 6, found
