"""`--status` says how far an import is, sends nothing, and disturbs no run."""

from __future__ import annotations

import json
import time

from trustoo.testing import Fault, Received

from tests.cli.conftest import Machine

FILE = "rating,author\n" + "".join(f"5,A{number}\n" for number in range(5))


def half_done(machine: Machine) -> None:
    """Rows 2 to 6: failed, unknown, created, created, not sent yet."""
    machine.write("in.csv", FILE.replace("5,A4\n", ""))
    machine.service.fail(Fault.code(3), operation="reviews.create")
    machine.service.fail(Fault.reset(), operation="reviews.create")
    machine.run("reviews", "import", "in.csv")
    machine.write("in.csv", FILE)
    machine.service.received.clear()


def test_it_counts_all_rows_and_names_those_that_failed_or_are_unknown(keeping: Machine) -> None:
    half_done(keeping)
    before = (keeping.folder / "in.csv.results.jsonl").read_bytes()
    done = keeping.run("reviews", "import", "in.csv", "--status", TRUSTOO_PUBLIC_TOKEN=None, TRUSTOO_PRIVATE_TOKEN=None)
    first, *problems = done.out.splitlines()
    assert (done.code, first) == (
        0,
        "5 rows: 2 created, 1 failed, 1 unknown, 1 pending. Results: in.csv.results.jsonl",
    )
    assert problems[0].startswith("in.csv:2: failed: ")
    assert "code 3" in problems[0]
    assert problems[1].startswith("in.csv:3: unknown: reviews.create")
    assert len(problems) == 2
    assert keeping.service.received == []
    assert (keeping.folder / "in.csv.results.jsonl").read_bytes() == before


def test_a_run_with_failed_rows_names_the_command_that_says_why(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    keeping.service.fail(Fault.code(3), operation="reviews.create")
    done = keeping.run_apart("reviews", "import", "in.csv", "--rate", "0")
    assert (done.code, done.out.startswith("5 rows: 4 created, 1 failed.")) == (1, True)
    assert done.err == "To see why rows failed: trustoo reviews import in.csv --rate 0 --status\n"


def test_as_json_it_is_one_object_with_the_reasons(keeping: Machine) -> None:
    half_done(keeping)
    status = keeping.run("reviews", "import", "in.csv", "--status", "--json").json
    problems = status.pop("problems")
    counts = {"created": 2, "existing": 0, "failed": 1, "unknown": 1, "pending": 1, "not_in_file": 0}
    assert status == {"file": "in.csv", "results": "in.csv.results.jsonl", "rows": 5, **counts}
    assert [(one["line"], one["status"], one["kind"]) for one in problems] == [
        (2, "failed", "InvalidArgumentError"),
        (3, "unknown", "OutcomeUnknownError"),
    ]
    assert problems[0]["code"] == 3
    assert "sent_at" in problems[1]


def test_lines_are_those_of_the_file_now_and_rows_that_it_no_longer_has_are_counted(keeping: Machine) -> None:
    half_done(keeping)
    header, *lines = FILE.splitlines()
    keeping.write("in.csv", "\n".join([header, *lines[:0:-1]]))  # without the first row, the others turned round
    done = keeping.run("reviews", "import", "in.csv", "--status", "--json")
    assert ([one["line"] for one in done.json["problems"]], done.json["not_in_file"]) == ([5], 1)
    assert (
        "1 row in in.csv.results.jsonl is not in in.csv any more."
        in keeping.run("reviews", "import", "in.csv", "--status").err
    )


def test_one_row_is_counted_in_the_singular(machine: Machine) -> None:
    machine.write("in.csv", "rating,author\n5,Zoë\n")
    for options in ((), ("--status",)):
        done = machine.run("reviews", "import", "in.csv", *options)
        assert (done.code, done.out) == (0, "1 row: 1 created. Results: in.csv.results.jsonl\n")


def test_before_the_first_run_all_rows_are_pending_and_no_file_is_made(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    done = keeping.run("reviews", "import", "in.csv", "--status")
    assert (done.code, done.out) == (0, "5 rows: 5 pending. Results: in.csv.results.jsonl\n")
    assert not (keeping.folder / "in.csv.results.jsonl").exists()


def test_it_can_be_asked_while_a_run_is_going_on(keeping: Machine) -> None:
    def slow(received: Received) -> object:
        time.sleep(0.05)
        return {"id": "1"}

    keeping.service.respond("reviews.create", slow)
    keeping.write("in.csv", "rating,author\n" + "".join(f"5,A{number}\n" for number in range(200)))
    process = keeping.start("reviews", "import", "in.csv")
    try:
        deadline = time.monotonic() + 30
        while keeping.service.processed["reviews.create"] < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        status = keeping.run("reviews", "import", "in.csv", "--status", "--json").json
    finally:
        process.kill()
        process.communicate()
    assert status["created"] >= 2
    assert status["unknown"] <= 1
    assert sum(status[name] for name in ("created", "unknown", "pending")) == 200


def test_half_a_line_of_a_run_is_left_out_and_left_in_the_file(keeping: Machine) -> None:
    half_done(keeping)
    results = keeping.folder / "in.csv.results.jsonl"
    with open(results, "ab") as file:
        file.write(b'{"line": 6, "stat')
    before = results.read_bytes()
    assert keeping.run("reviews", "import", "in.csv", "--status", "--json").json["pending"] == 1
    assert results.read_bytes() == before


def test_another_file_is_no_results_file(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    keeping.write("other.jsonl", json.dumps({"a": 1}) + "\n")
    done = keeping.run("reviews", "import", "in.csv", "--status", "--results", "other.jsonl")
    assert (done.code, "is not a results file" in done.err) == (2, True)


def test_one_question_at_a_time(keeping: Machine) -> None:
    keeping.write("in.csv", FILE)
    done = keeping.run("reviews", "import", "in.csv", "--status", "--settle")
    assert (done.code, keeping.service.received) == (2, [])
    assert "Give only one of --check, --settle and --status." in done.err
