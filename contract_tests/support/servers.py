"""Servers that respond as a script says, and senders that are alike for every transport, sync and async."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trustoo.transport import AsyncNamedTransport, HTTPRequest, HTTPResponse, NamedTransport, TransportName
from trustoo.transport.protocols import Content

from contract_tests.support.certificates import certificates

__all__ = ["Conversation", "Served", "always", "response_bytes", "sender_of", "served"]


def response_bytes(content: bytes = b'{"code": 0}', status: str = "200 OK", *headers: str) -> bytes:
    """A response's bytes. A Content-Length is added unless the headers say how long the body is."""
    sized = any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers)
    lines = [f"HTTP/1.1 {status}", *headers, *([] if sized else [f"Content-Length: {len(content)}"])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


class Conversation:
    """One connection, seen by the server."""

    def __init__(self, connection: socket.socket, number: int, heard: list[bytes]) -> None:
        self._connection, self.number, self._heard, self._rest = connection, number, heard, b""

    def hear(self) -> bytes:
        """The next request, head and body; b"" where the client closed."""
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            if not self._more():
                return b""
        head = self._rest[:end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in head else 0
        while len(self._rest) < end + 4 + length:
            if not self._more():
                return b""
        request, self._rest = self._rest[: end + 4 + length], self._rest[end + 4 + length :]
        self._heard.append(request)
        return request

    def _more(self) -> bytes:
        received = self._connection.recv(65536)
        self._rest += received
        return received

    def say(self, content: bytes) -> None:
        self._connection.sendall(content)

    def reset(self) -> None:
        """Close such that the client gets a reset instead of an end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


Script = Callable[[Conversation], object]


def always(content: bytes) -> Script:
    """Every request of a connection gets the same response."""

    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(content)

    return script


class Served:
    """A server's address, the requests it heard, and how many connections it had, has, and had at most at once."""

    def __init__(self, address: str) -> None:
        self.address, self.heard, self.connections, self.open, self.most = address, list[bytes](), 0, 0, 0
        self.stop = threading.Event()
        """Set when the server is to end; what a script waits on."""

    def request(
        self, method: str = "GET", path: str = "/p", timeout: float = 5.0, content: Content = None, **limits: Any
    ) -> HTTPRequest:
        return HTTPRequest(
            method, f"{self.address}{path}", {"X-A": "b", "User-Agent": "ours/1"}, content, timeout, **limits
        )


@contextmanager
def served(script: Script, *, tls: bool = False) -> Iterator[Served]:
    """A server on 127.0.0.1 whose connections go as `script` says, each in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = Served(f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls:
        context.load_cert_chain(certificates().server, certificates().key)
    threads: list[threading.Thread] = []
    accepted: list[socket.socket] = []

    def converse(plain: socket.socket, number: int) -> None:
        server.open += 1
        server.most = max(server.most, server.open)
        with plain, contextlib.suppress(OSError):  # what the client does to the connection is the tests' affair
            plain.settimeout(30)
            connection = context.wrap_socket(plain, server_side=True) if tls else plain
            accepted.append(connection)
            with connection:
                script(Conversation(connection, number, server.heard))
        server.open -= 1

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            threads.append(threading.Thread(target=converse, args=(connection, server.connections), daemon=True))
            threads[-1].start()
            del connection  # the thread alone keeps it

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(10)
        for connection in accepted:  # clients keep theirs open
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)


class _Sync:
    def __init__(self, name: TransportName, proxy: str | None) -> None:
        self._transport = NamedTransport(name, proxy)
        self.send, self.close = self._transport.send, self._transport.close

    def send_all(self, requests: list[HTTPRequest]) -> list[HTTPResponse]:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(self.send, requests))


class _Async:
    def __init__(self, name: TransportName, proxy: str | None) -> None:
        self.transport, self.runner = AsyncNamedTransport(name, proxy), asyncio.Runner()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        return self.runner.run(self.transport.send(request))

    def send_all(self, requests: list[HTTPRequest]) -> list[HTTPResponse]:
        async def together() -> list[Any]:
            return await asyncio.gather(*(self.transport.send(request) for request in requests))

        return self.runner.run(together())

    def close(self) -> None:
        self.runner.run(self.transport.close())


@contextmanager
def sender_of(kind: str, proxy: str | None = None) -> Iterator[Any]:
    """The sender called "httpcore", "async httpcore" and the like."""
    name: Any = kind.removeprefix("async ")
    sender: Any = _Async(name, proxy) if kind.startswith("async") else _Sync(name, proxy)
    sender.name = kind
    try:
        yield sender
    finally:
        sender.close()
        if isinstance(sender, _Async):
            sender.runner.close()
