"""Commands that make many requests keep a rate, ten a second unless told otherwise, and their progress shows it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trustoo.cli.connection
from trustoo import Trustoo
from trustoo.testing import Received

from tests.cli.conftest import Machine, reviews
from tests.cli.test_reviews import at_a_terminal

FILE = "rating,author\n" + "".join(f"5,A{number}\n" for number in range(12))


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The rates of the clients that the command makes."""
    made = list[Any]()

    @contextmanager
    def client(**settings: Any) -> Iterator[Trustoo]:
        made.append(settings.pop("rate"))
        with Trustoo(**settings) as shop:
            yield shop

    monkeypatch.setattr(trustoo.cli.connection, "Trustoo", client)
    return made


@pytest.mark.parametrize("words", [("import", "in.csv"), ("export", "out.csv"), ("export", "-")])
@pytest.mark.parametrize(
    ("options", "variable", "rate"),
    [((), None, 10), (("--rate", "2.5"), None, 2.5), ((), "4", 4), (("--rate", "0"), "4", None)],
)
def test_ten_requests_a_second_unless_an_option_or_the_environment_says_otherwise(
    machine: Machine,
    rates: list[Any],
    words: tuple[str, str],
    options: tuple[str, ...],
    variable: str | None,
    rate: Any,
) -> None:
    machine.write("in.csv", "rating,author\n5,A\n")
    machine.service.pages("reviews.list", reviews(1))
    assert machine.run("reviews", *words, *options, TRUSTOO_RATE=variable).code == 0
    assert rates == [rate]


@pytest.mark.parametrize("rate", ["-1", "nan", "inf", "fast"])
def test_what_is_no_rate_is_refused_before_anything_is_sent(machine: Machine, rate: str) -> None:
    machine.write("in.csv", FILE)
    assert machine.run("reviews", "import", "in.csv", "--rate", rate).code == 2
    assert machine.service.received == []


def test_other_commands_have_no_limit(machine: Machine, rates: list[Any]) -> None:
    machine.service.pages("reviews.list", reviews(1))
    assert machine.run("reviews", "list", TRUSTOO_RATE="4").code == 0
    assert rates == [None]


def test_a_shop_of_a_platform_has_the_rate_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from trustoo.cli.connection import Connection

    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    with Connection(shop="kettles.myshopify.com", store=machine.folder / "store").client(2.5) as shop:
        assert repr(shop._config.rate) == "LocalRateLimiter(2.5)"


def text_at_a_terminal(machine: Machine, *arguments: str) -> str:
    """What a terminal shows, without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", at_a_terminal(machine, 120, *arguments))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_at_a_terminal_an_import_shows_that_it_checks_its_rate_and_the_time_left(machine: Machine) -> None:
    def slow(received: Received) -> object:
        time.sleep(0.03)
        return {"id": received.json["author"]}

    machine.service.respond("reviews.create", slow)
    machine.write("in.csv", "".join(FILE.splitlines(keepends=True)[:6]))
    machine.run("reviews", "import", "in.csv")
    machine.write("in.csv", FILE)
    shown = text_at_a_terminal(machine, "reviews", "import", "in.csv")
    assert "Checking" in shown
    assert "5 of 12 were created earlier." in shown
    assert re.search(r"Creating reviews .*\b(\d+)/12\b", shown)
    assert not re.search(r"\b[0-4]/12\b", shown), "the rows of the earlier run are done"
    assert re.search(r"\d\.\d/s", shown)
    assert re.search(r"\d:\d\d:\d\d \S+ left", shown)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_at_a_terminal_an_export_shows_how_many_reviews_there_are(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(40))
    shown = text_at_a_terminal(machine, "reviews", "export", "out.csv")
    assert re.search(r"Exporting reviews .*\b40/40\b", shown)
    assert "40 reviews added" in shown
