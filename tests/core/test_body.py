"""Bodies are decompressed in steps, and no step exceeds the limit."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from itertools import repeat
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import RequestTimeoutError, ResponseTooLargeError
from trustoo.transport import HTTPRequest
from trustoo.transport.body import BodyReader

from tests.support import steady

MEGABYTE = 1_000_000


def raw_deflate(content: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(content) + deflate.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate ": raw_deflate,
    "gzip, gzip": lambda content: gzip.compress(gzip.compress(content)),
    "deflate, gzip": lambda content: gzip.compress(zlib.compress(content)),
    "gzip,deflate": lambda content: zlib.compress(gzip.compress(content)),
    " Gzip": lambda content: gzip.compress(content[:7]) + gzip.compress(content[7:]),
}


def reader(coding: str, limit: int | None) -> BodyReader:
    request = HTTPRequest("GET", "https://example.test/p", {}, max_response_bytes=limit)
    return BodyReader(request, [(b"Content-Encoding", coding.encode())])


def read(coding: str, content: bytes, limit: int | None, sizes: Iterator[int]) -> bytes:
    body = reader(coding, limit)
    while content:
        size = next(sizes)
        body.feed(content[:size])
        content = content[size:]
    return body.content()


@steady
@given(st.binary(max_size=300), st.sampled_from(list(CODINGS)), st.randoms(use_true_random=False))
def test_pieces_of_any_size_are_read_as_the_whole(content: bytes, coding: str, rand: random.Random) -> None:
    packed = CODINGS[coding](content)
    for most in (1, 2, 7, 1000):
        sizes = (rand.randint(1, size) for size in repeat(most))
        assert read(coding, packed, None, sizes) == content
        assert read(coding, packed, max(1, len(content)), sizes) == content
        if len(content) > 1:
            with pytest.raises(ResponseTooLargeError):
                read(coding, packed, len(content) - 1, sizes)


@steady
@given(st.binary(min_size=3, max_size=300), st.sampled_from(["gzip", "deflate"]), st.data())
def test_a_part_of_a_compressed_body_is_an_error(content: bytes, coding: str, data: st.DataObject) -> None:
    packed = CODINGS[coding](content)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(OSError, match="compression is broken"):
        read(coding, packed[:cut], None, repeat(50))


@pytest.mark.parametrize("coding", CODINGS)
def test_one_piece_that_holds_gigabytes_takes_little_memory(coding: str) -> None:
    zeros = bytes(64 * MEGABYTE)
    packed = CODINGS[coding](zeros)
    body = reader(coding, MEGABYTE)
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLargeError):
            body.feed(packed)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_compressed_data_without_content_ends_at_the_limit() -> None:
    body = reader("gzip", 1000)
    for _ in range(1000 // len(gzip.compress(b""))):
        body.feed(gzip.compress(b""))
    with pytest.raises(ResponseTooLargeError):
        body.feed(gzip.compress(b"") * 10)


def test_content_of_an_unknown_coding_stays() -> None:
    for coding in ("br", "gzip, br", "identity", ""):
        assert read(coding, b"EXAMPLE", None, repeat(3)) == b"EXAMPLE"


def test_an_empty_body_needs_no_compression() -> None:
    for coding in CODINGS:
        assert read(coding, b"", 1, repeat(3)) == b""


def test_after_the_deadline_one_more_piece_is_accepted() -> None:
    """It may have arrived while the process was stopped."""
    request = HTTPRequest("GET", "https://example.test/p", {}, deadline=3)
    BodyReader(request, until=monotonic() + 60).feed(b"x")
    body = BodyReader(request, until=monotonic() - 1)
    body.feed(b"x")
    with pytest.raises(RequestTimeoutError, match="within the deadline of 3 s") as caught:
        body.feed(b"y")
    assert caught.value.maybe_sent
