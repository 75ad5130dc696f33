"""When Trustoo tries a delivery again: the documented schedule, as data."""

__all__ = ["SCHEDULE"]

SCHEDULE = tuple(180 * number for number in range(10))
"""Seconds that Trustoo waits before each of its ten tries (documented): 0, 180, 360 … 1620; 135 minutes in all.

Every answer but HTTP 200 counts as failed. How long one try may take is unknown.
"""
