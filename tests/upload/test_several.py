"""Several uploads share credentials and a bounded number of connections; one that fails keeps none from its image."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from trustoo import (
    ArgumentError,
    ConfigurationError,
    HTTPStatusError,
    Trustoo,
    UploadCallbackError,
    UploadError,
    UploadRejectedError,
)
from trustoo.errors import UnauthenticatedError
from trustoo.upload import ImageFile
from trustoo.upload.source import CHUNK

from contract_tests.support.pictures import GIF, png
from tests.support import Recorder, async_shop, envelope, shop
from tests.upload.conftest import (
    BOTH,
    FAST,
    GIVEN,
    PNG,
    Storage,
    api,
    credentials,
    form_of,
    leaving_nothing,
    parts_of,
    policy,
)

pytestmark = pytest.mark.exclusive
ENDED = b"<Error><Code>AccessDenied</Code><Message>Policy expired.</Message></Error>"


class Crowd(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A storage that takes a while, and counts the forms under way.

    Args:
        after: called with each file.
        together: how many forms it waits for before it responds to the first; it waits at most a second.
    """

    def __init__(
        self, seconds: float = 0.02, after: Callable[[bytes], httpx.Response] | None = None, together: int = 1
    ) -> None:
        self.now = self.most = self.forms = 0
        self._together, self._patience = together, time.monotonic() + 1
        self._seconds, self._after, self._lock = seconds, after, threading.Lock()

    def _enter(self) -> None:
        with self._lock:
            self.now, self.forms = self.now + 1, self.forms + 1
            self.most = max(self.most, self.now)

    def _waits(self) -> bool:
        return self.most < self._together and time.monotonic() < self._patience

    def _leave(self) -> None:
        with self._lock:
            self.now -= 1

    def _answer(self, request: httpx.Request, content: bytes) -> httpx.Response:
        if self._after is None:
            return httpx.Response(204)
        return self._after(form_of(request.headers["content-type"], content)[2])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._enter()
        try:
            assert isinstance(request.stream, httpx.SyncByteStream)
            content = b"".join(request.stream)
            while self._waits():
                time.sleep(0.005)
            time.sleep(self._seconds)
            return self._answer(request, content)
        finally:
            self._leave()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._enter()
        try:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            content = b"".join([piece async for piece in request.stream])
            while self._waits():
                await asyncio.sleep(0.005)
            await asyncio.sleep(self._seconds)
            return self._answer(request, content)
        finally:
            self._leave()


def crowded(crowd: Crowd, service: Recorder, *given: Any, **more: Any) -> Any:
    with (
        httpx.Client(transport=crowd) as posting,
        shop(service, storage_client=posting, retry=FAST) as client,
    ):
        return client.media.upload_images(*given, **more)


def crowded_async(crowd: Crowd, service: Recorder, *given: Any, **more: Any) -> Any:
    async def run() -> Any:
        async with (
            httpx.AsyncClient(transport=crowd) as posting,
            async_shop(service, storage_client=posting, retry=FAST) as client,
        ):
            return await client.media.upload_images(*given, **more)

    return leaving_nothing(run)


