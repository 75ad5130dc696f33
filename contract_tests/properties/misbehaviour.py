"""A server on a real socket, and many ways in which the server violates HTTP."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from trustoo import OutcomeUnknownError, ResponseDecodeError
from trustoo.testing.spec import SAMPLES
from trustoo_api.types import Response

PATIENCE, IMPATIENCE = 10.0, 0.2
"""Timeouts of the client. The second one is for servers that never respond."""


class Conversation:
    """One connection from the server's view, and the response that the server should send."""

    def __init__(self, connection: socket.socket, server: "Server") -> None:
        self._connection, self._server = connection, server
        self._received = b""

    def read_head(self) -> None:
        """Read until the headers are complete."""
        while b"\r\n\r\n" not in self._received and (piece := self._connection.recv(65536)):
            self._received += piece

    def carry_out(self) -> None:
        """Read the whole request and process it."""
        self.read_head()
        head, _, body = self._received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = sum(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        while len(body) < length and (piece := self._connection.recv(65536)):
            body += piece
        if len(body) == length:
            self._server.processed += 1

    def send(self, *pieces: bytes) -> None:
        """Send the pieces with a short pause between them."""
        for number, piece in enumerate(pieces):
            if number:
                threading.Event().wait(0.002)
            self._connection.sendall(piece)

    def http_response(self, length: int | None = None, more: str = "") -> bytes:
        """Return the correct response, with an optional Content-Length and additional header lines."""
        return self.head(len(self._server.body) if length is None else length, more) + self._server.body

    @staticmethod
    def head(length: int, more: str = "") -> bytes:
        """Return the status line and the headers."""
        return f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n".encode()

    def reset(self) -> None:
        """Break the connection instead of closing it."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def await_hangup(self) -> None:
        """Send nothing until the client closes the connection."""
        while self._connection.recv(65536):
            pass


def _obey(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.http_response())


def _close_at_accept(talk: Conversation) -> None:
    """Do nothing."""


def _reset_at_accept(talk: Conversation) -> None:
    talk.reset()


def _close_after_headers(talk: Conversation) -> None:
    talk.read_head()
    talk.send()


def _reset_after_headers(talk: Conversation) -> None:
    talk.read_head()
    talk.reset()


def _reset_when_done(talk: Conversation) -> None:
    talk.carry_out()
    talk.reset()


def _half(talk: Conversation) -> None:
    talk.carry_out()
    whole = talk.http_response()
    talk.send(whole[: len(whole) // 2])


def _reset_within_response(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.http_response()[:-5])
    talk.reset()


def _too_long(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.http_response(length=100_000))


def _too_short(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.http_response(length=20))


def _drip(talk: Conversation) -> None:
    talk.carry_out()
    whole = talk.http_response()
    talk.send(*(whole[start : start + 40] for start in range(0, len(whole), 40)))


def _never_respond(talk: Conversation) -> None:
    talk.carry_out()
    talk.await_hangup()


def _half_and_silence(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.http_response()[:-5])
    talk.await_hangup()


def _no_http(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(b"SSH-2.0-OpenSSH_9.6\r\n\x00\xff")


def _broken_chunks(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")


def _no_gzip(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.http_response(more="Content-Encoding: gzip\r\n"))


def _empty(talk: Conversation) -> None:
    talk.carry_out()
    talk.send(talk.head(0))


@dataclass(frozen=True)
class Behaviour:
    """What a server does with one connection, and the expected results of a write and of a read."""

    act: Callable[[Conversation], None]
    write: tuple[type[object], ...] = (OutcomeUnknownError,)
    read: tuple[type[object], ...] = (Response,)
    timeout: float = PATIENCE

    @property
    def name(self) -> str:
        """The name of the behaviour in messages."""
        return self.act.__name__.strip("_").replace("_", " ")


BEHAVIOURS = (
    Behaviour(_obey, (Response,)),
    Behaviour(_close_at_accept),
    Behaviour(_reset_at_accept, (OutcomeUnknownError, Response)),  # a retry is safe if connecting fails
    Behaviour(_close_after_headers),
    Behaviour(_reset_after_headers),
    Behaviour(_reset_when_done),
    Behaviour(_half),
    Behaviour(_reset_within_response),
    Behaviour(_too_long),
    Behaviour(_too_short, (ResponseDecodeError,), (ResponseDecodeError,)),
    Behaviour(_drip, (Response,)),
    Behaviour(_never_respond, timeout=IMPATIENCE),
    Behaviour(_half_and_silence, timeout=IMPATIENCE),
    Behaviour(_no_http),
    Behaviour(_broken_chunks),
    Behaviour(_no_gzip),
    Behaviour(_empty, (ResponseDecodeError,), (ResponseDecodeError,)),
)


class Server:
    """Serves one connection with the chosen behaviour, and all further connections correctly."""

    def __init__(self) -> None:
        self.processed, self.body = 0, b""
        self._next: Callable[[Conversation], None] = _obey
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def behave(self, act: Callable[[Conversation], None], operation: str) -> None:
        """Use `act` for the next connection, which calls `operation`."""
        self._next, self.processed = act, 0
        self.body = json.dumps(SAMPLES[operation].response).encode()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            act, self._next = self._next, _obey
            with connection:
                try:
                    connection.settimeout(PATIENCE)
                    act(Conversation(connection, self))
                except OSError:  # the client closed the connection
                    continue

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)
