"""Reads a response's body piece by piece: decompresses it and limits its size."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

__all__ = ["BodyReader", "BodyTooLarge"]

_STEP = 64 * 1024
"""Bytes that are decompressed at a time when there is a limit."""


class BodyTooLarge(Exception):
    """The body is larger than the limit."""


class BodyReader:
    """Collects a body. gzip and deflate are decompressed; other codings were not asked for and stay as they are.

    Args:
        headers: the response's headers, as bytes.
        limit: the most bytes to accept, after decompression; None for no limit.
    """

    def __init__(self, headers: Iterable[tuple[bytes, bytes]], limit: int | None = None) -> None:
        self._coding = b",".join([value for name, value in headers if name.lower() == b"content-encoding"])
        self._limit, self._size, self._pieces = limit, 0, list[bytes]()

    def feed(self, piece: bytes) -> None:
        """Take the next piece. Raises BodyTooLarge."""
        self._pieces.append(piece)
        if self._limit is not None:
            self._size += len(piece)
            if self._size > self._limit:
                raise BodyTooLarge

    def content(self) -> bytes:
        """The whole body. Raises BodyTooLarge, and OSError for a body that does not match its Content-Encoding."""
        content = b"".join(self._pieces)
        if self._coding and content:
            for coding in reversed(self._coding.lower().split(b",")):
                content = _decompressed(content, coding.strip(), self._limit)
        return content


def _decompressed(content: bytes, coding: bytes, limit: int | None) -> bytes:
    if coding in (b"gzip", b"x-gzip"):
        return _inflated(content, zlib.MAX_WBITS | 16, limit)
    if coding == b"deflate":
        # The standard means zlib's format, which begins with an 8; some servers send the raw format inside it.
        wrapped = content[:1] and content[0] & 15 == 8
        return _inflated(content, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS, limit)
    return content


def _inflated(content: bytes, window_bits: int, limit: int | None) -> bytes:
    try:
        if limit is None:
            return zlib.decompress(content, window_bits)
        return b"".join(_steps(content, window_bits, limit))
    except zlib.error as error:
        raise OSError(f"the response's compression is broken: {error}") from error


def _steps(content: bytes, window_bits: int, limit: int) -> Sequence[bytes]:
    """A few kilobytes can unpack to gigabytes, so the output is bounded at each step."""
    inflate, steps, size = zlib.decompressobj(window_bits), list[bytes](), 0
    while content and not inflate.eof:
        steps.append(inflate.decompress(content, _STEP))
        content = inflate.unconsumed_tail
        size += len(steps[-1])
        if size > limit:
            raise BodyTooLarge
    steps.append(inflate.flush())
    if not inflate.eof:
        raise zlib.error("incomplete or truncated stream")
    return steps
