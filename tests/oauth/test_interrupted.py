"""A refresh outlives its caller: with rotation, its response holds the only copy of the next refresh token."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from trustoo.oauth import AsyncPlatform, AuthorizationLostError, FileStore, Platform, Token
from trustoo.testing import FakePlatform, FakeTrustoo

from tests.oauth.conftest import SHOP, OpenAsyncStore, OpenStore, keep, kept, served

CLIENT = ("EXAMPLE-client-id", "EXAMPLE-client-secret")
PAUSE, PATIENCE = 0.3, 0.1
NEEDS_POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has neither timer signals nor fork")


class SoftTimeLimitError(Exception):
    """Raised by the handler of a signal, as Celery does at its soft time limit."""


@pytest.fixture
def service() -> FakePlatform:
    return FakeTrustoo().add_platform(rotation=True)


@pytest.fixture
def address(service: FakePlatform) -> Iterator[str]:
    fake = FakeTrustoo()
    fake.platform = service
    with served(fake, pause=PAUSE) as url:
        yield url


def expired(service: FakePlatform) -> Token:
    issued, now = service.issue(), time.time()
    return Token(issued["access_token"], issued["refresh_token"], now - 5, now - 7000)


@pytest.fixture
def store(open_store: OpenStore, service: FakePlatform) -> Any:
    store = open_store()
    keep(store, expired(service))
    return store


@pytest.fixture
def healthy(store: Any, service: FakePlatform, address: str) -> Iterator[None]:
    """After the test, the shop works in another process, and its token was refreshed once."""
    yield
    assert service.refreshes == 1
    found = kept(store)
    assert found is not None
    assert service.accepts(found.access_token)
    with Platform(*CLIENT, base_url=address, store=store) as platform:
        platform.shop(SHOP).reviews.list()
    assert service.refreshes == 1


Make = Callable[[], AsyncPlatform]


@pytest.fixture
def make(open_async_store: OpenAsyncStore, address: str) -> Make:
    return lambda: AsyncPlatform(*CLIENT, base_url=address, store=open_async_store())


async def issued(service: FakePlatform, grant: str = "refresh_token") -> None:
    """Wait until the service has issued a token. Its response follows after PAUSE."""
    while not service.counts.get(grant):
        await asyncio.sleep(0.001)


async def given_up(call: Coroutine[Any, Any, Any], service: FakePlatform, grant: str = "refresh_token") -> None:
    """A call whose caller gives up before the token arrives. Raises TimeoutError."""
    task = asyncio.create_task(call)
    await issued(service, grant)  # on a busy machine, PATIENCE may be over before
    await asyncio.wait_for(task, PATIENCE)


def test_the_end_of_asyncio_run_waits_for_a_refresh_whose_caller_gave_up(
    make: Make, service: FakePlatform, healthy: None
) -> None:
    async def main() -> None:
        await given_up(make().shop(SHOP).reviews.list(), service)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_a_loop_that_lives_on_finishes_a_refresh_whose_caller_gave_up(
    make: Make, service: FakePlatform, healthy: None
) -> None:
    async def main() -> None:
        platform = make()
        with pytest.raises(TimeoutError):
            await given_up(platform.shop(SHOP).reviews.list(), service)
        await platform.shop(SHOP).reviews.list()

    asyncio.run(main())


def test_close_waits_for_a_refresh_whose_caller_gave_up(make: Make, healthy: None, service: FakePlatform) -> None:
    async def main() -> None:
        async with make() as platform:
            with pytest.raises(TimeoutError):
                await given_up(platform.shop(SHOP).reviews.list(), service)
        assert not platform._flights._flights

    asyncio.run(main())


def test_a_refresh_outlives_the_task_group_that_asked_for_it(make: Make, service: FakePlatform, healthy: None) -> None:
    async def fail() -> None:
        await issued(service)
        raise SoftTimeLimitError

    async def main() -> None:
        async with make() as platform, asyncio.TaskGroup() as group:
            group.create_task(platform.shop(SHOP).reviews.list())
            group.create_task(platform.shop(SHOP).reviews.rating(product_id="1"))
            group.create_task(fail())

    with pytest.raises(ExceptionGroup):
        asyncio.run(main())


@NEEDS_POSIX
def test_a_refresh_outlives_a_caller_that_a_signal_interrupts(
    store: Any, address: str, service: FakePlatform, healthy: None
) -> None:
    def handler(*_: object) -> None:
        raise SoftTimeLimitError

    def interrupt() -> None:
        """On a busy machine, a timer could strike while Python starts the thread of the refresh."""
        while not service.refreshes:
            time.sleep(0.001)
        time.sleep(PATIENCE)
        os.kill(os.getpid(), signal.SIGALRM)

    previous = signal.signal(signal.SIGALRM, handler)
    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        with Platform(*CLIENT, base_url=address, store=store) as platform, pytest.raises(SoftTimeLimitError):
            platform.shop(SHOP).reviews.list()
    finally:
        thread.join(timeout=10)
        signal.signal(signal.SIGALRM, previous)


@NEEDS_POSIX
def test_an_exchange_outlives_a_caller_that_gave_up(make: Make, store: Any, service: FakePlatform) -> None:
    async def main() -> None:
        await given_up(make().exchange(service.code(), shop="another"), service, "authorization_code")

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    found = kept(store, "another")
    assert found is not None
    assert service.accepts(found.access_token)


@NEEDS_POSIX
def test_a_process_that_was_forked_during_a_refresh_does_not_hang(
    store: Any, address: str, service: FakePlatform
) -> None:
    platform = Platform(*CLIENT, base_url=address, store=store)
    thread = threading.Thread(target=lambda: platform.shop(SHOP).reviews.list())
    thread.start()
    while not service.refreshes:
        time.sleep(0.01)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)  # ends a child that hangs
        with suppress(AuthorizationLostError):  # with a memory store, the parent has used the refresh token
            platform.shop(SHOP).reviews.list()
        os._exit(7)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    finally:
        thread.join(20)
        platform.close()
    assert service.refreshes == 1


PROGRAM = """
import asyncio, sys
from trustoo.oauth import AsyncFileStore, AsyncPlatform, FileStore, Platform

