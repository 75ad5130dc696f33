"""The benchmark of calls: its programs run, and its table shows which targets are missed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.bench import server
from benchmarks.cold import Turns, first_async_calls, first_calls, imports, run
from benchmarks.report import Row


def test_a_missed_target_is_bold_and_shows_its_limit() -> None:
    assert Row("work", 0.5, at_most=0.4, limit=0.45).cells() == ("work", "≤ 0.4", "**0.50**", "0.45")
    assert Row("work", 0.4, at_most=0.4).cells() == ("work", "≤ 0.4", "0.40", "")
    assert Row("work", 5.9, at_least=6).cells() == ("work", "≥ 6", "**5.90**", "")
    assert Row("work", 6, at_least=6).cells() == ("work", "≥ 6", "6.00", "")
    assert Row("work", 1).cells() == ("work", "", "1.00", "")


def test_a_cold_start_cannot_import_hidden_packages() -> None:
    program = "try: import rich\nexcept ImportError: print('hidden')\nelse: print('found')"
    assert (run(program), run(program, ("rich",))) == ("found", "hidden")


@pytest.mark.parametrize("turns", [lambda _: imports(), first_calls, first_async_calls])
def test_every_program_of_a_cold_start_runs(turns: Callable[[str], Turns]) -> None:
    with server() as address:
        assert all(turn() > 0 for turn in turns(address).values())
