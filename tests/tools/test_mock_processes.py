"""The server process is ended for certain: `tools/mock/processes.py`."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tools.mock import processes

# Says when it is deaf to the polite signal, then lives for a minute.
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""


def start(program: str, log: Path) -> subprocess.Popen[bytes]:
    process = processes.start([sys.executable, "-c", program], environment=os.environ, log=log)
    deadline = time.monotonic() + 10
    while not log.stat().st_size:
        assert time.monotonic() < deadline, "the program never said anything"
        time.sleep(0.01)
    return process


def test_a_process_that_ignores_the_signal_is_killed_after_the_timeout(tmp_path: Path) -> None:
    process = start(STUBBORN, tmp_path / "log")
    began = time.monotonic()
    processes.end(process, timeout=0.2)
    assert process.poll() is not None
    assert 0.2 <= time.monotonic() - began < processes.STOP_SECONDS


def test_ending_twice_is_harmless(tmp_path: Path) -> None:
    process = start("print('up', flush=True); input()", tmp_path / "log")
    processes.end(process)
    processes.end(process)
    assert process.poll() is not None


def test_standard_input_closes_with_us_and_not_before(tmp_path: Path) -> None:
    process = start("print('up', flush=True); input()", tmp_path / "log")
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) != 0  # EOFError
