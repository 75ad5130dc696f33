"""`trustoo reviews stats`: what is counted, and how it is shown."""

from __future__ import annotations

import sys

import pytest

from tests.cli.conftest import Machine
from tests.cli.test_reviews import at_a_terminal

REVIEWS = [
    {"id": "1", "rating": 5, "product_title": "Kettle", "source": "Amazon", "author_country": "DE"},
    {"id": "2", "rating": 4, "product_title": "Kettle", "source": "Shop", "commented_at": "2026-01-31 08:00:00"},
    {"id": "3", "rating": 1, "product_id": "19", "source": "Shop", "created_at": "2026-02-01T08:00:00Z"},
    {"id": "4", "rating": None, "product_handle": "cup", "author_country": "DE"},
]


def test_reviews_are_counted_by_stars_month_product_source_and_country(machine: Machine) -> None:
    machine.service.pages("reviews.list", REVIEWS)
    lines = machine.run("reviews", "stats", "--json").lines
    found = {(line["by"], line["name"]): (line["reviews"], line["average"]) for line in lines}
    assert found[("all", "all")] == (4, 3.33)
    assert [name for by, name in found if by == "stars"] == ["5", "4", "1", "(unknown)"]
    assert found[("months", "2026-01")] == (1, 4)
    assert found[("months", "(unknown)")] == (2, 5)
    assert found[("products", "Kettle")] == (2, 4.5)
    assert found[("products", "cup")] == (1, None)
    assert [(name, found[(by, name)]) for by, name in found if by == "sources"] == [
        *(("Shop", (2, 2.5)), ("(unknown)", (1, None)), ("Amazon", (1, 5)))
    ]
    assert found[("countries", "DE")] == (2, 5)
    assert machine.run("reviews", "stats").out.splitlines()[1] == "all\tall\t4\t3.33"


def test_only_the_largest_groups_are_shown_and_only_what_the_filters_select(machine: Machine) -> None:
    machine.service.pages("reviews.list", REVIEWS)
    lines = machine.run("reviews", "stats", "--json", "--top", 1, "--product-id", "19").lines
    assert [line["name"] for line in lines if line["by"] in ("products", "sources")] == ["Kettle", "Shop"]
    assert ("product_ids", "19") in machine.service.received[0].query
    done = machine.run("reviews", "stats", "--json", "--since", "2026-02-01")
    assert (done.lines[0]["reviews"], "2 reviews without a time of creation" in done.err) == (3, True)
    machine.service.pages("reviews.list", [])
    assert machine.run("reviews", "stats").err == "The shop has no reviews.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_at_a_terminal_there_are_bars_that_fit(machine: Machine) -> None:
    machine.service.pages("reviews.list", REVIEWS)
    machine.environment["NO_COLOR"] = "1"
    shown = at_a_terminal(machine, 60, "reviews", "stats")
    every = shown.replace("\r", "").split("\n")
    [title] = [number for number, line in enumerate(every) if "Stars" in line]
    assert every[title + 1].startswith("5 "), "no line of a header between the title and its first bar"
    lines = [line for line in every if "★" in line]
    assert any("4 reviews" in line and "★ 3.33" in line for line in lines)
    bars = [line for line in lines if "━" in line or "╺" in line]
    assert bars
    assert max(map(len, bars)) <= 60
    assert "\x1b[3" not in "".join(bars), "no colours with NO_COLOR"
