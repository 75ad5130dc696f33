"""A picture of any size whose bytes are made while they are read, the same each time."""

import hashlib
import random
from collections.abc import Iterator

from contract_tests.support.pictures import JPEG

BLOCK = 200_003
"""Bytes of a chunk: nothing that the client's own chunks are a multiple of."""


class Picture:
    """An iterable of bytes that is one JPEG of at least 300 bytes and never repeats a chunk. It holds one chunk."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._noise = random.Random(1).randbytes(BLOCK).replace(b"\xff", b"")

    def __iter__(self) -> Iterator[bytes]:
        head = JPEG[:-2]
        for start in range(0, self.size, BLOCK):
            chunk = bytearray(f"{start:020}".encode() + self._noise + bytes(BLOCK))[: min(BLOCK, self.size - start)]
            if start == 0:
                chunk[: len(head)] = head
            for place, byte in ((self.size - 2, 0xFF), (self.size - 1, 0xD9)):  # the end of the image
                if 0 <= place - start < len(chunk):
                    chunk[place - start] = byte
            yield bytes(chunk)

    def sha256(self) -> str:
        """The digest of all bytes."""
        digest = hashlib.sha256()
        for chunk in self:
            digest.update(chunk)
        return digest.hexdigest()
