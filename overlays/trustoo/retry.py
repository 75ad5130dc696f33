"""Decides what a failed attempt means: whether a write may have been carried out, and whether and when to try again.

The waiting itself is done elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ._clock import http_date
from .errors import (
    APIError,
    ConfigurationError,
    ResponseDecodeError,
    ResponseError,
    ResponseTooLargeError,
    TransportError,
    TrustooError,
    UploadError,
)

__all__ = ["NO_RETRIES", "Attempts", "Outcome", "RetryPolicy", "mark_as_callers", "outcome_of", "retry_after"]

_REFUSALS = (3, 5, 6, 7, 8, 16)
"""Codes that state that the service refused the operation."""
_OPEN = (1, 4, 13, 14)
"""Codes after which a write may have been carried out, in whole or in part."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Sets which failed attempts are retried, and when.

    A **read** is retried after a connection error, a timeout, HTTP 429, any HTTP 5xx, and the codes 4, 13 and 14.
    Before each retry there is a pause: a random time between 0 and an upper bound. The bound starts at `base` seconds,
    and doubles up to `cap`. The random time prevents many clients from retrying at once. If the response has a
    `Retry-After` header, the pause is as long as the header asks for. If the header asks for more than
    `retry_after_cap` seconds, the error is raised at once. There are at most `attempts` attempts. No attempt starts
    later than `budget` seconds after the first attempt. If the client has a `rate`, waits of retries for their turn
    count in the budget of the retries after them. The wait of the first attempt does not count.

    A **write** is retried only if the server did not receive it, or refused it with HTTP 429. If the write may have
    been carried out, `OutcomeUnknownError` is raised, and nothing is sent twice. `outcome_of` has the complete rule.

    Each attempt gets a new signature. If the server refuses a signature (code 16) because the clocks differ, one
    additional attempt follows. It does not count in `attempts`. The server did not carry out the refused request, so
    writes are also retried in this case.

    Args:
        attempts: the most attempts of a call. Default: 3.
        base: seconds, the upper bound of the first pause. Default: 0.5.
        cap: seconds, the largest bound of a pause. Default: 8.
        retry_after_cap: the most seconds that the client waits because a response asks for it. Default: 60.
        budget: seconds after the first attempt in which another attempt may start. Default: 60.

    Raises:
        ConfigurationError: if a number cannot be used.

    Example:
        >>> from trustoo import RetryPolicy
        >>> patient = shop.with_options(retry=RetryPolicy(attempts=5, budget=300))
    """

    attempts: int = 3
    base: float = 0.5
    cap: float = 8.0
    retry_after_cap: float = 60.0
    budget: float = 60.0

    def __post_init__(self) -> None:
        times = (self.base, self.cap, self.retry_after_cap, self.budget)
        numbers = isinstance(self.attempts, int) and all(isinstance(time, int | float) for time in times)
        if not numbers or self.attempts < 1 or not all(time >= 0 for time in times):  # false for NaN
            raise ConfigurationError(
                f"{self!r}: attempts must be a positive whole number, and times must be 0 or more."
            )

    def pause(
        self, attempt: int, elapsed: float, requested: float | None, rand: Callable[[], float] | None = None
    ) -> float | None:
        """Return the seconds to wait after a failed attempt; None if no other attempt may follow.

        Args:
            attempt: the number of the failed attempt, counted from 1.
            elapsed: seconds since the first attempt began.
            requested: the seconds that the response's Retry-After header asks for; None without this header.
            rand: returns numbers from 0 to 1. Default: random.random.

        Example:
            >>> from trustoo import RetryPolicy
            >>> RetryPolicy().pause(1, elapsed=0.2, requested=3)
            3
            >>> RetryPolicy(attempts=1).pause(1, elapsed=0.2, requested=None) is None
            True
        """
        if attempt >= self.attempts:
            return None
        if requested is not None:
            wait = requested
            if requested > self.retry_after_cap:
                return None
        else:
            from random import random  # slow to import, and seldom needed

            wait = (rand or random)() * min(self.cap, self.base * 2 ** min(attempt - 1, 60))
        return wait if elapsed + wait <= self.budget else None


NO_RETRIES = RetryPolicy(attempts=1)
"""A policy with one attempt and no retries."""


class Outcome(NamedTuple):
    """What the failure of an attempt means.

    Attributes:
        is_open: whether a write may have been carried out. False for reads.
        may_repeat: whether the same request can be sent again: nothing happens twice, and it may succeed.
    """

    is_open: bool
    may_repeat: bool


def outcome_of(error: Exception, *, is_write: bool) -> Outcome:
    """Return what the failure of an attempt means. This function alone decides.

    ========================================  ===========  ===================  ============  =============
    the attempt ended with                    the write    raises               is retried    read retried
    ========================================  ===========  ===================  ============  =============
    a fault before the request's first byte   is not sent  the fault            yes           yes
    a fault after the first byte              is open      OutcomeUnknownError  no            yes
    a response that is too large              is open      OutcomeUnknownError  no            no
    HTTP 2xx, no envelope                     is open      OutcomeUnknownError  no            no
    HTTP 2xx, code 0, data cannot be read     is done      ResponseDecodeError  no            no
    any status, code 1, 4, 13 or 14           is open      OutcomeUnknownError  no            4, 13, 14 [1]
    any status, code 3, 5, 6, 7, 8 or 16      is refused   APIError             if HTTP 429   no [1]
    HTTP 408, 499 or 5xx; other code or none  is open      OutcomeUnknownError  no            no [1]
    HTTP 429; other code or none              is refused   as the next rows     yes           yes
    other 2xx, 3xx and 4xx; other code        is refused   APIError             no            no
    other 3xx and 4xx; no code                is refused   HTTPStatusError      no            no
    an exception of own code before sending   is not sent  the exception        no            no
    an exception of own code, later           is open      OutcomeUnknownError  no            no
    ========================================  ===========  ===================  ============  =============

    - [1] Reads are always retried after HTTP 429 and 5xx.
    - "No code" includes code 0 with another status than 2xx, and a code that is not a number.
    - A fault is a TransportError. Its `maybe_sent` tells whether a byte of the request was written.
    - HTTP 408, 499 and 5xx come from gateways that gave up waiting, or from a service that failed half-way. Statuses
      below 200 and above 599 count as 5xx.
    - HTTP 429 is a refusal: servers limit rates before they process a request. Therefore also a write is sent again,
      after the pause that Retry-After asks for.
    - Own code is the caller's: the hooks of an `http_client`, or a `transport` object. An exception is known to come
      before sending only if a hook raised it. An `httpx.HTTPStatusError` that a hook raises for the response counts as
      that HTTP status without a code: after a refusal, the exception is raised.
    - Before this rule applies, an operation can declare other successes: a response without an envelope, a redirect.

    Args:
        error: the error of the attempt. An UploadError counts as a response of the storage with its `status`.
        is_write: whether the operation may change something.
    """
    if (maybe_sent := getattr(error, _CALLERS, None)) is not None:
        return Outcome(is_write and maybe_sent, False)
    if isinstance(error, TransportError):
        is_open = is_write and error.maybe_sent
        return Outcome(is_open, not is_open and not isinstance(error, ResponseTooLargeError))
    if isinstance(error, ResponseError | UploadError):
        status, code = error.status or 0, getattr(error, "code", None)
        is_open = is_write and _leaves_open(status, code)
        is_passing = error.is_transient if isinstance(error, APIError) else status >= 500
        may_repeat = status == 429 or (is_passing and not is_write)
        return Outcome(is_open, may_repeat and not is_open and not isinstance(error, ResponseDecodeError))
    return Outcome(is_write and not isinstance(error, TrustooError), False)


def mark_as_callers(error: Exception, *, maybe_sent: bool) -> None:
    """Mark an exception of the caller's own code, whatever its class is, for `outcome_of`."""
    setattr(error, _CALLERS, maybe_sent)


