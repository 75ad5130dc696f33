"""The servers of the tests start, keep their data, and end with the tests; a missing server is not overlooked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis as Client

from tests.servers import PostgreSQL, Redis

ROOT = Path(__file__).resolve().parents[2]


def read(url: str) -> int:
    if url.startswith("redis"):
        with Client.from_url(url) as client:
            return int(client.incr("number"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS numbers (number int)")
        connection.execute("INSERT INTO numbers VALUES (0)")
        row = connection.execute("SELECT count(*) FROM numbers").fetchone()
        assert row is not None
        return int(row[0])


@pytest.mark.parametrize("kind", [Redis, PostgreSQL])
def test_a_servers_data_survives_a_stop_and_a_kill_but_not_the_block(
    kind: type[Redis | PostgreSQL], redis_server: Redis, postgresql: PostgreSQL
) -> None:
    with kind() as server:
        port, folder = server.port, server.folder
        assert read(server.url) == 1
        server.stop()
        server.start()
        assert read(server.url) == 2
        server.kill()
        server.start()
        assert read(server.url) == 3
        assert server.port == port
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["Redis", "PostgreSQL"])
def test_a_server_does_not_outlive_a_killed_process(kind: str, redis_server: Redis, postgresql: PostgreSQL) -> None:
    code = f"from tests import servers; s = servers.{kind}().__enter__(); print(s.pid, s.folder, flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid, folder = process.stdout.readline().split()
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    shutil.rmtree(folder)


def _runs(pid: str) -> bool:
    """Whether a process runs. A process that ended may wait for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


TEST = """
def test_with(redis_server): pass
def test_without(): pass
"""


@pytest.mark.parametrize(
    ("ci", "code", "said"),
    [("", 0, "1 passed, 1 deselected"), ("true", 1, "redis-server is not installed. `make servers` installs it.")],
)
def test_a_missing_server_deselects_its_tests_and_fails_in_ci(ci: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests import servers\n"
        "servers.Redis.program = classmethod(lambda kind: None)\n"
        'def pytest_configure(config): config.pluginmanager.register(servers, "servers")\n'
    )
    (tmp_path / "test_it.py").write_text(TEST)
    environment: dict[str, Any] = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", tmp_path, tmp_path],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout
    assert said in done.stdout
    line = "Not selected: tests that need redis-server. To install: make servers"
    assert (line in done.stdout) is (ci != "true")


def test_ci_installs_the_servers_before_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.index("export CI=true") < script.index("make servers") < script.index("make test")
    for name, line in (
        ("ci.yml", "make servers test"),
        ("ci.yml", 'make servers "$TASK"'),
        ("nightly.yml", 'make servers "$TASK"'),
        ("nightly.yml", "make servers mutation"),
        ("release.yml", "make setup servers"),
    ):
        assert line in (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
