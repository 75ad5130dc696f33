"""The state of one exchange: its deadline, and whether the sending of its request has begun."""

from __future__ import annotations

from time import monotonic
from typing import Any

from .protocols import HTTPRequest

__all__ = ["EARLIER", "READING", "Exchange"]

EARLIER = 0.9
"""The part of the deadline after which connecting ends, so that the error says what took too long."""
READING = 0.05
"""Seconds after the deadline, to read a response that arrived while the process was stopped."""


class Exchange(float):
    """The timeout of each step, in seconds, with the state of the exchange.

    httpcore and httpx pass timeouts on unchanged, so that each step finds the state of its exchange.

    Attributes:
        request: the request.
        until: the end of the exchange by `time.monotonic()`; None for no end.
        sent: whether the sending of the request has begun; None if this is not known. CONNECT requests to a proxy do
            not count.
    """

    __slots__ = ("request", "sent", "until")
    request: HTTPRequest
    until: float | None
    sent: bool | None

    @classmethod
    def of(cls, request: HTTPRequest) -> Exchange:
        """Return the state of an exchange that has not begun."""
        exchange = cls(request.timeout)
        exchange.request, exchange.until, exchange.sent = request, None, None
        return exchange

    def begin(self) -> None:
        """Let the deadline count from now on. If the content is streamed, this is at its end."""
        if self.request.deadline is not None:
            self.until = monotonic() + self.request.deadline

    @property
    def maybe_sent(self) -> bool:
        """Whether the server may have received a part of the request."""
        return self.sent is not False

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """The `trace` extension of a request. httpcore calls it for each event of the exchange."""
        if self.sent is None:
            self.sent = False
        if event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.sent = True
