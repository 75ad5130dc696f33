"""The source of an upload, with its size and type. A source is a path, bytes, a binary file or an iterator.

Sources are read as iterators of bytes. With asyncio, `in_thread` reads a source without blocking the event loop.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeAlias

from .._concurrency import check_event_loop
from ..errors import UploadError
from .content_type import content_type_of, suffix_of

__all__ = ["CHUNK", "File", "Source", "in_thread", "read_source", "read_source_async"]

CHUNK = 256 * 1024
"""Bytes read at a time."""
GATHER_SECONDS = 0.01
"""Seconds for which small chunks are collected before they are sent."""
HEAD = 16
"""Bytes that determine the type of an image."""

File: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Iterable[bytes]
"""A path, the bytes themselves, a file opened for reading bytes, or an iterable of bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """The content of an upload.

    Attributes:
        size: the size in bytes.
        content_type: the content type of the file part.
        label: the name in error messages: the path, the file name or the kind of source.
        suffix: the extension for a random object name, such as ".jpeg" or "".
        chunks: returns an iterator that reads from the start. Closing the iterator releases the file.
        repeatable: whether `chunks` can be called again.
        blocking: whether reading may block. With asyncio, a blocking source is read in a thread.
    """

    size: int
    content_type: str
    label: str
    suffix: str
    chunks: Callable[[], Iterator[bytes] | AsyncIterator[bytes]] = field(repr=False)
    repeatable: bool = True
    blocking: bool = True


def read_source(
    file: File | AsyncIterable[bytes],
    *,
    content_type: str | None = None,
    filename: str | None = None,
    size: int | None = None,
    allow_empty: bool = False,
) -> Source:
    """Return the source for `file`. Only its first bytes are read.

    Args:
        content_type: the content type. Default: from the first bytes, else from the extension.
        filename: a name for the extension and for error messages, if `file` has no name. The name is not sent.
        size: the size in bytes. Required for iterators and for files that are not seekable. Checked for other files.
        allow_empty: whether the file may be empty.

    Raises:
        UploadError: if the file cannot be read, has no known size, has another size than `size`, or is empty.
    """
    _check_arguments(content_type, size)
    if isinstance(file, bytes | bytearray | memoryview):
        source = _of_bytes(bytes(file), filename)
    elif isinstance(file, str | os.PathLike):
        source = _of_path(Path(file), filename)
    elif callable(getattr(file, "read", None)):
        source = _of_file(file, filename, size)  # type: ignore[arg-type]  # it has a read method
    elif isinstance(file, Iterable):
        source = _of_iterable(file, filename, size)
    elif isinstance(file, AsyncIterable):
        raise UploadError("Only AsyncTrustoo can read an async iterator. Nothing was sent.")
    else:
        raise UploadError(
            f"An image must be a path, bytes, a binary file or an iterator of bytes, not {type(file).__name__}. "
            "Nothing was sent."
        )
    return _checked(source, content_type, size, allow_empty)


async def read_source_async(
    file: File | AsyncIterable[bytes],
    *,
    content_type: str | None = None,
    filename: str | None = None,
    size: int | None = None,
    allow_empty: bool = False,
) -> Source:
    """The asyncio version of `read_source`, which reads in a thread. `file` may also be an asynchronous iterator."""
    if isinstance(file, Iterable) or not isinstance(file, AsyncIterable):
        given: dict[str, Any] = {"content_type": content_type, "filename": filename, "size": size}
        check_event_loop()
        return await asyncio.to_thread(read_source, file, **given, allow_empty=allow_empty)
    _check_arguments(content_type, size)
    known_size = _needed(size, "An async iterator")
    iterator = aiter(file)
    first = await anext(iterator, b"")
    _check_chunk(first)
    again = partial(aiter, file) if iterator is not file else partial(_after, first, iterator)
    source = _described(
        known_size, first[:HEAD], filename, "The iterator", again, repeatable=iterator is not file, blocking=False
    )
    if source.repeatable and (close := getattr(iterator, "aclose", None)):
        await close()
    return _checked(source, content_type, size, allow_empty)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _check_arguments(content_type: str | None, size: int | None) -> None:
    if content_type is not None and not (content_type and content_type.isascii() and content_type.isprintable()):
        raise UploadError(f"{content_type!r} is not a content type. Nothing was sent.")
    if size is not None and (type(size) is not int or size < 0):
        raise UploadError(f"size must be a whole number of bytes, not {size!r}. Nothing was sent.")


def _checked(source: Source, content_type: str | None, size: int | None, allow_empty: bool) -> Source:
    if size is not None and size != source.size:
        raise UploadError(f"{source.label} has {source.size} bytes, but size={size} was given. Nothing was sent.")
    if source.size == 0 and not allow_empty:
        raise UploadError(f"{source.label} is empty. Nothing was sent. Use allow_empty=True to upload it.")
    return source if content_type is None else replace(source, content_type=content_type)


