"""Anything that gives bytes is read from its start, in pieces, as often as it can be; the rest is refused in words."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from trustoo import TrustooError, UploadError
from trustoo.upload.source import CHUNK, Source, in_thread, read_source, read_source_async

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.pictures import HEIC

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


pytestmark = pytest.mark.usefixtures("any_content")


class Pipe(io.RawIOBase):
    """A binary file that cannot seek."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._content.read(min(len(buffer), 7))
        buffer[: len(piece)] = piece
        return len(piece)


class Again:
    """An asynchronous iterable that begins anew each time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield JPEG[:5]
        yield JPEG[5:]


async def once() -> AsyncIterator[bytes]:
    async for piece in Again():
        yield piece


def whole(source: Source) -> bytes:
    chunks = source.chunks()
    assert isinstance(chunks, Iterator)
    return b"".join(chunks)


def read(file: Any, **about: Any) -> Source:
    return read_source(file, **about)


def read_async(file: Any, **about: Any) -> Source:
    return asyncio.run(read_source_async(file, **about))


BOTH = pytest.mark.parametrize("read", [read, read_async], ids=["sync", "async"])


@BOTH
@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_every_kind_of_source_gives_the_same_bytes_repeatedly(read: Any, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = tmp_path / "照片 é.bin"
    path.write_bytes(content)
    with path.open("rb") as opened:
        kinds = [content, bytearray(content), memoryview(content), path, str(path), opened, io.BytesIO(content)]
        sources = [read(file) for file in kinds] + [read([content[:1], content[1:]], size=size)]
        for source in sources:
            assert (source.size, source.repeatable) == (size, True)
            assert whole(source) == whole(source) == content


@BOTH
def test_a_source_that_can_be_read_once_is_not_repeatable(read: Any) -> None:
    for source in (read(iter([JPEG[:9], JPEG[9:]]), size=len(JPEG)), read(Pipe(JPEG), size=len(JPEG))):
        assert (source.repeatable, source.content_type) == (False, "image/jpeg")
        assert whole(source) == JPEG


@pytest.mark.parametrize(("file", "repeatable"), [(Again(), True), (None, False)])
def test_only_asyncio_reads_asynchronous_iterables(file: Any, repeatable: bool) -> None:
    async def run() -> None:
        source = await read_source_async(file or once(), size=len(JPEG))
        assert (source.repeatable, source.content_type, source.size) == (repeatable, "image/jpeg", len(JPEG))
        for _ in range(1 + repeatable):
            chunks = source.chunks()
            assert isinstance(chunks, AsyncIterator)
            assert b"".join([chunk async for chunk in chunks]) == JPEG

    asyncio.run(run())
    with pytest.raises(UploadError, match="Only AsyncTrustoo"):
        read_source(Again(), size=1)


@BOTH
def test_a_source_may_have_an_unknown_size(read: Any) -> None:
    for file in ([b"x"], iter([b"x"]), Pipe(b"x")):
        assert read(file).size is None


def test_an_asynchronous_iterable_may_have_an_unknown_size() -> None:
    assert read_async(Again()).size is None


@BOTH
@pytest.mark.parametrize("size", [-1, True, 1.5, "7"])
def test_a_size_must_be_a_whole_number(read: Any, size: Any) -> None:
    with pytest.raises(UploadError, match="whole number of bytes"):
        read([b"x"], size=size)


@BOTH
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": -1}, "whole number of bytes"),
        ({"size": 7}, "but size=7"),
        ({"allow": ("text/html",)}, "allow must be a collection"),
    ],
    ids=["size", "other size", "allow"],
)
def test_an_argument_is_checked_beside_all_others(read: Any, wrong: dict[str, Any], message: str) -> None:
    right = {"allow": ("image/tiff",), "filename": "kettle.jpg", "size": len(JPEG), "str_paths": False}
    assert read(JPEG, **right).content_type == "image/jpeg"
    with pytest.raises(TrustooError, match=message):
        read(JPEG, **(right | wrong))


FILES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: JPEG,
    "file": lambda: io.BytesIO(JPEG),
    "pipe": lambda: Pipe(JPEG),
    "iterator": lambda: iter([JPEG[:5], JPEG[5:]]),
    "asynchronous iterable": Again,
    "asynchronous iterator": once,
}


@pytest.mark.parametrize(
    ("read", "kind"), [(way, kind) for kind in FILES for way in (read, read_async)[kind.startswith("async") :]]
)
def test_the_name_and_the_size_of_each_kind_of_file_count_beside_each_other(read: Any, kind: str) -> None:
    source = read(FILES[kind](), filename="kettle.jpg", size=len(JPEG))
    assert (source.label, source.size) == ("'kettle.jpg'", len(JPEG))
    wrong = {-1: "size must be a whole number of bytes", 0: "'kettle.jpg' "}
    if kind in ("bytes", "file"):
        wrong[7] = f"'kettle.jpg' has {len(JPEG)} bytes, but size=7"
    for size, message in wrong.items():
        with pytest.raises(UploadError, match=f"^{message}"):
            read(FILES[kind](), filename="kettle.jpg", size=size)


@BOTH
def test_a_wrong_size_is_refused(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(JPEG)
    for file in (JPEG, path, io.BytesIO(JPEG)):
        with pytest.raises(UploadError, match=rf"has {len(JPEG)} bytes, but size=7"):
            read(file, size=7)
        assert read(file, size=len(JPEG)).size == len(JPEG)


@BOTH
def test_a_file_is_read_from_its_position_and_stays_open(read: Any) -> None:
    file = io.BytesIO(b"before" + JPEG)
    file.seek(6)
    source = read(file)
    assert (source.size, source.content_type) == (len(JPEG), "image/jpeg")
    assert file.tell() == 6
    assert whole(source) == whole(source) == JPEG
    assert not file.closed


@BOTH
def test_a_file_opened_for_text_or_closed_is_refused(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    for file in (path, picture := tmp_path / "a.jpg"):
        picture.write_bytes(JPEG)
        with file.open() as text, pytest.raises(UploadError, match=r"is open as text\. Open it with 'rb'"):
            read(text)
    with pytest.raises(UploadError, match=r"cannot be read: .*closed"):
        read(text)


@BOTH
@pytest.mark.parametrize("file", [["text"], [5], [None], ("text",)])
def test_chunks_that_are_not_bytes_are_refused(read: Any, file: Any) -> None:
    with pytest.raises(UploadError, match="as bytes"):
        read(file, size=4)


EMPTY = [b"", bytearray(), io.BytesIO(), [], iter([b""]), "empty.png"]


@BOTH
@pytest.mark.parametrize("file", EMPTY, ids=["bytes", "array", "file", "list", "iterator", "path"])
def test_an_empty_image_is_refused(read: Any, file: Any, tmp_path: Path) -> None:
    if isinstance(file, str):
        file = tmp_path / file
        file.touch()
    with pytest.raises(UploadError, match=r"empty\. Nothing was sent\."):
        read(file)


@BOTH
def test_a_file_that_was_read_to_its_end_is_refused_with_advice(read: Any) -> None:
    file = io.BytesIO(JPEG)
    file.read()
    with pytest.raises(UploadError, match=r"read to its end already\. Call seek\(0\)"):
        read(file)


@BOTH
def test_a_str_is_a_path_unless_str_paths_is_false(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    assert whole(read(str(path))) == whole(read(path, str_paths=False)) == JPEG
    with pytest.raises(UploadError, match=r"str_paths is False\. Pass a Path\. Nothing was sent"):
        read(str(path), str_paths=False)


@BOTH
def test_a_web_address_is_refused_with_advice_and_is_not_shown(read: Any) -> None:
    with pytest.raises(UploadError, match=r"a file, not a web address\. Download it first") as caught:
        read("HTTPS://img.example/kettle.jpg?Signature=EXAMPLE-signature")
    assert "EXAMPLE-signature" not in str(caught.value)


@BOTH
def test_a_file_that_cannot_be_opened_is_refused(read: Any, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.png", tmp_path, tmp_path / "nul\0.png", tmp_path / ("x" * 300)):
        with pytest.raises(UploadError, match=r"cannot be read: .*Nothing was sent"):
            read(path)
    with pytest.raises(UploadError, match=r"not a regular file|cannot be read"):
        read(os.devnull)


@BOTH
@pytest.mark.parametrize("file", [5, None, object()])
def test_other_objects_are_refused(read: Any, file: Any) -> None:
    with pytest.raises(UploadError, match="a path, bytes, a binary file or an iterator"):
        read(file)


@BOTH
def test_the_type_comes_from_the_content_and_the_name_is_for_messages(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "Kettle.PNG"
    path.write_bytes(JPEG)
    with path.open("rb") as opened:
        for source in (read(path), read(opened), read(JPEG, filename="Kettle.PNG")):
            assert source.content_type == "image/jpeg"
            assert "Kettle.PNG" in source.label


@BOTH
def test_the_type_of_an_iterator_does_not_depend_on_its_chunks(read: Any) -> None:
    for chunks in ([bytes([byte]) for byte in HEIC], [b"", HEIC], [HEIC[:4], HEIC[4:]]):
        source = read(iter(chunks))
        assert source.content_type == "image/heic"
        assert whole(source) == HEIC


def test_repr_does_not_show_the_image() -> None:
    assert "EXAMPLE" not in repr(read_source(b"EXAMPLE"))


def test_a_file_that_vanished_or_breaks_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    source = read_source(path)
    path.unlink()
    with pytest.raises(UploadError, match=r"a\.bin.* cannot be read: .*cancelled"):
        whole(source)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(1)

    with pytest.raises(UploadError, match="Input/output error"):
        whole(read_source(Broken(b"xy")))


def test_a_path_is_closed_when_reading_stops_halfway(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(3 * CHUNK))
    before = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0
    chunks = read_source(path).chunks()
    assert isinstance(chunks, Iterator)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # a generator
    assert before == 0 or len(os.listdir("/dev/fd")) == before


def test_asyncio_inspects_files_in_another_thread() -> None:
    used: set[int] = set()

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            used.add(threading.get_ident())
            return super().read(size)

    read_async(Watched(JPEG))
    assert used
    assert threading.get_ident() not in used


# --- reading in a thread


def test_chunks_are_read_and_closed_in_another_thread() -> None:
    used: dict[str, int] = {}

    def chunks() -> Iterator[bytes]:
        try:
            used["read"] = threading.get_ident()
            yield b"a"
            yield b""
            yield b"b"
        finally:
            used["close"] = threading.get_ident()

    async def run() -> list[bytes]:
        return [chunk async for chunk in in_thread(chunks())]

    assert asyncio.run(run()) == [b"ab"]
    assert set(used) == {"read", "close"}
    assert threading.get_ident() not in used.values()


def test_small_chunks_are_joined_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn of a thread reads many of them. 50 turns would take longer than the upload."""
    set_clock_at_each_reading(monkeypatch)
    monkeypatch.setattr("trustoo.upload.source.GATHER_SECONDS", 60.0)

    async def run() -> list[bytes]:
        return [chunk async for chunk in in_thread(iter([b"a"] * 50))]

    assert asyncio.run(run()) == [b"a" * 50]


def test_a_source_is_closed_when_its_reader_is_cancelled() -> None:
    reading, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def chunks() -> Iterator[bytes]:
        try:
            reading.set()
            assert go_on.wait(5)
            yield b"a"
        finally:
            closed.set()

    async def consume() -> None:
        async for _ in in_thread(chunks()):
            pass

    async def run() -> None:
        task = asyncio.create_task(consume())
        await asyncio.to_thread(reading.wait, 5)
        task.cancel()
        await asyncio.sleep(0.01)
        assert not closed.is_set()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed.is_set()

    asyncio.run(run())
