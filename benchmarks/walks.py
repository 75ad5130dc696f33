"""Measures an iteration over 1,000 pages, with and without `prefetch`: `python -m benchmarks.walks`.

The server is a process of its own, and takes 0.1 s for each page, as a service on the network does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from trustoo import AsyncTrustoo, Settings, Trustoo

from benchmarks.server import Answering

SECONDS = 0.1
"""The time that the server takes for a page."""
PAGES, SIZE = 1000, 100
TOKENS: Settings = {"public_token": "RVhBTVBMRS1QVUJMSUMtMQ==", "private_token": "EXAMPLE-private-token"}


class Delayed(Answering):
    """A connection whose responses take their time."""

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(SECONDS, super().data_received, data)


async def serve() -> None:
    """Print the port, and serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Delayed, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server in a process of its own."""
    line = [sys.executable, "-m", "benchmarks.walks", "--serve"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def walk(address: str, prefetch: int, pages: int) -> float:
    """The seconds of an iteration over so many pages."""
    with Trustoo(**TOKENS | Settings(base_url=address)) as shop:
        began = time.perf_counter()
        number = sum(1 for _ in shop.reviews.iterate(page_size=SIZE, limit=pages * SIZE, prefetch=prefetch))
    assert number == pages * SIZE
    return time.perf_counter() - began


async def walk_async(address: str, prefetch: int, pages: int) -> float:
    """The same with asyncio."""
    async with AsyncTrustoo(**TOKENS | Settings(base_url=address)) as shop:
        began = time.perf_counter()
        walked = shop.reviews.iterate(page_size=SIZE, limit=pages * SIZE, prefetch=prefetch)
        number = len([None async for _ in walked])
    assert number == pages * SIZE
    return time.perf_counter() - began


def main() -> None:
    """Print the times, and how many times faster pages that are fetched ahead are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help="only serve, and print the port")
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--prefetch", type=int, nargs="*", default=[4, 8])
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
    print(f"{arguments.pages} pages of {SIZE} reviews, {SECONDS} s a page, {machine}")
    with server() as address:
        for style in ("threads", "tasks"):
            base = 0.0
            for prefetch in (1, *arguments.prefetch):
                if style == "threads":
                    seconds = walk(address, prefetch, arguments.pages)
                else:
                    seconds = asyncio.run(walk_async(address, prefetch, arguments.pages))
                base = base or seconds
                print(f"{style:8} prefetch={prefetch:<3} {seconds:7.2f} s   {base / seconds:.2f} times as fast")


if __name__ == "__main__":
    main()
