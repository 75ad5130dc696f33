"""A multipart form in the order and spelling that Alibaba OSS takes, streamed from a file or from bytes."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import secrets
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import httpx

from .errors import UploadError

__all__ = ["FormBody", "Source", "read_source"]

CHUNK = 256 * 1024
"""Bytes read at a time."""
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)
_SUFFIXES = {
    "image/jpeg": ".jpeg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Something to upload that can be opened again and again."""

    size: int
    content_type: str
    path: Path | None = None
    content: bytes = field(default=b"", repr=False)

    @property
    def suffix(self) -> str:
        """The ending of the object's name: the file's own, else one that fits the type."""
        own = self.path.suffix if self.path else ""
        usual = own.isascii() and own[1:].isalnum()
        return own.lower() if usual else _SUFFIXES.get(self.content_type, "")

    def open(self) -> BinaryIO:
        """The bytes from the start."""
        return self.path.open("rb") if self.path is not None else BytesIO(self.content)


def read_source(file: str | os.PathLike[str] | bytes, content_type: str | None = None) -> Source:
    """`file` with its size and type. Raises UploadError when it cannot be read, is no file, or is empty."""
    if content_type is not None and (not content_type.isascii() or not content_type.isprintable()):
        raise UploadError(f"{content_type!r} is no content type.")
    if isinstance(file, bytes | bytearray | memoryview):
        content = bytes(file)
        source = Source(len(content), content_type or _type_of(content[:16], ""), content=content)
    elif isinstance(file, str | os.PathLike):
        path = Path(file)
        try:
            with path.open("rb") as opened:
                status = os.fstat(opened.fileno())
                head = opened.read(16)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UploadError(f"{str(path)!r} cannot be read: {reason}. Nothing was sent.") from error
        if not stat.S_ISREG(status.st_mode):
            raise UploadError(f"{str(path)!r} is no regular file. Nothing was sent.")
        source = Source(status.st_size, content_type or _type_of(head, path.name), path=path)
    else:
        raise UploadError(f"An image is given as a path or as bytes, not as {type(file).__name__}.")
    if source.size == 0:
        raise UploadError(f"{str(source.path) if source.path else 'The image'} is empty. Nothing was sent.")
    return source


def _type_of(head: bytes, name: str) -> str:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


class FormBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The form's bytes: `fields` in their order, the file last. One object serves sync and async, repeatedly.

    httpx takes it as the stream of a request. Exactly `length` bytes come out, or UploadError is raised.
    """

    def __init__(self, fields: Mapping[str, str], source: Source) -> None:
        boundary = f"trustoo-{secrets.token_hex(16)}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        # A constant file name: the storage chokes on others, and the real one lives in the key.
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {source.content_type}\r\n\r\n"
        )
        self._head, self._tail = "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
        self._source = source
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(self._head) + source.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        with self._open() as opened:
            left = self._source.size
            while left:
                chunk = self._read(opened, left)
                left -= len(chunk)
                yield chunk
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        opened = await asyncio.to_thread(self._open)
        try:
            left = self._source.size
            while left:
                chunk = await asyncio.to_thread(self._read, opened, left)
                left -= len(chunk)
                yield chunk
        finally:
            await asyncio.to_thread(opened.close)
        yield self._tail

    def close(self) -> None:
        """Nothing is held between iterations."""

    async def aclose(self) -> None:
        """Nothing is held between iterations."""

    def _open(self) -> BinaryIO:
        try:
            return self._source.open()
        except OSError as error:
            raise UploadError(f"{str(self._source.path)!r} cannot be read: {error.strerror}.") from error

    def _read(self, opened: BinaryIO, left: int) -> bytes:
        try:
            chunk = opened.read(min(CHUNK, left))
        except OSError as error:
            raise UploadError(f"{str(self._source.path)!r} cannot be read: {error.strerror}.") from error
        if not chunk:
            raise UploadError(f"{str(self._source.path)!r} became shorter while it was sent.")
        return chunk
