"""The source of an upload, with its size and type. A source is a path, bytes, a binary file or an iterator.

Sources are read as iterators of bytes. With asyncio, `in_thread` reads a source without blocking the event loop.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import iscoroutinefunction
from io import BufferedReader, BytesIO, RawIOBase, TextIOBase
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

from .._concurrency import check_event_loop
from ..errors import UploadError
from .content_type import HEAD, IMAGES, check_allowed, content_type_of

__all__ = [
    "CHUNK",
    "MAX_BYTES",
    "AsyncFile",
    "File",
    "Source",
    "check_chunk",
    "from_file",
    "in_thread",
    "joined",
    "of_bytes",
    "read_source",
    "read_source_async",
    "readable",
    "release",
]

CHUNK = 256 * 1024
"""Bytes read at a time."""
GATHER_SECONDS = 0.01
"""Seconds for which chunks are collected before they are sent."""
MAX_BYTES = 5 * 1024**3
"""The largest object that a form may upload."""

File: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Iterable[bytes]
"""A path, the bytes themselves, a file opened for reading bytes, or an iterable of bytes. A `str` is a path."""


class _AsyncReader(Protocol):
    async def read(self, size: int, /) -> bytes: ...


AsyncFile: TypeAlias = AsyncIterable[bytes] | _AsyncReader
"""An asynchronous iterable of bytes, or a file with an asynchronous `read(size)`."""


@dataclass(frozen=True, slots=True)
class Source:
    """The content of an upload.

    Attributes:
        size: the size in bytes; None if it is not known yet.
        content_type: the content type of the file part.
        label: the name in error messages: the path, the file name or the kind of source.
        chunks: returns an iterator that reads from the start. Closing the iterator releases the file.
        repeatable: whether `chunks` can be called again.
        blocking: whether reading may block. With asyncio, a blocking source is read in a thread.
        open: returns a context with the content as a file at position 0; None if this is not possible.
    """

    size: int | None
    content_type: str
    label: str
    chunks: Callable[[], Iterator[bytes] | AsyncIterator[bytes]] = field(repr=False)
    repeatable: bool = True
    blocking: bool = True
    open: Callable[[], AbstractContextManager[IO[bytes]]] | None = field(default=None, repr=False)

    @property
    def known_size(self) -> int:
        """The size in bytes. A source that is sent has a size."""
        assert self.size is not None
        return self.size


def read_source(
    file: File | AsyncFile,
    *,
    allow: Collection[str] = (),
    filename: str | None = None,
    size: int | None = None,
    str_paths: bool = True,
) -> Source:
    """Return the source for `file`. A `str` is a path. Only the file's first bytes are read.

    Args:
        allow: content types that are accepted in addition to those of images.
        filename: a name for error messages, if `file` has no name. The name is not sent.
        size: the size in bytes, if it is known. It is checked.
        str_paths: whether a `str` is a path. Otherwise a `str` is refused.

    Raises:
        ArgumentError: if `allow` is invalid.
        UploadError: if the file cannot be read, has another size than `size`, is empty or has another type.
    """
    _check_arguments(allow, size)
    label, file = _label(file, filename), _plain_file(file)
    if isinstance(file, bytes | bytearray | memoryview):
        source = of_bytes(bytes(file), None, label or "The image")
    elif isinstance(file, str) and not str_paths:
        raise UploadError("A str is not accepted here, because str_paths is False. Pass a Path. Nothing was sent.")
    elif isinstance(file, str) and file.lower().startswith(("http://", "https://")):
        raise UploadError("An image must be a file, not a web address. Download it first. Nothing was sent.")
    elif isinstance(file, str | os.PathLike):
        source = _of_path(Path(file))
    elif _reads_async(file) or (isinstance(file, AsyncIterable) and not isinstance(file, Iterable)):
        raise UploadError("Only AsyncTrustoo can read an async file or iterator. Nothing was sent.")
    elif callable(getattr(file, "read", None)):
        source = _of_file(file, label or "The file", size)  # type: ignore[arg-type]  # it has a read method
    elif isinstance(file, Iterable):
        source = _of_iterable(file, label or "The iterator", size)
    else:
        raise UploadError(
            f"An image must be a path, bytes, a binary file or an iterator of bytes, not {type(file).__name__}. "
            "Nothing was sent."
        )
    return _checked(source, allow, size)


async def read_source_async(
    file: File | AsyncFile,
    *,
    allow: Collection[str] = (),
    filename: str | None = None,
    size: int | None = None,
    str_paths: bool = True,
) -> Source:
    """The asyncio version of `read_source`, which reads in a thread.

    `file` may also be an asynchronous iterator, or a file with an asynchronous `read`.
    """
    label, plain = _label(file, filename) or "The iterator", _plain_file(file)
    if not _reads_async(plain) and (isinstance(plain, Iterable) or not isinstance(plain, AsyncIterable)):
        given: dict[str, Any] = {"allow": allow, "filename": filename, "size": size, "str_paths": str_paths}
        check_event_loop()
        return await asyncio.to_thread(read_source, file, **given)
    _check_arguments(allow, size)
    chunks: AsyncIterable[bytes] = _read_async(plain, label) if _reads_async(plain) else plain
    iterator, first = aiter(chunks), list[bytes]()
    async for chunk in iterator:
        if _is_head(first, chunk):
            break
    repeatable = iterator is not chunks
    again = partial(aiter, chunks) if repeatable else partial(_after, first, iterator)
    if repeatable and (close := getattr(iterator, "aclose", None)):
        await close()
    source = _described(size, b"".join(first), label, again, repeatable=repeatable, blocking=False)
    return _checked(source, allow, size)


def _plain_file(file: Any) -> Any:
    """Return the plain file inside an asynchronous file, such as FastAPI's UploadFile."""
    plain = getattr(file, "file", None) if _reads_async(file) else None
    return plain if callable(getattr(plain, "read", None)) else file


