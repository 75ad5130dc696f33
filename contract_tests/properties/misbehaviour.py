"""A server on a real socket that knows what it processed, and many ways in which servers and gateways misbehave."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from types import TracebackType
from typing import Self

from trustoo import APIError, HTTPStatusError, OutcomeUnknownError, ResponseDecodeError, TransportError
from trustoo.testing.spec import SAMPLES
from trustoo_api.types import Response

PATIENCE, IMPATIENCE = 10.0, 0.2
"""Timeouts of the client. The second one is for servers that never respond."""


REFUSALS = (3, 5, 6, 7, 8, 16)
"""Codes of the service that state a refusal."""
FAILURES = (1, 4, 13, 14)
"""Codes of the service that state that it stopped or failed while it worked."""
SILENCE = 1 / 400
"""The share of gateways and servers that never respond. Each of them costs the client's timeout."""


def may_be_processed(status: int, code: int | None) -> bool:
    """Whether a server that sends this response may have processed the request, if the response is not a success.

    `code` is None if the response has no envelope with a code.
    """
    if code in REFUSALS:
        return False
    return code in FAILURES or status in (408, 499) or status >= 500 or (status < 300 and code is None)


class Conversation:
    """One connection from the server's view, and the response that the server should send."""

    def __init__(self, connection: socket.socket, server: "Server") -> None:
        self._connection, self._server = connection, server
        self._received = b""

    def read(self, size: int) -> None:
        """Read `size` bytes, or less if there are no more."""
        while len(self._received) < size and (piece := self._connection.recv(size - len(self._received))):
            self._received += piece

    def read_head(self) -> None:
        """Read until the headers are complete."""
        while b"\r\n\r\n" not in self._received and (piece := self._connection.recv(65536)):
            self._received += piece

    def carry_out(self, *, process: bool = True) -> None:
        """Read the whole request, and process it unless `process` is False."""
        self.read_head()
        head, _, body = self._received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = sum(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        while len(body) < length and (piece := self._connection.recv(65536)):
            body += piece
        if len(body) == length and self._server.mark in lines:  # else the client hung up, or the call before was late
            self._server.processed += process

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
        if isinstance(self.act, partial):
            return f"{self.act.func.__name__}{self.act.args}".strip("_")
        return self.act.__name__.strip("_").replace("_", " ")


BEHAVIOURS = (
    Behaviour(_obey, (Response,)),
    Behaviour(_close_at_accept, (OutcomeUnknownError, Response)),  # a retry is safe if nothing was written
    Behaviour(_reset_at_accept, (OutcomeUnknownError, Response)),
    Behaviour(_close_after_headers),
    Behaviour(_reset_after_headers),
    Behaviour(_reset_when_done),
    Behaviour(_half),
    Behaviour(_reset_within_response),
    Behaviour(_too_long),
    Behaviour(_too_short, read=(ResponseDecodeError, Response)),  # some libraries see the bytes behind the end
    Behaviour(_drip, (Response,)),
    Behaviour(_never_respond, timeout=IMPATIENCE),
    Behaviour(_half_and_silence, timeout=IMPATIENCE),
    Behaviour(_no_http),
    Behaviour(_broken_chunks),
    Behaviour(_no_gzip),
    Behaviour(_empty, read=(ResponseDecodeError,)),
)


def behaviour(random: Random) -> Behaviour:
    """Return a random behaviour: a gateway or service responds, or the connection breaks at a random moment."""
    kind = random.random()
    if kind < 0.02:
        return Behaviour(_obey, (Response,))
    if kind < 0.04:
        return random.choice([made for made in BEHAVIOURS if made.timeout == PATIENCE])
    if kind < 0.04 + SILENCE:
        return random.choice([made for made in BEHAVIOURS if made.timeout == IMPATIENCE])
    if kind < 0.15:
        return Behaviour(partial(_breaks_while_reading, random.randrange(1, 200), random.random() < 0.5))
    if kind < 0.3:
        processed = random.random() < 0.5
        return Behaviour(partial(_breaks_while_responding, processed, random.random(), random.random() < 0.5))
    return _gateway(random)


STATUSES = (
    *(200, 201, 202, 203, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308),
    *(400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 413, 414, 421, 422, 425, 428, 429, 431, 451, 498, 499),
    *(500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 523, 524, 525, 527, 530, 561, 598, 599),
)
CODES = (*range(-1, 17), 77, 400, 403, 404, 429, 499, 500, 502, 503, 504, 2000, 40001)
WITHOUT_CODE = (
    *(
        b"",
        b"OK",
        b"null",
        b"[]",
        b'"created"',
        b"5",
        b"{}",
        b'{"message":"upstream timed out"}',
        b'{"error":{"code":5}}',
    ),
    *(b"<html><title>502 Bad Gateway</title></html>", b"<!DOCTYPE html><h1>Sign in</h1>", b"\x00\xff", b'{"code":0'),
    *(b'{"code":null}', b'{"code":"refused"}', b'{"code":5.5}', b'{"code":{}}', b'{"code":5,"message":"cut of'),
)


def _gateway(random: Random) -> Behaviour:
    status = random.choice((200, 429, 504, *STATUSES))
    code = random.choice(CODES) if random.random() < 0.6 else None
    body = random.choice(WITHOUT_CODE) if code is None else json.dumps({"code": code, "message": "EXAMPLE"}).encode()
    if status in (204, 304):
        code, body = None, b""
    if code == 0 and status < 300:
        return Behaviour(_obey, (Response,))
    code = code or None  # code 0 counts with HTTP 2xx only
    is_open = may_be_processed(status, code)
    refused: type[object] = ResponseDecodeError if status < 300 else HTTPStatusError
    if code is not None:
        refused = APIError
    passing = status == 429 or status >= 500 or code in (4, 13, 14)
    pause = random.choice(("", "Retry-After: 1\r\n"))
    return Behaviour(
        partial(_responds, status, code, body, is_open and random.random() < 0.5, pause),
        (OutcomeUnknownError,) if is_open else (Response,) if status == 429 else (refused,),
        (Response,) if passing else (refused,),
    )


def _responds(status: int, code: int | None, body: bytes, process: bool, more: str, talk: Conversation) -> None:
    talk.carry_out(process=process)
    length = "" if status in (204, 304) else f"Content-Length: {len(body)}\r\n"
    talk.send(f"HTTP/1.1 {status} EXAMPLE\r\nConnection: close\r\n{length}{more}\r\n".encode() + body)


def _breaks_while_reading(size: int, reset: bool, talk: Conversation) -> None:
    talk.read(size)
    if reset:
        talk.reset()


def _breaks_while_responding(process: bool, part: float, reset: bool, talk: Conversation) -> None:
    talk.carry_out(process=process)
    whole = talk.http_response()
    talk.send(whole[: int(part * len(whole))])
    if reset:
        talk.reset()


def refusing_proxy(random: Random) -> Behaviour:
    """Return a proxy that does not connect the client with the server."""
    statuses = (301, 400, 403, 404, 405, 407, 429, 500, 502, 503, 504)
    return Behaviour(partial(_refuses_to_connect, random.choice(statuses)), (TransportError,), (TransportError,))


def _refuses_to_connect(status: int, talk: Conversation) -> None:
    talk.read_head()
    talk.send(f"HTTP/1.1 {status} EXAMPLE\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


class Server:
    """Serves one connection with the chosen behaviour, and all further connections correctly.

    Attributes:
        processed: how often the current call was processed.
    """

    def __init__(self) -> None:
        self.processed, self.body, self.mark = 0, b"", ""
        self._next: Callable[[Conversation], None] = _obey
        self._then: Callable[[Conversation], None] = _obey
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def behave(
        self, act: Callable[[Conversation], None], operation: str, moment: int, *, repeated: bool = False
    ) -> None:
        """Use `act` for the next connection, which calls `operation`; if `repeated`, for all further connections.

        `moment` is the client's time, by which the server recognises the requests of the call.
        """
        self._next, self._then, self.processed = act, act if repeated else _obey, 0
        self.mark = f"timestamp: {moment}"
        self.body = json.dumps(SAMPLES[operation].response).encode()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            act, self._next = self._next, self._then
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
