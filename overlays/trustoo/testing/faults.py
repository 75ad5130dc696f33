"""Failures of calls between client and service: single faults, and a rate limit."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

import httpx

from ..errors import ConfigurationError
from .connections import FakeResponse

__all__ = ["Fault", "FaultQueue", "Throttle"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure of a request. Use the class methods, or the constructor for your own fault.

    A fault needs one of `error`, `response`, `response_code` and `breaks_off_after`.

    Attributes:
        name: the fault's name in messages.
        reached: whether the complete request arrives and is kept in `FakeTrustoo.received`. Default: True.
        processed: whether the request is carried out and counted in `FakeTrustoo.processed`. Default: False.
        error: the httpx exception that the transport raises; None if a response arrives.
        response: the response that arrives instead of the real response.
        response_code: the `code` of an envelope that arrives instead of the real response.
        breaks_off_after: the number of bytes of the real response's body after which the connection breaks. This
            attribute requires `processed=True`.

    Raises:
        ConfigurationError: if none of these four is given, or if `breaks_off_after` is negative or lacks
            `processed=True`.
    """

    name: str
    reached: bool = True
    processed: bool = False
    error: type[httpx.TransportError] | None = None
    response: FakeResponse | None = None
    response_code: int | None = None
    breaks_off_after: int | None = None

    def __post_init__(self) -> None:
        if all(one is None for one in (self.error, self.response, self.response_code, self.breaks_off_after)):
            raise ConfigurationError(
                f"The fault {self.name!r} needs an error, a response, a response_code or breaks_off_after."
            )
        if self.breaks_off_after is not None and (self.breaks_off_after < 0 or not self.processed):
            raise ConfigurationError(
                f"The fault {self.name!r} breaks off the real response: breaks_off_after must be 0 or more, "
                "and processed must be True."
            )

    @classmethod
    def refused(cls) -> Fault:
        """Return a fault: the connection is refused.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.refused(), operation="reviews.list")
        """
        return cls("connection refused", reached=False, error=httpx.ConnectError)

    @classmethod
    def reset_while_sending(cls) -> Fault:
        """Return a fault: the connection breaks before the complete request is sent.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.reset_while_sending())
        """
        return cls("connection reset while sending", reached=False, error=httpx.WriteError)

    @classmethod
    def reset(cls) -> Fault:
        """Return a fault: the request is carried out. The connection breaks before the response arrives.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.reset())
        """
        return cls("connection reset before the response", processed=True, error=httpx.ReadError)

    @classmethod
    def timeout(cls, *, processed: bool) -> Fault:
        """Return a fault: no response arrives in time.

        Args:
            processed: whether the request is carried out.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.timeout(processed=True))
        """
        return cls("no response in time", processed=processed, error=httpx.ReadTimeout)

    @classmethod
    def truncated(cls, *, after: int | None = None) -> Fault:
        """Return a fault: the request is carried out. The response breaks off.

        Args:
            after: the number of bytes of the body that arrive. The last byte never arrives. Default: None, which breaks
                off within the headers.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.truncated(after=10))
        """
        error = httpx.RemoteProtocolError if after is None else None
        return cls("response breaks off", processed=True, error=error, breaks_off_after=after)

    @classmethod
    def garbage(cls) -> Fault:
        """Return a fault: the request is carried out. The response has HTTP 200 and a body that is not valid JSON.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.garbage())
        """
        response = FakeResponse(200, {"Content-Type": "application/json"}, b"\x00\xffno JSON{")
        return cls("garbage", processed=True, response=response)

    @classmethod
    def status(cls, status: int, *, retry_after: float | str | None = None, processed: bool = False) -> Fault:
        """Return a fault: a response with this HTTP status and without an envelope.

        Args:
            status: the HTTP status.
            retry_after: the Retry-After header: seconds, or an HTTP date. Default: None, which sends no such header.
            processed: whether the request is carried out.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.status(429, retry_after=1))
            >>> shop.reviews.get(id="1001").rating  # the second attempt
            5
        """
        headers = {"Content-Type": "text/html"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return cls(
            f"HTTP {status}",
            processed=processed,
            response=FakeResponse(status, headers, b"<html>This is not an answer of the API.</html>"),
        )

    @classmethod
    def html(cls, status: int = 502, *, processed: bool = False) -> Fault:
        """Return a fault: an HTML page, as gateways send it.

        Args:
            status: the HTTP status.
            processed: whether the request is carried out.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.html(502))
            >>> shop.reviews.get(id="1001").rating  # the second attempt
            5
        """
        page = f"<html><head><title>{status}</title></head><body><h1>{status} gateway</h1></body></html>"
        response = FakeResponse(status, {"Content-Type": "text/html"}, page.encode())
        return cls(f"HTML page, HTTP {status}", processed=processed, response=response)

    @classmethod
    def code(cls, code: int, *, processed: bool = False) -> Fault:
        """Return a fault: an envelope with this `code` and the HTTP status `FakeTrustoo.error_status`.

        Args:
            code: the code, such as 14.
            processed: whether the request is carried out.

        Example:
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.code(14))
            >>> shop.reviews.get(id="1001").rating  # the second attempt
            5
        """
        return cls(f"code {code}", processed=processed, response_code=code)


@dataclass(slots=True)
class _Pending:
    fault: Fault
    times: int
    operation: str | None


@dataclass(slots=True)
class FaultQueue:
    """Faults, in the order in which requests meet them. Thread-safe."""

    _pending: list[_Pending] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, fault: Fault, times: int, operation: str | None) -> None:
        """Apply this fault to the next `times` requests; with `operation`, to the next requests of that operation."""
        with self._lock:
            self._pending.append(_Pending(fault, times, operation))

    def next(self, operation: str | None) -> Fault | None:
        """The fault for a request of this operation; None for no fault."""
        with self._lock:
            for pending in self._pending:
                if pending.operation in (None, operation):
                    pending.times -= 1
                    if pending.times <= 0:
                        self._pending.remove(pending)
                    return pending.fault
        return None


@dataclass
class Throttle:
    """A rate limit: at most `requests` in any window of `seconds`. Refused requests do not count. Thread-safe.

    The vendor does not document its own limits.

    Args:
        requests: the number of requests that pass, 1 or more.
        seconds: the length of the window on the fake service's clock, above 0.
        code: the `code` of the envelope that refuses a request, such as 8. Default: None, which refuses with HTTP 429
            and a `Retry-After` in seconds.

    Raises:
        ConfigurationError: if a number is out of range.

    Example:
        >>> from trustoo.testing import Throttle
        >>> fake.throttle = Throttle(2, 1.0, code=8)
    """

    requests: int
    seconds: float
    code: int | None = None
    _times: deque[float] = field(default_factory=deque, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.requests < 1 or not self.seconds > 0:
            raise ConfigurationError(
                f"A Throttle needs requests of 1 or more and seconds above 0, "
                f"not requests={self.requests} and seconds={self.seconds}."
            )

    def retry_after(self, now: float) -> int | None:
        """Count a request that passes, and return None. Otherwise return the whole seconds to wait, 1 or more.

        Args:
            now: the Unix time in seconds.

        Example:
            >>> from trustoo.testing import Throttle
            >>> throttle = Throttle(1, 10)
            >>> throttle.retry_after(1000.0) is None
            True
            >>> throttle.retry_after(1001.0)
            9
        """
        with self._lock:
            while self._times and self._times[0] <= now - self.seconds:
                self._times.popleft()
            if len(self._times) < self.requests:
                self._times.append(now)
                return None
            return max(1, math.ceil(self._times[0] + self.seconds - now))
