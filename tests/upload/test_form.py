"""The form's bytes are what the storage takes: fixed order, plain file name, exact length, as often as asked."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from trustoo import UploadError
from trustoo.upload.content_type import HEAD
from trustoo.upload.form import Form
from trustoo.upload.source import CHUNK, read_source, read_source_async

FIELDS = {
    "key": "dir/2026/6/17/a.jpeg",
    "OSSAccessKeyId": "EXAMPLE-ID",
    "policy": "eyJ+/w==",
    "Signature": "rp/+=",
    "callback": "eyJ9 é\t",
}
pytestmark = pytest.mark.usefixtures("any_content")
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4

URL = "https://img.example.com"


async def gathered(body: Form) -> list[bytes]:
    return [chunk async for chunk in body]


def sent(body: Form) -> list[bytes]:
    return list(body)


def sent_async(body: Form) -> list[bytes]:
    return asyncio.run(gathered(body))


BOTH = pytest.mark.parametrize("sent", [sent, sent_async], ids=["sync", "async"])


def a_body(file: Any = JPEG, on_progress: Any = None, **about: Any) -> Form:
    return Form(URL, FIELDS, read_source(file, **about), on_progress)


@BOTH
def test_the_bytes_are_exactly_the_documented_form(sent: Any) -> None:
    body = a_body()
    boundary = body.headers["Content-Type"].removeprefix("multipart/form-data; boundary=")
    text = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in FIELDS.items()
    )
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    assert b"".join(sent(body)) == text.encode() + head.encode() + JPEG + f"\r\n--{boundary}--\r\n".encode()


def test_a_boundary_is_random_and_short() -> None:
    boundaries = {a_body().headers["Content-Type"].partition("boundary=")[2] for _ in range(9)}
    assert len(boundaries) == 9
    assert all(len(boundary) <= 70 and boundary.replace("-", "").isalnum() for boundary in boundaries)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_sync_and_async_iterations_give_the_same_bytes_repeatedly(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    for file in (path, content, BytesIO(content)):
        body = a_body(file)
        first = b"".join(sent(body))
        assert content in first
        assert len(first) == int(body.headers["Content-Length"])
        assert b"".join(sent(body)) == b"".join(sent_async(body)) == b"".join(sent_async(body)) == first


@BOTH
def test_pieces_are_never_larger_than_a_chunk(sent: Any) -> None:
    for file in (bytes(3 * CHUNK), [bytes(3 * CHUNK)], [memoryview(bytearray(3 * CHUNK))]):
        body = a_body(file, size=3 * CHUNK)
        pieces = sent(body)
        assert max(map(len, pieces)) == CHUNK
        assert sum(map(len, pieces)) == int(body.headers["Content-Length"])
        assert all(type(piece) is bytes for piece in pieces)


@BOTH
@pytest.mark.parametrize("chunks", [[b"12345"], [b"123", b"", b"45"]])
def test_fewer_bytes_than_were_announced_are_an_error(sent: Any, chunks: list[bytes]) -> None:
    with pytest.raises(UploadError, match=r"fewer than the announced 6.*nothing is stored"):
        sent(a_body(chunks, size=6))


@BOTH
def test_more_bytes_than_were_announced_are_an_error_before_the_form_ends(sent: Any) -> None:
    body, pieces = a_body([b"1234", b"5"], size=4), list[bytes]()
    with pytest.raises(UploadError, match=r"more than the announced 4"):
        pieces.extend(body)
    assert pieces[-1] == b"1234"
    with pytest.raises(UploadError, match=r"more than the announced 4"):
        sent(body)


@BOTH
def test_chunks_that_are_not_bytes_are_an_error(sent: Any) -> None:
    with pytest.raises(UploadError, match="returned str instead of bytes"):
        sent(a_body([bytes(HEAD), "2"], size=HEAD + 1))


@BOTH
@pytest.mark.parametrize("left", [0, 5])
def test_a_file_that_became_shorter_is_an_error(sent: Any, tmp_path: Path, left: int) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 10)
    body = a_body(path)
    path.write_bytes(b"x" * left)
    with pytest.raises(UploadError, match=r"a\.bin.* became shorter"):
        sent(body)


@BOTH
def test_only_the_announced_bytes_of_a_growing_file_are_sent(sent: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 10)
    body = a_body(path)
    path.write_bytes(b"x" * 10 + b"yyy")
    content = b"".join(sent(body))
    assert len(content) == int(body.headers["Content-Length"])
    assert b"yyy" not in content


def test_asyncio_reads_and_closes_in_another_thread(tmp_path: Path) -> None:
    used: dict[str, set[int]] = {"read": set(), "close": set()}

    def chunks() -> Iterator[bytes]:
        try:
            for _ in range(3):
                used["read"].add(threading.get_ident())
                yield b"x"
        finally:
            used["close"].add(threading.get_ident())

    class Watched:
        def __iter__(self) -> Iterator[bytes]:
            return chunks()

    body = a_body(Watched(), size=3)
    for idents in used.values():  # looking at the first bytes was done here
        idents.clear()
    sent_async(body)
    assert all(used.values())
    assert not any(threading.get_ident() in idents for idents in used.values())


@BOTH
def test_progress_counts_the_bytes_of_the_image_up_to_its_size(sent: Any) -> None:
    noted: list[tuple[int, int]] = []
    sent(a_body(bytes(2 * CHUNK + 5), lambda done, total: noted.append((done, total))))
    size = 2 * CHUNK + 5
    assert noted == [(CHUNK, size), (2 * CHUNK, size), (size, size)]


def test_progress_counts_a_piece_after_the_network_took_it() -> None:
    noted: list[int] = []
    stream = iter(a_body(bytes(2 * CHUNK), lambda done, total: noted.append(done)))
    next(stream)
    next(stream)
    assert noted == []
    next(stream)
    assert noted == [CHUNK]


@BOTH
@pytest.mark.parametrize("error", [RuntimeError("mine"), OSError("mine"), KeyboardInterrupt("mine")])
def test_errors_of_the_callers_code_are_raised_unchanged(sent: Any, error: BaseException) -> None:
    def fail(done: int, total: int) -> None:
        raise error

    def translated() -> None:
        with body.unmasked():
            try:
                sent(body)
            except BaseException as first:
                raise ValueError("what a layer between made of it") from first

    body = a_body(JPEG, fail)
    with pytest.raises(type(error)) as caught:
        translated()
    assert caught.value is error


def test_an_error_of_an_earlier_attempt_does_not_hide_that_of_a_later_one() -> None:
    errors = [RuntimeError("of the caller")]

    def fail_once(done: int, total: int) -> None:
        if errors:
            raise errors.pop()

    def attempt() -> None:
        with body.unmasked():
            sent(body)
            raise ConnectionResetError("of the network")

    body = a_body(JPEG, fail_once)
    for expected in (RuntimeError, ConnectionResetError):
        with pytest.raises(expected):
            attempt()


def test_other_errors_are_raised_unchanged() -> None:
    def fails() -> None:
        with body.unmasked():
            sent(body)
            raise ValueError("theirs")

    body = a_body()
    with pytest.raises(ValueError, match="theirs"):
        fails()


def test_a_source_is_closed_when_sending_stops_halfway() -> None:
    closed: list[str] = []

    class Watched:
        def __iter__(self) -> Iterator[bytes]:
            try:
                yield b"a"
                yield b"b"
            finally:
                closed.append("sync")

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                yield b"a"
                yield b"b"
            finally:
                closed.append("async")

    body = a_body(Watched(), size=2)
    closed.clear()
    stream = iter(body)
    next(stream)
    next(stream)
    body.close()
    assert closed == ["sync"]

    async def stop(body: Form) -> None:
        later = body.__aiter__()
        await later.__anext__()
        await later.__anext__()
        await body.aclose()

    asyncio.run(stop(body))
    assert closed == ["sync", "sync"]

    class Later:
        __aiter__ = Watched.__aiter__

    async def run() -> None:
        source = await read_source_async(Later(), size=2)
        closed.clear()
        await stop(Form(URL, FIELDS, source))

    asyncio.run(run())
    assert closed == ["async"]


def test_closing_before_the_first_iteration_does_nothing() -> None:
    body = a_body()
    body.close()
    asyncio.run(body.aclose())
    assert JPEG in b"".join(sent(body))
