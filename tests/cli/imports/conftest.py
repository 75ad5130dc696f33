"""A machine with a service that keeps what is created."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import HOMES, Machine, machine_in


@pytest.fixture
def keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The command line in an empty folder, with a fake service that lists the reviews that were created."""
    monkeypatch.chdir(tmp_path)
    for name in HOMES:
        monkeypatch.setenv(name, str(tmp_path / "home"))
    with machine_in(tmp_path, "empty") as made:
        yield made
