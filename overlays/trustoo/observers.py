"""Tells the log "trustoo" and the caller's hooks what happens to a call."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from .events import CallEvent, Hook

__all__ = ["Observers"]

logger = logging.getLogger("trustoo")


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
