"""The ways in which a call can go wrong between client and service, to be ordered with `FakeTrustoo.fail`."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

import httpx

from ..errors import ConfigurationError
from .messages import FakeResponse

__all__ = ["Fault", "FaultLine"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail; the class methods make them.

    Attributes:
        name: what it is called in messages.
        reached: whether the whole request arrived, so that it stands in `received`.
        processed: whether it was carried out all the same, so that it counts in `processed`.
        error: what the transport raises; None where an answer arrives.
        reply: the answer instead of the real one.
        response_code: instead of `reply`, an envelope with this code.
        breaks_off_after: the real answer arrives up to so many bytes of its body.
    """

    name: str
    reached: bool = True
    processed: bool = False
    error: type[httpx.TransportError] | None = None
    reply: FakeResponse | None = None
    response_code: int | None = None
    breaks_off_after: int | None = None

    def __post_init__(self) -> None:
        if all(one is None for one in (self.error, self.reply, self.response_code, self.breaks_off_after)):
            raise ConfigurationError(
                f"The fault {self.name!r} needs an error, a reply, an response_code or breaks_off_after."
            )
        if self.breaks_off_after is not None and (self.breaks_off_after < 0 or not self.processed):
            raise ConfigurationError(
                f"The fault {self.name!r} breaks off the real answer after 0 bytes or more, "
                "so that its request is processed."
            )

    @classmethod
    def refused(cls) -> Fault:
        """The connection is refused."""
        return cls("connection refused", reached=False, error=httpx.ConnectError)

    @classmethod
    def reset_while_sending(cls) -> Fault:
        """The connection breaks before the whole request is out."""
        return cls("connection reset while sending", reached=False, error=httpx.WriteError)

    @classmethod
    def reset(cls) -> Fault:
        """The connection breaks after the request was carried out, before its answer."""
        return cls("connection reset before the answer", processed=True, error=httpx.ReadError)

    @classmethod
    def timeout(cls, *, processed: bool) -> Fault:
        """No answer comes in time."""
        return cls("no answer in time", processed=processed, error=httpx.ReadTimeout)

    @classmethod
    def truncated(cls, *, after: int | None = None) -> Fault:
        """The request is carried out, and its answer breaks off: after its headers and `after` bytes of its body,
        always before the last; None: within its headers."""
        error = httpx.RemoteProtocolError if after is None else None
        return cls("answer breaks off", processed=True, error=error, breaks_off_after=after)

    @classmethod
    def garbage(cls) -> Fault:
        """The request is carried out, and the answer, with HTTP 200, is no JSON."""
        reply = FakeResponse(200, {"Content-Type": "application/json"}, b"\x00\xffno JSON{")
        return cls("garbage", processed=True, reply=reply)

    @classmethod
    def status(cls, status: int, *, retry_after: float | str | None = None, processed: bool = False) -> Fault:
        """An HTTP status without an envelope. `retry_after`: the header's seconds, or its HTTP date."""
        headers = {"Content-Type": "text/plain"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return cls(f"HTTP {status}", processed=processed, reply=FakeResponse(status, headers, b"no envelope"))

    @classmethod
    def html(cls, status: int = 502, *, processed: bool = False) -> Fault:
        """A gateway's page."""
        page = f"<html><head><title>{status}</title></head><body><h1>{status} gateway</h1></body></html>"
        reply = FakeResponse(status, {"Content-Type": "text/html"}, page.encode())
        return cls(f"HTML page, HTTP {status}", processed=processed, reply=reply)

    @classmethod
    def code(cls, code: int, *, processed: bool = False) -> Fault:
        """An envelope with this `code`, and the fake's `error_status`."""
        return cls(f"code {code}", processed=processed, response_code=code)


@dataclass(slots=True)
class _Pending:
    fault: Fault
    times: int
    operation: str | None


@dataclass(slots=True)
class FaultLine:
    """Faults in the order in which they strike."""

    _pending: list[_Pending] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, fault: Fault, times: int, operation: str | None) -> None:
        """The next `times` requests, or those of one operation, meet this fault."""
        with self._lock:
            self._pending.append(_Pending(fault, times, operation))

    def next(self, operation: str | None) -> Fault | None:
        """What a request of this operation meets."""
        with self._lock:
            for pending in self._pending:
                if pending.operation in (None, operation):
                    pending.times -= 1
                    if pending.times <= 0:
                        self._pending.remove(pending)
                    return pending.fault
        return None
