"""Starts a server process that cannot outlive this process, and ends it reliably."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 5.0


def start(line: Sequence[str], *, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process in its own process group, so that Ctrl-C in the terminal reaches only us."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    with log.open("ab") as output:
        return subprocess.Popen(
            line,
            # Nothing is ever written to it. It closes when we end, even by SIGKILL; the server then ends too.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=sys.platform != "win32",
            creationflags=flags,
        )


def end(process: subprocess.Popen[bytes], timeout: float = STOP_SECONDS) -> None:
    """Ask the process to end. Kill the process if it has not ended after `timeout` seconds."""
    if process.poll() is None:
        _signal(process, hard=False)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            _signal(process, hard=True)
            process.wait(STOP_SECONDS)
    if process.stdin is not None:
        process.stdin.close()


def _signal(process: subprocess.Popen[bytes], *, hard: bool) -> None:
    if sys.platform == "win32":  # no group to signal there, and `terminate` already is the hard way
        process.terminate()
        return
    with contextlib.suppress(ProcessLookupError):  # it ended between our look and the signal
        os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)
