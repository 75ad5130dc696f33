"""Prepares an image for its upload: verifies it, removes its metadata or encodes it again, and determines its size."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from tempfile import SpooledTemporaryFile
from types import ModuleType
from typing import IO

from ..errors import UploadError
from .image import ImageFile
from .metadata import STRIPPED, may_have_metadata, stripped
from .pillow import ENCODED, NEED_EXTRA, NEEDS_EXTRA, can_open, encoded, has_quality, pillow, pixels, verify
from .source import MAX_BYTES, Source, check_chunk, from_file, in_thread, read_source, release

__all__ = ["check_image", "prepared", "prepared_async", "readable_again", "readable_again_async"]

_IN_MEMORY = 256 * 1024
"""Bytes of a copy that are kept in memory. A larger copy is a temporary file."""
_HEIC = ("image/heic", "image/heif")


@contextmanager
def prepared(source: Source, image: ImageFile) -> Generator[Source]:
    """A context with the source of the bytes to send. A temporary copy is removed at its end.

    Raises:
        UploadError: if the image is malformed, or if its metadata cannot be removed.
    """
    with readable_again(source) if _needs_copy(source, image) else nullcontext(source) as readable:
        yield _prepare(readable, image)


@asynccontextmanager
async def prepared_async(source: Source, image: ImageFile) -> AsyncGenerator[Source]:
    """The asyncio version of `prepared`. Files are read and written in threads."""
    async with readable_again_async(source) if _needs_copy(source, image) else nullcontext(source) as readable:
        yield await asyncio.to_thread(_prepare, readable, image)


@contextmanager
def readable_again(source: Source) -> Generator[Source]:
    """A context with the source, or with a copy of its content if it can be read only once or not at will."""
    if source.open is not None:
        yield source
        return
    with SpooledTemporaryFile(_IN_MEMORY) as copy:
        yield _copied(source, copy)


@asynccontextmanager
async def readable_again_async(source: Source) -> AsyncGenerator[Source]:
    """The asyncio version of `readable_again`."""
    if source.open is not None:
        yield source
        return
    with SpooledTemporaryFile(_IN_MEMORY) as copy:
        yield await _copied_async(source, copy)


def _needs_copy(source: Source, image: ImageFile) -> bool:
    """Return whether the image must be read before it is sent, but can be read only once or not at will."""
    return source.open is None and (source.size is None or image.strip_metadata or image.may_be_encoded)


def _copied(source: Source, copy: IO[bytes]) -> Source:
    chunks = source.chunks()
    assert isinstance(chunks, Iterator)
    try:
        for chunk in chunks:
            check_chunk(chunk)
            copy.write(chunk)
            _check_size(copy, source)
    finally:
        release(chunks)
    return _of_copy(copy, source)


async def _copied_async(source: Source, copy: IO[bytes]) -> Source:
    chunks = source.chunks()
    reading = chunks if isinstance(chunks, AsyncIterator) else in_thread(chunks)
    try:
        async for chunk in reading:
            check_chunk(chunk)
            await asyncio.to_thread(copy.write, chunk)
            _check_size(copy, source)
    finally:
        if close := getattr(reading, "aclose", None):
            await close()
    return _of_copy(copy, source)


def _check_size(copy: IO[bytes], source: Source) -> None:
    if copy.tell() > (most := MAX_BYTES if source.size is None else source.size):
        raise UploadError(f"{source.label} has more than {most} bytes. Nothing was sent.")


def _of_copy(copy: IO[bytes], source: Source) -> Source:
    size = copy.tell()
    if source.size is not None and size != source.size:
        raise UploadError(f"{source.label} has {size} bytes, fewer than the announced {source.size}. Nothing was sent.")
    copy.seek(0)
    return replace(
        source,
        size=size,
        chunks=partial(from_file, copy, 0, size, source.label),
        repeatable=True,
        blocking=True,
        open=lambda: nullcontext(copy),
    )


def _prepare(source: Source, image: ImageFile) -> Source:
    """Return the source of the bytes to send."""
    library = pillow()
    if library is not None and source.open is not None:
        verify(source, library)
    if image.may_be_encoded:
        if library is None:
            raise UploadError(f"max_pixels= and quality= {NEED_EXTRA}. Nothing was sent.")
        if source.content_type not in ENCODED:
            raise UploadError(f"{source.label} is {source.content_type}, which is not encoded again. Nothing was sent.")
        is_larger = image.max_pixels is not None and pixels(source, library) > image.max_pixels
        if is_larger or (image.quality is not None and has_quality(source)):
            return encoded(source, library, image.max_pixels, image.quality)
    if not image.strip_metadata:
        return source
    if _must_be_encoded(source, library):
        assert library is not None
        return encoded(source, library)
    return stripped(source) if source.content_type in STRIPPED else source


def _must_be_encoded(source: Source, library: ModuleType | None) -> bool:
    """Return whether the image must be encoded again, because its metadata cannot be removed otherwise.

    Raises:
        UploadError: if the image cannot be encoded again either.
    """
    is_heic = source.content_type in _HEIC  # most browsers do not show HEIC
    if source.content_type in STRIPPED or not (is_heic or may_have_metadata(source)):
        return False
    if library is not None and can_open(source, library) and source.content_type in ENCODED:
        return True
    reason = "may have metadata, which cannot be removed"
    if source.content_type in ENCODED:
        what = "Its conversion to JPEG" if is_heic else "The removal of its metadata"
        reason = f"may have metadata. {what} {NEEDS_EXTRA}"
    raise UploadError(
        f"{source.label} is {source.content_type} and {reason}. Nothing was sent. strip_metadata=False sends it as it "
        "is."
    )


def check_image(file: str | os.PathLike[str], *, allow: Collection[str] = (), strip_metadata: bool = True) -> None:
    """Check that an image file can be uploaded, without sending it. A `str` is a path.

    The file must be readable and regular, its type must be accepted, and its metadata must be removable. The pixels are
    not decoded. The sizes that the service accepts are not documented, so they are not checked.

    Args:
        file: the path.
        allow: the same as for `upload_image`.
        strip_metadata: the same as for `upload_image`.

    Raises:
        UploadError: if the file cannot be uploaded. The error message states why.

    Example:
        >>> from trustoo.upload import check_image
        >>> check_image("kettle.jpg")
    """
    source = read_source(file, allow=allow)
    if strip_metadata and not _must_be_encoded(source, pillow()) and source.content_type in STRIPPED:
        stripped(source)
