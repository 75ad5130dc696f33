"""What happens to a call, told to logs and hooks: facts from a list of allowed ones, never a value of the caller's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["CallEvent", "Hook", "Observers"]

logger = logging.getLogger("trustoo")


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


@dataclass(frozen=True, slots=True)
class Observers:
    """The caller's hooks. What a hook raises reaches the caller of the operation."""

    on_request: Hook | None = None
    on_response: Hook | None = None
    on_retry: Hook | None = None

    def request(self, event: CallEvent) -> None:
        """An attempt is about to be sent."""
        logger.debug("%s: %s %s, attempt %d", event.operation, event.method, event.path, event.attempt)
        if self.on_request is not None:
            self.on_request(event)

    @property
    def hear_responses(self) -> bool:
        """Whether anybody listens to `response`."""
        return self.on_response is not None or logger.isEnabledFor(logging.DEBUG)

    def response(self, event: CallEvent) -> None:
        """An attempt ended: with an answer, or without one."""
        logger.debug(
            "%s: attempt %d took %.3f s: HTTP %s, code %s, request id %s, %s",
            *(event.operation, event.attempt, event.seconds, event.status, event.code, event.request_id),
            event.error or "success",
        )
        if self.on_response is not None:
            self.on_response(event)

    def retry(self, event: CallEvent) -> None:
        """Another attempt follows."""
        logger.info(
            "%s: attempt %d failed with %s, the next one follows in %.1f s",
            *(event.operation, event.attempt, event.error, event.pause),
        )
        if self.on_retry is not None:
            self.on_retry(event)
