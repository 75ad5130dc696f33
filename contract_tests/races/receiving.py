"""A worker of a web server that receives deliveries. `deliveries` starts several, and kills some.

    python -m contract_tests.races.receiving STORE URL FD FOLDER LEASE

It accepts connections from the socket FD, and ends when its standard input ends. Its handler writes the number of each
delivery to the file FOLDER/handled-PID. The file FOLDER/lost-PID has the deliveries of which the log says that they
were processed twice. The file FOLDER/secrets has the private tokens of the shop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trustoo.webhooks import AsgiApp, AsyncReplayStore, Delivery, Receiver, ReplayStore, WebhookVerifier, WsgiApp

WORK_SECONDS = 0.002
"""A handler takes this time before its effect, and this time after it."""


def redis_store(url: str) -> ReplayStore:
    from redis import Redis
    from trustoo.stores import RedisReplayStore

    return RedisReplayStore(Redis.from_url(url))


def async_redis_store(url: str) -> AsyncReplayStore:
    from redis.asyncio import Redis
    from trustoo.stores import AsyncRedisReplayStore

    return AsyncRedisReplayStore(Redis.from_url(url))


def sql_store(url: str) -> ReplayStore:
    from sqlalchemy import create_engine
    from trustoo.stores import SqlReplayStore

    return SqlReplayStore(create_engine(url))


def async_sql_store(url: str) -> AsyncReplayStore:
    from sqlalchemy.ext.asyncio import create_async_engine
    from trustoo.stores import AsyncSqlReplayStore

    return AsyncSqlReplayStore(create_async_engine(url))


STORES: dict[str, Callable[[str], ReplayStore | AsyncReplayStore]] = {
    store.__name__: store for store in (redis_store, async_redis_store, sql_store, async_sql_store)
}


class Effects:
    """What the handlers of this process do: a line in a file, which survives the process."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / f"handled-{os.getpid()}", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _write(self, delivery: Delivery) -> None:
        os.write(self._file, f"{delivery.items[0].id}\n".encode())

    def handle(self, delivery: Delivery) -> None:
        time.sleep(WORK_SECONDS)
        self._write(delivery)
        time.sleep(WORK_SECONDS)

    async def handle_async(self, delivery: Delivery) -> None:
        await asyncio.sleep(WORK_SECONDS)
        self._write(delivery)
        await asyncio.sleep(WORK_SECONDS)


class LostClaims(logging.Handler):
    """Writes the numbers of the deliveries whose claim was lost while their handler ran, and shows errors."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.WARNING)
        self._file = os.open(folder / f"lost-{os.getpid()}", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if found := re.match(r"Delivery EXAMPLE-(?:copy-)?(\d+) was processed twice", message):
            os.write(self._file, f"{found[1]}\n".encode())
        elif record.levelno >= logging.ERROR:
            print(message, record.exc_info, file=sys.stderr)


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def serve(receiver: Receiver, listening: socket.socket) -> None:
    if receiver.is_async:
        import uvicorn

        uvicorn.Server(uvicorn.Config(AsgiApp(receiver), log_level="error", lifespan="off")).run([listening])
    else:
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None: ...

        app: Any = WsgiApp(receiver)
        make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno(), request_handler=Quiet).serve_forever()


def main(store: str, url: str, descriptor: str, folder: str, lease: str) -> None:
    logger = logging.getLogger("trustoo.webhooks")
    logger.addHandler(LostClaims(Path(folder)))
    logger.propagate = False
    threading.Thread(target=end_with_parent, daemon=True).start()
    effects, secrets = Effects(Path(folder)), Path(folder, "secrets")
    made: Any = STORES[store](url)
    receiver = Receiver(
        WebhookVerifier(secrets_for=lambda _: secrets.read_text().split()),
        {"review/created": effects.handle_async if store.startswith("async") else effects.handle},
        store=made,
        lease=float(lease),
    )
    serve(receiver, socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    main(*sys.argv[1:])