kind, address, folder, shop = sys.argv[1:]
known = dict(client_id="EXAMPLE-client-id", client_secret="EXAMPLE-client-secret", base_url=address)

async def main():
    await AsyncPlatform(**known, store=AsyncFileStore(folder)).shop(shop).reviews.list()

print("ready", flush=True)
if kind == "threads":
    Platform(**known, store=FileStore(folder)).shop(shop).reviews.list()
else:
    asyncio.run(main())
"""


@NEEDS_POSIX
@pytest.mark.parametrize("kind", ["threads", "asyncio"])
@pytest.mark.parametrize("interrupts", [1, 2])
def test_a_program_ends_after_ctrl_c_when_its_refresh_has_ended_and_after_another_at_once(
    tmp_path: Path, service: FakePlatform, kind: str, interrupts: int
) -> None:
    fake, store = FakeTrustoo(), FileStore(tmp_path)
    fake.platform = service
    keep(store, expired(service))
    pause = 0.8 if interrupts == 1 else 20
    with served(fake, pause=pause, join=False) as address:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, kind, address, str(tmp_path), SHOP],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            while not service.refreshes:
                time.sleep(0.01)
            began = time.monotonic()
            for _ in range(interrupts):
                program.send_signal(signal.SIGINT)
                time.sleep(0.3)
            assert program.wait(10) != 0
            assert time.monotonic() - began < 5
        finally:
            program.kill()
            program.communicate()
    found = kept(store)
    assert found is not None
    assert service.accepts(found.access_token) is (interrupts == 1)
