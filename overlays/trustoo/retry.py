"""Decides whether a failed attempt is retried, and after how many seconds. The waiting itself is done elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ._clock import http_date
from .errors import APIError, ConfigurationError, HTTPStatusError, ResponseError, TransportError, TrustooError

__all__ = [
    "NO_RETRIES",
    "Attempts",
    "RetryPolicy",
    "leaves_outcome_open",
    "may_repeat",
    "retry_after",
]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Sets which failed attempts are retried, and when.

    A **read** is retried after a connection error, a timeout, HTTP 429, any HTTP 5xx, and the codes 4, 13 and 14.
    Before each retry there is a pause: a random time between 0 and an upper bound. The bound starts at `base` seconds,
    and doubles up to `cap`. The random time prevents many clients from retrying at once. If the response has a
    `Retry-After` header, the pause is as long as the header asks for. If the header asks for more than
    `retry_after_cap` seconds, the error is raised at once. There are at most `attempts` attempts. No attempt starts
    later than `budget` seconds after the first attempt.

    A **write** is retried only if no connection could be made, so that the server did not receive the write. In all
    other cases without a clear response, `OutcomeUnknownError` is raised, and nothing is sent twice.

    Each attempt gets a new signature. If the server refuses a signature (code 16) because the clocks differ, one
    additional attempt follows. It does not count in `attempts`. The server did not carry out the refused request, so
    writes are also retried in this case.
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


def may_repeat(error: TrustooError, *, is_write: bool) -> bool:
    """Whether a failed attempt can be retried without the risk that the server carries it out twice."""
    if isinstance(error, TransportError):
        return not is_write or not error.maybe_sent
    if is_write or not isinstance(error, ResponseError):
        return False
    if isinstance(error, APIError) and error.is_transient:
        return True
    return isinstance(error, APIError | HTTPStatusError) and (error.status == 429 or error.status >= 500)


def leaves_outcome_open(error: TrustooError) -> bool:
    """Whether a write that ended with `error` may have been carried out: no response arrived, or only a gateway's."""
    if isinstance(error, TransportError):
        return error.maybe_sent
    return isinstance(error, HTTPStatusError) and error.status >= 500


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that a Retry-After header asks for: a number or an HTTP date; None if it is missing or invalid."""
    text = (headers.get("retry-after") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    when = http_date(text)
    return None if when is None else max(0.0, when - now)


@dataclass(slots=True)
class Attempts:
    """The attempts of one call: their number, their time, and whether another attempt follows a failure.

    Attributes:
        number: the number of the current attempt, counted from 1.
        seconds: the duration of the attempt that ended last.
        elapsed: the duration of all ended attempts and pauses, in seconds.
        repaired: whether an attempt was retried because the cause of its failure was repaired. Such a retry happens at
            once, at most once in a call, and does not count in the policy's `attempts`.
    """

    policy: RetryPolicy
    number: int = 1
    seconds: float = 0.0
    elapsed: float = 0.0
    repaired: bool = False
    _began: float = 0.0

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
