"""A wall clock that is set while a program runs, as people and time servers do. Durations must not be read from it."""

import itertools
import time

import pytest

__all__ = ["set_clock_at_each_reading"]

STEP = 3600.0
"""Seconds, far more than any pause of a test."""


def set_clock_at_each_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `time.time` be right at one reading, and an hour ahead at the next."""
    read, ahead = time.time, itertools.cycle([0.0, STEP])
    monkeypatch.setattr("time.time", lambda: read() + next(ahead))
