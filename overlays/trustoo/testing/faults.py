"""The ways in which a call can go wrong between client and service, to be ordered with `FakeTrustoo.fail`."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from ..errors import ConfigurationError
from .messages import Reply

__all__ = ["Fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail; the class methods make them.

    Attributes:
        name: what it is called in messages.
        reached: whether the whole request arrived, so that it stands in `received`.
        processed: whether it was carried out all the same, so that it counts in `processed`.
        error: what the transport raises; None where an answer arrives.
        reply: the answer instead of the real one.
        answer_code: instead of `reply`, an envelope with this code.
    """

    name: str
    reached: bool = True
    processed: bool = False
    error: type[httpx.TransportError] | None = None
    reply: Reply | None = None
    answer_code: int | None = None

    def __post_init__(self) -> None:
        if self.error is None and self.reply is None and self.answer_code is None:
            raise ConfigurationError(f"The fault {self.name!r} needs an error, a reply or an answer_code.")

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
    def truncated(cls) -> Fault:
        """The request is carried out, and its answer breaks off."""
        return cls("answer breaks off", processed=True, error=httpx.RemoteProtocolError)

    @classmethod
    def garbage(cls) -> Fault:
        """The request is carried out, and the answer, with HTTP 200, is no JSON."""
        reply = Reply(200, {"Content-Type": "application/json"}, b"\x00\xffno JSON{")
        return cls("garbage", processed=True, reply=reply)

    @classmethod
    def status(cls, status: int, *, retry_after: float | str | None = None, processed: bool = False) -> Fault:
        """An HTTP status without an envelope. `retry_after`: the header's seconds, or its HTTP date."""
        headers = {"Content-Type": "text/plain"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return cls(f"HTTP {status}", processed=processed, reply=Reply(status, headers, b"no envelope"))

    @classmethod
    def html(cls, status: int = 502, *, processed: bool = False) -> Fault:
        """A gateway's page."""
        page = f"<html><head><title>{status}</title></head><body><h1>{status} gateway</h1></body></html>"
        reply = Reply(status, {"Content-Type": "text/html"}, page.encode())
        return cls(f"HTML page, HTTP {status}", processed=processed, reply=reply)

    @classmethod
    def code(cls, code: int, *, processed: bool = False) -> Fault:
        """An envelope with this `code`, and the fake's `error_status`."""
        return cls(f"code {code}", processed=processed, answer_code=code)
