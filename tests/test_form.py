"""The form's bytes are what the storage takes: fixed order, plain file name, exact length, as often as asked."""

from __future__ import annotations

import asyncio
import os
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from trustoo import UploadError
from trustoo.form import CHUNK, FormBody, Source, read_source

FIELDS = {
    "key": "dir/2026/6/17/a.jpeg",
    "OSSAccessKeyId": "EXAMPLE-ID",
    "policy": "eyJ+/w==",
    "Signature": "rp/+=",
    "callback": "eyJ9 é\t",
}
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


async def gathered(body: FormBody) -> list[bytes]:
    return [chunk async for chunk in body]


def sent(body: FormBody) -> bytes:
    return b"".join(body)


def test_the_bytes_are_exactly_the_documented_form() -> None:
    body = FormBody(FIELDS, Source(len(JPEG), "image/jpeg", content=JPEG))
    boundary = body.content_type.removeprefix("multipart/form-data; boundary=")
    text = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in FIELDS.items()
    )
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    assert sent(body) == text.encode() + head.encode() + JPEG + f"\r\n--{boundary}--\r\n".encode()
    assert body.length == len(sent(body))


def test_a_boundary_is_random_plain_and_short() -> None:
    boundaries = {FormBody({}, Source(1, "a/b", content=b"x")).content_type.partition("boundary=")[2] for _ in range(9)}
    assert len(boundaries) == 9
    assert all(len(boundary) <= 70 and boundary.replace("-", "").isalnum() for boundary in boundaries)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_sync_and_async_give_the_same_bytes_again_and_again(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    for source in (read_source(path), read_source(content)):
        body = FormBody(FIELDS, source)
        first = sent(body)
        assert content in first
        assert len(first) == body.length
        assert sent(body) == first
        for _ in range(2):
            assert b"".join(asyncio.run(gathered(body))) == first
        body.close()
        asyncio.run(body.aclose())
        assert sent(body) == first


def test_pieces_are_never_larger_than_a_chunk() -> None:
    body = FormBody({}, read_source(bytes(3 * CHUNK)))
    assert max(map(len, body)) == CHUNK
    assert max(map(len, asyncio.run(gathered(body)))) == CHUNK


def test_asyncio_opens_reads_and_closes_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    used: dict[str, set[int]] = {"open": set(), "read": set(), "close": set()}

    class Watched(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            used["read"].add(threading.get_ident())
            return super().read(size)

        def close(self) -> None:
            used["close"].add(threading.get_ident())
            super().close()

    def opened(source: Source) -> BytesIO:
        used["open"].add(threading.get_ident())
        return Watched(source.content)

    monkeypatch.setattr(Source, "open", opened)
    asyncio.run(gathered(FormBody({}, Source(2, "a/b", content=b"xy"))))
    assert all(used.values())
    assert not any(threading.get_ident() in idents for idents in used.values())


def test_a_file_is_closed_when_sending_stops_halfway(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(3 * CHUNK))
    opened: list[Any] = []

    class Watching(FormBody):
        def _open(self) -> Any:
            opened.append(super()._open())
            return opened[-1]

    body = Watching({}, read_source(path))
    stream = iter(body)
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]

    async def stop() -> None:
        later = body.__aiter__()
        await later.__anext__()
        await later.__anext__()
        await later.aclose()  # type: ignore[attr-defined]

    asyncio.run(stop())
    assert [file.closed for file in opened] == [True, True]


@pytest.mark.parametrize("left", [0, 5])
def test_a_file_that_became_shorter_is_an_error(tmp_path: Path, left: int) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 10)
    body = FormBody({}, read_source(path))
    path.write_bytes(b"x" * left)
    for run in (lambda: sent(body), lambda: asyncio.run(gathered(body))):
        with pytest.raises(UploadError, match="became shorter"):
            run()


def test_of_a_file_that_grew_only_the_announced_bytes_are_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 10)
    body = FormBody({}, read_source(path))
    path.write_bytes(b"x" * 10 + b"yyy")
    assert len(sent(body)) == body.length == len(b"".join(asyncio.run(gathered(body))))
    assert b"y" * 3 not in sent(body)


