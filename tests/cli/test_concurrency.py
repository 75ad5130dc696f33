"""Lists and exports fetch several pages at once with --concurrency, and one after the other without it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from trustoo.testing import without_waiting

from tests.cli.conftest import Machine, reviews

LISTS = ("reviews.list", "orders.list", "customer_events.list", "customers.exclusions")
WORDS = [
    "reviews list --all --json",
    "orders list --all --json",
    "events list --all --json",
    "customers exclusions --all --json",
    "reviews export - --format jsonl",
    "orders export - --format jsonl",
    "events export - --format jsonl",
    "customers export-exclusions - --format jsonl",
]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that were started to fetch a page."""
    names, start = list[str](), threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        if thread.name == "trustoo-page":
            names.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    return names


@pytest.fixture
def shop(machine: Machine) -> Machine:
    for operation in LISTS:
        machine.service.pages(operation, reviews(45))
    return machine


@pytest.mark.parametrize("words", WORDS)
def test_a_list_is_the_same_with_pages_that_are_fetched_at_once(shop: Machine, started: list[str], words: str) -> None:
    with without_waiting():
        alone = shop.run(*words.split(), "--page-size", 10)
        assert not started
        together = shop.run(*words.split(), "--page-size", 10, "--concurrency", 4)
    assert (alone.code, together.code) == (0, 0)
    assert len(together.lines) == 45
    assert together.out == alone.out
    assert len(started) == 3
    assert len(shop.service.received) == 10


def test_an_export_to_a_file_is_the_same_and_continues(shop: Machine, started: list[str]) -> None:
    for name, options in {"one.jsonl": (), "two.jsonl": ("--concurrency", 4)}.items():
        arguments: tuple[Any, ...] = ("reviews", "export", name, "--page-size", 10, "--rate", 0, *options)
        assert shop.run(*arguments).code == 0
        assert "45 in all" in shop.run(*arguments).out
    assert (shop.folder / "one.jsonl").read_bytes() == (shop.folder / "two.jsonl").read_bytes()
    assert started


@pytest.mark.parametrize("number", ["0", "65", "many"])
def test_a_concurrency_that_is_out_of_range_is_refused(shop: Machine, number: str) -> None:
    assert shop.run("reviews", "list", "--concurrency", number).code == 2
    assert not shop.service.received


def test_a_list_without_pages_has_no_concurrency(shop: Machine) -> None:
    done = shop.run("webhooks", "list", "--concurrency", 4)
    assert done.code == 2
    assert "--concurrency" in done.err
