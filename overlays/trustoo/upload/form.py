"""A multipart form in the order and spelling that Alibaba OSS takes, streamed from any source."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import httpx

from ..errors import UploadError
from .source import CHUNK, Source, in_thread

__all__ = ["FormBody", "Progress"]

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the bytes of the image handed to the network so far, and with all of them."""


class FormBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The form's bytes: `fields` in their order, the file last. One object serves sync and async, repeatedly.

    httpx takes it as the stream of a request. Exactly `length` bytes come out, or UploadError is raised. Only one
    iteration is under way at a time; `close` or `aclose` ends it and releases what it holds.

    The spelling is the one that the storage is known to take: `Content-Disposition` is the first header of the file
    part, with one plain `filename` that never changes. The image's real name lives in the key.
    """

    def __init__(self, fields: Mapping[str, str], source: Source, on_progress: Progress | None = None) -> None:
        boundary = f"trustoo-{secrets.token_hex(16)}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {source.content_type}\r\n\r\n"
        )
        self._head, self._tail = "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
        self._source, self._on_progress = source, on_progress
        self._open: Iterator[bytes] | AsyncIterator[bytes] | None = None
        self._callers_error: BaseException | None = None
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(self._head) + source.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        self.close()
        yield self._head
        counter = _Counter(self._source, self._on_progress)
        chunks = self._open = self._source.chunks()
        assert isinstance(chunks, Iterator)
        with self._noting():
            for chunk in chunks:
                yield from counter.pieces(chunk)
            counter.end()
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self.aclose()
        yield self._head
        counter = _Counter(self._source, self._on_progress)
        chunks = self._open = self._asynchronous()
        with self._noting():
            async for chunk in chunks:
                for piece in counter.pieces(chunk):
                    yield piece
            counter.end()
        yield self._tail

    def _asynchronous(self) -> AsyncIterator[bytes]:
        chunks = self._source.chunks()
        if isinstance(chunks, AsyncIterator):
            return chunks
        return in_thread(chunks) if self._source.blocking else _at_once(chunks)

    def close(self) -> None:
        """Release what an iteration holds that did not run to its end."""
        chunks, self._open = self._open, None
        if chunks is not None and (close := getattr(chunks, "close", None)):
            close()

    async def aclose(self) -> None:
        """The same for asyncio."""
        chunks, self._open = self._open, None
        if chunks is not None and (close := getattr(chunks, "aclose", None)):
            await close()

    @contextmanager
    def _noting(self) -> Generator[None]:
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self._callers_error = error
            raise

    @contextmanager
    def unmasked(self) -> Generator[None]:
        """What the caller's iterator or progress callback raised leaves this block as it was, whatever the layers that
        sent the form made of it."""
        self._callers_error = None
        try:
            yield
        except BaseException as error:
            if self._callers_error is not None and self._callers_error is not error:
                raise self._callers_error from None
            raise


async def _at_once(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


class _Counter:
    """Sees to it that exactly the announced bytes go out, in pieces of a bearable size, and tells the progress."""

    def __init__(self, source: Source, on_progress: Progress | None) -> None:
        self._source, self._on_progress, self._sent = source, on_progress, 0

    def pieces(self, chunk: bytes | bytearray | memoryview) -> Iterator[bytes]:
        """The chunk in pieces of at most `CHUNK` bytes. Raises UploadError when more come than were announced."""
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise UploadError(f"{self._source.label} gave {type(chunk).__name__} and not bytes. {_BROKEN_OFF}")
        view = memoryview(chunk).cast("B")
        if self._sent + len(view) > self._source.size:
            raise UploadError(
                f"{self._source.label} gave more than the announced {self._source.size} bytes. {_BROKEN_OFF}"
            )
        for start in range(0, len(view), CHUNK):
            piece = chunk if len(view) <= CHUNK and isinstance(chunk, bytes) else bytes(view[start : start + CHUNK])
            yield piece
            self._sent += len(piece)
            if self._on_progress is not None:
                self._on_progress(self._sent, self._source.size)

    def end(self) -> None:
        """Raises UploadError when fewer bytes came than were announced."""
        if self._sent < self._source.size:
            raise UploadError(
                f"{self._source.label} gave {self._sent} bytes, fewer than the announced {self._source.size}: it "
                f"became shorter while it was sent, or the size was wrong. {_BROKEN_OFF}"
            )


_BROKEN_OFF = "The upload was broken off, and nothing is stored."
