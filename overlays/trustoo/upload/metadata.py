"""Removes metadata from JPEG, PNG, WebP and GIF images without decoding them.

An image is read twice. `stripped` reads it once for the size of the result, which the form's header contains, and the
source that it returns reads the image again while it is sent. Only one chunk and one segment are in memory at a time.

What is kept is listed. Everything that no list names is removed: positions, dates, names, serial numbers, comments,
thumbnails, and all bytes after the end of the first image. Pixels, colour profiles, animations and the orientation are
kept. An image that a decoder would refuse or read differently raises UploadError.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from ..errors import UploadError
from .source import CHUNK, Source, check_chunk, release

__all__ = ["STRIPPED", "may_have_metadata", "stripped"]


@dataclass
class _Layout:
    """What the first reading found.

    Attributes:
        size: the bytes without metadata.
        orientation: 2 to 8, as in Exif; None if the image is upright.
    """

    size: int = 0
    orientation: int | None = None


class _MalformedError(Exception):
    """The text continues the sentence "The image …"."""


def stripped(source: Source) -> Source:
    """Return the source without metadata. Reads the image once. Its type must be in `STRIPPED`.

    Raises:
        UploadError: if the image is malformed or cannot be read.
    """
    layout = _Layout()
    size = sum(map(len, _stripped(source, layout)))
    layout.size = size
    return replace(source, size=size, chunks=lambda: _stripped(source, layout), open=None)


def _stripped(source: Source, layout: _Layout) -> Iterator[bytes]:
    chunks = source.chunks()
    assert isinstance(chunks, Iterator)
    try:
        yield from _joined(STRIPPED[source.content_type](_Reader(chunks), layout))
    except _MalformedError as error:
        raise UploadError(
            f"{source.label} {error}, so its metadata cannot be removed. Nothing is stored. strip_metadata=False sends "
            "it as it is."
        ) from None
    finally:
        release(chunks)


def _joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join small pieces, because each piece is sent on its own."""
    waiting, size = [], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK // 2:
            yield b"".join(waiting) if len(waiting) > 1 else piece
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


class _Reader:
    """Reads chunks in the sizes that a format needs. Raises _MalformedError if the file ends too early."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._buffer, self._start = chunks, b"", 0

    def _fill(self) -> bool:
        """Add the next chunk to the unread bytes. Return whether there was a chunk."""
        for chunk in self._chunks:
            check_chunk(chunk)
            if len(chunk):
                self._buffer, self._start = self._buffer[self._start :] + bytes(chunk), 0
                return True
        return False

    def at_end(self) -> bool:
        """Return whether all bytes were read."""
        return self._start == len(self._buffer) and not self._fill()

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes. For small sizes only."""
        while len(self._buffer) - self._start < size:
            if not self._fill():
                raise _MalformedError("ends too early")
        self._start += size
        return self._buffer[self._start - size : self._start]

    def copy(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes."""
        while size > 0:
            if self.at_end():
                raise _MalformedError("ends too early")
            piece = self._buffer[self._start : self._start + size]
            self._start, size = self._start + len(piece), size - len(piece)
            yield piece

    def skip(self, size: int) -> None:
        """Leave out the next `size` bytes."""
        for _ in self.copy(size):
            pass

    def copy_until(self, marker: re.Pattern[bytes]) -> Generator[bytes, None, bytes]:
        """Yield the bytes before a match of `marker`, which has two bytes. Return the match."""
        while not (found := marker.search(self._buffer, self._start)):
            start, self._start = self._start, len(self._buffer) - self._buffer.endswith(b"\xff")
            yield self._buffer[start : self._start]
            if not self._fill():
                raise _MalformedError("ends too early")
        start, self._start = self._start, found.end()
        yield self._buffer[start : found.start()]
        return found[0]

    def copy_blocks(self) -> Iterator[bytes]:
        """Yield the blocks of a GIF, each with its length before it, to the block without length."""
        while size := self.take(1):
            yield size + self.take(size[0])
            if size == b"\0":
                return


# --- orientation ---

_EXIF_HEADER = b"Exif\0\0"
_LARGEST_EXIF = 64 * 1024
"""Bytes of an Exif block that are searched for the orientation."""


def _orientation(exif: bytes) -> int | None:
    """Return the orientation in the first directory of an Exif block, if the image is not upright."""
    tiff = exif.removeprefix(_EXIF_HEADER)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, values, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if (tag, kind, values) == (0x0112, 3, 1):
                return value if 2 <= value <= 8 else None
    except struct.error:
        pass
    return None


def _exif(orientation: int) -> bytes:
    """Return an Exif block that has the orientation and nothing else."""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


# --- JPEG ---

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_FRAMES = {*range(0xC0, 0xD0)} - {0xC8}
_KEPT_SEGMENTS = _FRAMES | {_SOS, 0xDB, 0xDC, 0xDD}
"""Frames and Huffman tables, scans, quantization tables, number of lines, restart intervals."""
_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a segment."""
_MARKER = re.compile(rb"\xff[^\0\xff]")
_MARKER_IN_SCAN = re.compile(rb"\xff[^\0\xff\xd0-\xd7]")


def _jpeg(reader: _Reader, layout: _Layout) -> Iterator[bytes]:
    yield reader.take(2)
    marker, has_scan, has_exif = _next_marker(reader), False, False
    while marker != _EOI:
        if marker in _ALONE:
            marker = _next_marker(reader)
            continue
        head = reader.take(2)
        size = int.from_bytes(head) - 2
        if size < 0:
            raise _MalformedError("has a segment without a length")
        if marker in _KEPT_SEGMENTS:
            yield bytes((0xFF, marker)) + head + reader.take(size)
        elif marker == _COM or 0xE0 <= marker <= 0xEF:
            content = reader.take(size)
            is_exif = marker == 0xE1 and content.startswith(_EXIF_HEADER)
            if kept := _application(marker, content, is_first_exif=is_exif and not has_exif):
                yield bytes((0xFF, marker)) + (len(kept) + 2).to_bytes(2) + kept
            has_exif |= is_exif
        else:
            raise _MalformedError(f"has a segment of the unknown type {marker:02X}")
        if marker == _SOS:
            has_scan, marker = True, (yield from reader.copy_until(_MARKER_IN_SCAN))[1]
        else:
            marker = _next_marker(reader)
    if not has_scan:
        raise _MalformedError("has no image")
    yield bytes((0xFF, _EOI))


def _next_marker(reader: _Reader) -> int:
    """Return the next marker. Bytes between segments are left out, as decoders do."""
    scan = reader.copy_until(_MARKER)
    try:
        while True:
            next(scan)
    except StopIteration as end:
        marker: int = end.value[1]
        return marker


def _application(marker: int, content: bytes, *, is_first_exif: bool) -> bytes:
    """Return what is kept of an application segment or a comment."""
    if marker == 0xE0 and content.startswith(b"JFIF\0") and len(content) >= 14:
        return content[:12] + b"\0\0"  # without its thumbnail
    if marker == 0xE2 and content.startswith(b"ICC_PROFILE\0"):
        return content
    if marker == 0xEE and content.startswith(b"Adobe") and len(content) >= 12:
        return content[:12]  # decoders need its colour transform
    if is_first_exif and (orientation := _orientation(content)):
        return _EXIF_HEADER + _exif(orientation)
    return b""


# --- PNG ---

_KEPT_CHUNKS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs"),
    *(b"acTL", b"fcTL", b"fdAT"),  # animations
}


