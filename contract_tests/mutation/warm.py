"""Runs pytest in forks of a process that has the packages of others loaded already, which take longer to load than most
selections of tests to run. Nothing of this project is loaded before the fork.

Run as a program, this file is that process: a JSON line on its input asks for a run, a line on its output is the
status of the run that ended. Where there is no fork, each run is a process of its own.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PACKAGES = (
    *("pytest", "_pytest.assertion.rewrite", "asyncio", "concurrent.futures", "sqlite3"),
    *("httpx", "msgspec", "yaml", "jsonschema", "schemathesis"),
    *("hypothesis.strategies", "hypothesis.internal.conjecture.engine"),
)
# Plugins that are loaded before pytest starts keep their assertions as they are; they hold none of ours.
OPTIONS = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
FORKS = hasattr(os, "fork")


class Warm:
    """Runs of pytest in one folder and environment, one at a time."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`folder` is where the runs begin."""
        self._folder, self._environment = folder, environment
        self._process: subprocess.Popen[str] | None = None
        self._group = 0

    def run(self, arguments: Sequence[str], output: Path, seconds: float) -> int | None:
        """Run pytest, which writes to `output`. Its exit status, negative for a signal; None after `seconds`."""
        if not FORKS:
            with output.open("wb") as file:
                process = self._start([sys.executable, "-m", "pytest", *arguments], file)
                try:
                    return process.wait(seconds)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    return None
        if self._process is None or self._process.poll() is not None:
            self._process = self._start([sys.executable, "-P", __file__], subprocess.PIPE)
        pipes = self._process.stdin, self._process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        print(json.dumps([[*OPTIONS, *arguments], str(output)]), file=pipes[0], flush=True)
        expired = threading.Event()
        self._group = int(pipes[1].readline())

        def expire() -> None:
            expired.set()
            self.end()

        timer = threading.Timer(seconds, expire)
        timer.start()
        try:
            status = int(pipes[1].readline())
        finally:
            timer.cancel()
            self.end()  # and what it left behind
        return None if expired.is_set() else status

    def end(self) -> None:
        """End the run that is going on, and what it started."""
        if FORKS and self._group:
            group, self._group = self._group, 0
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def close(self) -> None:
        """End everything."""
        self.end()
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _start(self, line: Sequence[str], output: IO[bytes] | int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            line,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=None if output == subprocess.PIPE else subprocess.STDOUT,
            text=True,
        )


def serve() -> None:
    """Load the packages, then fork for each line of the input."""
    for package in PACKAGES:
        importlib.import_module(package)
    for line in sys.stdin:
        arguments, output = json.loads(line)
        process = os.fork()
        if process == 0:
            _run(arguments, output)
        print(process, flush=True)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(arguments: list[str], output: str) -> None:
    """What a fork does; it does not return."""
    os.setsid()
    for target, path, flags in ((0, os.devnull, os.O_RDONLY), (1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, target)
    os.dup2(1, 2)
    sys.argv = ["pytest", *arguments]
    status: Any = 3
    try:
        status = importlib.import_module("pytest").main(arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(status))


if __name__ == "__main__":
    serve()
