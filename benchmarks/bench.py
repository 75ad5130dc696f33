"""Measures the client beside its peers; `make bench` runs it and writes what docs/performance.md shows.

Everything is measured in several rounds in which each peer has its turn, and compared with its neighbours of the same
round: on a machine with other work only such ratios mean anything. The server is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import cold, odd_pages, parts, report, walks
from benchmarks.peers import ASYNC, SYNC, Peer

RESULTS = Path(__file__).parent / "results"
SIZES, CONCURRENCY = (1, 100, 1000), (1, 10, 100)
Rows = dict[str, dict[str, float]]


@contextmanager
def server() -> Iterator[str]:
    """The address of a server in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.server"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def interleaved(rounds: int, turns: dict[str, Callable[[], float]], base: str) -> Rows:
    """Each turn's median, and the median of its ratios to `base` of the same round."""
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            taken[name].append(turn())
    return {
        name: {
            "median": statistics.median(values),
            "ratio": statistics.median(one / other for one, other in zip(values, taken[base], strict=True)),
        }
        for name, values in taken.items()
    }


def sync_calls(address: str, size: int, rounds: int, clock: Callable[[], float] = time.perf_counter) -> Rows:
    """Microseconds of one call after another, by the clock or of this process' own time."""
    peers = {name: make(address) for name, make in SYNC.items()}
    calls = {1: 60, 100: 40, 1000: 5}[size]

    def turn(peer: Peer) -> Callable[[], float]:
        def measured() -> float:
            peer.call(size)
            began = clock()
            for _ in range(calls):
                peer.call(size)
            return (clock() - began) / calls * 1e6

        return measured

    rows = interleaved(rounds, {name: turn(peer) for name, peer in peers.items()}, "httpx")
    for peer in peers.values():
        peer.close()
    return rows


def async_calls(address: str, concurrency: int, rounds: int) -> Rows:
    """Calls a second of so many tasks at once, pages of 100."""
    each = {1: 60, 10: 12, 100: 3}[concurrency]

    async def measured(make: Callable[[str], Peer]) -> float:
        peer = make(address)

        async def task(calls: int) -> None:
            for _ in range(calls):
                await peer.call(100)

        async with asyncio.TaskGroup() as group:  # opens the connections
            for _ in range(concurrency):
                group.create_task(task(1))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(task(each))
        rate = concurrency * each / (time.perf_counter() - began)
        await peer.close()
        return rate

    def turn(make: Callable[[str], Peer]) -> Callable[[], float]:
        return lambda: asyncio.run(measured(make))

    return interleaved(rounds, {name: turn(make) for name, make in ASYNC.items()}, "httpx")


def main() -> None:
    """Measure, write JSON and picture, and put the table into docs/performance.md."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    rounds: int = arguments.parse_args().rounds
    began = time.monotonic()
    with server() as address:
        found: dict[str, Any] = {
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "rounds": rounds,
            "sync": {str(size): sync_calls(address, size, rounds) for size in SIZES},
            "sync, processor time": sync_calls(address, 100, rounds, time.process_time),
            "async": {str(count): async_calls(address, count, max(3, rounds // 2)) for count in CONCURRENCY},
            "decoding": interleaved(rounds * 2, parts.decoding(), "json.loads"),
            "odd pages": interleaved(rounds * 2, odd_pages.turns(), odd_pages.GOOD),
            "signing, 6 parameters": interleaved(rounds * 2, parts.signing_query(), "hmac.digest"),
            "signing, 1 kB body": interleaved(rounds * 2, parts.signing_body(), "hmac.digest"),
            "import": interleaved(rounds, cold.imports(), "httpx"),
            "first call": interleaved(rounds, cold.first_calls(address), "httpx"),
            "first async call": interleaved(rounds, cold.first_async_calls(address), "httpx"),
            "memory": parts.memory(address),
            "pagination": parts.pagination(address),
        }
    with walks.server() as address:
        found["prefetching"] = {str(pages): walks.walk(address, pages, walks.PAGES) for pages in (1, 4)}
    found["load"] = [round(load, 1) for load in os.getloadavg()] if hasattr(os, "getloadavg") else []
    found["minutes"] = round((time.monotonic() - began) / 60, 1)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(found, indent=1) + "\n")
    report.write(found)
    print(report.table(found))


if __name__ == "__main__":
    main()
