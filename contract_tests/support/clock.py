"""A wall clock that is set while a program runs, as people and time servers do. Durations must not be read from it."""

import itertools
import time

import pytest

__all__ = ["let_clock_be_set", "set_clock_at_each_reading"]

STEP = 3600.0
"""Seconds, far more than any pause of a test."""
_read, _ahead = time.time, itertools.repeat(0.0)


def _wall_clock() -> float:
    return _read() + next(_ahead)


def let_clock_be_set() -> None:
    """Call this before the package is imported, which may keep `time.time`, for example as the default of an argument.

    Until then, `set_clock_at_each_reading` reaches only the code that reads `time.time` at each call.
    """
    time.time = _wall_clock


def set_clock_at_each_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `time.time` be right at one reading, and an hour ahead at the next."""
    monkeypatch.setattr("time.time", _wall_clock)
    monkeypatch.setattr("contract_tests.support.clock._ahead", itertools.cycle([0.0, STEP]))
