"""An upload that ends before its end leaves no file, no connection, no task and no thread, wherever it stands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from trustoo import AsyncTrustoo, Trustoo
from trustoo.upload import ImageFile, StorageRules
from trustoo.upload.content_type import HEAD

from contract_tests.support.pictures import png
from tests.support import PRIVATE, PUBLIC, async_shop, shop
from tests.upload.conftest import PNG, Patient, api, leaving_nothing, patient

pytestmark = pytest.mark.exclusive
OPEN = StorageRules(http=True, ip_address=True, port=True)
BIG = 30_000_000
"""More than the buffers of a connection hold."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The files that were opened by their paths."""
    found: list[Any] = []
    original = Path.open

    def recording(path: Path, *given: Any, **more: Any) -> Any:
        found.append(original(path, *given, **more))
        return found[-1]

    monkeypatch.setattr(Path, "open", recording)
    return found


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.png"
    path.write_bytes(png(BIG))
    return path


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(1)  # one that is about to end may do so
        assert not thread.is_alive()


async def cancelled(call: Any, begun: Callable[[], Any]) -> None:
    """Cancels `call` once `begun` says so."""
    task = asyncio.create_task(call)
    await begun()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def uploads(server: Patient, file: Any, several: bool) -> Callable[[], Any]:
    """Starts uploads to the server, cancels them when it took what it wanted, and looks whether it saw that."""

    async def run() -> None:
        async with async_shop(api({"host": server.address}), storage_rules=OPEN) as client:
            media = client.media
            call = media.upload_images([file], concurrency=1) if several else media.upload_image(file)
            await cancelled(call, server.has_begun)
            assert await asyncio.to_thread(server.saw_the_hang_up)

    return run


STREAMED = pytest.mark.parametrize("options", [{"size": 5000, "strip_metadata": False}, {}], ids=["streamed", "copied"])
"""Whether an iterator is sent while it is read, or copied first, before anything is sent."""
SEVERAL = pytest.mark.parametrize("several", [False, True], ids=["one", "several"])


@SEVERAL
def test_cancelled_while_sending(several: bool, big: Path, opened: list[Any]) -> None:
    with patient(1_000_000) as server:
        leaving_nothing(uploads(server, big, several))
    assert len(opened) == 4  # to look at it, to verify it, to measure it and to send it
    assert all(file.closed for file in opened)


@SEVERAL
def test_cancelled_while_waiting_for_the_response(several: bool, tmp_path: Path, opened: list[Any]) -> None:
    small = tmp_path / "small.png"
    small.write_bytes(PNG)
    with patient(len(PNG) + 700) as server:
        leaving_nothing(uploads(server, small, several))
    assert all(file.closed for file in opened)


def test_cancelled_while_credentials_are_fetched(big: Path, opened: list[Any]) -> None:
    with patient(10) as server:

        async def run() -> None:
            # pyreqwest, where it is installed, hangs up only when the response comes.
            tokens: Any = {"public_token": PUBLIC, "private_token": PRIVATE, "transport": "httpcore"}
            async with AsyncTrustoo(base_url=server.address, **tokens) as client:
                await cancelled(client.media.upload_image(big), server.has_begun)
                assert await asyncio.to_thread(server.saw_the_hang_up)

        leaving_nothing(run)
    assert len(opened) == 3
    assert all(file.closed for file in opened)


@STREAMED
def test_cancelled_while_a_thread_reads_waits_for_it_and_closes(options: Any) -> None:
    reading, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        def __iter__(self) -> Iterator[bytes]:
            try:
                yield PNG[:40]
                yield bytes(HEAD)
                reading.set()
                go_on.wait(10)
                yield b"x"
            finally:
                closed.set()

    with patient(10) if options else nullcontext() as server:

        async def run() -> None:
            async with async_shop(api({"host": server.address} if server else {}), storage_rules=OPEN) as client:
                closed.clear()
                task = asyncio.create_task(client.media.upload_image(Slow(), **options))
                assert await asyncio.to_thread(reading.wait, 5)
                closed.clear()
                task.cancel()
                await asyncio.sleep(0.05)
                go_on.set()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert closed.is_set()
                assert server is None or await asyncio.to_thread(server.saw_the_hang_up)

        leaving_nothing(run)


