"""Reviews that the shop has, and rows that the file repeats, are found by comparison and left out only when asked."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo.cli.imports.existing import same_reviews
from trustoo.cli.imports.rows import Row
from trustoo.testing import FakeResponse, Fault
from trustoo_api.models import Review

from tests.cli.conftest import Machine
from tests.support import read, steady

FILE = (
    "rating,author,content,product_id,commented_at\n"
    "5,Zoë,Pours well.,8100000000019,2026-05-14 08:30:00\n"
    "4,Ann,Too small.,8100000000019,2026-05-15\n"
    "5,Łukasz,Fine,8100000000020,2026-05-16\n"
)


def created(machine: Machine) -> Counter[str]:
    sent = (received.json for received in machine.service.received if received.operation == "reviews.create")
    return Counter(body["author"] for body in sent)


def results(machine: Machine) -> list[dict[str, Any]]:
    """The last line of each row."""
    lines = (machine.folder / "in.csv.results.jsonl").read_text("utf-8").splitlines()
    return [*{entry["line"]: entry for entry in map(json.loads, lines)}.values()]


def reviews(*given: dict[str, Any]) -> list[Review]:
    return [read(Review, {"id": str(number), **members}) for number, members in enumerate(given, 1)]


def same(row: dict[str, Any], review: dict[str, Any]) -> bool:
    return same_reviews({"k": Row(2, row)}, reviews(review)) == {"k": "1"}


ROW = {"author": "Zoë", "content": "Pours well.", "product_id": "19", "commented_at": "2026-05-14 08:30:00"}


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({}, True),
        ({"author": "ZOE\u0308 "}, True),
        ({"content": "pours\r\n  well."}, True),
        ({"title": "Another title", "rating": 1, "media": None}, True),
        ({"product_id": 19}, True),
        ({"product_id": None}, True),
        ({"commented_at": "2026-05-15T08:30:00Z"}, True),
        ({"commented_at": "2026-05-13 08:30:00"}, True),
        ({"commented_at": "", "created_at": "2026-05-14T09:00:00Z"}, True),
        ({"commented_at": None}, True),
        ({"author": "Zoe"}, False),
        ({"content": "Pours well"}, False),
        ({"product_id": "20"}, False),
        ({"commented_at": "2026-05-15 08:30:01"}, False),
        ({"commented_at": "", "created_at": "2026-05-20T09:00:00Z"}, False),
    ],
)
def test_author_text_product_and_date_within_a_day_are_compared_and_nothing_else(
    change: dict[str, Any], is_same: bool
) -> None:
    assert same(ROW, ROW | change) is is_same


@pytest.mark.parametrize("name", ["title", "review_title"])
def test_without_a_content_the_title_is_the_text(name: str) -> None:
    assert same({"author": "A", "title": "Great"}, {"author": "A", name: "Great"})
    assert not same({"author": "A", "title": "Great"}, {"author": "A", name: "Bad"})


def test_a_review_is_the_same_as_one_row_at_most_and_that_of_another_row_is_taken() -> None:
    rows = {"a": Row(2, ROW), "b": Row(3, ROW), "c": Row(4, ROW)}
    assert len(same_reviews(rows, reviews(ROW, ROW))) == 2
    assert [*same_reviews(rows, reviews(ROW, ROW), taken={"1"}).values()] == ["2"]


@steady
@given(st.lists(st.integers(0, 6), max_size=6), st.lists(st.integers(0, 6), max_size=6))
def test_as_many_rows_are_found_as_can_be(rows: list[int], listed: list[int]) -> None:
    """The days of equal rows and equal reviews: no assignment finds more."""

    def dated(day: int) -> dict[str, Any]:
        return ROW | {"commented_at": f"2026-05-{day + 1:02} 00:00:00"}

    def most(left: list[int], free: list[int]) -> int:
        if not left:
            return 0
        day, *others = left
        choices = [
            most(others, [one for at, one in enumerate(free) if at != place]) + 1
            for place, one in enumerate(free)
            if abs(one - day) <= 1
        ]
        return max([most(others, free), *choices])

    found = same_reviews(
        {str(number): Row(number, dated(day)) for number, day in enumerate(rows)}, reviews(*map(dated, listed))
    )
    assert len(found) == most(rows, listed)
    assert len({*found.values()}) == len(found)
    for key, name in found.items():
        assert abs(rows[int(key)] - listed[int(name) - 1]) <= 1


def test_a_row_without_a_date_has_the_time_at_which_it_was_sent() -> None:
    row = {name: value for name, value in ROW.items() if name != "commented_at"}
    moment = datetime(2026, 5, 14, 9, tzinfo=UTC)
    assert same_reviews({"k": Row(2, row)}, reviews(ROW), sent_at={"k": moment}) == {"k": "1"}
    assert same_reviews({"k": Row(2, row)}, reviews(ROW), sent_at={"k": moment + timedelta(days=300)}) == {}


def test_rows_that_the_shop_has_are_left_out_when_asked_and_have_the_id(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    known = keeping.service.reviews.add(
        rating=5, author="zoë", content="Pours  well.", product_id="8100000000019", commented_at="2026-05-14 15:30:00"
    )
    done = keeping.run("reviews", "import", "in.csv", "--skip-existing")
    assert (done.code, created(keeping)) == (0, {"Ann": 1, "Łukasz": 1})
    assert done.out == "3 rows: 2 created, 1 existing. Results: in.csv.results.jsonl\n"
    (skipped,) = (entry for entry in results(keeping) if entry["status"] == "existing")
    assert (skipped["line"], skipped["id"]) == (2, known["id"])
    again = keeping.run("reviews", "import", "in.csv", "--json")
    assert (again.json["existing"], again.json["created"], created(keeping).total()) == (1, 2, 2)
    assert "3 of 3 were created earlier" in again.err


def test_without_the_option_the_shop_is_not_read_and_everything_is_sent(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    keeping.service.reviews.add(author="Zoë", content="Pours well.")
    assert keeping.run("reviews", "import", "in.csv", "--json").json["created"] == 3
    assert {received.operation for received in keeping.service.received} == {"reviews.create"}


def test_an_import_into_the_shop_that_it_was_exported_from_sends_nothing(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    keeping.run("reviews", "import", "in.csv")
    keeping.write("copy.csv", FILE)
    done = keeping.run("reviews", "import", "copy.csv", "--skip-existing", "--json")
    assert (done.json["existing"], done.json["created"], created(keeping).total()) == (3, 0, 3)


def test_the_reviews_of_an_earlier_run_are_not_those_of_other_rows(keeping: Machine) -> None:
    """A row failed, and a row that compares equal was created. Its review does not make the other row existing."""
    first, second = FILE.splitlines()[:2]
    keeping.write("in.csv", "\n".join([first, second, second.replace("5,", "4,", 1)]))
    keeping.service.respond_once("reviews.create", FakeResponse.of_json({"code": 3, "message": "no"}), processed=False)
    assert keeping.run("reviews", "import", "in.csv", "--json").json["failed"] == 1
    done = keeping.run("reviews", "import", "in.csv", "--skip-existing", "--json")
    assert (done.json["created"], done.json["existing"]) == (2, 0)


def test_repeated_rows_are_named_and_sent_unless_they_are_to_be_left_out(keeping: Machine) -> None:
    keeping.write("in.csv", FILE + FILE.split("\n", 1)[1])
    checked = keeping.run("reviews", "import", "in.csv", "--check")
    assert "3 rows repeat an earlier row and are sent too, unless you set --skip-existing: line 5, 6, 7." in checked.err
    done = keeping.run("reviews", "import", "in.csv", "--skip-existing")
    assert done.out == "6 rows: 3 created, 3 existing. Results: in.csv.results.jsonl\n"
    assert "are left out: line 5, 6, 7." in done.err
    assert set(created(keeping).values()) == {1}
    assert {entry["line"]: entry.get("same_as_line") for entry in results(keeping)} == {
        2: None,
        3: None,
        4: None,
        5: 2,
        6: 3,
        7: 4,
    }


def test_a_shop_that_cannot_be_read_ends_the_command_before_anything_is_sent(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    keeping.service.fail(Fault.code(7), operation="reviews.list")
    done = keeping.run("reviews", "import", "in.csv", "--skip-existing")
    assert (done.code, created(keeping).total()) == (1, 0)


def test_a_list_that_may_lack_reviews_is_no_ground_for_a_comparison(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)

    def page(items: list[dict[str, Any]]) -> dict[str, Any]:
        return {"page": {"page": 1, "page_size": 1, "total_page": 9, "count": 9}, "list": items}

    keeping.service.respond("reviews.list", lambda received: page([{"id": "1", "author": "X"}]))
    done = keeping.run("reviews", "import", "in.csv", "--skip-existing")
    assert (done.code, created(keeping).total()) == (1, 0)
    assert "could not be compared" in done.err


def test_a_walk_over_the_whole_shop_reads_each_page_once(keeping: Machine) -> None:
    for number in range(250):
        keeping.service.reviews.add(author=f"A{number}", content="x", product_id="1")
    keeping.write("in.csv", "rating,author,content,product_id\n5,A249,x,1\n5,A0,x,1\n5,New,x,1\n")
    done = keeping.run("reviews", "import", "in.csv", "--skip-existing", "--json")
    assert (done.json["existing"], done.json["created"]) == (2, 1)
    pages = [received for received in keeping.service.received if received.operation == "reviews.list"]
    assert len(pages) == 3


def test_a_row_that_repeats_another_is_told(machine: Machine) -> None:
    machine.write("in.csv", "rating,author\n5,A\n5,A\n")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert "1 row repeats an earlier row and is sent too, unless you set --skip-existing: line 3." in done.err
