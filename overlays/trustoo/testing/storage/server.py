"""Serves the storage on a port, so that what happens to a connection can be tried: late, early and broken answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import httpx

from ..messages import FakeResponse
from .responses import EARLY, StorageResponse

__all__ = ["serving"]

_MOMENT = 0.05
"""Seconds between an early answer and the end of its connection: a client of this process must get its turn to read
what has arrived. Otherwise chance would decide whether it reads or meets the end in the midst of writing."""


class Storage(Protocol):
    """What decides on the answers: `FakeStorage`."""

    def begin(self) -> StorageResponse | None: ...
    def conclude(
        self, ordered: StorageResponse | None, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> FakeResponse | None: ...


@contextmanager
def serving(storage: Storage) -> Iterator[str]:
    """The storage's address, for the time of the block."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            ordered, body = storage.begin(), bytearray()
            wanted = min(length, EARLY) if ordered is not None and ordered.early else length
            while len(body) < wanted and (piece := self.rfile.read1(wanted - len(body))):
                body += piece
            if len(body) < wanted:  # the client hung up: half a form is none
                self.close_connection = True
                return
            reply = storage.conclude(ordered, self.command, self.path, httpx.Headers(dict(self.headers)), bytes(body))
            self.close_connection = "Content-Length" not in self.headers
            if reply is not None:
                self._send(reply)
            if ordered is not None:
                self._part(ordered)

        do_POST = do_GET = do_PUT = _take

        def _send(self, reply: FakeResponse) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            with suppress(OSError):  # the client need not read all of a huge answer
                self.wfile.write(reply.body)

        def _part(self, ordered: StorageResponse) -> None:
            if ordered.early and ordered.reply is not None and ordered.then in ("close", "reset"):
                over.wait(_MOMENT)
            match ordered.then:
                case "stay" if ordered.early:
                    over.wait()  # the rest of the form stays unread
                case "stay" if ordered.reply is None:
                    self._wait_for_hang_up()
                case "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case "drain":
                    self._wait_for_hang_up()
            self.close_connection |= ordered.then != "stay" or ordered.early or ordered.reply is None

        def _wait_for_hang_up(self) -> None:
            self.connection.settimeout(0.05)
            while not over.is_set():
                try:
                    if not self.connection.recv(1 << 20):
                        return
                except TimeoutError:
                    continue
                except OSError:
                    return

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
