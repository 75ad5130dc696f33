"""The two forms that go into and out of the fake service: what it received, what it replies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["Received", "Reply"]


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


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, byte for byte. A `Date` header by the fake's clock is added where none is given."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> Reply:
        """`value`, in which models may stand, as a JSON answer."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return cls(status, {"Content-Type": "application/json"}, text.encode())


def _plain(value: Any) -> Any:
    if callable(to_dict := getattr(value, "to_dict", None)):
        return to_dict()
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be answered as JSON.")
