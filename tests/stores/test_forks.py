"""Processes that are forked after their parent used the store have connections of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import sqlite_url

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import os, sys
from trustoo.oauth import ANY
from tests.stores.conftest import stores

def work(store, process):
    version = store.save(f"shop {process}", "0", replaces=ANY)
    for number in range(50):
        assert store.load(f"shop {process}") == (str(number), version)
        version = store.save(f"shop {process}", str(number + 1), replaces=version)
    return store.lease("one for all", str(process), 60)

with stores(sys.argv[1]) as make:
    store = make()
    store.load("a")
    children = []
    for process in range(4):
        if not (pid := os.fork()):
            leased = work(store, process)
            os._exit(10 if leased else 11)
        children.append(pid)
    work(store, "parent")
    print(*sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children))
"""


def check(url: str) -> None:
    line = [sys.executable, "-W", "error", "-c", WORKER, url]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    codes = done.stdout.split()
    assert codes in (["10", "11", "11", "11"], ["11"] * 4), done.stderr  # the parent may have the lease


def test_forked_processes_share_a_store_in_redis(redis_server: Redis) -> None:
    check(redis_server.url)


def test_forked_processes_share_a_store_in_postgresql(postgresql: PostgreSQL) -> None:
    check(postgresql.sqlalchemy_url)


def test_forked_processes_share_a_store_in_sqlite(tmp_path: Path) -> None:
    check(sqlite_url(tmp_path))
