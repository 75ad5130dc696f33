"""The time zone in which tests run. It is not UTC, so that a test notices code that uses the machine's zone."""

import os
import time

__all__ = ["leave_utc"]

ZONE = "TST-5:45TSS-6:45,M3.2.0,M11.1.0"
"""An invented zone, in the form of POSIX, which needs no database: 5:45 hours ahead of UTC, in summer 6:45."""


def leave_utc() -> None:
    """Run this process and those that it starts in `ZONE`, unless TZ is set. Windows has no such setting."""
    os.environ.setdefault("TZ", ZONE)
    if hasattr(time, "tzset"):
        time.tzset()
