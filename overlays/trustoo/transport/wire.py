"""What goes over the wire, and the two protocols of whatever carries it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["AsyncWireTransport", "Headers", "Reply", "Wire", "WireTransport"]


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it goes out: encoded and signed."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    timeout: float = 30.0
    """Seconds that connecting, sending a piece or waiting for a piece of the answer may take."""


@dataclass(slots=True)
class Reply:
    """An answer as it came in. The names of its headers are in no particular case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class WireTransport(Protocol):
    """Sends one request once. Raises ConnectionFailed, TimeoutFailed and ConfigurationError only."""

    def send(self, wire: Wire) -> Reply: ...
    def close(self) -> None: ...


class AsyncWireTransport(Protocol):
    """The same for asyncio."""

    async def send(self, wire: Wire) -> Reply: ...
    async def close(self) -> None: ...


class Headers(Mapping[str, str]):
    """An answer's headers: found in any case, several of a name joined by a comma. Read when first looked at, since
    most answers' headers are never looked at."""

    __slots__ = ("_pairs", "_read")

    def __init__(self, pairs: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._pairs = pairs
        self._read: dict[str, str] | None = None

    def _known(self) -> dict[str, str]:
        if (known := self._read) is None:
            known = {}
            for given, value in self._pairs():
                name = given.lower()
                known[name] = f"{known[name]}, {value}" if name in known else value
            self._read = known
        return known

    def __getitem__(self, name: str) -> str:
        return self._known()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def __repr__(self) -> str:  # names only: a value may be a secret
        return f"Headers({', '.join(self)})"