def _described(
    size: int,
    head: bytes,
    filename: str | None,
    label: str,
    chunks: Callable[[], Iterator[bytes] | AsyncIterator[bytes]],
    *,
    repeatable: bool = True,
    blocking: bool = True,
) -> Source:
    kind = content_type_of(head, filename or "")
    return Source(size, kind, filename or label, suffix_of(filename or "", kind), chunks, repeatable, blocking)


def _of_bytes(content: bytes, filename: str | None) -> Source:
    def pieces() -> Iterator[bytes]:
        return (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))

    return _described(len(content), content[:HEAD], filename, "The image", pieces, blocking=False)


def _of_path(path: Path, filename: str | None) -> Source:
    label = repr(str(path))
    with _readable(label, "Nothing was sent."), path.open("rb") as opened:
        status = os.fstat(opened.fileno())
        head = opened.read(HEAD)
    if not stat.S_ISREG(status.st_mode):
        raise UploadError(f"{label} is not a regular file. Nothing was sent.")
    return replace(
        _described(status.st_size, head, filename or path.name, label, partial(_from_path, path, status.st_size)),
        label=label,
    )


def _from_path(path: Path, size: int) -> Iterator[bytes]:
    with _readable(repr(str(path))), path.open("rb", buffering=0) as opened:
        yield from _pieces(opened, size)


def _of_file(file: IO[bytes], filename: str | None, size: int | None) -> Source:
    """Return the source from the file's position to its end. The caller closes the file."""
    name = getattr(file, "name", None)
    filename = filename or (os.path.basename(name) if isinstance(name, str) else None)
    label = repr(filename) if filename else "The file"
    with _readable(label, "Nothing was sent."):
        seekable = callable(getattr(file, "seekable", None)) and file.seekable()
        if not seekable:
            known_size, head = _needed(size, "A file that cannot seek"), file.read(HEAD)
            _check_chunk(head)
            once = _once(chain((head,), _pieces(file, known_size - len(head))))
            return _described(known_size, head, filename, label, once, repeatable=False)
        start = file.tell()
        head = file.read(HEAD)
        _check_chunk(head)
        end = file.seek(0, os.SEEK_END)
        file.seek(start)
    found = max(end - start, 0)
    return _described(found, head, filename, label, partial(_from_file, file, start, found, label))


def _from_file(file: IO[bytes], start: int, size: int, label: str) -> Iterator[bytes]:
    with _readable(label):
        file.seek(start)
        yield from _pieces(file, size)


def _of_iterable(chunks: Iterable[bytes], filename: str | None, size: int | None) -> Source:
    known_size = _needed(size, "An iterator")
    iterator = iter(chunks)
    repeatable = iterator is not chunks
    first = next(iterator, b"")
    if repeatable:
        _release(iterator)
    _check_chunk(first)
    again = partial(iter, chunks) if repeatable else _once(chain((first,), iterator))
    return _described(known_size, bytes(first[:HEAD]), filename, "The iterator", again, repeatable=repeatable)


def _once(chunks: Iterator[bytes]) -> Callable[[], Iterator[bytes]]:
    return lambda: chunks  # always the same iterator


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left > 0:
        chunk = file.read(min(CHUNK, left))
        if not chunk:  # the file is shorter than before; FormBody raises an error
            return
        left -= len(chunk)
        yield chunk


def _needed(size: int | None, what: str) -> int:
    if size is None:
        raise UploadError(f"{what} has no known size, so pass size=. Nothing was sent.")
    return size


def _check_chunk(chunk: object) -> None:
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise UploadError(f"The image must be read as bytes, not {type(chunk).__name__}. Open files with 'rb'.")


@contextmanager
def _readable(label: str, sent: str = "The upload was cancelled.") -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a closed file, a path with a null character
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UploadError(f"{label} cannot be read: {reason}. {sent}") from error


def _release(chunks: Iterator[bytes]) -> None:
    if close := getattr(chunks, "close", None):  # generators have a close method
        close()


async def in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks, which are read and closed in worker threads. Small chunks are joined."""
    lock = threading.Lock()  # a cancelled caller may leave a reading thread, and closing waits for the thread

    def read() -> list[bytes]:
        with lock:
            some = list(_some(chunks))
        return [b"".join(some)] if len(some) > 1 and all(isinstance(chunk, bytes) for chunk in some) else some

    def close() -> None:
        with lock:
            _release(chunks)

    try:
        while some := await asyncio.to_thread(read):
            for chunk in some:
                yield chunk
    finally:
        await asyncio.to_thread(close)


def _some(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the next chunks, up to `CHUNK` bytes or `GATHER_SECONDS`, because a thread costs more than a small chunk.

    A chunk that is not `bytes` is the last chunk, because the caller's iterator may overwrite it.
    """
    size, ends = 0, time.monotonic() + GATHER_SECONDS
    for chunk in chunks:
        yield chunk
        if not isinstance(chunk, bytes) or (size := size + len(chunk)) >= CHUNK or time.monotonic() >= ends:
            return