def _reads_async(file: object) -> bool:
    return iscoroutinefunction(getattr(file, "read", None))


async def _read_async(file: Any, label: str) -> AsyncIterator[bytes]:
    with readable(label):
        while chunk := await file.read(CHUNK):
            yield chunk


def _label(file: object, filename: str | None) -> str | None:
    """Return the quoted name of a file: `filename`, else that of a web framework's file, else that of a plain file."""
    names = (filename, getattr(file, "filename", None), getattr(file, "name", None))
    return next((repr(os.path.basename(name)) for name in names if isinstance(name, str) and name), None)


async def _after(first: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in first:
        yield chunk
    async for chunk in rest:
        yield chunk


def _check_arguments(allow: Collection[str], size: int | None) -> None:
    check_allowed(allow)
    if size is not None and (type(size) is not int or size < 0):
        raise UploadError(f"size must be a whole number of bytes, not {size!r}. Nothing was sent.")


def _checked(source: Source, allow: Collection[str], size: int | None) -> Source:
    if size is not None and size != source.size:
        raise UploadError(f"{source.label} has {source.size} bytes, but size={size} was given. Nothing was sent.")
    if source.content_type in IMAGES or source.content_type in allow:
        return source
    if source.content_type:
        raise UploadError(
            f'{source.label} is {source.content_type}, which only allow=("{source.content_type}",) accepts. '
            "Nothing was sent."
        )
    raise UploadError(
        f"{source.label} is not an image of an accepted type (JPEG, PNG, GIF, WebP, AVIF, HEIC). Its content decides, "
        "not its name. Nothing was sent."
    )


def _described(
    size: int | None,
    head: bytes,
    label: str,
    chunks: Callable[[], Iterator[bytes] | AsyncIterator[bytes]],
    **about: Any,
) -> Source:
    if size == 0 or not head:
        raise UploadError(f"{label} is empty. Nothing was sent.")
    return Source(size, content_type_of(head) or "", label, chunks, **about)


def of_bytes(content: bytes, content_type: str | None, label: str) -> Source:
    """Return the source of these bytes. Default for the content type: from the first bytes."""

    def pieces() -> Iterator[bytes]:
        return (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))

    opened = partial(BytesIO, content)
    found = _described(len(content), content[:HEAD], label, pieces, blocking=False, open=opened)
    return found if content_type is None else replace(found, content_type=content_type)


