"""Removes metadata from JPEG, PNG, WebP and GIF images without decoding them.

`stripped` reads the image once and notes which ranges of the file are kept. The source that it returns sends these
ranges, with a few new bytes between them. Only one chunk and one segment are in memory at a time.

What is kept is listed. Everything that no list names is removed: positions, dates, names, serial numbers, comments,
thumbnails, and all bytes after the end of the first image. Pixels, colour profiles, animations and the orientation are
kept. An image that a decoder would refuse or read differently raises UploadError.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, NamedTuple, TypeAlias

from ..errors import UploadError
from .source import CHUNK, Source, from_file, joined, readable

__all__ = ["STRIPPED", "may_have_metadata", "stripped"]


class _Kept(NamedTuple):
    """A range of the file that is kept, in bytes."""

    start: int
    size: int


_Part: TypeAlias = bytes | _Kept
"""A part of the image without metadata: new bytes, or a range of the file."""


@dataclass
class _Layout:
    """What an earlier reading found.

    Attributes:
        size: the bytes without metadata.
        orientation: 2 to 8, as in Exif; None if the image is upright.
    """

    size: int = 0
    orientation: int | None = None


class _MalformedError(Exception):
    """The text continues the sentence "The image …"."""


def stripped(source: Source) -> Source:
    """Return the source without metadata. Its type must be in `STRIPPED`, and it must have `open`.

    Raises:
        UploadError: if the image is malformed or cannot be read.
    """
    layout = _Layout()
    parts = _parts(source, layout)
    layout.size = sum(part.size if isinstance(part, _Kept) else len(part) for part in parts)
    if source.content_type == "image/webp":  # its header has the size, and tells whether it has an orientation
        parts = _parts(source, layout)
    return replace(source, size=layout.size, chunks=partial(_chunks, source, parts), open=None, blocking=True)


def _parts(source: Source, layout: _Layout) -> list[_Part]:
    """Read the image. Return the parts of the image without metadata, with adjacent ranges joined."""
    assert source.open is not None
    parts = list[_Part]()
    try:
        with readable(source.label, "Nothing was sent."), source.open() as file:
            for part in STRIPPED[source.content_type](_Reader(file), layout):
                last = parts[-1] if parts else b""
                if isinstance(part, _Kept) and isinstance(last, _Kept) and last.start + last.size == part.start:
                    parts[-1] = _Kept(last.start, last.size + part.size)
                else:
                    parts.append(part)
    except _MalformedError as error:
        raise UploadError(
            f"{source.label} {error}, so its metadata cannot be removed. Nothing is stored. strip_metadata=False sends "
            "it as it is."
        ) from None
    return parts


def _chunks(source: Source, parts: Iterable[_Part]) -> Iterator[bytes]:
    assert source.open is not None
    with readable(source.label), source.open() as file:
        yield from joined(
            chunk
            for part in parts
            for chunk in (from_file(file, *part, source.label) if isinstance(part, _Kept) else (part,))
        )


class _Reader:
    """Reads a file in the sizes that a format needs. Raises _MalformedError if the file ends too early."""

    def __init__(self, file: IO[bytes]) -> None:
        self._end = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._file, self._read, self._buffer, self._start = file, 0, b"", 0

    @property
    def _position(self) -> int:
        """The number of bytes that were taken or skipped."""
        return self._read - len(self._buffer) + self._start

    def _fill(self) -> bool:
        """Add the next chunk to the unread bytes. Return whether there was a chunk."""
        chunk = self._file.read(CHUNK)
        self._read += len(chunk)
        self._buffer, self._start = self._buffer[self._start :] + chunk, 0
        return bool(chunk)

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

    def last(self, size: int) -> _Kept:
        """Return the range of the last `size` bytes, which are kept."""
        return _Kept(self._position - size, size)

    def keep(self, size: int) -> _Kept:
        """Skip the next `size` bytes. Return their range."""
        kept = _Kept(self._position, size)
        if kept.start + size > self._end:
            raise _MalformedError("ends too early")
        if self._start + size <= len(self._buffer):
            self._start += size
        else:
            self._read = self._file.seek(kept.start + size)
            self._buffer, self._start = b"", 0
        return kept

    def skip_until(self, marker: re.Pattern[bytes]) -> tuple[_Kept, bytes]:
        """Skip the bytes before a match of `marker`, which begins with FF and has two bytes, and the match.

        Returns:
            The range before the match, and the match.
        """
        start = self._position
        while not (found := marker.search(self._buffer, self._start)):
            self._start = len(self._buffer) - self._buffer.endswith(b"\xff")
            if not self._fill():
                raise _MalformedError("ends too early")
        self._start = found.end()
        return _Kept(start, self._position - 2 - start), found[0]

    def keep_blocks(self) -> Iterator[_Kept]:
        """Yield the blocks of a GIF, each with its length before it, to the block without length."""
        while size := self.take(1):
            yield self.last(1)
            if size == b"\0":
                return
            yield self.keep(size[0])


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


def _jpeg(reader: _Reader, layout: _Layout) -> Iterator[_Part]:
    yield reader.keep(2)
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
            yield bytes((0xFF, marker))
            yield reader.last(2)
            yield reader.keep(size)
        elif marker == _COM or 0xE0 <= marker <= 0xEF:
            content = reader.take(size)
            is_exif = marker == 0xE1 and content.startswith(_EXIF_HEADER)
            if kept := _application(marker, content, is_first_exif=is_exif and not has_exif):
                yield bytes((0xFF, marker)) + (len(kept) + 2).to_bytes(2) + kept
            has_exif |= is_exif
        else:
            raise _MalformedError(f"has a segment of the unknown type {marker:02X}")
        if marker == _SOS:
            has_scan, (scan, found) = True, reader.skip_until(_MARKER_IN_SCAN)
            yield scan
            marker = found[1]
        else:
            marker = _next_marker(reader)
    if not has_scan:
        raise _MalformedError("has no image")
    yield bytes((0xFF, _EOI))


def _next_marker(reader: _Reader) -> int:
    """Return the next marker. Bytes between segments are left out, as decoders do."""
    return reader.skip_until(_MARKER)[1][1]


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


def _png(reader: _Reader, layout: _Layout) -> Iterator[_Part]:
    yield reader.keep(8)
    name, has_image, has_exif = b"", False, False
    while name != b"IEND":
        is_first = not name
        head = reader.take(8)
        size, name = int.from_bytes(head[:4]), head[4:]
        if (name == b"IHDR") is not is_first or size >= 1 << 31:
            raise _MalformedError("has a chunk where PNG images have none")
        if name in _KEPT_CHUNKS:
            yield reader.last(8)
            yield reader.keep(size + 4)
        elif not name.isalpha() or name[:1].isupper():
            raise _MalformedError(f"has a chunk of the unknown type {name!r}")
        elif name == b"eXIf" and not has_exif:
            has_exif, exif = True, reader.take(min(size, _LARGEST_EXIF))
            reader.keep(size - len(exif) + 4)
            if orientation := _orientation(exif):
                chunk = name + _exif(orientation)
                yield (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
        else:
            reader.keep(size + 4)
        has_image |= name == b"IDAT"
    if not has_image:
        raise _MalformedError("has no image")


# --- WebP ---

_KEPT_PARTS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_FRAME_PARTS = {b"VP8 ", b"VP8L", b"ALPH"}
_XMP_FLAG, _EXIF_FLAG = 0x04, 0x08


def _webp(reader: _Reader, layout: _Layout) -> Iterator[_Part]:
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
            yield reader.keep(size - 1)
            is_extended = True
        elif name == b"ANMF":
            yield reader.last(8)
            yield from _webp_frame(reader, size)
        elif name in _KEPT_PARTS:
            yield reader.last(8)
            yield reader.keep(size)
        elif name == b"EXIF" and is_extended and not has_exif:
            has_exif, exif = True, reader.take(min(size, _LARGEST_EXIF))
            reader.keep(size - len(exif))
            layout.orientation = _orientation(exif)
            if layout.orientation:
                exif = _exif(layout.orientation)
                yield name + len(exif).to_bytes(4, "little") + exif
        else:
            reader.keep(size)
        if size % 2 and left > 0:
            reader.keep(1)
            left -= 1
        if size % 2 and name in _KEPT_PARTS:
            yield b"\0"
    if not has_image:
        raise _MalformedError("has no image")


def _webp_frame(reader: _Reader, size: int) -> Iterator[_Part]:
    """Yield a frame of an animation. A frame has no metadata, so a part of an unknown type is malformed."""
    yield reader.keep(min(size, 16))
    left = size - 16
    while left > 0:
        head = reader.take(8)
        part = int.from_bytes(head[4:], "little")
        part += part % 2
        left -= 8 + part
        if left < 0 or head[:4] not in _FRAME_PARTS:
            raise _MalformedError(f"has a frame with a part of the unknown type {head[:4]!r}")
        yield reader.last(8)
        yield reader.keep(part)


# --- GIF ---

_KEPT_EXTENSIONS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0", b"\x0bICCRGBG1012")
"""Repetitions of an animation, and the colour profile."""


def _gif(reader: _Reader, layout: _Layout) -> Iterator[_Part]:
    head = reader.take(13)
    yield reader.last(13)
    yield reader.keep(_palette_size(head[10]))
    has_image = False
    while (kind := reader.take(1)) != b";":
        if kind == b",":
            has_image, head = True, reader.take(9)
            yield reader.last(10)
            yield reader.keep(_palette_size(head[8]) + 1)
            yield from reader.keep_blocks()
        elif kind == b"!":
            label, size = reader.take(1), reader.take(1)
            first = size + reader.take(size[0])
            is_kept = label in (b"\xf9", b"\x01") or (label == b"\xff" and first in _KEPT_EXTENSIONS)
            if is_kept:
                yield reader.last(2 + len(first))
            if size != b"\0":
                for block in reader.keep_blocks():
                    if is_kept:
                        yield block
        elif kind != b"\0":
            raise _MalformedError("has a block of an unknown type")
    if not has_image:
        raise _MalformedError("has no image")
    yield b";"


def _palette_size(flags: int) -> int:
    return 6 << (flags & 7) if flags & 0x80 else 0


STRIPPED: dict[str, Callable[[_Reader, _Layout], Iterator[_Part]]] = {
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
    assert source.open is not None
    try:
        with readable(source.label, "Nothing was sent."), source.open() as file:
            return _has_metadata_boxes(_Reader(file), plain)
    except _MalformedError:
        return True


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
            reader.keep(size)
    return False
