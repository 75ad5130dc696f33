"""Reading beside the writing changes nothing where nothing comes early: on kept, secure and tunnelled connections."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from trustoo import UploadInterruptedError, UploadRejectedError
from trustoo.testing import FakeTrustoo, StorageResponse
from trustoo.upload import StorageRules
from trustoo.upload.early import EarlyResponse

from contract_tests.support.certificates import certificates
from contract_tests.support.pictures import jpeg
from tests.support import async_shop, shop
from tests.upload.conftest import FAST, api, form_of, leaving_nothing

pytestmark = pytest.mark.exclusive
OPEN = StorageRules(http=True, ip_address=True, port=True, timeout=10)
BIG = jpeg(20_000_000)


class TakesForms:
    """A server that responds with 200 when the whole form is there; `refuse` responds after its first bytes instead.

    Attributes:
        files: the files it took.
        connections: how many connections were made.
    """

    def __init__(self, secured: ssl.SSLContext | None = None, refuse: bool = False) -> None:
        self.files: list[bytes] = []
        self.connections = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                owner.connections += 1

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                content = self.rfile.read(min(length, 65536) if refuse else length)
                status, said = (403, b"<Error><Code>InDebt</Code></Error>") if refuse else (200, b'{"Status":"OK"}')
                if not refuse:
                    owner.files.append(form_of(self.headers["Content-Type"], content)[2])
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
                if refuse:
                    self.close_connection = True
                    self.connection.settimeout(5)
                    try:
                        while self.connection.recv(1 << 20):
                            pass
                    except OSError:
                        pass  # the client hung up

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if secured is not None:
            self._server.socket = secured.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    @contextmanager
    def running(self) -> Iterator[TakesForms]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@contextmanager
def tunnels() -> Iterator[tuple[str, list[str]]]:
    """A proxy that makes tunnels: its address, and the first lines of what it was asked."""
    requested: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while piece := one.recv(65536):
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either end hung up

    def serve(client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        requested.append(head.decode().split("\r\n")[0])
        host, port = requested[-1].split()[1].split(":")
        with client, socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join(5)

    over = threading.Event()
    listening.settimeout(0.05)

    def accept() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                client, _ = listening.accept()
                client.settimeout(10)
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", requested
    finally:
        over.set()
        thread.join(5)
        listening.close()


def upload(host: str, times: int = 1, file: Any = BIG, check: Any = None, **client: Any) -> list[Any]:
    """Uploads one after the other through one client of the caller's; then `check` may give nothing false."""
    with (
        httpx.Client(**client) as posting,
        shop(api({"host": host}), storage_client=posting, storage_rules=OPEN, retry=FAST) as made,
    ):
        try:
            return [made.media.upload_image(file) for _ in range(times)]
        finally:
            assert check is None or all(check())


def upload_async(host: str, times: int = 1, file: Any = BIG, check: Any = None, **client: Any) -> list[Any]:
    async def run() -> list[Any]:
        async with (
            httpx.AsyncClient(**client) as posting,
            async_shop(api({"host": host}), storage_client=posting, storage_rules=OPEN, retry=FAST) as made,
        ):
            try:
                return [await made.media.upload_image(file) for _ in range(times)]
            finally:
                assert check is None or all(check())

    found: list[Any] = leaving_nothing(run)
    return found


BOTH = pytest.mark.parametrize("upload", [upload, upload_async], ids=["sync", "async"])
Upload = Callable[..., list[Any]]


@BOTH
def test_a_form_with_a_response_at_its_end_arrives_whole(upload: Upload) -> None:
    with TakesForms().running() as server:
        (image,) = upload(f"http://127.0.0.1:{server.port}")
    assert server.files == [BIG]
    assert image.callback == {"Status": "OK"}


@BOTH
def test_a_reused_connection_still_works(upload: Upload) -> None:
    with TakesForms().running() as server:
        images = upload(f"http://127.0.0.1:{server.port}", times=3)
    assert (server.connections, server.files) == (1, [BIG] * 3)
    assert len({image.key for image in images}) == 3


def test_an_early_response_leaves_no_task() -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.refused(403, "InDebt", early=True, then="reset"), times=3)

    async def run() -> None:
        with fake.storage.serve():
            async with fake.async_client(storage_rules=OPEN) as client:
                for _ in range(3):
                    with pytest.raises(UploadRejectedError, match="InDebt"):
                        await client.media.upload_image(BIG)

    leaving_nothing(run)
    assert fake.storage.forms == 3


