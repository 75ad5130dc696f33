"""Metadata never leaves the machine by default, pixels stay the same, and malformed images are refused."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, ImageSequence
from trustoo import UploadError
from trustoo.testing import FakeTrustoo, StorageResponse, without_waiting
from trustoo.upload import ImageFile, check_image
from trustoo.upload.metadata import STRIPPED, stripped
from trustoo.upload.prepare import prepared
from trustoo.upload.source import CHUNK, read_source

from contract_tests.support.pictures import AVIF, GIF, HEIC, JPEG, PNG, WEBP, jpeg
from tests.support import steady

SECRET = b"EXAMPLE-secret"
brief = settings(steady, max_examples=50)


@cache
def exif(orientation: int = 1, make: str = SECRET.decode()) -> bytes:
    """Exif of a phone: the maker, a position, the orientation."""
    found = Image.Exif()
    found[0x010F], found[0x0112] = make, orientation
    found[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return found.tobytes()


@cache
def picture(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    """A picture of 24 × 16 pixels."""
    made = Image.radial_gradient("L").resize((24, 16)).convert(mode)
    content = io.BytesIO()
    made.save(content, kind, **options)
    return content.getvalue()


def sent(file: bytes, *chunks: int) -> bytes:
    """The bytes that are sent of an image. `chunks` are the lengths of the first pieces that its file returns."""
    source = read_source(file)
    if chunks:
        source = replace(source, open=lambda: nullcontext(Pieces(file, chunks)))
    result = stripped(source)
    found = result.chunks()
    assert isinstance(found, Iterator)
    content = b"".join(found)
    assert len(content) == result.size
    return content


class Pieces(io.BytesIO):
    """A file that returns fewer bytes than it is asked for, as files may."""

    def __init__(self, content: bytes, lengths: tuple[int, ...]) -> None:
        super().__init__(content)
        self._lengths = iter(lengths)

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(max(next(self._lengths, CHUNK), 1), CHUNK if size is None else size))


def pixels(file: bytes) -> list[tuple[Any, ...]]:
    """All frames as they are shown, with their colour profile and durations."""
    with Image.open(io.BytesIO(file)) as image:
        profile = image.info.get("icc_profile")
        loop = image.info.get("loop")
        return [
            (ImageOps.exif_transpose(frame.convert("RGBA")).tobytes(), frame.info.get("duration"), profile, loop)
            for frame in ImageSequence.Iterator(image)
        ]


def frames() -> list[Image.Image]:
    return [Image.new("RGB", (8, 8), (shade, 0, 9)) for shade in (10, 120, 230)]


@cache
def animation(kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    first, *others = frames()
    first.save(content, kind, save_all=True, append_images=others, duration=120, loop=3, **options)
    return content.getvalue()


def png_text() -> Any:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("Author", SECRET.decode())
    text.add_text("Comment", SECRET.decode(), zip=True)
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return text


PROFILE = b"EXAMPLE-profile" * 6000
"""Longer than a segment of a JPEG."""
WITH_METADATA: dict[str, Callable[[], bytes]] = {
    "phone": lambda: picture("JPEG", exif=exif(6), comment=SECRET, xmp=SECRET),
    "progressive": lambda: picture("JPEG", exif=exif(), progressive=True, icc_profile=PROFILE),
    "cmyk": lambda: picture("JPEG", "CMYK", exif=exif(), comment=SECRET),
    "grey": lambda: picture("JPEG", "L", exif=exif(3)),
    "png": lambda: picture("PNG", exif=exif(8), pnginfo=png_text(), icc_profile=b"EXAMPLE-profile"),
    "apng": lambda: animation("PNG", pnginfo=png_text()),
    "webp": lambda: picture("WEBP", exif=exif(5), xmp=SECRET, icc_profile=b"EXAMPLE-profile"),
    "upright webp": lambda: picture("WEBP", exif=exif(), lossless=True),
    "animated webp": lambda: animation("WEBP", exif=exif(), xmp=SECRET),
    "gif": lambda: picture("GIF", comment=SECRET),
    "animated gif": lambda: animation("GIF", comment=SECRET),
}
EACH = pytest.mark.parametrize("name", WITH_METADATA)


@EACH
def test_metadata_is_removed_and_pixels_stay(name: str) -> None:
    file = WITH_METADATA[name]()
    assert SECRET in file or b"zTXt" in file
    result = sent(file)
    assert SECRET not in result
    assert pixels(result) == pixels(file)
    with Image.open(io.BytesIO(result)) as image:
        assert set(image.getexif()) <= {0x0112}
        assert not image.getexif().get_ifd(0x8825)
    with Image.open(io.BytesIO(result)) as image:
        image.verify()


@EACH
def test_a_stripped_image_is_not_changed_again(name: str) -> None:
    result = sent(WITH_METADATA[name]())
    assert sent(result) == result


@EACH
def test_bytes_after_the_image_are_removed(name: str) -> None:
    file = WITH_METADATA[name]()
    assert sent(file + b"\0\0\0\x18ftypmp42" + SECRET) == sent(file)


@EACH
def test_an_image_that_ends_at_any_byte_is_refused(name: str) -> None:
    file = WITH_METADATA[name]()
    for length in {*range(13, len(file), 1 + len(file) // 150), len(file) - 1}:
        with pytest.raises(UploadError, match=r"ends too early|has no image|longer than the image"):
            sent(file[:length])


@given(name=st.sampled_from(list(WITH_METADATA)), chunks=st.lists(st.integers(0, 200), max_size=30))
@brief
def test_chunking_does_not_matter(name: str, chunks: list[int]) -> None:
    file = WITH_METADATA[name]()
    assert sent(file, *chunks, 1) == sent(file)


@given(name=st.sampled_from(list(WITH_METADATA)), data=st.data())
@brief
def test_no_damage_raises_another_error(name: str, data: st.DataObject) -> None:
    file = bytearray(WITH_METADATA[name]())
    for position in data.draw(st.lists(st.integers(4, len(file) - 1), min_size=1, max_size=4)):
        file[position] = data.draw(st.integers(0, 255))
    try:
        kind = read_source(bytes(file)).content_type
        result = sent(bytes(file))
    except UploadError:
        return
    assert kind in STRIPPED
    assert sent(result) == result


SEGMENTS = st.lists(
    st.tuples(
        st.sampled_from([*range(0xE1, 0xEE), 0xEF, 0xFE]),
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0"]),
        ),
    ),
    max_size=6,
)


@given(SEGMENTS, st.integers(0, 3))
@example([(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff")], 0)
@brief
def test_any_segments_of_a_jpeg_are_removed(segments: list[tuple[int, bytes]], fill: int) -> None:
    file = WITH_METADATA["progressive"]()
    extra = b"".join(
        b"\xff" * (fill + 1) + bytes((marker,)) + (len(content) + len(SECRET) + 2).to_bytes(2) + content + SECRET
        for marker, content in segments
    )
    scan = file.index(b"\xff\xda", 70_000)  # beyond the profile
    for place in (2, scan, file.index(b"\xff\xda", scan + 2)):
        result = sent(file[:place] + extra + file[place:])
        assert result == sent(file)


CHUNK_NAMES = st.sampled_from([b"tEXt", b"iTXt", b"zTXt", b"tIME", b"eXIf", b"caBX", b"iDOT", b"prVt", b"zzZz"])
CONTENTS = st.binary(max_size=40).map(lambda content: content + SECRET)


@given(st.lists(st.tuples(CHUNK_NAMES, CONTENTS), max_size=6))
@steady
def test_any_other_chunks_of_a_png_are_removed(chunks: list[tuple[bytes, bytes]]) -> None:
    extra = b"".join(
        len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4) for name, content in chunks
    )
    for place in (33, PNG.index(b"IEND") - 4):
        assert sent(PNG[:place] + extra + PNG[place:]) == PNG


@given(st.lists(st.tuples(st.sampled_from([b"EXIF", b"XMP ", b"abcd"]), CONTENTS), max_size=6))
@steady
def test_any_other_chunks_of_a_webp_are_removed(chunks: list[tuple[bytes, bytes]]) -> None:
    extra = b"".join(
        name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2) for name, content in chunks
    )
    file = WEBP + extra
    assert sent(b"RIFF" + (len(file) - 8).to_bytes(4, "little") + file[8:]) == WEBP


@given(st.lists(st.tuples(st.sampled_from([b"\xfe", b"\xff"]), st.lists(CONTENTS, max_size=3)), max_size=5))
@steady
def test_any_other_extensions_of_a_gif_are_removed(extensions: list[tuple[bytes, list[bytes]]]) -> None:
    extra = b"".join(
        b"!" + label + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"
        for label, blocks in extensions
    )
    for place in (13 + 12, len(GIF) - 1):
        assert sent(GIF[:place] + extra + GIF[place:]) == GIF


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_all_that_stays_of_exif(orientation: int, order: str) -> None:
    mark = b"II" if order == "<" else b"MM"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    block = b"Exif\0\0" + mark + struct.pack(f"{order}HIH", 42, 8, 1) + entries + bytes(4) + SECRET
    file = JPEG[:20] + b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block + JPEG[20:]
    with Image.open(io.BytesIO(sent(file))) as image:
        assert dict(image.getexif()) == ({0x0112: orientation} if 2 <= orientation <= 8 else {})


def test_thumbnails_are_removed() -> None:
    thumbnail = JPEG[:2] + b"\xff\xe0" + (2 + 14 + 3).to_bytes(2) + JPEG[6:18] + b"\1\1" + b"rgb" + JPEG[20:]
    assert sent(thumbnail) == JPEG
    extension = JPEG[:20] + b"\xff\xe0\0\x10JFXX\0\x13\1\1" + bytes(5) + JPEG[20:]
    assert sent(extension[: 20 + 18] + JPEG[20:]) == JPEG


@pytest.mark.parametrize(
    "file",
    [
        JPEG[:20] + b"\xff\xf7\0\x04ab" + JPEG[20:],
        JPEG[:20] + b"\xff\xd8" + JPEG[20:],
        JPEG[:20] + b"\xff\xfe\0\1" + JPEG[20:],
        JPEG[:20] + b"\xff\xd9",
        PNG[:33] + b"\0\0\0\0ABCD" + bytes(4) + PNG[33:],
        PNG[:33] + PNG[8:33] + PNG[33:],
        PNG[:8] + PNG[33:],
        PNG[:33] + PNG[-12:],
        PNG[:33] + b"\xff\0\0\0tEXt" + PNG[33:],
        WEBP[:12] + b"abcd\xff\xff\xff\x7f" + WEBP[12:],
        b"RIFF\4\0\0\0WEBP",
        GIF[:13],
        GIF[:25] + b"?" + GIF[25:],
    ],
)
def test_a_malformed_image_is_refused_with_advice(file: bytes) -> None:
    with pytest.raises(UploadError, match=r"so its metadata cannot be removed.*strip_metadata=False"):
        sent(file)


def test_a_long_run_of_fill_bytes_takes_little_time() -> None:
    """A search that begins anew at each byte would take hours."""
    file = JPEG[:-2] + b"\xff" * 3_000_000 + b"\0" + JPEG[-2:]
    assert sent(file) == file


# --- every default


def phone() -> bytes:
    return WITH_METADATA["phone"]()


class Stream(io.BytesIO):
    """A file that cannot seek."""

    def seekable(self) -> bool:
        return False


@pytest.fixture
def fake() -> FakeTrustoo:
    return FakeTrustoo()


def arrived(fake: FakeTrustoo) -> bytes:
    (upload,) = fake.storage.uploads
    assert upload.content_type == "image/jpeg"
    assert upload.fields["key"].endswith(".jpeg")
    return upload.content


def ways(path: Path) -> dict[str, Any]:
    """The same photo in each way that it can be given."""
    content = path.read_bytes()
    before = io.BytesIO(b"before" + content)
    before.seek(6)
    return {
        "path": path,
        "str": str(path),
        "bytes": content,
        "memoryview": memoryview(content),
        "file": io.BytesIO(content),
        "file from its position": before,
        "stream": Stream(content),
        "list": [content[:99], content[99:]],
        "iterator": iter([content[:99], content[99:]]),
        "image file": ImageFile(path),
    }


@pytest.mark.parametrize("way", ways(Path(__file__)))
@pytest.mark.parametrize("call", ["one", "several", "one async", "several async"])
def test_a_photo_of_a_phone_arrives_without_its_position(
    fake: FakeTrustoo, way: str, call: str, tmp_path: Path
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(phone())
    file = ways(path)[way]
    if isinstance(file, ImageFile) and call.startswith("one"):
        file = file.file
    if call.endswith("async"):
        client = fake.async_client()
        uploads: Any = client.media.upload_images([file]) if "several" in call else client.media.upload_image(file)
        asyncio.run(uploads)
    else:
        media = fake.client().media
        _ = media.upload_images([file]) if call == "several" else media.upload_image(file)
    assert arrived(fake) == sent(phone())
    assert SECRET not in arrived(fake)


def test_an_async_iterator_arrives_without_its_position(fake: FakeTrustoo) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield phone()[:100]
        yield phone()[100:]

    asyncio.run(fake.async_client().media.upload_image(chunks()))
    assert arrived(fake) == sent(phone())


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("strips", [False, True])
def test_what_can_be_read_once_is_sent_again_whole(fake: FakeTrustoo, strips: bool, is_async: bool) -> None:
    fake.storage.respond_next(StorageResponse.refused(503, "ServiceUnavailable"))
    once = iter([phone()[:100], phone()[100:]])
    with without_waiting():
        if is_async:
            asyncio.run(fake.async_client().media.upload_image(once, strip_metadata=strips))
        else:
            fake.client().media.upload_image(once, strip_metadata=strips)
    assert arrived(fake) == (sent(phone()) if strips else phone())
    assert fake.storage.forms == 2


@pytest.mark.parametrize("file", [phone(), HEIC, AVIF, WEBP, GIF[:20], PNG[:-1]])
def test_without_stripping_the_file_is_sent_as_it_is(
    fake: FakeTrustoo, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustoo.upload.prepare.pillow", lambda: None)
    assert fake.client().media.upload_image(file, strip_metadata=False).size == len(file)
    assert [upload.content for upload in fake.storage.uploads] == [file]


# --- with Pillow


def test_an_image_is_scaled_down_only_if_it_has_too_many_pixels(fake: FakeTrustoo) -> None:
    media, file = fake.client().media, phone()
    media.upload_image(file, max_pixels=24 * 16)
    media.upload_image(file, max_pixels=100)
    same, small = (upload.content for upload in fake.storage.uploads)
    assert same == sent(file)
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (8, 12)  # upright
        assert not image.getexif()
    assert SECRET not in small


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_a_lower_quality_makes_a_smaller_image_with_the_same_profile(fake: FakeTrustoo, kind: str) -> None:
    profile = b"EXAMPLE-profile"
    file = picture(kind, exif=exif(), quality=95, icc_profile=profile)
    for quality in (95, 10):
        fake.client().media.upload_image(file, quality=quality)
    best, worst = fake.storage.uploads
    assert len(worst.content) < len(best.content)
    assert SECRET not in worst.content
    with Image.open(io.BytesIO(worst.content)) as image:
        assert (image.format, image.info["icc_profile"]) == (kind, profile)


def test_heic_becomes_an_upright_jpeg(fake: FakeTrustoo) -> None:
    stored = fake.client().media.upload_image(HEIC, name="photo.heic")
    (upload,) = fake.storage.uploads
    assert (stored.key.rsplit("/", 1)[1], upload.content_type) == ("photo.jpeg", "image/jpeg")
    assert b"EXAMPLE-phone" in HEIC
    assert b"EXAMPLE-phone" not in upload.content
    with Image.open(io.BytesIO(upload.content)) as image:
        assert (image.size, image.mode) == ((16, 16), "RGB")


@pytest.mark.parametrize("options", [{"max_pixels": 5}, {"quality": 5}])
def test_an_animation_is_not_encoded_again(fake: FakeTrustoo, options: Any) -> None:
    with pytest.raises(UploadError, match="several frames"):
        fake.client().media.upload_image(animation("WEBP"), **options)


@pytest.mark.parametrize("options", [{"max_pixels": 5}, {"quality": 5}])
def test_an_encoding_needs_the_extra(fake: FakeTrustoo, monkeypatch: pytest.MonkeyPatch, options: Any) -> None:
    monkeypatch.setattr("trustoo.upload.prepare.pillow", lambda: None)
    with pytest.raises(UploadError, match=r"need the extra images \(pip install 'trustoo\[images\]'\)"):
        fake.client().media.upload_image(JPEG, **options)
    assert fake.received == []


def test_a_huge_image_that_would_fill_the_memory_is_an_upload_error(fake: FakeTrustoo) -> None:
    huge = PNG[:16] + struct.pack(">II", 60_000, 60_000) + PNG[24:29]
    huge += zlib.crc32(huge[12:]).to_bytes(4) + PNG[33:]
    with pytest.raises(UploadError, match="DecompressionBomb"):
        fake.client().media.upload_image(huge)


def test_a_photo_is_checked_without_sending_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photo.heic"
    path.write_bytes(HEIC)
    check_image(path)
    monkeypatch.setattr("trustoo.upload.prepare.pillow", lambda: None)
    with pytest.raises(UploadError, match=r"conversion to JPEG needs the extra images.*strip_metadata=False"):
        check_image(path)
    check_image(path, strip_metadata=False)
    path.write_bytes(b"BM" + bytes(60))
    check_image(path, allow=["image/bmp"])


def test_little_memory_is_used_for_a_large_image(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "large.jpg"
    path.write_bytes(jpeg(20_000_000))
    tracemalloc.start()
    try:
        source = stripped(read_source(path))
        found = source.chunks()
        assert isinstance(found, Iterator)
        assert sum(map(len, found)) == 20_000_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


class CountedFile(io.FileIO):
    """An unbuffered file that counts the reads of it. On a network drive each of them may take a while."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(-1 if size is None else size) or b""

    def readinto(self, buffer: Any, /) -> int:
        self.reads += 1
        return super().readinto(buffer) or 0


def test_an_unbuffered_file_is_read_in_large_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(jpeg(8 * CHUNK))
    with CountedFile(path) as file:
        with prepared(read_source(file), ImageFile(file)) as source:
            chunks = source.chunks()
            assert isinstance(chunks, Iterator)
            sent = b"".join(chunks)
        reads_per_pass = 8 + 2  # some bytes of the image are not on a border, and the last read finds the end
        assert file.reads <= 1 + 2 + 2 * reads_per_pass  # the type, Pillow, the metadata, and the form
        assert not file.closed
    assert len(sent) == source.size
