"""Unpacks answers that came compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

__all__ = ["decoded"]


def decoded(content: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """`content` without the gzip and deflate of its Content-Encoding; others were not asked for, and stay.

    Raises OSError for content that is not what it is said to be.
    """
    packed = [value for name, value in headers if name.lower() == b"content-encoding"]
    for coding in reversed(b",".join(packed).lower().split(b",")) if packed else ():
        match coding.strip():
            case b"gzip" | b"x-gzip":
                content = _unpacked(content, zlib.MAX_WBITS | 16)
            case b"deflate":
                # The standard means zlib's format, which begins with an 8; some servers send what is inside it.
                wrapped = content[:1] and content[0] & 15 == 8
                content = _unpacked(content, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    return content


def _unpacked(content: bytes, form: int) -> bytes:
    if not content:
        return content
    try:
        return zlib.decompress(content, form)
    except zlib.error as error:
        raise OSError(f"the answer's compression is broken: {error}") from error
