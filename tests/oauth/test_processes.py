"""Many threads of several processes share one token: it is renewed once, and every call succeeds."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from trustoo.oauth import AsyncFileStore, FileStore
from trustoo.testing import FakeTrustoo

from tests.oauth.conftest import SHOP, Clock, kept, served

PROCESSES, CALLERS = 4, 50
WORKER = """
import asyncio, sys, threading
from concurrent.futures import ThreadPoolExecutor
import httpx
from trustoo.oauth import AsyncFileStore, AsyncPlatform, FileStore, Platform

kind, address, folder, shop, callers, now = sys.argv[1:]
callers = int(callers)
known = dict(client_id="EXAMPLE-client-id", client_secret="EXAMPLE-client-secret", base_url=address,
             clock=lambda: float(now), timeout=30)
limits = httpx.Limits(max_connections=callers)

def threads():
    with httpx.Client(limits=limits) as http, ThreadPoolExecutor(callers) as pool:
        shops = Platform(**known, store=FileStore(folder), http_client=http)
        together = threading.Barrier(callers)
        def call(_):
            together.wait()
            return shops.shop(shop).reviews.list() is not None
        print("ready", flush=True); sys.stdin.readline()
        return sum(pool.map(call, range(callers)))

async def tasks():
    async with httpx.AsyncClient(limits=limits) as http:
        shops = AsyncPlatform(**known, store=AsyncFileStore(folder), http_client=http)
        print("ready", flush=True); sys.stdin.readline()
        return len(await asyncio.gather(*(shops.shop(shop).reviews.list() for _ in range(callers))))

print(threads() if kind == "threads" else asyncio.run(tasks()), flush=True)
"""


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
@pytest.mark.parametrize("trouble", ["expired", "rejected"])
def test_fifty_callers_in_each_of_four_processes_renew_once(tmp_path: Path, kind: str, trouble: str) -> None:
    clock = Clock()
    fake = FakeTrustoo(clock=clock)
    service = fake.add_platform()
    with fake.platform_client(store=FileStore(tmp_path)) as platform:
        token = platform.exchange(service.code(), shop=SHOP)
    if trouble == "expired":
        clock.now += 7150  # in the mandatory window: every caller waits for the new one
    else:
        service.revoke(token.access_token)
    with served(fake) as address:
        line = [
            sys.executable,
            "-W",
            "error",
            "-c",
            WORKER,
            kind,
            address,
            str(tmp_path),
            SHOP,
            str(CALLERS),
            str(clock.now),
        ]
        workers = [
            subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]
        try:
            for worker in workers:
                assert worker.stdout is not None
                assert worker.stdout.readline() == "ready\n"
            results = []
            threads = [
                threading.Thread(target=lambda worker=worker: results.append(worker.communicate("go\n", timeout=60)))
                for worker in workers
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    assert [worker.returncode for worker in workers] == [0] * PROCESSES, results
    assert results == [(f"{CALLERS}\n", "")] * PROCESSES
    assert service.refreshes == 1
    assert fake.processed["reviews.list"] == PROCESSES * CALLERS
    stored = kept(FileStore(tmp_path))
    assert stored is not None
    assert service.accepts(stored.access_token)
    assert {file.suffix or file.name for file in tmp_path.iterdir()} == {".json", ".lock"}


def test_threads_and_tasks_of_one_process_share_a_file_too(tmp_path: Path) -> None:
    clock = Clock()
    fake = FakeTrustoo(clock=clock)
    service = fake.add_platform()
    store, others = FileStore(tmp_path), AsyncFileStore(tmp_path)
    errors: list[BaseException] = []
    with fake.platform_client(store=store) as platform:
        platform.exchange(service.code(), shop=SHOP)
        clock.now += 7150

        def call() -> None:
            try:
                platform.shop(SHOP).reviews.list()
            except BaseException as error:
                errors.append(error)

        async def calls() -> None:
            async with fake.async_platform_client(store=others) as tasks:
                await asyncio.gather(*(tasks.shop(SHOP).reviews.list() for _ in range(50)))

        threads = [threading.Thread(target=call) for _ in range(50)]
        for thread in threads:
            thread.start()
        asyncio.run(calls())
        for thread in threads:
            thread.join()
    assert errors == []
    assert service.refreshes == 1
    assert fake.processed["reviews.list"] == 100