class Slow(Recorder):
    """A service that takes a while, so that others ask meanwhile."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        time.sleep(0.02)
        return super().__call__(request)

    async def later(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.02)
        return await super().later(request)


CROWDED = pytest.mark.parametrize("crowded", [crowded, crowded_async], ids=["sync", "async"])


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Any:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(1)  # one that is about to end may do so
        assert not thread.is_alive()


@BOTH
@pytest.mark.parametrize("concurrency", [1, 4])
def test_there_is_one_outcome_for_each_file_in_order(run: Any, concurrency: int) -> None:
    files = [png(100 + number) for number in range(10)]
    storage = Storage()
    outcomes = run("upload_images", api(), storage, iter(files), concurrency=concurrency)
    assert [outcome.file for outcome in outcomes] == files
    assert [outcome.error for outcome in outcomes] == [None] * 10
    sent = {parts_of(request)["key"].decode(): parts_of(request)["file"] for request in storage.requests}
    assert [sent[outcome.image.key] for outcome in outcomes] == files
    assert len(sent) == 10


@BOTH
def test_no_files_make_no_calls(run: Any) -> None:
    service, storage = api(), Storage()
    assert run("upload_images", service, storage, []) == []
    assert (service.requests, storage.requests) == ([], [])


@CROWDED
@pytest.mark.parametrize(("files", "concurrency", "most"), [(9, 3, 3), (5, 1, 1), (2, 64, 2)])
def test_at_most_the_requested_number_of_uploads_run_at_once(
    crowded: Any, files: int, concurrency: int, most: int
) -> None:
    crowd = Crowd(together=most)
    crowded(crowd, api(), [PNG] * files, concurrency=concurrency)
    assert (crowd.most, crowd.forms) == (most, files)


@CROWDED
def test_four_uploads_run_at_once_by_default(crowded: Any) -> None:
    crowd = Crowd(together=4)
    crowded(crowd, api(), [PNG] * 9)
    assert crowd.most == 4


@BOTH
@pytest.mark.parametrize("concurrency", [0, -1, 65, 1.0, "4", None, True])
def test_an_invalid_concurrency_is_refused(run: Any, concurrency: Any) -> None:
    service = api()
    with pytest.raises(ArgumentError, match="concurrency must be a whole number from 1 to 64"):
        run("upload_images", service, Storage(), [PNG], concurrency=concurrency)
    assert service.requests == []


@BOTH
@pytest.mark.parametrize(
    "one", ["kettle.jpg", Path("kettle.jpg"), PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG), ImageFile(PNG)]
)
def test_one_file_in_place_of_several_is_refused_and_not_read_as_its_characters(run: Any, one: Any) -> None:
    service = api()
    with pytest.raises(ArgumentError, match=rf"not one of type {type(one).__name__}\. Use upload_image, or put "):
        run("upload_images", service, Storage(), one)
    assert service.requests == []


@BOTH
def test_an_image_file_has_its_own_options(run: Any) -> None:
    given = ImageFile(
        iter([GIF]), name="own", strip_metadata=False, size=len(GIF), fields={"x-oss-meta-a": "b"}, filename="a.png"
    )
    bitmap = ImageFile(b"BM" + bytes(60), allow=["image/bmp"], strip_metadata=False)
    storage = Storage()
    first, second, third = run("upload_images", api(), storage, [given, bitmap, PNG], concurrency=1)
    fields, kind, file = form_of(storage.requests[0].headers["content-type"], storage.requests[0].content)
    assert (fields[-1], kind, file) == (("x-oss-meta-a", b"b"), "image/gif", GIF)
    assert (first.image.key, first.file) == (f"{GIVEN['dir']}own.gif", given.file)
    assert isinstance(second.error, UploadError)  # Pillow cannot open it
    assert third.image.key.endswith(".png")


# --- failures


@CROWDED
def test_a_failed_upload_does_not_stop_the_others(crowded: Any) -> None:
    def response(file: bytes) -> httpx.Response:
        if file == refused:
            return httpx.Response(400, content=b"<Error><Code>InvalidArgument</Code></Error>")
        return httpx.Response(203 if file == not_told else 204)

    refused, not_told = png(100), png(200)
    files = [PNG, refused, "missing.png", not_told, 5, b"", ImageFile(PNG, name="../a"), PNG]
    outcomes = crowded(Crowd(0, response), api(), files, concurrency=2)
    assert [type(outcome.error) for outcome in outcomes] == [
        *(type(None), UploadRejectedError, UploadError, UploadCallbackError),
        *(UploadError, UploadError, UploadError, type(None)),
    ]
    assert [outcome.image is None for outcome in outcomes] == [outcome.error is not None for outcome in outcomes]


@BOTH
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_permanent_error_of_the_credentials_makes_one_call(run: Any, concurrency: int) -> None:
    service = Slow(envelope(None, code=16, message="EXAMPLE"))
    storage = Storage()
    outcomes = run("upload_images", service, storage, [PNG] * 9, concurrency=concurrency)
    assert {type(outcome.error) for outcome in outcomes} == {UnauthenticatedError}
    assert (len(service.requests), storage.requests) == (1, [])


@BOTH
def test_a_client_without_tokens_makes_no_call(run: Any) -> None:
    service = api()
    settings = {"public_token": None, "private_token": None}
    outcomes = run("upload_images", service, Storage(), [PNG] * 3, settings=settings)
    assert {type(outcome.error) for outcome in outcomes} == {ConfigurationError}
    assert service.requests == []


@BOTH
def test_credentials_are_fetched_again_after_a_temporary_error(run: Any) -> None:
    responses = [httpx.Response(400), httpx.Response(200, content=envelope(GIVEN))]
    service = Recorder(lambda request: responses.pop(0) if len(responses) > 1 else responses[0])
    outcomes = run("upload_images", service, Storage(), [PNG] * 3, concurrency=1)
    assert [type(outcome.error) for outcome in outcomes] == [HTTPStatusError, type(None), type(None)]
    assert len(service.requests) == 2


# --- credentials


@CROWDED
@pytest.mark.parametrize("concurrency", [1, 4])
def test_credentials_are_fetched_once_and_used_by_all(crowded: Any, concurrency: int) -> None:
    service = Slow(api()._answer)
    outcomes = crowded(Crowd(0), service, [PNG] * 9, concurrency=concurrency)
    assert len({outcome.image.key for outcome in outcomes}) == 9
    assert len(service.requests) == 1


@BOTH
def test_given_credentials_are_used_by_all(run: Any) -> None:
    service, storage = api(), Storage()
    run("upload_images", service, storage, [PNG] * 3, credentials=credentials(signature="EXAMPLE-kept"))
    assert {parts_of(request)["Signature"] for request in storage.requests} == {b"EXAMPLE-kept"}
    assert service.requests == []


@BOTH
def test_each_option_of_several_images_counts_beside_all_others(run: Any, tmp_path: Path) -> None:
    files, noted, ended = [png(100), png(200)], list[tuple[int, int]](), list[bool]()
    given = {
        "credentials": credentials(signature="EXAMPLE-kept"),
        "results": tmp_path / "results.jsonl",
        "on_progress": lambda *seen: noted.append(seen),
        "on_outcome": lambda outcome: ended.append(outcome.error is None),
    }
    for times in (1, 2):
        service, storage = api(), Storage()
        run("upload_images", service, storage, files, concurrency=1, **given)
        assert [parts_of(request)["Signature"] for request in storage.requests] == [b"EXAMPLE-kept"] * (4 - 2 * times)
        assert service.requests == []
        assert (noted[0][1], noted[-1]) == (300, (300, 300))
        assert ended == [True, True] * times


class Renewing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Refuses the old signature, all of the forms at once, so that every upload learns of it."""

    def __init__(self, parties: int) -> None:
        self._barrier, self._gate, self._parties = threading.Barrier(parties), asyncio.Event(), parties
        self.signatures: list[bytes] = []

    def _answer(self, request: httpx.Request, content: bytes) -> tuple[bool, httpx.Response]:
        fields = dict(form_of(request.headers["content-type"], content)[0])
        self.signatures.append(fields["Signature"])
        is_old = fields["Signature"] == b"EXAMPLE-old"
        return is_old, httpx.Response(403, content=ENDED) if is_old else httpx.Response(204)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        is_old, response = self._answer(request, b"".join(request.stream))
        if is_old:
            self._barrier.wait(5)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        is_old, response = self._answer(request, b"".join([piece async for piece in request.stream]))
        if self.signatures.count(b"EXAMPLE-old") == self._parties:
            self._gate.set()
        if is_old:
            await asyncio.wait_for(self._gate.wait(), 5)
        return response


