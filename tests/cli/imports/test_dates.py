"""Dates of files are read as they were meant, and a date that can be two days is never guessed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from trustoo.cli.imports.dates import DateColumn, DateFormat, convert_date, zone_of
from trustoo.errors import ArgumentError

from tests.cli.conftest import Machine

DMY, MDY, YMD = DateFormat.dmy, DateFormat.mdy, DateFormat.ymd


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-05-14", "2026-05-14 00:00:00"),
        ("2026-05-14 08:30", "2026-05-14 08:30:00"),
        ("2026-05-14T08:30:05", "2026-05-14 08:30:05"),
        ("2026-05-14 08:30:05 UTC", "2026-05-14 08:30:05"),
        ("2026-05-14 08:30:05 +0000 UTC", "2026-05-14 08:30:05"),
        ("2026-05-14T08:30:05Z", "2026-05-14 08:30:05"),
        ("2026-05-14T08:30:05.123Z", "2026-05-14 08:30:05"),
        ("2026-05-14T08:30:05.123456789Z", "2026-05-14 08:30:05"),
        ("2018-05-10 22:00:00 -0400", "2018-05-11 02:00:00"),
        ("2023-06-02T10:00:00-04:00", "2023-06-02 14:00:00"),
        ("2026-05-14 10:30:00 +02:00", "2026-05-14 08:30:00"),
        ("2026/05/14", "2026-05-14 00:00:00"),
        ("2026/5/4 7:05", "2026-05-04 07:05:00"),
        ("14 May 2026", "2026-05-14 00:00:00"),
        ("May 14, 2026", "2026-05-14 00:00:00"),
        ("Sept. 4, 2026 10:30", "2026-09-04 10:30:00"),
        ("46156", "2026-05-14 00:00:00"),
        ("46156.4375", "2026-05-14 10:30:00"),
        ("05/05/2026", "2026-05-05 00:00:00"),
    ],
)
def test_dates_that_can_only_be_one_day(text: str, sent: str) -> None:
    assert convert_date(text, None, None) == sent


@pytest.mark.parametrize(
    ("text", "format", "sent"),
    [
        ("05/06/2026", DMY, "2026-06-05 00:00:00"),
        ("05/06/2026", MDY, "2026-05-06 00:00:00"),
        ("14.05.2026 10:30", DMY, "2026-05-14 10:30:00"),
        ("5/14/2026 2:30 PM", MDY, "2026-05-14 14:30:00"),
        ("5/14/2026, 12:05:09 am", MDY, "2026-05-14 00:05:09"),
        ("31-12-2026", DMY, "2026-12-31 00:00:00"),
        ("2026/05/14", YMD, "2026-05-14 00:00:00"),
        ("2026-05-14", DMY, "2026-05-14 00:00:00"),
    ],
)
def test_dates_in_an_order_that_is_given(text: str, format: DateFormat, sent: str) -> None:
    assert convert_date(text, format, None) == sent


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("05/06/2026", None),
        ("05/14/2026", DMY),
        ("14/05/2026", MDY),
        ("14/05/2026", YMD),
        ("31/02/2026", DMY),
        ("2026-02-30", None),
        ("2026-05-14 25:00", None),
        ("5/14/2026 13:30 PM", MDY),
        ("14/05/26", DMY),
        ("1715680000", None),
        ("1715680000000", None),
        ("20260514", None),
        ("2026-W20-4", None),
        ("2026", None),
        ("0000-00-00 00:00:00", None),
        ("14 Brumaire 2026", None),
        ("yesterday", None),
        ("٢٠٢٦-٠٥-١٤", None),
    ],
)
def test_what_is_no_date_or_could_be_two_is_refused(text: str, format: DateFormat | None) -> None:
    with pytest.raises(ValueError, match=r"^(?:is|does) "):
        convert_date(text, format, None)


def test_workbooks_have_dates_of_their_own() -> None:
    assert convert_date(datetime(2026, 5, 14, 8, 30), None, None) == "2026-05-14 08:30:00"
    assert (
        convert_date(datetime(2026, 5, 14, 8, 30, tzinfo=UTC), None, ZoneInfo("Europe/Paris")) == "2026-05-14 08:30:00"
    )


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-05-14 08:30:00", "2026-05-14 06:30:00"),
        ("2026-01-14 08:30", "2026-01-14 07:30:00"),
        ("2026-05-14 08:30:00 UTC", "2026-05-14 08:30:00"),
        ("2026-05-14", "2026-05-14 00:00:00"),  # a day stays this day
        ("46156.4375", "2026-05-14 08:30:00"),
    ],
)
def test_a_time_zone_is_for_times_that_have_none(text: str, sent: str) -> None:
    assert convert_date(text, None, ZoneInfo("Europe/Paris")) == sent


def test_a_time_zone_that_is_not_known_is_refused() -> None:
    for name in ("Europe/Pari", "", "../etc/passwd", "CEST+2"):
        with pytest.raises(ArgumentError, match="such as Europe/Paris"):
            zone_of(name)
    program = "from trustoo.cli.imports.dates import zone_of; zone_of('Europe/Paris')"
    code = f"import sys, zoneinfo; zoneinfo.reset_tzpath([]); sys.modules['tzdata'] = None; {program}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "pip install tzdata" in done.stderr


def column(*values: str) -> DateColumn:
    found = DateColumn()
    for line, value in enumerate(values, 2):
        found.add(line, value)
    return found


def test_one_value_shows_the_order_of_its_column() -> None:
    assert column("05/06/2026", "14/06/2026", "2026-05-14").format is DMY
    assert column("05/06/2026", "06/14/2026").format is MDY
    assert column("05.06.2026 10:30", "31.12.2026 10:30").format is DMY
    assert column("2026-05-14", "46156").problem is None


def test_a_column_that_can_be_read_in_two_ways_is_a_problem() -> None:
    found = column("05/05/2026", "05/06/2026", "07/06/2026")
    assert found.format is None
    assert found.problem == (
        "2 dates are ambiguous, such as 05/06/2026; use --date-format dmy if the day comes first, or mdy"
    )
    assert column("05/05/2026").problem is None


def test_a_column_that_contradicts_itself_is_a_problem_with_lines() -> None:
    found = column("14/05/2026", "05/14/2026", "05/06/2026")
    assert found.format is None
    assert "the day comes first in line 2, and the month in line 3" in (found.problem or "")


# In an import


def sent(machine: Machine) -> list[str]:
    bodies = [received.json for received in machine.service.received if received.operation == "reviews.create"]
    return [body["commented_at"] for body in bodies]


def write(machine: Machine, *dates: str) -> None:
    machine.write("in.csv", "\n".join(["rating,author,commented_at", *(f"5,A,{date}" for date in dates)]))


def test_an_ambiguous_column_is_told_once_and_asks_for_the_order(machine: Machine) -> None:
    write(machine, *["05/06/2026"] * 50)
    done = machine.run("reviews", "import", "in.csv")
    assert (done.code, sent(machine)) == (2, [])
    assert done.out.splitlines() == [
        "line 2: commented_at: 50 dates are ambiguous, such as 05/06/2026; "
        "use --date-format dmy if the day comes first, or mdy"
    ]
    assert machine.run("reviews", "import", "in.csv", "--date-format", "mdy").code == 0
    assert set(sent(machine)) == {"2026-05-06 00:00:00"}


def test_the_check_tells_how_dates_are_read(machine: Machine) -> None:
    write(machine, "05/06/2026 10:00", "14/06/2026 10:00", "46156")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert "commented_at: dates are read as dmy; line 3 shows that the day is first." in done.out
    assert "commented_at: numbers are read as days of a spreadsheet (46156 is 2026-05-14): 1." in done.out
    assert "Times without a time zone are sent unchanged" in done.out
    done = machine.run("reviews", "import", "in.csv", "--check", "--timezone", "Europe/Paris")
    assert "Times without a time zone are in Europe/Paris." in done.out
    assert machine.run("reviews", "import", "in.csv", "--timezone", "Europe/Paris").code == 0
    assert sent(machine) == ["2026-06-05 08:00:00", "2026-06-14 08:00:00", "2026-05-14 00:00:00"]


def test_each_date_that_does_not_fit_is_a_problem_with_its_line(machine: Machine) -> None:
    write(machine, "2026-05-14", "yesterday", "31/02/2026")
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert done.code == 2
    places = [(found["line"], found["examples"][0]["value"]) for found in done.json["problems"]]
    assert places == [(3, "'yesterday'"), (4, "'31/02/2026'")]
