"""Keeps the machine's own credentials out of the tests, and makes a machine for those of the command line."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract_tests.support.clock import let_clock_be_set
from contract_tests.support.zone import leave_utc
from tests import servers

if TYPE_CHECKING:
    from tests.cli.conftest import Machine
    from tests.support import CheckClock


let_clock_be_set()


def pytest_configure(config: pytest.Config) -> None:
    """Jobs in a shell's background ignore Ctrl-C, and what they start does; tests send it to processes of theirs."""
    leave_utc()
    config.pluginmanager.register(servers, "servers")
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = (
    "tools/test_regeneration.py",
    "tools/test_mutation.py",
    "tools/test_mock_runs.py",
    "tools/test_drift_walk.py",
    "docs/test_types.py",
    "core/test_typing.py",
    "tools/test_generate.py",
    "cli/test_export.py",
    "cli/test_import.py",
    "core/test_transports.py",
)
"""Files that take longest. They begin first, so that no process of a parallel run is left alone with one at the end."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m exclusive` selects few tests. To import all other files takes longer than these tests."""
    if config.option.markexpr != "exclusive" or collection_path.suffix != ".py":
        return None
    return "mark.exclusive" not in collection_path.read_text(encoding="utf-8") or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Ten thousand collected tests are many objects. They live to the end, so the collector need not visit them again
    whenever a test calls it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TRUSTOO_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The command line in an empty folder, with a fake service on a port."""
    from tests.cli.conftest import HOMES, machine_in

    monkeypatch.chdir(tmp_path)
    for name in HOMES:
        monkeypatch.setenv(name, str(tmp_path / "home"))
    with machine_in(tmp_path) as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> CheckClock:
    """The clock by which the checks of stores wait."""
    from trustoo.testing import store_checks

    from tests.support import CheckClock

    clock = CheckClock()
    monkeypatch.setattr(store_checks, "pause", clock.sleep)
    monkeypatch.setattr(store_checks, "pause_async", clock.sleep_async)
    return clock
