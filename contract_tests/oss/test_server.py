"""The server of the run judges, starts on ports that are free, says why it does not, and never stays behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract_tests.oss import server as module
from contract_tests.oss.server import Seaweed, StorageStartError
from tools import node

HOLDER = """
import sys, time
from contract_tests.oss.server import Seaweed
with Seaweed() as seaweed:
    print(seaweed.pid, seaweed.folder, *seaweed.ports.values(), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


def leftovers(ports: list[int]) -> list[Path]:
    """What SeaweedFS puts into /tmp for these ports."""
    return [path for port in ports for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is no mere entry that waits to be collected."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, encoding="ascii", check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_a_form_without_credentials_is_refused(server: Seaweed) -> None:
    response = httpx.post(server.url, data={"key": "unsigned/x"}, files={"file": b"x"}, trust_env=False)
    assert response.status_code in (400, 403)
    assert server.keys("unsigned/") == []


def test_a_port_that_was_taken_meanwhile_costs_another_start(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    free, offers = module._free_ports, []

    def ports() -> Iterator[int]:
        offered = list(free())
        offers.append(offered)
        yield from [taken, *offered[1:]] if len(offers) == 1 else offered

    monkeypatch.setattr(module, "_free_ports", ports)
    with Seaweed() as seaweed:
        assert len(offers) == 2
        assert seaweed.keys("") == [".ready"]
        pid, folder = seaweed.pid, seaweed.folder
    assert not is_alive(pid)
    assert not folder.exists()
    assert leftovers([port for offered in offers for port in offered]) == []


def test_a_server_that_does_not_start_shows_its_log(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_free_ports", lambda: iter([taken, *range(1, 8)]))
    monkeypatch.setattr(module, "START_ATTEMPTS", 1)
    with pytest.raises(StorageStartError, match=r"(?s)ended with code .*log:.*address already in use"), Seaweed():
        pass


def test_a_missing_program_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    with pytest.raises(StorageStartError, match=r"no program `weed`.*`make setup`.*Windows"), Seaweed():
        pass


def test_a_run_that_is_killed_leaves_no_server() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, encoding="utf-8", cwd=node.ROOT
    ) as holder:
        assert holder.stdout is not None
        pid, folder, *ports = holder.stdout.readline().split()
        os.kill(holder.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_alive(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(pid))
    shutil.rmtree(folder)
    for path in leftovers([int(port) for port in ports]):
        path.unlink()
