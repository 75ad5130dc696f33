"""Shared by the tests of uploads: invented credentials, a storage that records, clients that post to it."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

import httpx
import pytest
from trustoo import TrustooError
from trustoo._sansio import Sleep
from trustoo.retry import RetryPolicy
from trustoo.transport import HTTPResponse
from trustoo.upload import StorageRules, UploadedImage
from trustoo.upload.content_type import content_type_of
from trustoo.upload.execute import CachedCredentials, GetCredentials, execute_upload
from trustoo.upload.form import Form
from trustoo.upload.image import ImageFile
from trustoo.upload.plan import UploadPlan
from trustoo.upload.source import Source, read_source
from trustoo_api.models import ImageUploadCredentials

from contract_tests.support.pictures import PNG as PNG
from tests.support import Recorder, async_shop, envelope, read, shop

DIRECTORY = "EXAMPLE-shop/2026/6/17/"


@pytest.fixture
def any_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of forms and sources, whose content is no image: files of an unknown type are JPEG images."""
    monkeypatch.setattr("trustoo.upload.source.content_type_of", lambda head: content_type_of(head) or "image/jpeg")


def policy(*conditions: object, expiration: str = "2030-01-01T00:00:00Z") -> str:
    """A policy in base64."""
    return base64.b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode()).decode()


GIVEN = {
    "access_id": "EXAMPLE-ID",
    "host": "https://img.example.com",
    "expire": "1893456000",
    "signature": "EXAMPLE/signature+w==",
    "policy": policy(["starts-with", "$key", DIRECTORY]),
    "dir": DIRECTORY,
    "callback": "eyJFWEFNUExFIjoxfQ==",
}


def credentials(**other: object) -> ImageUploadCredentials:
    """Upload credentials; None leaves a member out."""
    found: ImageUploadCredentials = read(ImageUploadCredentials, {**GIVEN, **other})
    return found


def parts(content_type: str, content: bytes) -> dict[str, bytes]:
    """A form's parts by name, in their order, read by Python's own parser of messages."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    found = {}
    for part in message.get_payload():
        assert not isinstance(part, str)
        found[str(part.get_param("name", header="Content-Disposition"))] = part.get_payload(decode=True)
    return found  # type: ignore[return-value]  # decoded payloads are bytes


def parts_of(request: httpx.Request) -> dict[str, bytes]:
    """The parts of a recorded form."""
    return parts(request.headers["content-type"], request.content)


class Storage(Recorder):
    """A storage that gives all forms the same response, or those of `responds`."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        super().__init__(answer or (lambda request: httpx.Response(200, content=b'{"Status":"OK"}')))

    def responds(self, *outcomes: httpx.Response | Exception) -> Storage:
        """Give these outcomes to the next forms, in order, and the last one to all later forms."""
        left = list(outcomes)

        def answer(request: httpx.Request) -> httpx.Response:
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, Exception):
                raise outcome
            return httpx.Response(outcome.status_code, headers=outcome.headers, content=outcome.content)

        self._answer = answer
        return self


def api(*given: dict[str, object], time: int | None = 1700465772, date: str | None = None) -> Recorder:
    """The service, which returns these credentials in order, and the last ones repeatedly.

    `time` is in the envelope, `date` in the header.
    """
    left = [{**GIVEN, **other} for other in given] or [dict(GIVEN)]
    headers = {} if date is None else {"Date": date}

    def answer(request: httpx.Request) -> httpx.Response:
        data = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, headers=headers, content=envelope(data, time=time))

    return Recorder(answer)


def run(call: str, api: Recorder, storage: Storage, *given: Any, settings: Any = None, **more: Any) -> Any:
    """A call of `media` in threads."""
    with (
        httpx.Client(transport=httpx.MockTransport(storage)) as posting,
        shop(api, storage_client=posting, **{"retry": FAST, **(settings or {})}) as client,
    ):
        return getattr(client.media, call)(*given, **more)


def run_async(call: str, api: Recorder, storage: Storage, *given: Any, settings: Any = None, **more: Any) -> Any:
    """The same with asyncio."""

    async def task() -> Any:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(storage.later)) as posting,
            async_shop(api, storage_client=posting, **{"retry": FAST, **(settings or {})}) as client,
        ):
            return await getattr(client.media, call)(*given, **more)

    return asyncio.run(task())


FAST = RetryPolicy(base=0)
BOTH = pytest.mark.parametrize("run", [run, run_async], ids=["sync", "async"])


# --- forms and effects without a client


def options(name: Any = None, fields: Any = None) -> ImageFile:
    """The caller's options for an object."""
    return ImageFile(PNG, name=name, fields=fields)