def test_a_file_that_vanished_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    body = FormBody({}, read_source(path))
    path.unlink()
    for run in (lambda: sent(body), lambda: asyncio.run(gathered(body))):
        with pytest.raises(UploadError, match=r"a\.bin.* cannot be read"):
            run()


def test_a_fault_while_reading_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(Source, "open", lambda source: Broken())
    with pytest.raises(UploadError, match="Input/output error"):
        sent(FormBody({}, Source(1, "a/b", content=b"x")))


# --- sources


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"BM\x00", "image/bmp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", "application/octet-stream"),
        (b"x", "application/octet-stream"),
    ],
)
def test_the_type_is_known_by_the_first_bytes(tmp_path: Path, head: bytes, kind: str) -> None:
    path = tmp_path / "no-ending"
    path.write_bytes(head)
    assert read_source(head).content_type == kind
    assert read_source(path).content_type == kind


def test_else_the_type_is_known_by_the_name_and_the_callers_word_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"not really")
    assert read_source(path).content_type == "image/png"
    path.write_bytes(JPEG)
    assert read_source(path).content_type == "image/jpeg"
    assert read_source(path, "image/avif").content_type == "image/avif"
    assert read_source(JPEG, "image/avif").content_type == "image/avif"


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.JPG", ".jpg"),
        ("a.tar.gz", ".gz"),
        ("a", ".jpeg"),
        ("a.jp g", ".jpeg"),
        ("照片.é", ".jpeg"),
        ("照片.webp", ".webp"),
        ("a.", ".jpeg"),
    ],
)
def test_the_ending_is_the_files_own_or_fits_the_type(tmp_path: Path, name: str, suffix: str) -> None:
    path = tmp_path / name
    path.write_bytes(JPEG)
    assert read_source(path).suffix == suffix


def test_bytes_get_an_ending_that_fits_the_type() -> None:
    assert read_source(JPEG).suffix == ".jpeg"
    assert read_source(b"x", "text/plain").suffix == ""


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_any_bytes_will_do_and_are_copied(wrap: Any) -> None:
    source = read_source(wrap(JPEG))
    with source.open() as opened:
        assert (source.size, opened.read()) == (len(JPEG), JPEG)


def test_paths_may_be_text_or_path_objects(tmp_path: Path) -> None:
    path = tmp_path / "照片 é.jpeg"
    path.write_bytes(JPEG)
    assert read_source(str(path)) == read_source(path)
    with read_source(path).open() as opened:
        assert opened.read() == JPEG


def test_repr_does_not_show_the_image() -> None:
    assert "content=" not in repr(read_source(JPEG))


@pytest.mark.parametrize("file", [b"", bytearray(), memoryview(b"")])
def test_an_empty_image_is_refused(file: Any) -> None:
    with pytest.raises(UploadError, match="empty"):
        read_source(file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.touch()
    with pytest.raises(UploadError, match=r"a\.png is empty. Nothing was sent"):
        read_source(path)


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.png", tmp_path, tmp_path / "nul\0.png", tmp_path / ("x" * 300)):
        with pytest.raises(UploadError, match=r"cannot be read: .*Nothing was sent"):
            read_source(path)


def test_a_device_is_no_image() -> None:
    with pytest.raises(UploadError, match=r"no regular file|cannot be read"):
        read_source(os.devnull)


@pytest.mark.parametrize("file", [5, None, BytesIO(b"x"), ["a.png"]])
def test_anything_else_is_no_image(file: Any) -> None:
    with pytest.raises(UploadError, match="a path or as bytes"):
        read_source(file)


@pytest.mark.parametrize("kind", ["image/png\r\nX: y", "image/é", "a\x00b"])
def test_a_content_type_cannot_add_headers(kind: str) -> None:
    with pytest.raises(UploadError, match="no content type"):
        read_source(b"x", kind)
