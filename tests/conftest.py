"""Keeps the machine's own credentials out of the tests."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TRUSTOO_")]:
        monkeypatch.delenv(name)
