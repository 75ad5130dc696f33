"""The mode `full` finds what is new, changed and gone, and never takes for gone what it only has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from trustoo import PaginationWarning
from trustoo.cli.exports import ExportFormat, Mode
from trustoo.testing import Received

from tests.cli.conftest import Machine, reviews
from tests.cli.exports.readers import rows_of
from tests.cli.exports.service import Pages, export, export_from

FORMATS = [format.value for format in ExportFormat]
DATABASES = [format.value for format in ExportFormat if format.is_database]


def changed(listed: Sequence[Mapping[str, Any]], edited: set[str], gone: set[str]) -> list[dict[str, Any]]:
    """The reviews after some were edited and some deleted."""
    texts = ({**review, "content": "edited"} if review["id"] in edited else {**review} for review in listed)
    return [review for review in texts if review["id"] not in gone]


@pytest.mark.parametrize("format", FORMATS)
def test_new_changed_and_gone_reviews_are_counted_and_written(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    assert export(reviews(30), file).new == 30
    later = changed(reviews(33), {"3", "20"}, {"0", "9", "10"})
    done = export(later, file)
    assert (done.new, done.changed, done.gone, done.rows) == (3, 2, 3, 30)
    rows = {str(row["id"]): row for row in rows_of(file)}
    assert {name for name, row in rows.items() if row["content"] == "edited"} == {"3", "20"}
    if format not in DATABASES:
        assert set(rows) == {review["id"] for review in later}
        kept = [str(review["id"]) for review in later if int(str(review["id"])) < 30]
        assert [*rows] == [*kept, "32", "31", "30"], "rows keep their places, and new ones follow"
        return
    assert set(rows) == {review["id"] for review in reviews(33)}
    assert {name for name, row in rows.items() if row["_deleted_at"]} == {"0", "9", "10"}
    first, second = sorted({row["_changed_at"] for row in rows.values()})
    assert {name for name, row in rows.items() if row["_changed_at"] == second} == {"0", "3", "9", "10", "20"} | {
        *("30", "31", "32")
    }
    assert {name for name, row in rows.items() if row["_added_at"] == second} == {"30", "31", "32"}
    assert first < second


@pytest.mark.parametrize("format", FORMATS)
def test_a_review_that_comes_back_is_there_again(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    export(reviews(10), file)
    export(changed(reviews(10), set(), {"4"}), file)
    done = export(reviews(10), file)
    assert (done.new, done.changed, done.gone, done.rows) == (1, 0, 0, 10)
    assert not any(row.get("_deleted_at") for row in rows_of(file))
    assert len(rows_of(file)) == 10


@pytest.mark.parametrize("format", ["csv", "duckdb"])
def test_the_modes_can_alternate(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    export(reviews(10), file, Mode.full)
    assert export(changed(reviews(12), {"3"}, set()), file, Mode.new, size=5).new == 2
    assert {row["content"] for row in rows_of(file)} != {"edited"}
    done = export(changed(reviews(12), {"3"}, {"5"}), file, Mode.full)
    assert (done.new, done.changed, done.gone) == (0, 1, 1)


def test_an_order_of_members_is_no_change(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    export(reviews(5), file)
    assert export([dict(reversed(review.items())) for review in reviews(5)], file).changed == 0


class Shrinking(Pages):
    """A shop that deletes some of its newest reviews after the second page."""

    def send(self, http_request: Any) -> Any:
        if self.requests == 2:
            self.items = self.items[4:]
        return super().send(http_request)


@pytest.mark.parametrize("format", ["csv", "sqlite"])
def test_reviews_that_a_changing_list_hid_are_not_taken_for_gone(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    export(reviews(30), file)
    with pytest.warns(PaginationWarning, match="fell by 4"):
        done = export_from(Shrinking(reviews(30)), file, Mode.full, size=5)
    assert (done.gone, done.rows) == (None, 30)
    assert len(rows_of(file)) == 30
    assert export(reviews(30)[4:], file).gone == 4


def test_the_command_says_that_gone_reviews_were_not_looked_for(machine: Machine) -> None:
    listed = reviews(30)
    machine.service.pages("reviews.list", listed)
    machine.run("reviews", "export", "out.csv", "--page-size", 5)

    def answer(received: Received) -> object:
        page = int(dict(received.query)["page"])
        there = listed if page < 3 else listed[4:]
        about = {"page": page, "page_size": 5, "total_page": -(-len(there) // 5), "count": len(there)}
        return {"list": there[(page - 1) * 5 : page * 5], "page": about}

    machine.service.respond("reviews.list", answer)
    with pytest.warns(PaginationWarning):
        done = machine.run("reviews", "export", "out.csv", "--page-size", 5, "--mode", "full")
    assert (done.code, done.out) == (0, "Nothing changed; 30 reviews in out.csv.\n")
    assert "deleted reviews were not looked for. Run the command again." in done.err


def test_an_interrupted_full_run_goes_on_where_it_was(machine: Machine) -> None:
    listed = reviews(100)
    machine.service.pages("reviews.list", listed)
    run = ["reviews", "export", "out.duckdb", "--page-size", 10, "--mode", "full", "--json"]
    machine.run(*run)
    later = changed(listed, {"5", "95"}, {"50", "3"})

    def answer(received: Received) -> object:
        page = int(dict(received.query)["page"])
        about = {"page": page, "page_size": 10, "total_page": 10, "count": len(later)}
        return "broken" if page == 6 else {"list": later[(page - 1) * 10 : page * 10], "page": about}

    machine.service.respond("reviews.list", answer)
    assert machine.run(*run).code == 1
    assert (machine.folder / "out.duckdb.reviews.state").exists()
    machine.service.pages("reviews.list", later)
    machine.service.received.clear()
    done = machine.run(*run)
    assert done.json == {
        "file": "out.duckdb",
        "mode": "full",
        "resumed": True,
        "new": 0,
        "changed": 2,
        "gone": 2,
        "rows": 98,
    }
    assert len(machine.service.received) < 10
    assert not (machine.folder / "out.duckdb.reviews.state").exists()


def test_the_command_tells_new_changed_and_gone(machine: Machine) -> None:
    run = ["reviews", "export", "out.sqlite", "--mode", "full"]
    said = {
        "30 new, 0 changed, 0 gone; 30 reviews": reviews(30),
        "Nothing changed; 30 reviews": reviews(30),
        "2 new, 1 changed, 3 gone; 29 reviews": changed(reviews(32), {"7"}, {"1", "2", "3"}),
    }
    for text, listed in said.items():
        machine.service.pages("reviews.list", listed)
        done = machine.run(*run)
        assert (done.code, done.out) == (0, f"{text} in out.sqlite.\n")


def test_the_mode_new_says_what_it_does_not_see(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(5))
    note = "Only new reviews were fetched. --mode full also finds edited and deleted ones."
    assert note not in machine.run("reviews", "export", "out.csv").err
    assert note in machine.run("reviews", "export", "out.csv").err


def test_a_service_that_returns_nothing_empties_no_export(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(5))
    machine.run("reviews", "export", "out.csv", "--mode", "full")
    before = (machine.folder / "out.csv").read_bytes()
    machine.service.pages("reviews.list", [])
    done = machine.run("reviews", "export", "out.csv", "--mode", "full")
    assert (done.code, "returned nothing, but out.csv has 5 rows. Nothing was changed." in done.err) == (1, True)
    assert (machine.folder / "out.csv").read_bytes() == before


@pytest.mark.parametrize("option", ["--since=2026-01-01", "--until=2026-01-01", "--limit=5"])
def test_full_fetches_everything(machine: Machine, option: str) -> None:
    done = machine.run("reviews", "export", "out.csv", "--mode", "full", option)
    assert (done.code, f"Leave out {option.partition('=')[0]}." in done.err) == (2, True)
    assert machine.service.received == []


def test_since_until_and_limit_select_reviews(machine: Machine) -> None:
    listed = [*reviews(60)[:45], {"id": "no time"}, *reviews(60)[45:]]
    machine.service.pages("reviews.list", listed)
    times = ["--since", "2026-01-01T00:10:00", "--until", "2026-01-01T00:20:00"]
    machine.run("reviews", "export", "some.csv", *times)
    assert [row["id"] for row in rows_of(machine.folder / "some.csv")] == [
        *map(str, range(20, 14, -1)),
        *("no time", "14", "13", "12", "11", "10"),
    ]
    machine.run("reviews", "export", "three.csv", "--limit", 3, "--page-size", 2)
    assert [row["id"] for row in rows_of(machine.folder / "three.csv")] == ["59", "58", "57"]
    machine.service.pages("reviews.list", listed[-10:])
    assert machine.run("reviews", "export", "-", "--limit", 3, "--page-size", 2).out.count("\n") > 3
    assert machine.run("reviews", "export", "-", "--until", "2026-01-01").code == 2
    assert machine.run("reviews", "export", "out.csv", "--until", "tomorrow").code == 2