@STREAMED
def test_cancelled_while_an_async_iterator_is_read(options: Any) -> None:
    reading, closed = asyncio.Event(), list[str]()

    class Slow:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                yield PNG[:40]
                yield bytes(HEAD)
                reading.set()
                await asyncio.sleep(60)
            finally:
                closed.append("here")

    with patient(10) if options else nullcontext() as server:

        async def run() -> None:
            async with async_shop(api({"host": server.address} if server else {}), storage_rules=OPEN) as client:
                await cancelled(client.media.upload_image(Slow(), **options), reading.wait)
                assert closed == ["here", "here"]  # after it was looked at, and now
                assert server is None or await asyncio.to_thread(server.saw_the_hang_up)

        leaving_nothing(run)


def test_cancelled_while_the_image_is_inspected() -> None:
    reading, go_on = threading.Event(), threading.Event()

    class Slow:
        def __iter__(self) -> Iterator[bytes]:
            reading.set()
            go_on.wait(10)
            yield b"x"

    async def run() -> None:
        async with async_shop(api()) as client:
            await cancelled(client.media.upload_image(Slow(), size=1), lambda: asyncio.to_thread(reading.wait, 5))
            go_on.set()

    leaving_nothing(run)


def fail_after(pieces: int, error: BaseException) -> Callable[[int, int], None]:
    left = [pieces]

    def on_progress(done: int, total: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise error

    return on_progress


@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt("mine"), OSError("mine")], ids=repr)
@SEVERAL
def test_an_exception_from_the_callback_in_threads(
    several: bool, error: BaseException, big: Path, opened: list[Any]
) -> None:
    with patient(1_000) as server:
        server.go_on.set()
        with shop(api({"host": server.address}), storage_rules=OPEN) as client:
            media, on_progress = client.media, fail_after(3, error)
            call: Any = partial(media.upload_images, [ImageFile(big)]) if several else partial(media.upload_image, big)
            with pytest.raises(type(error)) as caught:
                call(on_progress=on_progress)
            assert caught.value is error
            assert server.saw_the_hang_up()
    assert len(opened) == 4
    assert all(file.closed for file in opened)


@pytest.mark.parametrize("error", [RuntimeError("mine"), OSError("mine")], ids=repr)
@SEVERAL
def test_an_exception_from_the_callback_with_asyncio(
    several: bool, error: BaseException, big: Path, opened: list[Any]
) -> None:
    with patient(1_000) as server:
        server.go_on.set()

        async def run() -> None:
            async with async_shop(api({"host": server.address}), storage_rules=OPEN) as client:
                media, on_progress = client.media, fail_after(3, error)
                call: Any = partial(media.upload_images, [big]) if several else partial(media.upload_image, big)
                with pytest.raises(type(error)) as caught:
                    await call(on_progress=on_progress)
                assert caught.value is error
                assert await asyncio.to_thread(server.saw_the_hang_up)

        leaving_nothing(run)
    assert all(file.closed for file in opened)


def test_a_source_that_fails_halfway_closes_the_connection() -> None:
    error = ValueError("the caller's own")

    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            yield PNG[:40]
            yield bytes(HEAD)
            raise error

    with patient(10) as server:
        server.go_on.set()
        with shop(api({"host": server.address}), storage_rules=OPEN) as client:
            assert isinstance(client, Trustoo)
            with pytest.raises(ValueError, match="the caller's own") as caught:
                client.media.upload_image(Broken(), size=5000, strip_metadata=False)
            assert caught.value is error
            assert server.saw_the_hang_up()
    with patient(10) as server:
        server.go_on.set()

        async def run() -> None:
            async with async_shop(api({"host": server.address}), storage_rules=OPEN) as client:
                with pytest.raises(ValueError, match="the caller's own") as again:
                    await client.media.upload_image(Broken(), size=5000, strip_metadata=False)
                assert again.value is error
                assert await asyncio.to_thread(server.saw_the_hang_up)

        leaving_nothing(run)
