"""Bodies: converts the content of a request for a library, and reads the body of a response."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from time import monotonic

from .errors import timeout_error, too_large_error, unusable_request
from .protocols import HTTPRequest

__all__ = ["BodyReader", "as_async_iterable", "as_iterable"]


def as_iterable(request: HTTPRequest) -> bytes | Iterable[bytes] | None:
    """The content for synchronous libraries. Raises ConfigurationError if the content is an async iterable."""
    content = request.content
    if content is None or isinstance(content, bytes):
        return content
    if isinstance(content, AsyncIterable):
        raise unusable_request(request, "the content is an async iterable, which only AsyncTrustoo can send.")
    return content


def as_async_iterable(request: HTTPRequest) -> bytes | AsyncIterable[bytes] | None:
    """The content for asyncio libraries. An iterable becomes an async iterable."""
    content = request.content
    if content is None or isinstance(content, bytes | AsyncIterable):
        return content
    return _iterate(content)


async def _iterate(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


class BodyReader:
    """Collects the pieces of a body. gzip and deflate are decompressed. Other codings, which no request asks for, stay.

    Args:
        request: the request, whose `max_response_bytes` limits the body.
        headers: the response's headers, as bytes. They are empty if the pieces are already decompressed.
        began: the start of the exchange by `time.monotonic()`. With it, the request's `deadline` also applies.
    """

    def __init__(
        self, request: HTTPRequest, headers: Iterable[tuple[bytes, bytes]] = (), began: float | None = None
    ) -> None:
        self._coding = b""
        for name, value in headers:
            if name.lower() == b"content-encoding":
                self._coding += b"," + value.lower()
        self._request, self._pieces = request, list[bytes]()
        self._size, self._limit = 0, request.max_response_bytes
        if self._limit is not None and self._coding:
            self._limit += self._limit // 1000 + 64  # compression can make content larger by this number of bytes
        self._until = began + request.deadline if began is not None and request.deadline is not None else None

    def feed(self, piece: bytes) -> None:
        """Add the next piece. Raises ResponseTooLargeError, and RequestTimeoutError after the deadline."""
        self._pieces.append(piece)
        if self._limit is not None:
            self._size += len(piece)
            if self._size > self._limit:
                raise too_large_error(self._request)
        if self._until is not None and monotonic() > self._until:
            raise timeout_error(self._request, "deadline", maybe_sent=True)

    def content(self) -> bytes:
        """Return the complete body.

        Raises:
            ResponseTooLargeError: if the body is larger than the request allows.
            OSError: if the body does not match its Content-Encoding.
        """
        content = b"".join(self._pieces)
        if self._coding and content:
            for coding in reversed(self._coding.split(b",")):
                content = self._decompress(content, coding.strip())
        return content

    def _decompress(self, content: bytes, coding: bytes) -> bytes:
        if coding in (b"gzip", b"x-gzip"):
            inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        elif coding == b"deflate":
            # The standard asks for the zlib format, which begins with an 8. Some servers send the raw deflate format.
            wrapped = content[:1] and content[0] & 15 == 8
            inflate = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        else:
            return content
        limit = self._request.max_response_bytes
        try:  # a few kilobytes can decompress to gigabytes, so the output is limited
            content = inflate.decompress(content, 0 if limit is None else limit + 1)
        except zlib.error as error:
            raise OSError(f"the response's compression is broken: {error}") from error
        if limit is not None and len(content) > limit:
            raise too_large_error(self._request)
        if not inflate.eof:
            raise OSError("the response's compression is broken: it ends too early")
        return content
