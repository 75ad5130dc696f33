"""`trustoo customers forget`: what is found about a person, and what is done about it."""

from __future__ import annotations

import json

import pytest
from trustoo.testing import Fault, Received

from tests.cli.conftest import Machine

ZOE = "zoe@e.example"
WRITES = ("customers.exclude", "customers.unsubscribe", "reviews.delete")


@pytest.fixture
def holding(machine: Machine) -> Machine:
    """A shop that holds something about Zoë in each list."""
    held: dict[str, list[object]] = {
        "reviews.list": [
            {"id": "1", "author_email": "Zoe@E.example "},
            {"id": "2", "author_email": "ann@e.example", "content": f"ask {ZOE}"},
            {"id": "3", "author_email": ZOE, "created_at": "2026-01-31T08:00:00Z"},
        ],
        "orders.list": [{"id": "7", "customer": {"emails": [ZOE]}}, {"id": "8"}],
        "customer_events.list": [{"id": "9", "email": ZOE}],
        "customers.exclusions": [{"customer_id": "5", "email": ZOE}],
    }
    for operation, rows in held.items():
        machine.service.pages(operation, rows)
    return machine


def test_without_yes_it_lists_what_is_held_and_changes_nothing(holding: Machine) -> None:
    done = holding.run("customers", "forget", ZOE, "--json")
    assert [(line["what"], line["id"]) for line in done.lines] == [
        *(("review", "1"), ("review", "3"), ("order", "7"), ("customer event", "9"), ("exclusion", None))
    ]
    assert done.code == 0
    assert "The API cannot delete 2 of them: orders and events.\n" in done.err
    assert "Nothing was changed. Use --yes" in done.err
    assert {holding.service.processed[name] for name in WRITES} == {0}


def test_with_yes_it_excludes_unsubscribes_deletes_and_reports(holding: Machine) -> None:
    report = holding.folder / "zoe.jsonl"
    done = holding.run("customers", "forget", ZOE, "--yes", "--report", report, "--json")
    rows = [(line["what"], line["id"], line["status"]) for line in done.lines[5:]]
    assert rows == [
        *(("exclude", None, "done"), ("unsubscribe", None, "done")),
        *(("delete review", "1", "done"), ("delete review", "3", "done")),
    ]
    assert [json.loads(line) for line in report.read_text().splitlines()] == done.lines
    sent = {received.operation: received.json for received in holding.service.received if received.body}
    assert sent["customers.exclude"] == {"email": ZOE}
    assert sent["customers.unsubscribe"] == {"email": ZOE, "email_type": "all"}


def test_the_report_has_each_step_before_the_next_one_begins(holding: Machine) -> None:
    """A run that is killed has not deleted more than its report says, but for one step."""
    report, seen = holding.folder / "zoe.jsonl", list[list[str]]()

    def look(received: Received) -> object:
        seen.append([json.loads(line)["what"] for line in report.read_text().splitlines()][5:])
        return {}

    for operation in WRITES:
        holding.service.respond(operation, look)
    done = holding.run("customers", "forget", ZOE, "--yes", "--report", report, "--json")
    steps = [line["what"] for line in done.lines[5:]]
    assert seen == [steps[:number] for number in range(len(steps))]
    assert len(seen) == 4


def test_a_step_that_fails_does_not_stop_the_others(holding: Machine) -> None:
    holding.service.fail(Fault.code(5), operation="customers.exclude")
    holding.service.fail(Fault.reset(), operation="reviews.delete")
    done = holding.run("customers", "forget", ZOE, "--yes", "--json")
    assert [line["status"] for line in done.lines[5:]] == ["failed", "done", "unknown", "done"]
    assert done.code == 5


def test_nothing_is_sent_for_what_is_no_address_or_cannot_be_reported(machine: Machine) -> None:
    assert machine.run("customers", "forget", "zoe").code == 2
    assert machine.run("customers", "forget", ZOE, "--report", machine.folder / "none" / "r.jsonl").code == 2
    assert machine.service.received == []


def test_nothing_found_says_so(machine: Machine) -> None:
    done = machine.run("customers", "forget", ZOE)
    assert (done.code, done.out, done.err.startswith("The path ")) == (0, "", True)
    assert "Nothing was found." in done.err
