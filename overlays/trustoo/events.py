"""What is told of a call: facts from a list of allowed ones, never a value of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["CallEvent", "Hook"]


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One moment of a call. It holds nothing secret and nothing personal: no query, body, header or answer.

    Attributes:
        operation, method, path: what is called; `path` is the description's, without the call's values.
        attempt: counted from 1.
        status: the answer's HTTP status; None before an answer, and where none came.
        code: the envelope's `code`; None where it is not known.
        request_id: the envelope's request id, None where there is none.
        seconds: how long the attempt took; None before it.
        error: name of the error's class; None for a success.
        pause: seconds until the next attempt; None where none follows.
    """

    operation: str
    method: str
    path: str
    attempt: int
    status: int | None = None
    code: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    error: str | None = None
    pause: float | None = None


Hook = Callable[[CallEvent], None]
