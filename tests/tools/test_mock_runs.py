"""A contract run and its mock: the options `--engine` and `--mock` of `contract_tests/conftest.py`."""

import os
import subprocess
import sys

from tools import node

TESTS = "contract_tests/prism/test_codes.py"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A contract run in a process of its own, without docker."""
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", TESTS, "--only=reviews.list", *arguments]
    # Whether docker is installed here or not, nothing responds there.
    environment = {**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1", "PYTHONUTF8": "1", **environment}
    return subprocess.run(line, cwd=node.ROOT, env=environment, capture_output=True, text=True, timeout=100)


def test_a_mock_that_cannot_start_ends_the_run_once() -> None:
    done = run("--engine=docker")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("No docker engine responds") == 1
    assert "choose the engine npm" in done.stdout
    assert " failed" not in done.stdout
    assert " error" not in done.stdout
