"""Keeps the machine's own credentials out of the tests, and makes a machine for those of the command line."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract_tests.support.zone import leave_utc
from tests import servers

if TYPE_CHECKING:
    from tests.cli.conftest import Machine
    from tests.support import CheckClock


def pytest_configure(config: pytest.Config) -> None:
    """Jobs in a shell's background ignore Ctrl-C, and what they start does; tests send it to processes of theirs."""
    leave_utc()
    config.pluginmanager.register(servers, "servers")
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