def _png(reader: _Reader, layout: _Layout) -> Iterator[bytes]:
    yield reader.take(8)
    name, has_image, has_exif = b"", False, False
    while name != b"IEND":
        is_first = not name
        head = reader.take(8)
        size, name = int.from_bytes(head[:4]), head[4:]
        if (name == b"IHDR") is not is_first or size >= 1 << 31:
            raise _MalformedError("has a chunk where PNG images have none")
        if name in _KEPT_CHUNKS:
            yield head
            yield from reader.copy(size + 4)
        elif not name.isalpha() or name[:1].isupper():
            raise _MalformedError(f"has a chunk of the unknown type {name!r}")
        elif name == b"eXIf" and not has_exif:
            has_exif, exif = True, reader.take(min(size, _LARGEST_EXIF))
            reader.skip(size - len(exif) + 4)
            if orientation := _orientation(exif):
                chunk = name + _exif(orientation)
                yield (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
        else:
            reader.skip(size + 4)
        has_image |= name == b"IDAT"
    if not has_image:
        raise _MalformedError("has no image")


# --- WebP ---

_KEPT_PARTS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_FRAME_PARTS = {b"VP8 ", b"VP8L", b"ALPH"}
_XMP_FLAG, _EXIF_FLAG = 0x04, 0x08


def _webp(reader: _Reader, layout: _Layout) -> Iterator[bytes]:
    left = int.from_bytes(reader.take(12)[4:8], "little") - 4
    yield b"RIFF" + max(layout.size - 8, 0).to_bytes(4, "little") + b"WEBP"
    has_image = is_extended = has_exif = False
    while left >= 8:
        head = reader.take(8)
        name, size = head[:4], int.from_bytes(head[4:], "little")
        left -= 8 + size
        if left < 0:
            raise _MalformedError("has a chunk that is longer than the image")
        has_image |= name in (b"VP8 ", b"VP8L", b"ANMF")
        if name == b"VP8X" and size >= 10:
            flags = reader.take(1)[0] & ~(_XMP_FLAG | _EXIF_FLAG)
            yield head + bytes((flags | (_EXIF_FLAG if layout.orientation else 0),))
            yield from reader.copy(size - 1)
            is_extended = True
        elif name == b"ANMF":
            yield head
            yield from _webp_frame(reader, size)
        elif name in _KEPT_PARTS:
            yield head
            yield from reader.copy(size)
        elif name == b"EXIF" and is_extended and not has_exif:
            has_exif, exif = True, reader.take(min(size, _LARGEST_EXIF))
            reader.skip(size - len(exif))
            layout.orientation = _orientation(exif)
            if layout.orientation:
                exif = _exif(layout.orientation)
                yield name + len(exif).to_bytes(4, "little") + exif
        else:
            reader.skip(size)
        if size % 2 and left > 0:
            reader.skip(1)
            left -= 1
        if size % 2 and name in _KEPT_PARTS:
            yield b"\0"
    if not has_image:
        raise _MalformedError("has no image")


def _webp_frame(reader: _Reader, size: int) -> Iterator[bytes]:
    """Yield a frame of an animation. A frame has no metadata, so a part of an unknown type is malformed."""
    yield from reader.copy(min(size, 16))
    left = size - 16
    while left > 0:
        head = reader.take(8)
        part = int.from_bytes(head[4:], "little")
        part += part % 2
        left -= 8 + part
        if left < 0 or head[:4] not in _FRAME_PARTS:
            raise _MalformedError(f"has a frame with a part of the unknown type {head[:4]!r}")
        yield head
        yield from reader.copy(part)


# --- GIF ---

_KEPT_EXTENSIONS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0", b"\x0bICCRGBG1012")
"""Repetitions of an animation, and the colour profile."""


def _gif(reader: _Reader, layout: _Layout) -> Iterator[bytes]:
    head = reader.take(13)
    yield head
    yield from reader.copy(_palette_size(head[10]))
    has_image = False
    while (kind := reader.take(1)) != b";":
        if kind == b",":
            has_image, head = True, reader.take(9)
            yield kind + head
            yield from reader.copy(_palette_size(head[8]) + 1)
            yield from reader.copy_blocks()
        elif kind == b"!":
            label, blocks = reader.take(1), reader.copy_blocks()
            first = next(blocks)
            if label in (b"\xf9", b"\x01") or (label == b"\xff" and first in _KEPT_EXTENSIONS):
                yield kind + label + first
                if first != b"\0":
                    yield from blocks
            elif first != b"\0":
                for _ in blocks:
                    pass
        elif kind != b"\0":
            raise _MalformedError("has a block of an unknown type")
    if not has_image:
        raise _MalformedError("has no image")
    yield b";"


def _palette_size(flags: int) -> int:
    return 6 << (flags & 7) if flags & 0x80 else 0


STRIPPED: dict[str, Callable[[_Reader, _Layout], Iterator[bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}
"""The content types whose metadata `stripped` removes."""


# --- other types: is there metadata at all? ---

_PLAIN_BOXES = {
    "image/avif": {b"ftyp", b"mdat", b"free", b"skip", b"meta", b"moov"},
    "image/jxl": {b"JXL ", b"ftyp", b"jxlc", b"jxlp", b"jxll", b"jxli"},
}
"""Boxes of files without metadata."""
_METADATA_ITEMS = re.compile(rb"Exif|mime|uri |uuid|udta|xml |iXML|jumb|c2pa")
_LARGEST_INDEX = 1024 * 1024
"""Bytes of an index of items that are searched for metadata. A longer index counts as metadata."""


def may_have_metadata(source: Source) -> bool:
    """Return whether a file of another type may have metadata. False means that it has none.

    Raises:
        UploadError: if the image cannot be read.
    """
    if source.content_type == "image/bmp":
        return False
    if (plain := _PLAIN_BOXES.get(source.content_type)) is None:
        return True
    chunks = source.chunks()
    assert isinstance(chunks, Iterator)
    try:
        return _has_metadata_boxes(_Reader(chunks), plain)
    except _MalformedError:
        return True
    finally:
        release(chunks)


def _has_metadata_boxes(reader: _Reader, plain: set[bytes]) -> bool:
    is_first = True
    while not reader.at_end():
        start = reader.take(2)
        if is_first and start == b"\xff\x0a":
            return False  # JPEG XL without boxes has no place for metadata
        head = start + reader.take(6)
        size, name, is_first = int.from_bytes(head[:4]), head[4:], False
        if name not in plain:
            return True
        if size == 0:  # to the end of the file
            return name in (b"meta", b"moov")
        size -= 8
        if size == 1 - 8:
            size = int.from_bytes(reader.take(8)) - 16
        if size < 0:
            return True
        if name in (b"meta", b"moov"):
            if size > _LARGEST_INDEX or _METADATA_ITEMS.search(reader.take(size)):
                return True
        else:
            reader.skip(size)
    return False
