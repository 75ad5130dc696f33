"""The time that signatures carry: this machine's, corrected by what the server's clock said."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .signing import LIFETIME

__all__ = ["SkewCorrectedClock", "http_date", "server_time"]

EARLIEST = 1_672_531_200
"""The start of 2023: no response of this API is older than the API."""
LATEST = 4_102_444_800
"""The start of 2100."""


class SkewCorrectedClock:
    """Unix time in seconds, resynced when the server refuses a signature because the clocks differ.

    Thread-safe: the correction is one number, and each value that it can have was right for some response.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.offset = 0.0
        """Seconds that are added to this machine's clock."""

    def __call__(self) -> float:
        return self._clock() + self.offset

    def sync(self, signed_at: float, server: float | None) -> bool:
        """Learn from a refusal (code 16) of a request that was signed at `signed_at`; `server` is the server's time.

        Returns whether the clocks differed by more than a signature's lifetime. Then repeating the request once helps.
        A server time that is missing or nonsense changes nothing.
        """
        if server is None or not EARLIEST <= server <= LATEST or abs(server - signed_at) <= LIFETIME:
            return False
        self.offset = server - self._clock()
        return True


def server_time(envelope_time: object, headers: Mapping[str, str]) -> float | None:
    """The server's Unix time: the envelope's `time`, else the Date header; None when neither can be read."""
    if isinstance(envelope_time, int | float) and not isinstance(envelope_time, bool):
        if EARLIEST <= envelope_time <= LATEST:
            return float(envelope_time)
    elif isinstance(envelope_time, str) and envelope_time.isascii() and envelope_time.isdigit():
        return server_time(int(envelope_time[:12]), headers)
    return http_date(headers.get("date") or "")


def http_date(text: str) -> float | None:
    """The Unix time of a date as headers carry it; None for anything else."""
    from datetime import UTC  # these are slow to import, and seldom needed
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