@CROWDED
def test_refused_credentials_are_renewed_once_for_all(crowded: Any) -> None:
    service, storage = api({"signature": "EXAMPLE-old"}, {"signature": "EXAMPLE-new"}), Renewing(3)
    outcomes = crowded(storage, service, [PNG] * 7, concurrency=3)
    assert [outcome.error for outcome in outcomes] == [None] * 7
    assert storage.signatures.count(b"EXAMPLE-old") == 3
    assert storage.signatures.count(b"EXAMPLE-new") == 7
    assert len(service.requests) == 2


@BOTH
def test_credentials_that_expire_at_once_are_fetched_for_each(run: Any) -> None:
    ends = policy(["starts-with", "$key", GIVEN["dir"]], expiration="2023-11-20T00:00:00Z")
    service = api({"policy": ends})
    outcomes = run("upload_images", service, Storage(), [PNG] * 3, concurrency=1)
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert len(service.requests) == 3


# --- progress


@BOTH
def test_progress_is_the_sum_of_all_uploads(run: Any) -> None:
    noted: list[tuple[int, int]] = []
    files = [png(CHUNK + 1), png(100), "missing.png", png(200)]
    run("upload_images", api(), Storage(), files, concurrency=3, on_progress=lambda *seen: noted.append(seen))
    size = CHUNK + 301
    assert {total for _, total in noted} == {size}
    assert [done for done, _ in noted] == sorted(done for done, _ in noted)
    assert noted[-1] == (size, size)
    assert len(noted) == 4


