"""Decides whether a failed attempt is repeated, and after how long. It does not wait itself."""

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
    """Which failed attempts are repeated, and when.

    A **read** is repeated after a connection error, a timeout, HTTP 429, any HTTP 5xx, and the codes 4, 13 and 14.
    Before each repetition there is a pause: a random time between nothing and an upper bound that starts at `base`
    seconds and doubles up to `cap` (full jitter, so that many clients do not return at once). If the response names a
    `Retry-After`, the pause is as long as that. When it asks for more than `retry_after_cap` seconds, the error is
    raised at once. There are at most `attempts` attempts, and none starts later than `budget` seconds after the first.

    A **write** is repeated only when it is certain that the server never saw it: the connection could not be made.
    In every other case without a clear response `OutcomeUnknownError` is raised and nothing is sent twice.

    Every attempt is signed anew. One more attempt, not counted here, follows when the server's clock turns out to
    differ from ours (code 16); its request was refused, so writes are repeated too.
    """

    attempts: int = 3
    base: float = 0.5
    cap: float = 8.0
    retry_after_cap: float = 60.0
    budget: float = 60.0

    def __post_init__(self) -> None:
        times = (self.base, self.cap, self.retry_after_cap, self.budget)
        numbers = isinstance(self.attempts, int) and all(isinstance(time, int | float) for time in times)
        if not numbers or self.attempts < 1 or not all(time >= 0 for time in times):  # NaN is not
            raise ConfigurationError(f"{self!r}: attempts must be a whole number from 1, and no time may be negative.")

    def pause(
        self, attempt: int, elapsed: float, requested: float | None, rand: Callable[[], float] | None = None
    ) -> float | None:
        """Seconds to wait after the failed `attempt` (counted from 1), None when it was the last.

        Args:
            elapsed: seconds since the first attempt began.
            requested: what the response's Retry-After asks for, in seconds.
            rand: gives numbers from 0 to 1. Default: random.random.
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
"""One attempt, whatever happens."""


def may_repeat(error: TrustooError, *, is_write: bool) -> bool:
    """Whether the failed attempt may be made again without doing anything twice."""
    if isinstance(error, TransportError):
        return not is_write or not error.maybe_sent
    if is_write or not isinstance(error, ResponseError):
        return False
    if isinstance(error, APIError) and error.is_transient:
        return True
    return isinstance(error, APIError | HTTPStatusError) and (error.status == 429 or error.status >= 500)


def leaves_outcome_open(error: TrustooError) -> bool:
    """Whether a write that ended with `error` may have been carried out: no response, or a gateway's instead of it."""
    if isinstance(error, TransportError):
        return error.maybe_sent
    return isinstance(error, HTTPStatusError) and error.status >= 500


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date; None when it is missing or not readable."""
    text = (headers.get("retry-after") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    when = http_date(text)
    return None if when is None else max(0.0, when - now)


@dataclass(slots=True)
class Attempts:
    """The attempts of one call: their number, their time, and whether another one follows a failure.

    Attributes:
        number: of the current attempt, counted from 1.
        seconds: how long the attempt took that ended last.
        elapsed: how long the ended attempts and the pauses took together, in seconds.
        repaired: whether an attempt has been repeated because the cause of its failure was repaired. It is repeated
            at once and does not count in the policy's `attempts`. That happens once in a call.
    """

    policy: RetryPolicy
    number: int = 1
    seconds: float = 0.0
    elapsed: float = 0.0
    repaired: bool = False
    _began: float = 0.0

    def begin(self) -> None:
        """An attempt is about to be sent."""
        self._began = time.monotonic()

    def end(self) -> None:
        """The attempt has ended."""
        self.seconds = time.monotonic() - self._began
        self.elapsed += self.seconds

    def pause(self, requested: float | None) -> float | None:
        """Seconds to wait before another attempt; None when the current one was the last.

        `requested`: what the response's Retry-After asks for, in seconds.
        """
        return self.policy.pause(self.number - self.repaired, self.elapsed, requested)

    def next(self, pause: float) -> None:
        """Another attempt follows after the pause."""
        self.number, self.elapsed = self.number + 1, self.elapsed + pause
