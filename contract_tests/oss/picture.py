"""A picture of any size whose bytes are made while they are read, the same each time."""

import hashlib
import random
from collections.abc import Iterator

BLOCK = 200_003
"""Bytes of a chunk: nothing that the client's own chunks are a multiple of."""


class Picture:
    """An iterable of bytes that begins as a JPEG and never repeats a chunk. It holds one chunk."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._noise = random.Random(1).randbytes(BLOCK - 11)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self.size, BLOCK):
            chunk = b"\xff\xd8\xff" + start.to_bytes(8, "big") + self._noise
            yield chunk[: self.size - start]

    def sha256(self) -> str:
        """The digest of all bytes."""
        digest = hashlib.sha256()
        for chunk in self:
            digest.update(chunk)
        return digest.hexdigest()
