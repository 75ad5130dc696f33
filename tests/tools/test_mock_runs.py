"""A contract run and its mock: the options `--engine` and `--mock` of `contract_tests/conftest.py`."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from contract_tests.report import render
from contract_tests.report.model import Report
from contract_tests.support import options
from tests.tools.mock_engine import ENGINE
from tools import node
from tools.mock import engines, server

# A plugin that kills Prism after the first test, if wanted for good.
KILLER = """
from contract_tests.support import prism
from tools.mock import server

def pytest_runtest_teardown(item):
    if prism.started.restarts == 0:
        process = prism.started._process
        process.kill()
        process.wait()
        if {for_good}:
            server.START_SECONDS = 0.0
"""
TESTS = "contract_tests/prism/test_codes.py"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A contract run in a process of its own, without docker."""
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", TESTS, "--only=reviews.list", *arguments]
    # Whether docker is installed here or not, nothing responds there.
    environment = {**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1", "PYTHONUTF8": "1", **environment}
    return subprocess.run(line, cwd=node.ROOT, env=environment, capture_output=True, text=True, timeout=100)


def report_in(folder: Path) -> Report:
    return msgspec.json.decode((folder / render.DATA).read_bytes(), type=Report)


def test_a_mock_that_cannot_start_ends_the_run_once() -> None:
    done = run("--engine=docker")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("No docker engine responds") == 1
    assert "choose the engine npm" in done.stdout
    assert " failed" not in done.stdout
    assert " error" not in done.stdout


def killing(folder: Path, *arguments: str, for_good: bool = False) -> subprocess.CompletedProcess[str]:
    """A run in which Prism is killed."""
    (folder / "killer.py").write_text(KILLER.format(for_good=for_good), encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    docker = os.environ.get("DOCKER_HOST", "")
    line = (f"--engine={ENGINE}", "-p", "killer", f"--report={folder}", *arguments)
    return run(*line, PYTHONPATH=path, DOCKER_HOST=docker)


@pytest.mark.parametrize("arguments", [[], ["-k", "[1-200-reviews"]], ids=["first test of many", "last test"])
def test_a_mock_that_died_in_the_run_is_restarted_and_the_run_says_so(arguments: list[str], tmp_path: Path) -> None:
    done = killing(tmp_path, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Prism was restarted 1 time:" in done.stdout
    report = report_in(tmp_path)
    for text in (
        report.run.restarted,
        *((tmp_path / name).read_text("utf-8") for name in (render.PAGE, render.SUMMARY)),
    ):
        assert "Prism was restarted 1 time:" in text
    assert report.run.versions["Prism"] == f"{node.pinned_version(engines.PACKAGE)} (started with {ENGINE})"


def test_a_mock_that_cannot_be_restarted_ends_the_run_once(tmp_path: Path) -> None:
    done = killing(tmp_path, for_good=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("Prism did not respond within 0 s") == 1
    assert done.stdout.splitlines()[-1].count("failed") == 0
    assert report_in(tmp_path).outcome == "failed"


def test_a_mock_elsewhere_that_is_not_there_ends_the_run_before_any_test() -> None:
    url = f"http://127.0.0.1:{server.free_port()}"
    done = run(f"--mock={url}")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(f"No mock server responds at {url}") == 1
    assert " failed" not in done.stdout


def test_a_run_on_a_mock_elsewhere_names_it_in_the_report_and_in_the_command_to_repeat(tmp_path: Path) -> None:
    with server.PrismMock(server.SPEC, engine=ENGINE) as mock:
        url = mock.url
        done = run(f"--mock={url}", f"--report={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    report = report_in(tmp_path)
    assert report.run.versions["Prism"] == f"{node.pinned_version(engines.PACKAGE)} (the running one of MOCK)"
    assert "restarted" not in done.stdout + (tmp_path / render.PAGE).read_text("utf-8")
    assert report.run.command == f"make contract ONLY=reviews.list SEED=1 CASES=30 MOCK={url}"


def test_the_printed_command_of_a_test_starts_from_the_repository_without_an_activated_environment() -> None:
    root = Path(__file__).parents[2]
    if not Path(sys.executable).is_relative_to(root):
        pytest.skip("the environment of this run is not in the repository")
    program, *_ = shlex.split(options.repeat_test("test_one.py"))
    assert (root / program).is_file()


def test_one_test_is_repeated_on_the_same_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"{options.PYTHON} -m pytest test_one.py --seed=1 --cases=30"
    assert options.repeat_test("test_one.py") == line
    monkeypatch.setattr(options, "against", "fake")
    assert options.repeat_test("test_one.py") == f"{line} --against=fake"
    monkeypatch.setattr(options, "against", "prism")
    monkeypatch.setattr(options, "engine", "npm")
    assert options.repeat_test("test_one.py") == f"{line} --engine=npm"
    monkeypatch.setattr(options, "mock_url", "http://127.0.0.1:4010")
    assert options.repeat_test("test_one.py") == f"{line} --engine=npm --mock=http://127.0.0.1:4010"


def test_a_run_on_no_prism_names_none(tmp_path: Path) -> None:
    done = run("--against=fake", f"--report={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert report_in(tmp_path).run.versions["Prism"] == "not used"