@BOTH
def test_progress_of_a_restarted_upload_is_counted_again(run: Any) -> None:
    noted: list[int] = []
    storage = Storage().responds(httpx.Response(204), httpx.Response(503), httpx.Response(204))
    run(
        "upload_images",
        api(),
        storage,
        [png(100), png(200)],
        concurrency=1,
        on_progress=lambda done, _: noted.append(done),
    )
    assert noted == [100, 300, 300]
    noted.clear()
    storage.responds(httpx.Response(503), httpx.Response(204))
    big = png(CHUNK + 1)
    run("upload_images", api(), storage, [big], on_progress=lambda done, _: noted.append(done))
    assert noted[:2] == noted[2:] == [noted[0], CHUNK + 1]


# --- an end before the end


@CROWDED
@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt("mine"), OSError("mine")], ids=repr)
def test_an_error_of_the_callback_ends_all_uploads_and_is_raised(crowded: Any, error: BaseException) -> None:
    """It raises once: the others would go on if nobody told them."""
    crowd, service, left = Crowd(0.05), api(), [error]

    def fail(done: int, total: int) -> None:
        if left:
            raise left.pop()

    with pytest.raises(type(error)) as caught:
        crowded(crowd, service, [PNG] * 50, concurrency=2, on_progress=fail)
    assert caught.value is error
    assert crowd.forms < 10
    assert crowd.now == 0


@CROWDED
def test_an_error_in_a_later_image_does_not_wait_for_an_earlier_one(crowded: Any) -> None:
    """The first takes a second and the others fail at once: nothing else is begun meanwhile."""

    class FirstSlow(Crowd):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self._seconds = 1.0 if self.forms == 0 else 0
            return super().handle_request(request)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self._seconds = 1.0 if self.forms == 0 else 0
            return await super().handle_async_request(request)

    def fail(done: int, total: int) -> None:
        if done > len(PNG):
            raise RuntimeError("mine")

    crowd = FirstSlow()
    with pytest.raises(RuntimeError, match="mine"):
        crowded(crowd, api(), [PNG] * 50, concurrency=2, on_progress=fail)
    assert crowd.forms < 5


def test_an_interrupt_in_the_waiting_thread_ends_all_uploads() -> None:
    """As Ctrl-C does, which reaches the main thread while the others send."""
    crowd, begun = Crowd(), threading.Event()

    class Pieces:
        def __iter__(self) -> Any:
            for _ in range(1000):
                begun.set()
                time.sleep(0.005)
                yield GIF + bytes(5000)

    def files() -> Iterator[ImageFile]:
        yield ImageFile(Pieces())
        assert begun.wait(5)
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        crowded(crowd, api(), files(), concurrency=2)
    assert time.monotonic() - began < 3
    assert crowd.forms <= 1


def test_cancelling_ends_all_uploads() -> None:
    crowd = Crowd(30)

    async def run() -> None:
        async with (
            httpx.AsyncClient(transport=crowd) as posting,
            async_shop(api(), storage_client=posting) as client,
        ):
            task = asyncio.create_task(client.media.upload_images([PNG] * 20, concurrency=3))
            while crowd.now < 3:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert crowd.now == 0

    leaving_nothing(run)
    assert crowd.forms == 3


def test_a_closed_client_is_an_error_of_each_upload() -> None:
    posting = httpx.Client(transport=httpx.MockTransport(Storage()))
    posting.close()
    with shop(api(), storage_client=posting) as client:
        outcomes = client.media.upload_images([PNG, PNG])
    assert {type(outcome.error) for outcome in outcomes} == {ConfigurationError}


def test_the_callers_client_is_not_closed() -> None:
    with httpx.Client(transport=httpx.MockTransport(Storage())) as posting:
        with shop(api(), storage_client=posting) as client:
            assert isinstance(client, Trustoo)
            client.media.upload_images([PNG, PNG])
        assert not posting.is_closed
