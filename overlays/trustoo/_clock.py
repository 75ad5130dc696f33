"""The time in signatures: the time of this machine's clock, corrected by the time in the server's responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from .errors import ConfigurationError
from .signing import LIFETIME

__all__ = ["SkewCorrectedClock", "http_date", "server_time"]

EARLIEST = 1_672_531_200
"""The start of 2023. The API is not older, so that no response can have an earlier time."""
LATEST = 4_102_444_800
"""The start of 2100."""


class SkewCorrectedClock:
    """A clock that returns Unix time in seconds. A refusal of a signature corrects it if the clocks differ.

    Thread-safe, because the correction is one number, and each value of that number was right for some response.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.offset = 0.0
        """The seconds that are added to the time of this machine's clock."""

    def __call__(self) -> float:
        """Return the corrected time. Raises ConfigurationError if the clock does not return a number."""
        now = self._clock()
        if not isinstance(now, int | float) or not isfinite(now):
            raise ConfigurationError(f"clock must return the Unix time in seconds as a number, not {now!r}.")
        return now + self.offset

    def sync(self, signed_at: float, server: float | None) -> bool:
        """Correct the clock after the server refused a request with code 16.

        Args:
            signed_at: the time at which the request was signed.
            server: the server's time. A missing or impossible time changes nothing.

        Returns:
            Whether the clocks differed by more than a signature's lifetime. If they did, one retry can succeed.
        """
        if server is None or not EARLIEST <= server <= LATEST or abs(server - signed_at) <= LIFETIME:
            return False
        self.offset = server - self._clock()
        return True


def server_time(envelope_time: object, headers: Mapping[str, str]) -> float | None:
    """The server's Unix time: the envelope's `time`, else the Date header; None if neither is valid."""
    if isinstance(envelope_time, int | float) and not isinstance(envelope_time, bool):
        if EARLIEST <= envelope_time <= LATEST:
            return float(envelope_time)
    elif isinstance(envelope_time, str) and envelope_time.isascii() and envelope_time.isdigit():
        return server_time(int(envelope_time[:12]), headers)
    return http_date(headers.get("date") or "")


def http_date(text: str) -> float | None:
    """The Unix time of an HTTP date, as headers contain it; None for any other text."""
    from datetime import UTC  # these modules are slow to import, and seldom needed
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
