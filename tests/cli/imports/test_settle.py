"""`--settle` finds out about rows whose outcome is unknown, guesses nothing, and then every review exists once."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from trustoo.cli.imports import settling
from trustoo.testing import FakeResponse, Fault, Lag

from tests.cli.conftest import Machine

HEADER = "rating,author,content,product_id,commented_at"


def table(number: int) -> str:
    return "\n".join([HEADER, *(f"5,Author {n},Pours well,{n % 3},2026-05-14 08:30:00" for n in range(number))])


def later(machine: Machine, name: str = "in.csv") -> None:
    """Let an hour go by: the times in the results file are an hour earlier."""
    file = machine.folder / f"{name}.results.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for line in lines:
        if "sent_at" in line:
            line["sent_at"] = (datetime.fromisoformat(line["sent_at"]) - timedelta(hours=1)).isoformat()
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


def last(machine: Machine, name: str = "in.csv") -> dict[int, dict[str, Any]]:
    lines = (machine.folder / f"{name}.results.jsonl").read_text("utf-8").splitlines()
    return {entry["line"]: entry for entry in map(json.loads, lines)}


def authors(machine: Machine) -> Counter[str]:
    """The reviews of the shop."""
    return Counter(review["author"] for review in machine.service.reviews)


def two_unknown(machine: Machine, *, content: str | None = None) -> None:
    """Line 2 was carried out, line 3 was not, and of neither did a response arrive. Line 4 was created."""
    machine.write("in.csv", content or table(3))
    machine.service.fail(Fault.timeout(processed=True), operation="reviews.create")
    machine.service.fail(Fault.timeout(processed=False), operation="reviews.create")
    assert machine.run("reviews", "import", "in.csv", "--json").json["unknown"] == 2


def test_a_row_that_is_in_the_shop_is_created_and_one_that_is_not_is_sent_by_the_next_run(keeping: Machine) -> None:
    two_unknown(keeping)
    later(keeping)
    done = keeping.run("reviews", "import", "in.csv", "--settle")
    assert (done.code, done.out) == (0, "2 unknown rows: 1 created, 1 pending. Results: in.csv.results.jsonl\n")
    assert "comparison" in done.err
    assert "To send the pending rows: trustoo" in done.err
    (review,) = (review for review in keeping.service.reviews if review["author"] == "Author 0")
    assert (last(keeping)[2]["status"], last(keeping)[2]["id"], last(keeping)[2]["by"]) == (
        "created",
        review["id"],
        "comparison",
    )
    assert last(keeping)[3]["status"] == "pending"
    assert keeping.run("reviews", "import", "in.csv", "--json").json["created"] == 3
    assert authors(keeping) == {f"Author {n}": 1 for n in range(3)}
    assert keeping.run("reviews", "import", "in.csv", "--settle").out == "No row is unknown.\n"


def test_one_unknown_row_is_counted_as_one(keeping: Machine) -> None:
    keeping.write("in.csv", table(1))
    keeping.service.fail(Fault.timeout(processed=True), operation="reviews.create")
    assert keeping.run("reviews", "import", "in.csv").code == 5
    later(keeping)
    done = keeping.run("reviews", "import", "in.csv", "--settle")
    assert done.out == "1 unknown row: 1 created. Results: in.csv.results.jsonl\n"


def test_a_row_that_was_just_sent_is_not_taken_for_missing(keeping: Machine) -> None:
    """Its review may not be in the list yet."""
    keeping.service.lag = Lag(reads=1)
    two_unknown(keeping)
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")
    assert (done.code, done.json["created"], done.json["pending"], done.json["unknown"]) == (5, 0, 0, 2)
    assert "2 unknown rows: sent less than 10 minutes ago" in done.err
    assert "Run this command later" in done.err
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")  # it is listed now
    assert (done.json["created"], done.json["pending"], done.json["unknown"]) == (1, 0, 1)
    later(keeping)
    assert keeping.run("reviews", "import", "in.csv", "--settle", "--json").json["pending"] == 1
    keeping.service.lag = Lag()
    keeping.run("reviews", "import", "in.csv")
    assert authors(keeping) == {f"Author {n}": 1 for n in range(3)}


def test_a_list_without_any_review_of_the_import_proves_nothing(keeping: Machine) -> None:
    keeping.service.lag = Lag(reads=9)
    two_unknown(keeping)
    later(keeping)
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")
    assert (done.code, done.json["pending"], done.json["unknown"]) == (5, 0, 2)
    assert "no review that this import created is found" in done.err


def test_a_service_that_changes_texts_makes_no_row_be_sent_twice(keeping: Machine) -> None:
    two_unknown(keeping)
    later(keeping)
    for review in keeping.service.reviews:
        keeping.service.reviews.update(review["id"], content=f"<p>{review['content']}</p>")
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")
    assert (done.code, done.json["pending"], done.json["unknown"]) == (5, 0, 2)


def test_a_review_that_is_not_published_is_not_taken_for_missing(keeping: Machine) -> None:
    header, *rows = table(3).splitlines()
    two_unknown(keeping, content="\n".join([f"{header},is_published", *(f"{row},0" for row in rows)]))
    later(keeping)
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")
    assert (done.code, done.json["created"], done.json["pending"], done.json["unknown"]) == (5, 1, 0, 1)
    assert "not published" in done.err


def test_the_review_of_an_equal_row_is_not_taken_for_that_of_an_unknown_row(keeping: Machine) -> None:
    header, row = table(1).splitlines()
    keeping.write("in.csv", "\n".join([header, row, row]))
    keeping.service.fail(Fault.timeout(processed=False), operation="reviews.create")
    assert keeping.run("reviews", "import", "in.csv", "--json").json["unknown"] == 1
    later(keeping)
    assert keeping.run("reviews", "import", "in.csv", "--settle", "--json").json["pending"] == 1
    keeping.run("reviews", "import", "in.csv")
    assert authors(keeping) == {"Author 0": 2}


def test_nor_is_the_review_of_an_equal_row_whose_id_the_service_did_not_return(keeping: Machine) -> None:
    header, row = table(1).splitlines()
    keeping.write("in.csv", "\n".join([header, row, row]))
    keeping.service.fail(Fault.timeout(processed=False), operation="reviews.create")
    keeping.run("reviews", "import", "in.csv")
    later(keeping)
    file = keeping.folder / "in.csv.results.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    file.write_text("".join(f"{json.dumps({**line, 'id': None})}\n" for line in lines), "utf-8")
    assert keeping.run("reviews", "import", "in.csv", "--settle", "--json").json["pending"] == 1


def test_a_row_without_a_date_is_not_settled_by_an_old_review(keeping: Machine) -> None:
    keeping.service.reviews.add(author="A", content="Pours well", commented_at="2020-01-01 00:00:00")
    keeping.write("in.csv", "rating,author,content\n5,A,Pours well\n")
    keeping.service.fail(Fault.timeout(processed=False), operation="reviews.create")
    keeping.run("reviews", "import", "in.csv")
    later(keeping)
    assert keeping.run("reviews", "import", "in.csv", "--settle", "--json").json["pending"] == 1


def test_a_row_without_a_time_in_the_results_is_never_taken_for_missing(keeping: Machine) -> None:
    two_unknown(keeping)
    file = keeping.folder / "in.csv.results.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    file.write_text("".join(f"{json.dumps({**line, 'sent_at': None})}\n" for line in lines), "utf-8")
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")
    assert (done.json["created"], done.json["pending"], done.json["unknown"]) == (1, 0, 1)
    assert "does not say when" in done.err


def test_unknown_rows_that_the_file_no_longer_has_are_told(keeping: Machine) -> None:
    two_unknown(keeping)
    later(keeping)
    header, *lines = table(3).splitlines()
    keeping.write("in.csv", "\n".join([header, *lines[1:]]))
    done = keeping.run("reviews", "import", "in.csv", "--settle", "--json")
    assert (done.json["created"], done.json["pending"], done.json["unknown"]) == (0, 1, 0)
    assert "1 unknown row: not in the file any more." in done.err


def test_it_sends_nothing(keeping: Machine) -> None:
    two_unknown(keeping)
    later(keeping)
    keeping.service.received.clear()
    keeping.run("reviews", "import", "in.csv", "--settle")
    assert {received.operation for received in keeping.service.received} == {"reviews.list"}


def test_a_shop_that_cannot_be_read_changes_no_row(keeping: Machine) -> None:
    two_unknown(keeping)
    later(keeping)
    before = (keeping.folder / "in.csv.results.jsonl").read_bytes()
    keeping.service.fail(Fault.code(7), operation="reviews.list")
    assert keeping.run("reviews", "import", "in.csv", "--settle").code == 1
    assert (keeping.folder / "in.csv.results.jsonl").read_bytes() == before


def kill_after(machine: Machine, number: int, *arguments: object, pause: float) -> None:
    """Run a command, and kill it when the service has created this number of reviews in all."""
    process = machine.start(*arguments)
    deadline = time.monotonic() + 30
    while process.poll() is None and machine.service.processed["reviews.create"] < number:
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    time.sleep(pause)
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("concurrency", "seed"), [(1, 1), (4, 2)])
def test_killed_while_it_sends_then_settled_then_continued_every_review_exists_once(
    keeping: Machine, monkeypatch: pytest.MonkeyPatch, concurrency: int, seed: int
) -> None:
    """Runs are killed (SIGKILL on POSIX) at random moments. Equal rows stay as many reviews."""
    chance, rows, unknown = random.Random(seed), 25, 0
    monkeypatch.setattr(settling, "VISIBLE_AFTER", timedelta(0))
    handle = keeping.service.handle

    def slow(*request: Any) -> FakeResponse:
        """A kill hits requests before and after they are carried out."""
        time.sleep(0.01)
        response = handle(*request)
        time.sleep(0.02)
        return response

    monkeypatch.setattr(keeping.service, "handle", slow)
    header, *lines = table(rows).splitlines()
    file = keeping.write("in.csv", "\n".join([header, *lines, *lines[:5]]))
    for _ in range(3):
        wanted = keeping.service.processed["reviews.create"] + chance.randrange(2, 9)
        words = ("reviews", "import", file, "--concurrency", concurrency)
        kill_after(keeping, wanted, *words, pause=chance.random() * 0.03)
        done = keeping.run("reviews", "import", file, "--settle", "--json")
        assert (done.code, done.json["unknown"]) == (0, 0), done
        unknown += done.json["created"] + done.json["pending"]
    assert unknown, "no kill hit a row that was being sent"
    done = keeping.run("reviews", "import", file, "--json")
    assert (done.code, done.json["created"]) == (0, rows + 5)
    assert authors(keeping) == {f"Author {n}": 2 if n < 5 else 1 for n in range(rows)}
    ids = [entry["id"] for entry in last(keeping).values()]
    assert sorted(ids) == sorted(review["id"] for review in keeping.service.reviews)


def test_the_times_in_the_results_are_those_of_the_sending(keeping: Machine) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    two_unknown(keeping)
    moment = datetime.fromisoformat(last(keeping)[2]["sent_at"])
    assert before <= moment <= datetime.now(UTC)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows quotes in another way")
def test_the_commands_that_are_printed_are_for_the_shell_and_never_send_unknown_rows(keeping: Machine) -> None:
    keeping.write("in $1.csv", table(5))
    keeping.service.fail(Fault.timeout(processed=True), operation="reviews.create")
    keeping.service.fail(Fault.code(16), operation="reviews.create")
    done = keeping.run_apart("reviews", "import", "in $1.csv", "--retry-unknown", "--rate", "9")
    unknown, stopped = done.err.splitlines()
    assert (done.code, done.out.startswith("5 rows: 1 failed, 1 unknown, 3 pending.")) == (5, True)
    assert unknown.endswith(": trustoo reviews import 'in $1.csv' --rate 9 --settle")
    assert stopped.endswith(" 0 of 5 rows are done. To continue: trustoo reviews import 'in $1.csv' --rate 9")
