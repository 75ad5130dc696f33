"""What the tests of webhooks share: deliveries, receivers, a store for asyncio, servers."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from aiohttp import web
from trustoo.testing import Deliveries
from trustoo.webhooks import Claim, Delivery, MemoryReplayStore, Receiver, WebhookResponse, WebhookVerifier
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support import NOW, PRIVATE

CREATED = "/webhooks/review-created"
SUCCESS = WebhookResponse(200, {"Content-Type": "application/json"}, b'{"code":0,"message":"success"}')


def deliveries() -> Deliveries:
    return Deliveries(PRIVATE, clock=lambda: NOW)


def receiver(handler: Callable[[Delivery], Any], topic: str = "review/created", **settings: Any) -> Receiver:
    return Receiver(WebhookVerifier(PRIVATE, clock=lambda: NOW), {topic: handler}, **settings)


class AsyncStore:
    """A memory store as a store for asyncio."""

    def __init__(self, store: MemoryReplayStore | None = None) -> None:
        self.store = MemoryReplayStore() if store is None else store  # an empty store has no length

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        await asyncio.sleep(0)
        return self.store.claim(*keys, owner=owner, seconds=seconds)

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        await asyncio.sleep(0)
        return self.store.settle(*keys, owner=owner, seconds=seconds)

    async def forget(self, *keys: str, owner: str) -> None:
        await asyncio.sleep(0)
        self.store.forget(*keys, owner=owner)


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None: ...


@contextmanager
def serve_wsgi(app: Any) -> Iterator[str]:
    """A server of werkzeug, which supports chunked bodies. Yields the server's URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


@contextmanager
def serve_asgi(app: Any, root_path: str = "") -> Iterator[str]:
    """A server of uvicorn, which may be behind a proxy with a prefix. Yields the server's URL without the prefix."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", root_path=root_path, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@contextmanager
def serve_aiohttp(app: web.Application) -> Iterator[str]:
    """A server of aiohttp. Yields the server's URL."""
    started, urls = threading.Event(), list[str]()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None, lingering_time=0.2)  # it waits for the rest of large bodies
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        started.set()
        await stop.wait()
        await runner.cleanup()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        thread = threading.Thread(target=runner.run, args=(serve(),))
        thread.start()
        try:
            assert started.wait(20)
            yield urls[0]
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(20)
