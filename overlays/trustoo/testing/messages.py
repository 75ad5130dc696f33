"""What goes into and out of the fake service: what it received, what it replies, and how a part of it says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["FakeResponse", "Received", "Refused"]


class Refused(Exception):
    """The service says no, with this code and sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Received:
    """One request that arrived complete."""

    operation: str | None
    """The operationId, such as "reviews.list"; None where no operation has this path and method."""
    method: str
    path: str
    """As sent, percent-encoding included."""
    query: tuple[tuple[str, str], ...]
    """Names and values, decoded, in the order they were sent."""
    headers: httpx.Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON value; None where there is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def values(self, name: str) -> list[str]:
        """The values of a query parameter, in order. Empty ones do not count: clients send unused filters so."""
        return [value for given, value in self.query if given == name and value]

    @property
    def bearer(self) -> str | None:
        """The token of an `Authorization: Bearer` header, None where there is none."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" else None


@dataclass(frozen=True, slots=True)
class FakeResponse:
    """An answer, byte for byte. A `Date` header by the fake's clock is added where none is given."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    breaks_off_after: int | None = None
    """The connection breaks after so many bytes of the body, before its last one; None: the answer is whole."""

    @property
    def length(self) -> int:
        """The Content-Length: that of the body, or more than arrives."""
        return len(self.body) if self.breaks_off_after is None else max(len(self.body), self.breaks_off_after + 1)

    @property
    def arriving(self) -> bytes:
        """What arrives of the body."""
        return self.body if self.breaks_off_after is None else self.body[: self.breaks_off_after]

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> FakeResponse:
        """`value`, in which models may stand, as a JSON answer."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return cls(status, {"Content-Type": "application/json"}, text.encode())


def _plain(value: Any) -> Any:
    if callable(to_dict := getattr(value, "to_dict", None)):
        return to_dict()
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be answered as JSON.")