_CALLERS = "_trustoo_maybe_sent"


def _leaves_open(status: int, code: object) -> bool:
    if code in _REFUSALS or code in _OPEN:
        return code in _OPEN
    if 200 <= status < 300:
        return code is None
    return status in (408, 499) or not 300 <= status < 500


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3): a number, or the time until a date.

    Args:
        headers: the headers of a response, with names in lower case.
        now: the current Unix time, from which the seconds until a date are counted.

    Returns:
        Seconds, 0 for a date in the past. None if the header is missing or invalid.

    Example:
        >>> from trustoo import retry_after
        >>> retry_after({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, now=784111770.0)
        7.0
    """
    text = (headers.get("retry-after") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    when = http_date(text)
    return None if when is None else max(0.0, when - now)


class Attempts:
    """The attempts of one call: their number, their time, and whether another attempt follows a failure.

    Attributes:
        number: the number of the current attempt, counted from 1.
        seconds: the duration of the attempt that ended last.
        elapsed: the duration of all ended attempts and pauses, in seconds.
        repaired: whether an attempt was retried because the cause of its failure was repaired. Such a retry happens at
            once, at most once in a call, and does not count in the policy's `attempts`.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self.policy, self.number, self.repaired = policy, 1, False
        self.seconds = self.elapsed = self._began = 0.0

    def waited(self, seconds: float) -> None:
        """Note that the next attempt waited for its turn in the client's rate."""
        if self.number > 1:  # the budget begins with the first attempt
            self.elapsed += seconds

    def begin(self) -> None:
        """Note that an attempt is about to be sent."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Note that the attempt has ended."""
        self.seconds = time.monotonic() - self._began
        self.elapsed += self.seconds

    def pause(self, requested: float | None) -> float | None:
        """Return the seconds to wait before another attempt; None if the current attempt was the last one.

        `requested`: the seconds that the response's Retry-After header asks for.
        """
        return self.policy.pause(self.number - self.repaired, self.elapsed, requested)

    def next(self, pause: float) -> None:
        """Note that another attempt follows after the pause."""
        self.number, self.elapsed = self.number + 1, self.elapsed + pause
