"""Tests the mock, `compose.yaml` and the contract workflow on a docker engine of its own.

    python -m tools.docker

It installs no packages of the system. On a machine without dockerd, without root, or on which the engine cannot start,
one line says so, and nothing is tested; with CI=true that is a failure.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.docker import engine, image
from tools.docker.workflow import Workflow
from tools.mock import engines
from tools.node import ROOT

WORKFLOW = Path(".github/workflows/contract.yml")
TESTS = [f"tests/tools/test_mock{name}.py" for name in ("", "_docker", "_running", "_runs")]
CASES = "5"
# One operation, because the workflow runs all of them.
CONTRACT = ["make", "contract", "ENGINE=docker", "ONLY=reviews.create", f"CASES={CASES}"]


durations: list[str] = []


class FailedError(Exception):
    """A part failed. The message names the part."""


def main() -> int:
    """Make the folder, a clone and the namespaces, and run `inside` there. Returns the exit code."""
    try:
        engine.require()
    except engine.EngineError as problem:
        return skipped(problem)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is removed
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # of the make that started this, and not for another one
        os.environ.pop(name, None)
    folder = Path(tempfile.mkdtemp(prefix="trustoo-docker-"))
    try:
        clone = folder / "clone"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)])
        run(["make", "--silent", "setup"], cwd=clone)  # here, because the namespaces have no network
        return engine.run_inside([sys.executable, "-m", "tools.docker", str(folder)], folder)
    except FailedError as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder)


def inside(folder: Path) -> int:
    """Start the engine and run every part. Returns the exit code."""
    os.chdir(ROOT)
    try:
        with engine.started(folder) as host:
            os.environ["DOCKER_HOST"] = host
            with part("the engine and its image"):
                durations.append(f"{engine.versions(host)}, {image.make(host) / 1e6:.0f} MB: {engines.image()}")
                run_prism()
            with part("the tests of the mock"):
                run([sys.executable, "-m", "pytest", "-q", *TESTS], MOCK_ENGINE="docker")
                no_container_is_left()
            with part(" ".join(CONTRACT)):
                run([*CONTRACT, f"REPORT={folder}/report"])
                no_container_is_left()
            with part(f"the steps of {WORKFLOW}"):
                run_workflow(folder)
    except engine.EngineError as problem:
        return skipped(problem)
    except FailedError as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(durations))
    return 0


def skipped(problem: engine.EngineError) -> int:
    """Say why nothing was tested. Returns the exit code."""
    print(f"Skipped: make test-docker. {problem}.")
    return 1 if os.environ.get("CI") == "true" else 0


@contextmanager
def part(name: str) -> Iterator[None]:
    """Note the duration of a part."""
    started = time.monotonic()
    yield
    durations.append(f"{time.monotonic() - started:.0f} s: {name}")


def run(line: Sequence[str], cwd: Path = ROOT, **environment: str) -> None:
    """Run a command. Raises FailedError."""
    if code := subprocess.run(line, cwd=cwd, env={**os.environ, **environment}, check=False).returncode:
        raise FailedError(f"`{' '.join(line)}` ended with code {code}.")


def run_prism() -> None:
    """Check that the engine can run a container. Raises EngineError."""
    line = ["docker", "run", "--rm", "--init", engines.image(), "--version"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise engine.EngineError(f"the engine cannot run a container: {engines.last_words(done.stderr)}")


def no_container_is_left() -> None:
    """Raises FailedError if a container is left."""
    line = ["docker", "ps", "--all", "--format={{.Names}}"]
    if left := subprocess.run(line, capture_output=True, text=True, check=True).stdout.split():
        raise FailedError(f"Containers are left: {', '.join(left)}.")


def run_workflow(folder: Path) -> None:
    """Run the steps of the contract workflow in the clone. Raises FailedError."""
    clone = folder / "clone"
    has_compose = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    if not has_compose:
        print("Left out: compose.yaml, because this docker has no `docker compose` (version 2).", flush=True)
    workflow = Workflow(clone / WORKFLOW, cases=CASES, mock="docker" if has_compose else "npm")
    for step, code, seconds in workflow.run(clone, folder / "summary.md"):
        durations.append(f"{'not run' if code is None else f'{seconds:.0f} s'}: run: {step.text.strip()}")
        if code:
            raise FailedError(f"The step `{step.text.strip()}` of {WORKFLOW} ended with code {code}.")


if __name__ == "__main__":
    sys.exit(inside(Path(sys.argv[1])) if len(sys.argv) > 1 else main())
