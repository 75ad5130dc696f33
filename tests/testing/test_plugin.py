"""The pytest plugin: found by pytest, light at start-up, and its fixture is a fake service of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
USE = """
import time
import pytest
from trustoo import HTTPStatusError
from trustoo.testing import Fault

def test_first(fake_trustoo):
    fake_trustoo.client().reviews.create(rating=4, author="x")
    assert len(fake_trustoo.reviews) == 2

def test_second_starts_anew_and_does_not_wait(fake_trustoo):
    assert len(fake_trustoo.reviews) == 1
    fake_trustoo.fail(Fault.status(503, retry_after=20), times=2)
    before = time.monotonic()
    fake_trustoo.client().reviews.list()
    assert time.monotonic() - before < 10
"""


def declared() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = project["entry-points"]["pytest11"]
    return found


def test_the_plugin_is_declared_under_its_own_name() -> None:
    assert declared() == {"pytest_trustoo": "pytest_trustoo"}


def test_the_installed_project_declares_it_too() -> None:
    found = metadata.distribution("trustoo").entry_points.select(group="pytest11")
    assert {one.name: one.value for one in found} == declared(), "install the project anew: make setup"


def test_the_fixture_is_there_without_any_set_up(tmp_path: Path) -> None:
    (tmp_path / "test_use.py").write_text(USE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_starting_pytest_does_not_import_the_client(tmp_path: Path) -> None:
    check = (
        "import sys\ndef test_x():\n    assert not {'httpx', 'msgspec', 'trustoo', 'trustoo_api'} & set(sys.modules)\n"
    )
    (tmp_path / "test_x.py").write_text(check, encoding="utf-8")
    # Other plugins of this environment, schemathesis' among them, are left out.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_trustoo", str(tmp_path)]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