def a_form(file: Any = PNG, image: ImageFile | None = None, rules: StorageRules | None = None, **other: object) -> Form:
    """The form for `file`, with credentials that differ in `other`."""
    source = file if isinstance(file, Source) else read_source(file)
    return UploadPlan(image or options(), source, rules or StorageRules()).form(credentials(**other))


def form_of(content_type: str, content: bytes) -> tuple[list[tuple[str, bytes]], str, bytes]:
    """Fields in order, the file's type, the file: read by the rules of RFC 7578 and nothing beyond them."""
    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert re.fullmatch(r"[A-Za-z0-9-]{1,70}", boundary)
    start, *pieces, end = (b"\r\n" + content).split(f"\r\n--{boundary}".encode())
    assert (start, end) == (b"", b"--\r\n")
    found: list[tuple[str, bytes]] = []
    for piece in pieces[:-1]:
        head, separator, value = piece.partition(b"\r\n\r\n")
        named = re.fullmatch(rb'\r\nContent-Disposition: form-data; name="([!#-\[\]-~]+)"', head)
        assert named, (separator, head)
        found.append((named[1].decode(), value))
    head, _, file = pieces[-1].partition(b"\r\n\r\n")
    disposition = rb'\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: ([ -~]+)'
    named = re.fullmatch(disposition, head)
    assert named, head
    return found, named[1].decode(), file


def a_plan(file: Any = PNG, *, retry: RetryPolicy | None = None, now: float = 1.8e9, **about: Any) -> UploadPlan:
    """A plan to upload `file`, or a source, at the service's time `now`."""
    source = file if isinstance(file, Source) else read_source(file, **about)
    return UploadPlan(options(), source, StorageRules(), retry or FAST, lambda: now)


@dataclass
class Course:
    """The effects of an upload that a test ran itself, and its outcome."""

    requested: list[GetCredentials] = field(default_factory=list)
    posts: list[Form] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    image: UploadedImage | None = None
    error: TrustooError | None = None

    @property
    def keys(self) -> list[str]:
        """The object names of the forms, in order."""
        return [post.key for post in self.posts]


def course(plan: UploadPlan, outcomes: Sequence[HTTPResponse | Exception], *given: CachedCredentials) -> Course:
    """Run one upload with these outcomes of its forms and these credentials, in order."""
    effects, seen, left, credentials_left = (
        execute_upload(plan),
        Course(),
        list(outcomes),
        list(given) or [CachedCredentials(credentials(), False)],
    )
    try:
        effect = next(effects)
        while True:
            match effect:
                case GetCredentials():
                    seen.requested.append(effect)
                    effect = effects.send(credentials_left.pop(0))
                case Sleep():
                    seen.pauses.append(effect.seconds)
                    effect = next(effects)
                case Form():
                    seen.posts.append(effect)
                    outcome = left.pop(0)
                    effect = effects.throw(outcome) if isinstance(outcome, Exception) else effects.send(outcome)
    except StopIteration as done:
        seen.image = done.value
    except TrustooError as error:
        seen.error = error
    assert not left, "more outcomes than forms"
    return seen


# --- what an upload may leave behind


def leaving_nothing(main: Callable[[], Awaitable[Any]]) -> Any:
    """Runs `main`; no task may be left when it ends, and nothing may have gone wrong behind its back."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> Any:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        try:
            return await main()
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            gc.collect()
            await asyncio.sleep(0)
            assert not others, others

    try:
        return asyncio.run(watched())
    finally:
        gc.collect()
        assert not complaints, complaints


class Patient:
    """A server on 127.0.0.1 that takes `take` bytes of a request, waits until it may go on, and reads to the end.

    Attributes:
        began: set when `take` bytes are there.
        go_on: to be set by the test; until then nothing more is read.
        ended: set when the client hung up.
    """

    def __init__(self, take: int) -> None:
        self._take, self._socket = take, socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self.began, self.go_on, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.settimeout(10)
            taken = 0
            try:
                while taken < self._take and (piece := connection.recv(65536)):
                    taken += len(piece)
                self.began.set()
                self.go_on.wait(10)
                while connection.recv(1 << 20):
                    pass
            except ConnectionError:
                pass  # a reset is a hang-up
            self.ended.set()

    async def has_begun(self) -> None:
        """Waits without blocking the loop."""
        assert await asyncio.to_thread(self.began.wait, 5)

    def saw_the_hang_up(self) -> bool:
        """Whether the client hangs up within a second from now."""
        self.go_on.set()
        return self.ended.wait(1)


@contextmanager
def patient(take: int) -> Iterator[Patient]:
    """A `Patient` server for the time of the block."""
    server = Patient(take)
    thread = threading.Thread(target=server._serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server._socket.close()
        thread.join(10)