@BOTH
def test_an_early_response_leaves_no_file_open(upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed when the error arrives, and not when the garbage is collected."""
    path, opened, original = tmp_path / "big.jpeg", list[Any](), Path.open
    path.write_bytes(BIG)

    def recording(path: Path, *given: Any, **more: Any) -> Any:
        opened.append(original(path, *given, **more))
        return opened[-1]

    monkeypatch.setattr(Path, "open", recording)

    def check() -> list[bool]:
        return [file.closed for file in opened]

    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.reset(early=True), times=3)
    gc.disable()
    try:
        with TakesForms(refuse=True).running() as server, pytest.raises(UploadRejectedError, match="InDebt"):
            upload(f"http://127.0.0.1:{server.port}", file=path, check=check)
        with fake.storage.serve() as address, pytest.raises(UploadInterruptedError):
            upload(address, file=path, check=check)
    finally:
        gc.enable()
    assert len(opened) == 10  # looked at, verified and measured twice, sent once and three times


# --- over TLS


@pytest.fixture
def secured() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates().server, certificates().key)
    return context


@pytest.fixture
def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates().authority))


@BOTH
def test_forms_arrive_over_tls(upload: Upload, secured: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    with TakesForms(secured).running() as server:
        upload(f"https://127.0.0.1:{server.port}", times=2, verify=trusting)
    assert (server.connections, server.files) == (1, [BIG] * 2)


@BOTH
def test_an_early_refusal_is_read_over_tls(upload: Upload, secured: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    with TakesForms(secured, refuse=True).running() as server, pytest.raises(UploadRejectedError, match="InDebt"):
        upload(f"https://127.0.0.1:{server.port}", verify=trusting)
    assert server.files == []


@BOTH
def test_forms_arrive_through_a_proxys_tunnel(
    upload: Upload, secured: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    with TakesForms(secured).running() as server, tunnels() as (proxy, requested):
        upload(f"https://127.0.0.1:{server.port}", verify=trusting, proxy=proxy)
    assert server.files == [BIG]
    assert requested == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"]


# --- without a network


class Stream(httpcore.AsyncNetworkStream):
    """A connection that gives what it is told to, when it is told to."""

    def __init__(self) -> None:
        self.response: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.written: list[bytes] = []
        self.may_write = asyncio.Event()
        self.fails_when_cancelled = self.is_closed = self.is_readable = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await asyncio.wait_for(asyncio.shield(self.response), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            await self.may_write.wait()
        except asyncio.CancelledError:
            if self.fails_when_cancelled:
                raise httpcore.WriteError("broken as well") from None
            raise
        self.written.append(buffer)

    async def aclose(self) -> None:
        self.is_closed = True

    def get_extra_info(self, info: str) -> Any:
        return {"is_readable": self.is_readable}[info]


async def begun(stream: Stream) -> None:
    """What httpcore tells of a connection that it makes for a request."""
    early = EarlyResponse()
    await early.trace_async("connection.connect_tcp.started", {})
    await early.trace_async("connection.connect_tcp.complete", {"return_value": stream})
    await early.trace_async("http11.send_request_body.started", {"request": None})


def test_a_response_ends_the_writing_and_is_read_then() -> None:
    async def run() -> None:
        stream = Stream()
        await begun(stream)
        writing = asyncio.create_task(stream.write(b"x"))
        await asyncio.sleep(0)
        stream.response.set_result(b"HTTP/1.1 403")
        with pytest.raises(httpcore.WriteError, match="A response arrived"):
            await writing
        assert stream.written == []
        assert await stream.read(100, 1) == b"HTTP/1.1 403"

    leaving_nothing(run)


@pytest.mark.parametrize("given", [b"", httpcore.ReadError("reset")], ids=["closed", "reset"])
def test_a_closed_connection_ends_the_writing_and_reaches_the_reader(given: Any) -> None:
    async def run() -> None:
        stream = Stream()
        await begun(stream)
        stream.fails_when_cancelled = True
        writing = asyncio.create_task(stream.write(b"x"))
        await asyncio.sleep(0)
        stream.response.set_exception(given) if isinstance(given, Exception) else stream.response.set_result(given)
        with pytest.raises(httpcore.WriteError):
            await writing
        if isinstance(given, Exception):
            with pytest.raises(httpcore.ReadError, match="reset"):
                await stream.read(100, 1)
        else:
            assert await stream.read(100, 1) == b""

    leaving_nothing(run)


def test_arrived_bytes_are_read_before_anything_is_written() -> None:
    """A write on a connection that was reset would close it, and lose the response."""

    async def run() -> None:
        stream = Stream()
        await begun(stream)
        stream.is_readable = True
        stream.may_write.set()
        asyncio.get_running_loop().call_later(0.01, stream.response.set_result, b"HTTP/1.1 403")
        with pytest.raises(httpcore.WriteError, match="A response arrived"):
            await stream.write(b"x")
        assert stream.written == []
        assert await stream.read(100, 1) == b"HTTP/1.1 403"

    leaving_nothing(run)


def test_arrived_bytes_that_are_not_a_response_do_not_stop_the_writing() -> None:
    """A session ticket of TLS, for example."""

    async def run() -> None:
        stream = Stream()
        await begun(stream)
        stream.is_readable = True
        stream.may_write.set()
        await stream.write(b"x")
        assert stream.written == [b"x"]
        await stream.aclose()
        await asyncio.sleep(0)

    leaving_nothing(run)


def test_reading_takes_no_longer_than_the_timeout() -> None:
    async def run() -> None:
        stream = Stream()
        await begun(stream)
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(100, 0.01)
        stream.response.set_result(b"later")
        assert await stream.read(100, 1) == b"later"

    leaving_nothing(run)


def test_closing_ends_the_reading_and_ignores_its_error() -> None:
    async def run() -> None:
        stream, other = Stream(), Stream()
        await begun(stream)
        await stream.aclose()
        assert stream.is_closed
        await begun(other)
        await asyncio.sleep(0)
        other.response.set_exception(httpcore.ReadError("nobody's"))
        await asyncio.sleep(0.01)

    leaving_nothing(run)


def test_cancelling_the_writing_cancels_its_task() -> None:
    async def run() -> None:
        stream = Stream()
        await begun(stream)
        writing = asyncio.create_task(stream.write(b"x"))
        await asyncio.sleep(0.01)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        stream.may_write.set()
        await stream.aclose()
        await asyncio.sleep(0.01)
        assert stream.written == []

    leaving_nothing(run)


def test_after_a_write_timeout_a_thread_checks_for_a_response() -> None:
    class Late(httpcore.NetworkStream):
        readable = False

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            raise httpcore.WriteTimeout("late")

        def get_extra_info(self, info: str) -> Any:
            return {"is_readable": self.readable}[info]

    stream = Late()
    early = EarlyResponse()
    early.trace("connection.start_tls.complete", {"return_value": stream})
    early.trace("http11.send_request_body.started", {})
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(b"x")
    stream.readable = True
    with pytest.raises(httpcore.WriteError, match="A response arrived"):
        stream.write(b"x")


@pytest.mark.parametrize("event", ["connection.connect_tcp.complete", "http11.send_request_body.started", "other"])
def test_objects_that_are_not_streams_are_ignored(event: str) -> None:
    EarlyResponse().trace(event, {"return_value": object()})
    EarlyResponse().trace(event, {})

    async def run() -> None:
        await EarlyResponse().trace_async(event, {"return_value": object()})
        await EarlyResponse().trace_async(event, {})

    leaving_nothing(run)


# --- after the connection broke the last time


class Refusing(httpcore.NetworkStream):
    """Answers what was written so far when it is read, or is silent."""

    def __init__(self, response: bytes | Exception) -> None:
        self.response, self.written, self.waited = response, list[bytes](), list[float | None]()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.waited.append(timeout)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written.append(buffer)

    def get_extra_info(self, info: str) -> Any:
        return None


def begun_after_a_fault(response: bytes | Exception) -> Refusing:
    stream, early = Refusing(response), EarlyResponse(after_fault=True)
    early.trace("connection.connect_tcp.complete", {"return_value": stream})
    early.trace("http11.send_request_body.started", {})
    return stream


IMAGE = bytes(200_000)


@pytest.mark.parametrize(
    "response", [b"HTTP/1.1 403", b"", httpcore.ReadError("reset")], ids=["response", "end", "reset"]
)
def test_in_threads_the_rest_of_a_form_waits_for_a_refusal_of_its_start(response: Any) -> None:
    stream = begun_after_a_fault(response)
    stream.write(b"fields")
    with pytest.raises(httpcore.WriteError, match="A response arrived"):
        stream.write(IMAGE)
    assert [len(piece) for piece in stream.written] == [6, 65536]
    assert stream.waited == [0.25]
    if isinstance(response, bytes):
        assert stream.read(100, 5) == response
        assert stream.waited == ([0.25] if response else [0.25, 5])


def test_in_threads_the_rest_of_a_form_follows_a_start_that_is_not_refused() -> None:
    stream = begun_after_a_fault(httpcore.ReadTimeout("nothing"))
    for piece in (b"fields", IMAGE, b"more"):
        stream.write(piece)
    assert b"".join(stream.written) == b"fields" + IMAGE + b"more"
    assert stream.waited == [0.25]


@pytest.mark.parametrize("is_refused", [True, False])
def test_in_asyncio_the_rest_of_a_form_waits_for_a_refusal_of_its_start(is_refused: bool) -> None:
    async def run() -> None:
        stream, early = Stream(), EarlyResponse(after_fault=True)
        stream.may_write.set()
        await early.trace_async("connection.connect_tcp.complete", {"return_value": stream})
        await early.trace_async("http11.send_request_body.started", {})
        await asyncio.sleep(0)
        await stream.write(b"fields")
        if is_refused:
            asyncio.get_running_loop().call_later(0.02, stream.response.set_result, b"HTTP/1.1 403")
            with pytest.raises(httpcore.WriteError, match="A response arrived"):
                await stream.write(IMAGE)
            assert [len(piece) for piece in stream.written] == [6, 65536]
            assert await stream.read(100, 1) == b"HTTP/1.1 403"
        else:
            await stream.write(IMAGE)
            assert b"".join(stream.written) == b"fields" + IMAGE
            await stream.aclose()
            await asyncio.sleep(0)

    leaving_nothing(run)
