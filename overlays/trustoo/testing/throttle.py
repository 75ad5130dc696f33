"""A limit on requests. The service's own is not documented; this one lets tests see what a client makes of any."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

from ..errors import ConfigurationError

__all__ = ["Throttle"]


@dataclass
class Throttle:
    """At most `requests` within any `seconds`; more are refused. Refused requests do not count.

    Args:
        requests: how many are let through, 1 or more.
        seconds: the window's length, by the fake's clock, above 0.
        code: refuse with an envelope of this code, such as 8; None for HTTP 429 with a `Retry-After` in seconds.

    Raises ConfigurationError for numbers out of range.
    """

    requests: int
    seconds: float
    code: int | None = None
    _times: deque[float] = field(default_factory=deque, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.requests < 1 or not self.seconds > 0:
            raise ConfigurationError(
                f"A throttle lets 1 request or more through in more than 0 seconds, "
                f"not {self.requests} in {self.seconds}."
            )

    def retry_after(self, now: float) -> int | None:
        """None: a request is let through, and counted. Otherwise the whole seconds until one will be, 1 or more."""
        with self._lock:
            while self._times and self._times[0] <= now - self.seconds:
                self._times.popleft()
            if len(self._times) < self.requests:
                self._times.append(now)
                return None
            return max(1, math.ceil(self._times[0] + self.seconds - now))
