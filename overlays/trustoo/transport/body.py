"""Bodies: converts the content of a request for a library, and reads the body of a response."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from time import monotonic
from types import AsyncGeneratorType

from .errors import timeout_error, too_large_error, unusable_request
from .protocols import HTTPRequest

__all__ = ["BodyReader", "as_async_iterable", "as_iterable", "close_pieces"]


def as_iterable(request: HTTPRequest, at_end: Callable[[], object]) -> bytes | Iterator[bytes] | None:
    """The content for synchronous libraries. Raises ConfigurationError if the content is an async iterable.

    `at_end` is called when a streamed content was sent, or when its sending has ended early.
    """
    content = request.content
    if content is None or isinstance(content, bytes):
        return content
    if not isinstance(content, Iterable):
        raise unusable_request(request, "the content is an async iterable, which only AsyncTrustoo can send.")
    return _streamed(content, at_end)


def _streamed(content: Iterable[bytes], at_end: Callable[[], object]) -> Iterator[bytes]:
    try:
        yield from content
    finally:
        at_end()


def as_async_iterable(
    request: HTTPRequest, at_end: Callable[[], object] | None = None
) -> bytes | AsyncIterable[bytes] | None:
    """The content for asyncio libraries. An iterable becomes an async iterable. `at_end` as in `as_iterable`."""
    content = request.content
    if content is None or isinstance(content, bytes) or (at_end is None and isinstance(content, AsyncGenerator)):
        return content
    return _streamed_async(content, at_end or (lambda: None))


async def _streamed_async(
    content: Iterable[bytes] | AsyncIterable[bytes], at_end: Callable[[], object]
) -> AsyncIterator[bytes]:
    try:
        if isinstance(content, AsyncIterable):
            pieces = aiter(content)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                await close_pieces(pieces)
        else:
            for piece in content:
                yield piece
    finally:
        at_end()


async def close_pieces(pieces: object) -> None:
    """Close an asynchronous generator that was left early. Otherwise the event loop would do so later, in a task."""
    if isinstance(pieces, AsyncGeneratorType) and not pieces.ag_running:
        await pieces.aclose()


class BodyReader:
    """Collects the pieces of a body. gzip and deflate are decompressed. Other codings, which no request asks for, stay.

    Args:
        request: the request, whose `max_response_bytes` limits the body.
        headers: the response's headers, as bytes.
        until: the end of the exchange by `time.monotonic()`; None if something else ends the exchange. One piece may be
            late, because it may have arrived while the process was stopped.
    """

    def __init__(
        self, request: HTTPRequest, headers: Iterable[tuple[bytes, bytes]] = (), until: float | None = None
    ) -> None:
        self._request, self._limit, self._until = request, request.max_response_bytes, until
        self._pieces, self._size, self._received, self._is_late = list[bytes](), 0, 0, False
        # Compression can make content larger, by less than this number of bytes.
        self._slack = 0 if self._limit is None else self._limit // 1000 + 64
        codings = b""
        for name, value in headers:
            if name.lower() == b"content-encoding":
                codings += b"," + value
        self._decoders = _decoders(codings) if codings else []

    def feed(self, piece: bytes) -> None:
        """Add the next piece.

        Raises:
            ResponseTooLargeError: if the body is larger than the request allows.
            RequestTimeoutError: if the deadline had passed before the previous piece.
            OSError: if the body does not match its Content-Encoding.
        """
        if self._until is not None and monotonic() > self._until:
            if self._is_late:
                raise timeout_error(self._request, "deadline", maybe_sent=True)
            self._is_late = True
        if self._decoders and piece:
            piece = self._decompress(piece)
        self._pieces.append(piece)
        if self._limit is not None:
            self._size += len(piece)
            if self._size > self._limit or self._received > self._limit + self._slack:
                raise too_large_error(self._request)

    def _decompress(self, piece: bytes) -> bytes:
        self._received += len(piece)
        # A few kilobytes can decompress to gigabytes, so each step stops beyond the limit.
        most = 0 if self._limit is None else self._limit - self._size + self._slack
        try:
            for decoder in self._decoders:
                piece = decoder.feed(piece, most)
                if most and len(piece) == most:
                    raise too_large_error(self._request)
        except zlib.error as error:
            raise OSError(f"the response's compression is broken: {error}") from error
        return piece

    def content(self) -> bytes:
        """Return the complete body. Raises OSError if the body ends before its compression does."""
        if self._received and not all(decoder.ended for decoder in self._decoders):
            raise OSError("the response's compression is broken: it ends too early")
        return b"".join(self._pieces)


class _Decoder:
    """Decompresses one coding, piece by piece.

    Attributes:
        ended: whether the compressed data is complete.
    """

    def __init__(self, coding: bytes) -> None:
        self._is_gzip, self._started, self.ended = coding != b"deflate", False, False
        self._inflate, self._held = zlib.decompressobj(), b""

    def feed(self, piece: bytes, most: int) -> bytes:
        """Return the decompressed piece, or its first `most` bytes. 0 means all."""
        piece, self._held = self._held + piece, b""
        found, size = list[bytes](), 0
        while piece and (not most or size < most):
            if not self._started or self.ended:
                if len(piece) < 2:  # the first two bytes tell the format
                    self._held = piece
                    break
                if not self._begin(piece):
                    break
            found.append(self._inflate.decompress(piece, most and most - size))
            size += len(found[-1])
            piece, self.ended = self._inflate.unused_data, self._inflate.eof
        return b"".join(found)

    def _begin(self, piece: bytes) -> bool:
        """Begin with compressed data, or with the next member of gzip data. Returns False if other data follows."""
        if self._started and not (self._is_gzip and piece.startswith(b"\x1f\x8b")):
            return False
        # The standard asks for the zlib format. Some servers send the raw deflate format.
        bits = zlib.MAX_WBITS if piece[0] & 15 == 8 and int.from_bytes(piece[:2]) % 31 == 0 else -zlib.MAX_WBITS
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16 if self._is_gzip else bits)
        self._started, self.ended = True, False
        return True


def _decoders(codings: bytes) -> list[_Decoder]:
    """The decoders for Content-Encoding headers, in the order of decompression, up to an unknown coding."""
    found = list[_Decoder]()
    for coding in reversed([coding.strip() for coding in codings.lower().split(b",") if coding.strip()]):
        if coding not in (b"gzip", b"x-gzip", b"deflate"):
            break
        found.append(_Decoder(coding))
    return found
