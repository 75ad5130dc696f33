"""The form of one upload: a multipart form in the order and spelling that Alibaba OSS accepts, streamed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from secrets import token_hex
from typing import TypeAlias
from urllib.parse import quote, unquote, urlsplit

from ..errors import UploadError
from .source import CHUNK, Source, in_thread

__all__ = ["Form", "Progress"]

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of bytes that were passed to the network so far, and with the size of the image."""


class Form:
    """A form for the storage. Iterating it, sync or async, yields its bytes: `fields` in their order, then the file.

    The form can be iterated repeatedly. An iteration yields exactly the announced bytes, or raises UploadError. A new
    iteration ends the previous iteration. `close` and `aclose` also end an iteration and release its file.

    This form of the file part is known to work with the storage. `Content-Disposition` is the first header, with one
    constant `filename`. The key of the object contains the name of the image.

    Attributes:
        url: the URL that the form is posted to, without a user name.
        headers: the headers of the request. A user name and a password in the URL become basic authentication.
        key: the object's name.
        secrets: texts that must be redacted in a response.
    """

    def __init__(
        self,
        url: str,
        fields: Mapping[str, str],
        source: Source,
        on_progress: Progress | None = None,
        secrets: tuple[str, ...] = (),
    ) -> None:
        boundary = f"trustoo-{token_hex(16)}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {source.content_type}\r\n\r\n"
        )
        self._head, self._tail = "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
        self.source, self.fields, self.secrets = source, frozenset(fields), secrets
        self.key = fields.get("key", "")
        self._on_progress = on_progress
        self._open: Iterator[bytes] | AsyncIterator[bytes] | None = None
        self._callers_error: BaseException | None = None
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + source.known_size + len(self._tail)),
        }
        parts_of_url = urlsplit(url)
        user, at, host = parts_of_url.netloc.rpartition("@")
        if at:
            self.headers["Authorization"] = f"Basic {b64encode(unquote(user).encode()).decode()}"
        self.url = parts_of_url._replace(netloc=host).geturl()

    @property
    def object_url(self) -> str:
        """The URL of the stored object."""
        return f"{self.url.rstrip('/')}/{quote(self.key, safe='/')}"

    def __iter__(self) -> Iterator[bytes]:
        self.close()
        yield self._head
        counter = _Counter(self.source, self._on_progress)
        chunks = self._open = self.source.chunks()
        assert isinstance(chunks, Iterator)
        with self._remember_error():
            for chunk in chunks:
                yield from counter.pieces(chunk)
            counter.end()
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self.aclose()
        yield self._head
        counter = _Counter(self.source, self._on_progress)
        chunks = self._open = self._asynchronous()
        with self._remember_error():
            async for chunk in chunks:
                for piece in counter.pieces(chunk):
                    yield piece
            counter.end()
        yield self._tail

    def _asynchronous(self) -> AsyncIterator[bytes]:
        chunks = self.source.chunks()
        if isinstance(chunks, AsyncIterator):
            return chunks
        return in_thread(chunks) if self.source.blocking else _at_once(chunks)

    def close(self) -> None:
        """End an iteration that did not finish, and release its file."""
        chunks, self._open = self._open, None
        if chunks is not None and (close := getattr(chunks, "close", None)):
            close()

    async def aclose(self) -> None:
        """The asyncio version of `close`."""
        chunks, self._open = self._open, None
        if chunks is not None and (close := getattr(chunks, "aclose", None)):
            await close()

    @contextmanager
    def _remember_error(self) -> Generator[None]:
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self._callers_error = error
            raise

    @contextmanager
    def unmasked(self) -> Generator[None]:
        """Raise an error of the caller's iterator or progress callback unchanged, even if an HTTP layer wrapped it."""
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
    """Checks that exactly the announced bytes are sent, splits large chunks, and reports the progress."""

    def __init__(self, source: Source, on_progress: Progress | None) -> None:
        self._source, self._on_progress, self._sent = source, on_progress, 0

    def pieces(self, chunk: bytes | bytearray | memoryview) -> Iterator[bytes]:
        """Yield pieces of at most `CHUNK` bytes. Raises UploadError for more bytes than announced."""
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise UploadError(f"{self._source.label} returned {type(chunk).__name__} instead of bytes. {_CANCELLED}")
        view = memoryview(chunk).cast("B")
        if self._sent + len(view) > self._source.known_size:
            raise UploadError(
                f"{self._source.label} has more than the announced {self._source.known_size} bytes. {_CANCELLED}"
            )
        for start in range(0, len(view), CHUNK):
            piece = chunk if len(view) <= CHUNK and isinstance(chunk, bytes) else bytes(view[start : start + CHUNK])
            yield piece
            self._sent += len(piece)
            if self._on_progress is not None:
                self._on_progress(self._sent, self._source.known_size)

    def end(self) -> None:
        """Check the total. Raises UploadError for fewer bytes than announced."""
        if self._sent < self._source.known_size:
            raise UploadError(
                f"{self._source.label} has {self._sent} bytes, fewer than the announced {self._source.known_size}. The "
                f"image became shorter while it was sent, or size= was wrong. {_CANCELLED}"
            )


_CANCELLED = "The upload was cancelled, and nothing is stored."