def _of_path(path: Path) -> Source:
    label = repr(str(path))
    with readable(label, "Nothing was sent."), path.open("rb") as opened:
        status = os.fstat(opened.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UploadError(f"{label} is not a regular file. Nothing was sent.")
        head = opened.read(HEAD)
    size = status.st_size
    unchanged = partial(_open_unchanged, path, (size, status.st_mtime_ns))
    return _described(size, head, label, partial(_from_path, path, size), open=unchanged)


@contextmanager
def _open_unchanged(path: Path, known: tuple[int, int]) -> Generator[IO[bytes]]:
    """Open a file whose size and time of modification are known, so that it is read as it was."""
    with path.open("rb", buffering=CHUNK) as file:
        status = os.fstat(file.fileno())
        if (status.st_size, status.st_mtime_ns) != known:
            raise UploadError(f"{str(path)!r} has changed since it was read first. Nothing is stored.")
        yield file


def _from_path(path: Path, size: int) -> Iterator[bytes]:
    with readable(repr(str(path))), path.open("rb", buffering=0) as opened:
        yield from _pieces(opened, size)


def _of_file(file: IO[bytes], label: str, size: int | None) -> Source:
    """Return the source from the file's position to its end. The caller closes the file."""
    if isinstance(file, TextIOBase) and not file.closed:
        raise UploadError(f"{label} is open as text. Open it with 'rb'. Nothing was sent.")
    with readable(label, "Nothing was sent."):
        seekable = callable(getattr(file, "seekable", None)) and file.seekable()
        if not seekable:
            return _of_iterable(from_file(file, None, MAX_BYTES if size is None else size, label), label, size)
        start = file.tell()
        head = file.read(HEAD)
        check_chunk(head)
        end = file.seek(0, os.SEEK_END)
        file.seek(start)
    found = max(end - start, 0)
    if found == 0 and start > 0:
        raise UploadError(f"{label} was read to its end already. Call seek(0) before the upload. Nothing was sent.")
    opened = partial(_rewound, file) if start == 0 else None
    return _described(found, head, label, partial(from_file, file, start, found, label), open=opened)


@contextmanager
def _rewound(file: IO[bytes]) -> Generator[IO[bytes]]:
    file.seek(0)
    if not isinstance(file, RawIOBase):
        yield file
        return
    buffered = BufferedReader(file, CHUNK)  # a decoder reads a few bytes at a time, each of which may be slow
    try:
        yield buffered
    finally:
        buffered.detach()  # the caller closes the file


def from_file(file: IO[bytes], start: int | None, size: int, label: str) -> Iterator[bytes]:
    """Yield `size` bytes of a file, from this position or from the current one. Raises UploadError."""
    with readable(label):
        if start is not None:
            file.seek(start)
        yield from _pieces(file, size)


def _of_iterable(chunks: Iterable[bytes], label: str, size: int | None) -> Source:
    iterator, first = iter(chunks), list[bytes]()
    for chunk in iterator:
        if _is_head(first, chunk):
            break
    repeatable = iterator is not chunks
    if repeatable:
        release(iterator)
    again = partial(iter, chunks) if repeatable else _once(chain(first, iterator))
    return _described(size, b"".join(first), label, again, repeatable=repeatable)


def _is_head(first: list[bytes], chunk: bytes) -> bool:
    """Add a chunk to the first chunks. Return whether they contain the bytes that determine the type."""
    check_chunk(chunk)
    first.append(bytes(chunk))
    return sum(map(len, first)) >= HEAD


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


def check_chunk(chunk: object) -> None:
    """Raise UploadError if a chunk does not consist of bytes."""
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise UploadError(f"The image must be read as bytes, not {type(chunk).__name__}. Open files with 'rb'.")


@contextmanager
def readable(label: str, sent: str = "The upload was cancelled.") -> Generator[None]:
    """A context in which an error of reading raises UploadError. `label` names the file."""
    try:
        yield
    except (OSError, ValueError, TypeError) as error:  # a closed file, a path with a null character, another read()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UploadError(f"{label} cannot be read: {reason}. {sent}") from error


def release(chunks: Iterator[bytes]) -> None:
    """Close an iterator, which releases its file."""
    if close := getattr(chunks, "close", None):  # generators have a close method
        close()


def joined(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join small chunks, because each chunk is sent on its own."""
    waiting, size = list[bytes](), 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= CHUNK:
            yield b"".join(waiting) if len(waiting) > 1 else chunk
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


async def in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks, which are read and closed in worker threads. Small chunks are joined."""
    lock = threading.Lock()  # a cancelled caller may leave a reading thread, and closing waits for the thread

    def read() -> list[bytes]:
        with lock:
            some = list(_some(chunks))
        return list(joined(some)) if all(isinstance(chunk, bytes) for chunk in some) else some

    def close() -> None:
        with lock:
            release(chunks)

    try:
        while some := await asyncio.to_thread(read):
            for chunk in some:
                yield chunk
    finally:
        await asyncio.to_thread(close)


def _some(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the next chunks, up to `CHUNK` bytes or `GATHER_SECONDS`, because a turn of a thread costs much.

    A chunk that is not `bytes` is the last chunk, because the caller's iterator may overwrite it.
    """
    size, ends = 0, time.monotonic() + GATHER_SECONDS
    for chunk in chunks:
        yield chunk
        if not isinstance(chunk, bytes) or (size := size + len(chunk)) >= CHUNK or time.monotonic() >= ends:
            return
