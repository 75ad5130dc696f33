"""Dates of files in the API's format: ISO 8601, 14/05/2026, 14 May 2026, and day numbers of spreadsheets.

In 05/06/2026 either number can be the day. The values of the whole column decide: 14/05/2026 shows that the day comes
first. A column whose values fit both orders is a problem until `--date-format` tells the order. Nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ...errors import ArgumentError

__all__ = ["DateColumn", "DateFormat", "convert_date", "zone_of"]


class DateFormat(Enum):
    """The order of day, month and year in dates such as 14/05/2026."""

    dmy = "dmy"
    mdy = "mdy"
    ymd = "ymd"


EXAMPLES = {DateFormat.dmy: "31/12/2026", DateFormat.mdy: "12/31/2026", DateFormat.ymd: "2026/12/31"}
_TIME = r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([AaPp])[Mm])?)?"
_ZONE = r"(?: ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}(?: UTC)?))?"
YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}),?{_TIME}{_ZONE}", re.ASCII)
YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}),?{_TIME}{_ZONE}", re.ASCII)
WORDS = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9})\.?,? (\d{4})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})", re.ASCII)
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?", re.ASCII)
"""A day number of Excel: 20000 is a day of 1954, and 79999 of 2119."""
FIRST_SERIAL = datetime(1899, 12, 30)
MOST_LINES = 3


@dataclass(slots=True)
class DateColumn:
    """What the values of one column tell about the order of day and month.

    Attributes:
        day_first, month_first: the lines of values that fit only this order, at most three of each.
        either: the number of values that fit both orders.
        example: a value that fits both orders.
        serials: the number of day numbers of a spreadsheet.
        zoneless: the number of values with a time, but without a time zone.
    """

    day_first: list[int] = field(default_factory=list)
    month_first: list[int] = field(default_factory=list)
    either: int = 0
    example: str = ""
    serials: int = 0
    zoneless: int = 0

    def add(self, line: int, value: str) -> None:
        """Note one value."""
        if found := YEAR_LAST.fullmatch(value):
            first, second = int(found[1]), int(found[3])
            if first > 12 >= second:
                if len(self.day_first) < MOST_LINES:
                    self.day_first.append(line)
            elif second > 12 >= first:
                if len(self.month_first) < MOST_LINES:
                    self.month_first.append(line)
            elif first != second:
                self.either += 1
                self.example = self.example or value
        elif SERIAL.fullmatch(value):
            self.serials += 1
        elif not (found := YEAR_FIRST.fullmatch(value)):
            return
        if found and found[5] and not found[9]:
            self.zoneless += 1

    @property
    def format(self) -> DateFormat | None:
        """The order that the values show, or None if they show none, or both."""
        if bool(self.day_first) == bool(self.month_first):
            return None
        return DateFormat.dmy if self.day_first else DateFormat.mdy

    @property
    def problem(self) -> str | None:
        """Why the order is not known, or None if it is, or if no value depends on it."""
        if self.day_first and self.month_first:
            lines = "the day comes first in line {}, and the month in line {}".format(
                *(", ".join(map(str, lines)) for lines in (self.day_first, self.month_first))
            )
            return f"the dates contradict each other: {lines}; correct them, since one --date-format cannot fit both"
        if self.either and self.format is None:
            values = f"{self.either} dates are" if self.either > 1 else "the date is"
            return f"{values} ambiguous, such as {self.example}; use --date-format dmy if the day comes first, or mdy"
        return None


def zone_of(name: str) -> tzinfo:
    """The time zone of this name, such as Europe/Paris. Raises ArgumentError if it is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not available_timezones():
            raise ArgumentError(
                f"--timezone {name}: this computer has no list of time zones. Install it: pip install tzdata"
            ) from None
        raise ArgumentError(f"--timezone {name!r} is not a time zone; the names are such as Europe/Paris.") from None


def convert_date(value: str | date, format: DateFormat | None, zone: tzinfo | None) -> str:
    """A date or a date-time in the API's format, `2026-01-31 08:00:00`.

    A date-time with a time zone is converted to UTC, and one without is taken to be in `zone`. A date without a time
    keeps its day: it becomes midnight, whatever the zone.

    Args:
        value: the value of a cell, or a date or date-time of a spreadsheet.
        format: the order of the parts if the year is not first. Default: such dates are refused.
        zone: the time zone of date-times that have none. Default: they are sent unchanged.

    Raises:
        ValueError: if the value is not a date, or does not fit the format. The text says what is wrong.
    """
    if isinstance(value, str):
        found, has_time = _parsed(value, format)
    else:
        has_time = isinstance(value, datetime)
        found = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    if found.tzinfo is None and zone is not None and has_time:
        found = found.replace(tzinfo=zone)
    if found.tzinfo is not None:
        try:
            found = found.astimezone(UTC)
        except OverflowError:
            raise ValueError("is not a date that the API can take") from None
    return found.replace(tzinfo=None).isoformat(" ", "seconds")


def _parsed(text: str, format: DateFormat | None) -> tuple[datetime, bool]:
    """The date-time of a text, and whether the text has a time."""
    if SERIAL.fullmatch(text):
        seconds = round(float(text) * 86400)
        return FIRST_SERIAL + timedelta(seconds=seconds), seconds % 86400 != 0
    if found := WORDS.match(text):
        word = (found[2] or found[4]).lower()
        if months := [number for number, name in enumerate(MONTHS, 1) if name.startswith(word)]:
            text = f"{found[3] or found[6]}-{months[0]}-{found[1] or found[5]}{text[found.end() :]}"
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := YEAR_LAST.fullmatch(text):
        if format is DateFormat.ymd:
            raise ValueError("does not begin with the year, as --date-format ymd says")
        if format is None and found[1] != found[3]:
            raise ValueError("is ambiguous; use --date-format dmy if the day comes first, or mdy")
        day, month, year = found[1], found[3], found[4]
        if format is DateFormat.mdy:
            day, month = month, day
    else:
        raise ValueError("is not a date, such as 2026-01-31, 2026-01-31 08:00:00 or 2026-01-31T08:00:00+01:00")
    try:
        hour, minute, second = (int(found[place] or 0) for place in (5, 6, 7))
        if half := found[8]:
            if not 1 <= hour <= 12:
                raise ValueError
            hour = hour % 12 + 12 * (half in "Pp")
        return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=_offset(found[9])), bool(found[5])
    except ValueError:
        read_as = f" if it is read as {EXAMPLES[format]}" if format and found.re is YEAR_LAST else ""
        raise ValueError(f"is not a day and a time that exist{read_as}") from None


def _offset(zone: str | None) -> tzinfo | None:
    if zone is None:
        return None
    sign = zone.removesuffix(" UTC")
    if sign[0] not in "+-":
        return UTC
    return datetime.strptime(sign, "%z").tzinfo
