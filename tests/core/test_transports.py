"""Every transport behaves alike on the wire: responses, faults, timeouts, connections, addresses, TLS and proxies."""

from __future__ import annotations

import asyncio
import gc
import gzip
import importlib
import logging
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trustoo import ConfigurationError, ConnectError, NetworkError, RequestTimeoutError, ResponseTooLargeError
from trustoo.errors import TransportError
from trustoo.transport import AsyncNamedTransport, HTTPRequest, NamedTransport, Resolver
from trustoo.transport.connections import split_url, trusted_certificates
from trustoo.transport.deadline import DeadlineBackend
from trustoo.transport.exchange import Exchange
from trustoo.transport.protocols import parse_http_url

from contract_tests.support.certificates import certificates
from contract_tests.support.servers import Conversation, Script, Served, always, response_bytes, sender_of, served

SYNC = ("httpx", "httpcore", "pyreqwest")
LIBRARIES = (*SYNC, "aiohttp")
"""All have a transport for asyncio."""
KINDS = [*SYNC, *(f"async {library}" for library in LIBRARIES)]


@pytest.fixture(autouse=True)
def _no_proxies_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=KINDS)
def sender(request: pytest.FixtureRequest) -> Iterator[Any]:
    with sender_of(request.param) as one:
        yield one


def slowly(*pieces: bytes, pause: float) -> Script:
    """The response to the first request comes in pieces, with a pause before each."""

    def script(talk: Conversation) -> None:
        talk.hear()
        for piece in pieces:
            time.sleep(pause)
            talk.say(piece)

    return script


def failing(then: Callable[[Conversation], object]) -> Script:
    """The first request meets `then`, and the connection is closed."""

    def script(talk: Conversation) -> None:
        if talk.hear():
            then(talk)

    return script


def all_closed(server: Served, sender: Any, but: int = 0) -> None:
    """Wait until the server sees that the client closed its connections."""

    async def go_on() -> None:
        await asyncio.sleep(0.01)

    until = time.monotonic() + 5
    while server.open > but and time.monotonic() < until:
        if sender.name.startswith("async"):
            sender.runner.run(go_on())
        else:
            time.sleep(0.01)
    assert server.open <= but, "a connection that is no use any more stays open"


# --- what is sent and what comes back


def test_what_is_sent_is_the_request(sender: Any) -> None:
    with served(always(response_bytes())) as server:
        request = HTTPRequest(
            "POST",
            f"{server.address}/p?a=%2F%25&b=&c=~%20%27&client_id=%E7%8E%8B",
            {"Sign": "s", "User-Agent": "ours/1", "Accept": "application/json"},
            b"\x00{}\xff",
        )
        sender.send(request)
    head, _, body = server.heard[0].partition(b"\r\n\r\n")
    line, *rest = head.split(b"\r\n")
    assert line == b"POST /p?a=%2F%25&b=&c=~%20%27&client_id=%E7%8E%8B HTTP/1.1"
    assert body == b"\x00{}\xff"
    names = [header.partition(b":")[0].lower() for header in rest]
    assert len(names) == len(set(names))
    headers = dict(zip(names, (header.partition(b":")[2].strip() for header in rest), strict=True))
    assert headers[b"host"] == server.address.removeprefix("http://").encode()
    assert (headers[b"user-agent"], headers[b"sign"], headers[b"accept"]) == (b"ours/1", b"s", b"application/json")
    assert headers[b"content-length"] == b"4"
    assert headers[b"accept-encoding"].replace(b" ", b"") == b"gzip,deflate"
    needed = {b"host", b"user-agent", b"sign", b"accept", b"content-length", b"accept-encoding"}
    assert set(headers) - {b"connection"} == needed, "a library added a header of its own"


CHUNKED = "Transfer-Encoding: chunked"
RESPONSES = {
    "plain": (response_bytes(b"abc"), 200, b"abc"),
    "empty": (response_bytes(b""), 200, b""),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "500": (response_bytes(b"oh", "500 Internal Server Error"), 500, b"oh"),
    "429": (response_bytes(b"", "429 Too Many Requests", "Retry-After: 3"), 429, b""),
    "without reason": (b"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", 200, b"x"),
    "after 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + response_bytes(b"abc"), 200, b"abc"),
    "chunked": (
        response_bytes(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "200 OK", CHUNKED),
        200,
        b"abcde",
    ),
    "gzip": (response_bytes(gzip.compress(b"abc" * 99), "200 OK", "Content-Encoding: gzip"), 200, b"abc" * 99),
    "GZIP": (response_bytes(gzip.compress(b"abc" * 99), "200 OK", "content-encoding: gzip"), 200, b"abc" * 99),
    "empty gzip": (response_bytes(b"", "200 OK", "Content-Encoding: gzip"), 200, b""),
    "deflate": (response_bytes(zlib.compress(b"abc" * 99), "200 OK", "Content-Encoding: deflate"), 200, b"abc" * 99),
    "60 kB reason": (response_bytes(b"x", f"200 {'a' * 60_000}"), 200, b"x"),
    "60 kB header": (response_bytes(b"x", "200 OK", f"X-A: {'a' * 60_000}"), 200, b"x"),
    "1 MB body": (response_bytes(b"x" * 1_000_000), 200, b"x" * 1_000_000),
}


@pytest.mark.parametrize("case", RESPONSES)
def test_every_form_of_response_is_read(sender: Any, case: str) -> None:
    raw, status, content = RESPONSES[case]
    with served(always(raw)) as server:
        for _ in range(2):  # the connection is fit for use afterwards
            response = sender.send(server.request())
            assert (response.status, response.content) == (status, content)
            assert type(response.content) is bytes
    assert len(server.heard) == 2


def test_a_response_that_ends_with_its_connection_is_read(sender: Any) -> None:
    with served(failing(lambda talk: talk.say(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"))) as server:
        assert sender.send(server.request()).content == b"abc"
        assert sender.send(server.request()).content == b"abc"


def test_headers_are_found_in_any_case_and_those_of_a_name_are_joined(sender: Any) -> None:
    raw = response_bytes(b"", "200 OK", "X-Trace: 1", "x-tRACE: 2", "Date: Tue, 24 Nov 2026 10:00:00 GMT")
    with served(always(raw)) as server:
        headers = sender.send(server.request()).headers
    assert headers["X-TRACE"] == headers["x-trace"] == headers.get("X-Trace") == "1, 2"
    assert headers.get("absent") is None
    assert "date" in headers
    assert "absent" not in headers
    assert sorted(name.lower() for name in headers) == ["content-length", "date", "x-trace"]


@pytest.mark.parametrize("text", ["é", "é".encode().decode("latin-1")])
def test_a_header_that_is_not_ascii_hides_no_other(sender: Any, text: str) -> None:
    with served(always(response_bytes(b"", "200 OK", f"X-A: {text}", "X-B: 2"))) as server:
        headers = sender.send(server.request()).headers
    assert headers.get("x-b") == "2"
    assert headers.get("x-a") in ("é", None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_redirects_are_not_followed_and_cookies_not_kept(sender: Any, host: str) -> None:
    """Some libraries keep the cookies of names only, not those of addresses."""
    raw = response_bytes(b"", "302 Found", "Location: /elsewhere", "Set-Cookie: a=b; Path=/")
    with served(always(raw)) as server:
        for _ in range(2):
            request = server.request()
            response = sender.send(replace(request, url=request.url.replace("127.0.0.1", host)))
            assert (response.status, response.headers["location"]) == (302, "/elsewhere")
    assert len(server.heard) == 2
    assert b"cookie" not in b"".join(server.heard).lower()


# --- faults, and whether the server may have seen the request


def _reset_in_a_response(talk: Conversation) -> None:
    talk.say(response_bytes(b"abc", "200 OK", "Content-Length: 9"))
    time.sleep(0.1)
    talk.reset()


MAYBE_SENT: dict[str, Script] = {
    "reset before a response": failing(Conversation.reset),
    "end before a response": failing(lambda talk: None),
    "no HTTP": failing(lambda talk: talk.say(b"SSH-2.0-x\r\n\r\n")),
    "half a head": failing(lambda talk: talk.say(b"HTTP/1.1 200 OK\r\nContent-Le")),
    "endless head": failing(lambda talk: talk.say(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200_000)),
    "half a response": failing(lambda talk: talk.say(response_bytes(b"abc", "200 OK", "Content-Length: 9"))),
    "half a chunk": failing(lambda talk: talk.say(response_bytes(b"9\r\nabc", "200 OK", CHUNKED))),
    "no last chunk": failing(lambda talk: talk.say(response_bytes(b"3\r\nabc\r\n", "200 OK", CHUNKED))),
    "no gzip": failing(lambda talk: talk.say(response_bytes(b"abc", "200 OK", "Content-Encoding: gzip"))),
    "reset in a response": failing(_reset_in_a_response),
}


SECRET_PATH = "/p?client_secret=EXAMPLE-secret"  # out here, since tracebacks quote lines


@pytest.mark.parametrize("case", MAYBE_SENT)
def test_a_connection_that_breaks_after_sending_leaves_open_whether_it_arrived(sender: Any, case: str) -> None:
    with served(MAYBE_SENT[case]) as server, pytest.raises(NetworkError) as caught:
        sender.send(server.request("POST", SECRET_PATH, content=b"{}"))
    assert caught.value.maybe_sent
    assert len(server.heard) == 1, "a write was sent twice"
    host = server.address.removeprefix("http://")
    assert str(caught.value).startswith(f"POST {host}/p: ")
    assert "EXAMPLE-secret" not in "".join(traceback.format_exception(caught.value))


def test_a_port_where_nobody_listens_is_a_failed_connection_that_sent_nothing(sender: Any) -> None:
    with served(always(response_bytes())) as server:
        pass
    with pytest.raises(ConnectError) as caught:
        sender.send(server.request("POST", content=b"{}"))
    assert not caught.value.maybe_sent


def test_a_name_that_nobody_has_is_a_failed_connection_that_sent_nothing(sender: Any) -> None:
    with pytest.raises(TransportError) as caught:
        sender.send(HTTPRequest("POST", "http://nobody.invalid/p", {}, b"{}", 10.0))
    assert not caught.value.maybe_sent


LATE = {1: r"\(connect\)", 2: r"\(connect\)|within the deadline of 0\.4 s"}
"""What errors say by the number of limits: a timeout, or a timeout and a deadline."""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems accept more connections than a full queue holds")
@pytest.mark.parametrize("limits", [{"timeout": 0.4}, {"timeout": 30.0, "deadline": 0.4}], ids=lambda one: [*one][-1])
def test_a_connection_that_is_not_made_in_time_sent_nothing(sender: Any, limits: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=LATE[len(limits)]) as caught:
            sender.send(HTTPRequest("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/p", {}, b"{}", **limits))
        for one in waiting:
            one.close()
    assert not caught.value.maybe_sent
    assert 0.3 < time.monotonic() - began < 3


@pytest.mark.parametrize("limits", [{"timeout": 0.4}, {"timeout": 30.0, "deadline": 0.4}], ids=lambda one: [*one][-1])
def test_a_server_that_is_silent_before_tls_is_sent_nothing_and_its_connection_is_closed(
    sender: Any, limits: dict[str, Any]
) -> None:
    with served(Conversation.hear) as server:  # the beginning of TLS is no request, so that this waits for the end
        request = server.request("POST", content=b"{}", **limits)
        with pytest.raises(RequestTimeoutError, match=LATE[len(limits)]) as caught:
            sender.send(replace(request, url=request.url.replace("http:", "https:")))
        all_closed(server, sender)
    assert not caught.value.maybe_sent


@pytest.mark.exclusive
@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"]
)
def test_a_response_that_stands_still_is_a_timeout_after_sending(sender: Any, begun: bytes) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(begun)
        server.stop.wait(10)

    with served(script) as server:
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"\(read\)") as caught:
            sender.send(server.request("POST", timeout=0.4, content=b"{}"))
    assert caught.value.maybe_sent
    assert 0.3 < time.monotonic() - began < 3
    assert len(server.heard) == 1


def test_the_timeout_counts_anew_with_each_piece(sender: Any) -> None:
    pieces = [response_bytes(b"a", "200 OK", "Content-Length: 4"), b"b", b"c", b"d"]
    with served(slowly(*pieces, pause=0.5)) as server:
        assert sender.send(server.request(timeout=1.2)).content == b"abcd"


def test_each_call_has_its_own_timeout(sender: Any) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            time.sleep(0.8)
            talk.say(response_bytes(b"abc"))

    with served(script) as server:
        with pytest.raises(RequestTimeoutError):
            sender.send(server.request(timeout=0.2))
        assert sender.send(server.request(timeout=5)).content == b"abc"
        with pytest.raises(RequestTimeoutError):
            sender.send(server.request(timeout=0.2))


PAUSED = """
import asyncio, sys
from trustoo.transport import AsyncNamedTransport, HTTPRequest, NamedTransport
kind, port = sys.argv[1:]
name, request = kind.removeprefix("async "), HTTPRequest("POST", f"http://127.0.0.1:{port}/p", {}, b"x", 5.0, 0.4)
async def send():
    transport = AsyncNamedTransport(name, None)
    try:
        return await transport.send(request)
    finally:
        await transport.close()
print((asyncio.run(send()) if kind != name else NamedTransport(name, None).send(request)).content)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop processes")
@pytest.mark.parametrize("kind", ["httpcore", "httpx", "async httpcore", "async httpx", "async aiohttp"])
def test_a_response_that_arrived_while_the_process_was_stopped_is_read_after_the_deadline(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        child = subprocess.Popen([sys.executable, "-c", PAUSED, kind, port], stdout=subprocess.PIPE, text=True)
        try:
            connection, _ = listening.accept()
            with connection:
                received = b""
                while not received.endswith(b"\r\n\r\nx"):
                    received += connection.recv(9999)
                os.kill(child.pid, signal.SIGSTOP)
                connection.sendall(response_bytes(b"late"))
                time.sleep(0.6)
                os.kill(child.pid, signal.SIGCONT)
                assert child.communicate(timeout=30)[0] == "b'late'\n"
        finally:
            child.kill()
            child.communicate()


@pytest.mark.parametrize("library", ["httpcore", "httpx", "aiohttp"])
def test_each_of_several_calls_in_a_loop_ends_at_its_own_deadline(library: str) -> None:
    with served(lambda talk: (talk.hear(), server.stop.wait(20))) as server, sender_of(f"async {library}") as one:

        async def run(deadline: float) -> float:
            began = time.monotonic()
            with pytest.raises(RequestTimeoutError, match=f"within the deadline of {deadline:g} s"):
                await asyncio.wait_for(one.transport.send(server.request(timeout=9, deadline=deadline)), 8)
            return time.monotonic() - began

        async def run_all() -> list[float]:
            return await asyncio.gather(*map(run, (0.6, 0.2, 0.4)))

        for taken, deadline in zip(one.runner.run(run_all()), (0.6, 0.2, 0.4), strict=True):
            assert taken >= deadline


def test_a_connection_reads_once_after_the_deadline_and_not_again() -> None:
    """A process may be stopped after it sent a request, and before it waits for the response."""
    exchange = Exchange.of(HTTPRequest("POST", "http://127.0.0.1/p", {}, b"x", 5.0, 3.0))
    exchange.until = time.monotonic() - 1
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stream = DeadlineBackend().connect_tcp(*listening.getsockname())
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"late")
            assert stream.read(9999, exchange) == b"late"
            connection.sendall(b"later")
            with pytest.raises(RequestTimeoutError, match="within the deadline of 3 s"):
                stream.read(9999, exchange)
        stream.close()


# --- connections


def test_a_connection_serves_one_call_after_another(sender: Any) -> None:
    with served(always(response_bytes())) as server:
        for _ in range(5):
            sender.send(server.request())
    assert (server.connections, len(server.heard)) == (1, 5)


def test_a_connection_that_the_server_closed_in_the_meantime_costs_no_write(sender: Any) -> None:
    """The server responds and closes the connection silently, as servers do after their idle time."""
    with served(failing(lambda talk: talk.say(response_bytes()))) as server:
        for _ in range(10):
            assert sender.send(server.request("POST", content=b"{}")).status == 200
            time.sleep(0.1)
    assert (server.connections, len(server.heard)) == (10, 10)


def test_several_connections_that_the_server_closed_in_the_meantime_are_all_passed_over() -> None:
    together = threading.Barrier(4)

    def script(talk: Conversation) -> None:
        if talk.hear():
            if talk.number <= 4:
                together.wait(20)
            talk.say(response_bytes())

    with served(script) as server, ThreadPoolExecutor(4) as threads:
        transport = NamedTransport()
        for call in [threads.submit(transport.send, server.request()) for _ in range(4)]:
            assert call.result().status == 200
        until = time.monotonic() + 5
        while server.open and time.monotonic() < until:
            time.sleep(0.01)
        assert transport.send(server.request("POST", content=b"{}")).status == 200
        transport.close()
    assert server.connections == 5


def test_a_connection_that_the_server_closed_while_the_event_loop_stood_still_costs_no_write(sender: Any) -> None:
    def script(talk: Conversation) -> None:
        if talk.hear():
            talk.say(response_bytes())
            time.sleep(0.1)

    with served(script) as server:
        for _ in range(3):
            assert sender.send(server.request("POST", content=b"{}")).status == 200
            time.sleep(0.3)
    assert (server.connections, len(server.heard)) == (3, 3)


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
@pytest.mark.parametrize("then", [Conversation.reset, lambda talk: None], ids=["reset", "end"])
def test_a_kept_connection_that_breaks_is_not_repaired_by_sending_again(
    sender: Any, then: Callable[[Conversation], object], method: str
) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(response_bytes())
        if talk.hear():
            then(talk)

    with served(script) as server:
        sender.send(server.request())
        with pytest.raises(NetworkError) as caught:
            sender.send(server.request(method, content=None if method == "GET" else b"{}"))
        assert caught.value.maybe_sent
        assert len(server.heard) == 2
        assert sender.send(server.request()).status == 200


def test_a_connection_whose_server_says_close_is_not_used_again(sender: Any) -> None:
    with served(always(response_bytes(b"", "200 OK", "Connection: close"))) as server:
        for _ in range(3):
            sender.send(server.request("POST", content=b"{}"))
    assert server.connections == 3


def test_closing_closes_the_connections_and_the_next_call_opens_new_ones(sender: Any) -> None:
    sender.close()
    with served(always(response_bytes())) as server:
        sender.send(server.request())
        sender.close()
        all_closed(server, sender)
        sender.send(server.request())
    assert server.connections == 2


def test_a_call_that_outlives_its_transport_leaves_no_connection_open(sender: Any) -> None:
    """The transport is closed while the server works on the request. The call may end in a response or an error."""
    heard, closed = threading.Event(), threading.Event()

    def script(talk: Conversation) -> None:
        while talk.hear():
            heard.set()
            closed.wait(20)
            talk.say(response_bytes())

    def close() -> None:
        assert heard.wait(20)
        sender.close()
        closed.set()

    with served(script) as server:
        if sender.name.startswith("async"):

            async def together() -> None:
                call = asyncio.create_task(sender.transport.send(server.request()))
                assert await asyncio.to_thread(heard.wait, 20)
                await sender.transport.close()
                closed.set()
                await asyncio.wait([call])
                with suppress(TransportError):
                    call.result()

            sender.runner.run(together())
        else:
            with ThreadPoolExecutor(1) as pool:
                ended = pool.submit(close)
                with suppress(TransportError):
                    sender.send(server.request())
                ended.result()
        all_closed(server, sender)


def _faulty() -> Iterator[bytes]:
    yield b"ab"
    raise LookupError("ours")


ENDS: dict[str, tuple[dict[str, Any], type[BaseException] | None]] = {
    "/200": ({}, None),
    "/500": ({}, None),
    "/half": ({}, NetworkError),
    "/reset": ({}, NetworkError),
    "/no-gzip": ({}, NetworkError),
    "/large": ({"max_response_bytes": 10}, ResponseTooLargeError),
    "/large?unpacked": ({"max_response_bytes": 1000}, ResponseTooLargeError),
    "/silent": ({"timeout": 0.1}, RequestTimeoutError),
    "/silent?deadline": ({"deadline": 0.1}, RequestTimeoutError),
    "/begun?deadline": ({"deadline": 0.1}, RequestTimeoutError),
    "/fault": ({}, LookupError),
    "/cancelled": ({}, asyncio.CancelledError),
}
"""What a server does with a request to each path, the limits of the request, and the error."""


def _as_the_path_says(talk: Conversation) -> None:
    ends = {
        b"/500": response_bytes(b"", "500 Internal Server Error"),
        b"/half": response_bytes(b"abc", "200 OK", "Content-Length: 9"),
        b"/no-gzip": response_bytes(b"abc", "200 OK", "Content-Encoding: gzip"),
        b"/large": response_bytes(b"x" * 11),
        b"/large?unpacked": response_bytes(gzip.compress(b"x" * 5000), "200 OK", "Content-Encoding: gzip"),
        b"/silent": b"",
        b"/silent?deadline": b"",
        b"/begun?deadline": response_bytes(b"abc", "200 OK", "Content-Length: 9"),
        b"/cancelled": b"",
    }
    while request := talk.hear():
        path = request.split(b" ")[1]
        if path == b"/reset":
            return talk.reset()
        talk.say(ends.get(path, response_bytes()))
        if path == b"/half":
            return None
    return None


@pytest.fixture
def _one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in LIBRARIES:  # loaded before, because the limits of the libraries themselves stay as they are
        importlib.import_module(f"trustoo.transport.{library}")
    for module in ("connections", "loops"):
        monkeypatch.setattr(f"trustoo.transport.{module}.CONNECTIONS", 1)


@pytest.mark.usefixtures("_one_place")
@pytest.mark.parametrize("kind", KINDS)
def test_however_a_call_ends_its_place_is_free_and_its_broken_connection_closed(kind: str) -> None:
    with served(_as_the_path_says) as server, sender_of(kind) as sender:

        async def cancelled(request: HTTPRequest) -> None:
            heard, call = len(server.heard), asyncio.create_task(sender.transport.send(request))
            while len(server.heard) == heard:
                await asyncio.sleep(0.001)
            call.cancel()
            await call

        for path, (limits, expected) in ENDS.items():
            request = server.request("POST", path, content=b"{}", **limits)
            if path == "/fault":
                request = replace(request, content=_faulty(), headers={**request.headers, "Content-Length": "9"})
            if path == "/cancelled":
                if kind.startswith("async"):
                    with pytest.raises(asyncio.CancelledError):
                        sender.runner.run(cancelled(request))
            elif expected is not None:
                with pytest.raises(expected):
                    sender.send(request)
            else:
                sender.send(request)
            assert sender.send(server.request(deadline=2.0)).status == 200, f"the place of {path} is lost"
            # Each client of pyreqwest, which is for one timeout, keeps a connection.
            all_closed(server, sender, but=3 if "pyreqwest" in kind else 1)


@pytest.mark.usefixtures("_one_place")
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_without_a_place_is_not_sent_and_ends_at_its_deadline(kind: str) -> None:
    heard, go_on = threading.Event(), threading.Event()

    def script(talk: Conversation) -> None:
        while talk.hear():
            heard.set()
            go_on.wait(20)
            talk.say(response_bytes(b"done"))

    with served(script) as server, sender_of(kind) as sender:
        first, second = server.request(timeout=20), server.request("POST", timeout=20, deadline=0.2, content=b"{}")
        problem = pytest.raises(RequestTimeoutError, match="/p: all connections were in use")
        if kind.startswith("async"):

            async def together() -> bytes:
                call = asyncio.create_task(sender.transport.send(first))
                assert await asyncio.to_thread(heard.wait, 20)
                with problem as caught:
                    await sender.transport.send(second)
                assert not caught.value.maybe_sent
                go_on.set()
                return bytes((await call).content)

            assert sender.runner.run(together()) == b"done"
        else:
            with ThreadPoolExecutor(1) as pool:
                call = pool.submit(sender.send, first)
                assert heard.wait(20)
                try:
                    with problem as caught:
                        sender.send(second)
                finally:
                    go_on.set()
                assert not caught.value.maybe_sent
                assert call.result().content == b"done"
        assert len(server.heard) == 1
        assert sender.send(replace(second, deadline=20.0)).content == b"done"


@pytest.mark.parametrize("kind", KINDS)
def test_an_idle_connection_is_closed_and_replaced_after_its_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers close idle connections, and a request that meets the closing is lost."""
    monkeypatch.setattr(f"trustoo.transport.{kind.removeprefix('async ')}.KEPT_SECONDS", 0.1)
    with served(always(response_bytes())) as server, sender_of(kind) as sender:
        sender.send(server.request())
        time.sleep(0.15)
        sender.send(server.request())
        assert server.connections == 2
        all_closed(server, sender, but=1)


def test_many_different_timeouts_do_not_keep_many_connections_open(
    sender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustoo.transport.pyreqwest.KEPT_SECONDS", 60)  # longer than this test waits
    with served(always(response_bytes())) as server:
        for number in range(20):
            sender.send(server.request(timeout=1.0 + number / 10))
        all_closed(server, sender, but=16)
        assert sender.send(server.request(timeout=1.0)).status == 200


@pytest.mark.parametrize("calls", [20, 150])
def test_calls_at_once_each_get_their_own_response(sender: Any, calls: int) -> None:
    at_once, most = set[int](), 0

    def echo(talk: Conversation) -> None:
        nonlocal most
        while request := talk.hear():
            at_once.add(talk.number)
            most = max(most, len(at_once))
            time.sleep(0.01)
            at_once.discard(talk.number)
            talk.say(response_bytes(request.split(b" ")[1]))

    with served(echo) as server:
        for _ in range(2):
            requests = [server.request(path=f"/{number}", timeout=20) for number in range(calls)]
            responses = sender.send_all(requests)
            assert [response.content.decode() for response in responses] == [f"/{number}" for number in range(calls)]
    assert len(server.heard) == 2 * calls
    assert most <= 100
    # A request of pyreqwest's may open a connection while one that is no longer needed goes back to the pool.
    assert server.most <= 100 or "pyreqwest" in sender.name


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_call_that_waits_for_a_free_connection_too_long_sent_nothing(library: str) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        server.stop.wait(20)

    with served(script) as server, sender_of(f"async {library}") as one:

        async def run() -> TransportError:
            others = [asyncio.create_task(one.transport.send(server.request(timeout=4))) for _ in range(100)]
            while len(server.heard) < 100:
                await asyncio.sleep(0.01)
            # With the same timeout, since pyreqwest has connections of their own for each.
            with pytest.raises(RequestTimeoutError) as caught:
                await one.transport.send(server.request("POST", timeout=4, content=b"{}"))
            await asyncio.gather(*others, return_exceptions=True)
            return caught.value

        error = one.runner.run(run())
    assert error.maybe_sent or not any(request.startswith(b"POST") for request in server.heard)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_cancelled_call_leaves_no_half_used_connection(library: str) -> None:
    def script(talk: Conversation) -> None:
        while request := talk.hear():
            time.sleep(0.3 if b"/slow" in request else 0)
            talk.say(response_bytes(request.split(b" ")[1]))

    with served(script) as server, sender_of(f"async {library}") as one:

        async def run() -> bytes:
            slow = asyncio.create_task(one.transport.send(server.request(path="/slow")))
            while not server.heard:
                await asyncio.sleep(0.01)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            content: bytes = (await one.transport.send(server.request(path="/fast"))).content
            return content

        assert one.runner.run(run()) == b"/fast"
    assert server.connections == 2


def ran(program: str, library: str, server: Served) -> subprocess.CompletedProcess[str]:
    """The program, run to its end in a process of its own, with the library and the server's address as arguments."""
    line = [sys.executable, "-c", program, library, server.address]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


LOOPS = """
import asyncio, sys
from trustoo.transport import AsyncNamedTransport, HTTPRequest, NamedTransport
library, address = sys.argv[1:]
transport, request = AsyncNamedTransport(library), HTTPRequest("GET", address + "/p", {}, None, 5.0)
print(*[asyncio.run(transport.send(request)).status for _ in range(3)])
asyncio.run(transport.close())
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_second_event_loop_gets_connections_of_its_own(library: str) -> None:
    with served(always(response_bytes())) as server:
        done = ran(LOOPS, library, server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "200 200 200\n", "")
    assert len(server.heard) == 3


ENDS_AT_ONCE = """
import asyncio, sys, time
from trustoo.transport import AsyncNamedTransport, HTTPRequest, NamedTransport

async def main(library, request):
    loop = asyncio.get_running_loop()
    wake = loop._write_to_self
    loop._write_to_self = lambda: (wake(), [time.sleep(0.001) for _ in range(200)])
    transport = AsyncNamedTransport(library)
    print((await transport.send(request)).status)
    await transport.close()

library, address = sys.argv[1:]
asyncio.run(main(library, HTTPRequest("GET", address + "/p", {}, None, 5.0)))
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_process_that_ends_while_the_last_response_is_delivered_ends_well(library: str) -> None:
    # A loop runs on before the thread that woke it has returned from that; here that one lingers in the interpreter.
    with served(always(response_bytes())) as server:
        done = ran(ENDS_AT_ONCE, library, server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "200\n", "")


FORKED = """
import os, sys, warnings
warnings.filterwarnings("ignore", message=".* multi-threaded, use of fork", category=DeprecationWarning)
from trustoo.transport import NamedTransport, HTTPRequest
library, address = sys.argv[1:]
transport, request = NamedTransport(library), HTTPRequest("GET", address + "/p", {}, None, 5.0)
print(transport.send(request).status)
sys.stdout.flush()
if (child := os.fork()) == 0:
    print(transport.send(request).status, NamedTransport(library).send(request).status)
    transport.close()
    sys.stdout.flush()
    os._exit(0)
print(os.waitpid(child, 0)[1])
print(transport.send(request).status)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
@pytest.mark.parametrize("library", SYNC)
def test_a_forked_process_sends_over_connections_of_its_own(library: str) -> None:
    with served(always(response_bytes())) as server:
        done = ran(FORKED, library, server)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == ["200", "200 200", "0", "200"]
    assert server.connections == 3  # the parent's one served it before and after


# --- addresses


@pytest.mark.parametrize(
    "address",
    ["ftp://x.test/p", "x.test/p", "/p", "", "http://", "http://x.test:x/p", "http://[::1/p"],
)
def test_an_address_that_is_none_is_a_configuration_error(sender: Any, address: str) -> None:
    with pytest.raises(ConfigurationError):
        sender.send(HTTPRequest("GET", address, {}))


@pytest.mark.parametrize("path", ["", "?a=b", "/", "/?a=b", "/é?a=%20", "/a/b?c"])
def test_every_path_arrives_as_it_is_with_characters_encoded(sender: Any, path: str) -> None:
    with served(always(response_bytes())) as server:
        sender.send(server.request(path=path))
    target = path if path.startswith("/") else f"/{path}"
    assert server.heard[0].split(b" ")[1] == target.replace("é", "%C3%A9").encode()


def test_names_and_ipv6_addresses_are_reached(sender: Any) -> None:
    with served(always(response_bytes())) as server:
        port = server.address.rpartition(":")[2]
        assert sender.send(HTTPRequest("GET", f"http://localhost:{port}/p", {})).status == 200
    with pytest.raises(TransportError, match=r"GET \[::1\]:9/p: "):
        sender.send(HTTPRequest("GET", "http://[::1]:9/p", {}))
    assert b"host: localhost:" in server.heard[0].lower()


# --- TLS


def test_a_server_whose_certificate_nobody_trusts_gets_nothing(sender: Any) -> None:
    with served(always(response_bytes()), tls=True) as server, pytest.raises(ConnectError) as caught:
        sender.send(server.request("POST", content=b"{}"))
    assert not caught.value.maybe_sent
    assert not server.heard


@pytest.mark.skipif(sys.platform != "linux", reason="pyreqwest reads the variable on Linux only")
def test_the_environments_certificates_are_trusted(sender: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates().authority))
    with served(always(response_bytes()), tls=True) as server:
        assert sender.send(server.request()).status == 200
        assert sender.send(server.request()).status == 200
        with pytest.raises(ConnectError):  # the certificate is another name's
            sender.send(HTTPRequest("GET", server.address.replace("127.0.0.1", "127.0.0.2") + "/p", {}))
    assert len(server.heard) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="pyreqwest reads the variable on Linux only")
def test_the_environments_directory_of_certificates_is_trusted(
    sender: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = certificates().authority
    line = ["openssl", "x509", "-hash", "-noout", "-in", str(authority)]
    name = subprocess.run(line, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    (tmp_path / f"{name}.0").write_bytes(authority.read_bytes())  # OpenSSL finds certificates by such names only
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with served(always(response_bytes()), tls=True) as server:
        assert sender.send(server.request()).status == 200


def test_certificates_are_loaded_again_only_if_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "EXAMPLE.pem"
    file.write_bytes(certificates().authority.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    first = trusted_certificates()
    assert trusted_certificates() is first
    os.utime(file, ns=(1, 1))
    assert trusted_certificates() is not first


def test_several_directories_of_certificates_need_one_that_is_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join([str(tmp_path / "missing"), str(tmp_path)]))
    assert isinstance(trusted_certificates(), ssl.SSLContext)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "missing"))
    with pytest.raises(ConfigurationError, match=r"SSL_CERT_DIR=.*missing cannot be used"):
        trusted_certificates()


def test_a_file_for_keys_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "EXAMPLE.pem"
    file.write_bytes(certificates().authority.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "missing" / "keys"))
    with pytest.raises(ConfigurationError, match=r"SSLKEYLOGFILE=.*keys cannot be used"):
        trusted_certificates()


# --- proxies


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["setting", "HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_requests_go_through_the_proxy(kind: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(always(response_bytes(b"proxied"))) as proxy:
        if how != "setting":
            monkeypatch.setenv(how, proxy.address)
        with sender_of(kind, proxy.address if how == "setting" else None) as sender:
            assert sender.send(HTTPRequest("GET", "http://api.example.test/p?a=b", {})).content == b"proxied"
    assert proxy.heard[0].startswith(b"GET http://api.example.test/p?a=b HTTP/1.1\r\n")


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_the_environment_excepts_goes_past_the_proxy(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(always(response_bytes(b"direct"))) as server, served(always(response_bytes(b"proxied"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with sender_of(kind) as sender:
            assert sender.send(server.request()).content == b"direct"
    assert not proxy.heard


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("url", ["http://api.example.test/p", "https://api.example.test/p"])
def test_an_unreachable_proxy_is_named_without_its_address(
    kind: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://user:EXAMPLE-password@127.0.0.1:1")
    with sender_of(kind) as sender, pytest.raises(ConnectError, match="the proxy cannot be reached: ") as caught:
        sender.send(HTTPRequest("GET", url, {}))
    assert "HTTPS_PROXY" in str(caught.value)
    assert "EXAMPLE-password" not in str(caught.value)
    assert not caught.value.maybe_sent


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_refuses_the_user_says_what_to_check(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(always(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        with sender_of(kind) as sender, pytest.raises(ConnectError, match=r"407 .*Check the user name") as caught:
            sender.send(HTTPRequest("GET", "https://api.example.test/p", {}))
    assert not caught.value.maybe_sent


def _saying(content: bytes, later: bytes = b"") -> Script:
    """The server responds with `content`, hears more, says `later`, and waits until the client closes."""

    def then(talk: Conversation) -> None:
        talk.say(content)
        if later and talk._more():
            talk.say(later)
        talk.hear()

    return failing(then)


TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
BROKEN_PROXIES: dict[str, Script] = {
    "403": _saying(response_bytes(b"", "403 Forbidden")),
    "end": failing(lambda talk: None),
    "reset": failing(Conversation.reset),
    "silence": failing(Conversation.hear),
    "no TLS behind it": _saying(TUNNEL, b"EXAMPLE no TLS\r\n"),
    "silence behind it": _saying(TUNNEL),
}
"""What a proxy does with CONNECT."""


@pytest.mark.parametrize("kind", ["httpx", "async httpx"])  # which sends for all libraries if there is a proxy
@pytest.mark.parametrize("case", BROKEN_PROXIES)
def test_a_proxy_that_makes_no_tunnel_was_sent_no_request_and_its_connection_is_closed(kind: str, case: str) -> None:
    with served(BROKEN_PROXIES[case]) as proxy, sender_of(kind, proxy.address) as sender:
        for limits in ({"timeout": 0.2}, {"timeout": 20.0, "deadline": 0.2}):
            with pytest.raises(TransportError) as caught:
                sender.send(HTTPRequest("POST", "https://api.example.test/p", {}, b"{}", **limits))  # type: ignore[arg-type]
            assert not caught.value.maybe_sent, str(caught.value)
            all_closed(proxy, sender)


def test_a_host_name_is_sent_in_the_spelling_that_browsers_use() -> None:
    for spelling in ("b\u00fccher.test", "B\u00dcCHER.test", "\uff42\u00fccher.test"):  # the last with a full-width b
        origin, target = split_url(HTTPRequest("GET", f"http://{spelling}:8080/p", {}))
        assert (origin.host, origin.authority, target) == ("xn--bcher-kva.test", "xn--bcher-kva.test:8080", "/p")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://x.test:0/", "its port is 0"),
        ("http://x.test:1/\n", "line break or a control character"),
        ("http:///p", "does not begin with http:// or https:// and a host"),
        ("ftp://x.test/", "does not begin with http:// or https:// and a host"),
        (5, "not text|not a string"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_reason(url: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_http_url(url)


# --- secrets


def test_no_log_line_holds_a_secret_of_the_address_or_the_response(
    sender: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(logging.root.manager.loggerDict):  # what the transports of other tests did
        if name.startswith(("httpx", "httpcore")):
            monkeypatch.setattr(logging.getLogger(name), "filters", [])
    raw = response_bytes(b"{}", "200 OK", 'X-Echo: {"access_token": "EXAMPLE-token"}')
    with caplog.at_level(logging.DEBUG), served(always(raw)) as server:
        sender.send(server.request(path="/p?client_secret=EXAMPLE-secret"))
        with pytest.raises(ConnectError):
            sender.send(HTTPRequest("GET", "http://127.0.0.1:9/p?client_secret=EXAMPLE-secret", {}))
    said = "".join(f"{record.getMessage()}{vars(record)}" for record in caplog.records)
    assert "EXAMPLE-" not in said


def test_repr_of_a_response_shows_neither_headers_nor_content(sender: Any) -> None:
    with served(always(response_bytes(b"EXAMPLE-content", "200 OK", "X-A: EXAMPLE-header"))) as server:
        response = sender.send(server.request())
    assert repr(response) == "HTTPResponse(status=200)"
    if "httpx" not in sender.name:
        assert "EXAMPLE" not in repr(response.headers)


# --- content in pieces


async def _as_async(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


PIECES = [b"ab", b"", b"c" * 100_000, b"d"]
ITERABLES: dict[str, Callable[[list[bytes]], Any]] = {"list": list, "iterator": iter, "async iterator": _as_async}


@pytest.mark.parametrize("form", ITERABLES)
def test_content_may_come_in_pieces(sender: Any, form: str) -> None:
    whole = b"".join(PIECES)
    with served(always(response_bytes())) as server:
        for _ in range(2):
            request = replace(server.request("POST"), content=ITERABLES[form](PIECES))
            request = replace(request, headers={**request.headers, "Content-Length": str(len(whole))})
            if form == "async iterator" and not sender.name.startswith("async"):
                with pytest.raises(ConfigurationError, match="async iterable, which only AsyncTrustoo can send"):
                    sender.send(request)
            else:
                assert sender.send(request).status == 200
    for heard in server.heard:
        head, _, body = heard.partition(b"\r\n\r\n")
        assert body == whole
        assert head.lower().count(b"content-length") == 1
        assert b"transfer-encoding" not in head.lower()


def _slow(pieces: int, pause: float) -> Iterator[bytes]:
    for _ in range(pieces):
        time.sleep(pause)
        yield b"x"


async def _slow_async(pieces: int, pause: float) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        await asyncio.sleep(pause)
        yield b"x"


SLOW = [
    (kind, slow)
    for kind in KINDS
    for slow in (_slow, _slow_async)
    if "pyreqwest" not in kind and (slow is _slow or kind.startswith("async"))
]
"""Without pyreqwest, which has one wait for sending and the head, and reads a body of a known length in one step."""


@pytest.mark.parametrize(("kind", "slow"), SLOW)
def test_the_deadline_of_content_in_pieces_begins_when_it_is_sent(kind: str, slow: Callable[..., Any]) -> None:
    def script(talk: Conversation) -> None:
        while request := talk.hear():
            talk.say(response_bytes(b"done", "200 OK", f"Content-Length: {4 if b'/done' in request else 44}"))
            for _ in range(0 if b"/done" in request else 40):
                if not server.stop.wait(0.05):
                    talk.say(b"x")

    with served(script) as server, sender_of(kind) as sender:
        requests = [
            replace(
                server.request("POST", path, timeout=20, deadline=0.3),
                content=slow(3, 0.15),
                headers={"Content-Length": "3"},
            )
            for path in ("/done", "/drips")
        ]
        assert sender.send(requests[0]).content == b"done"
        with pytest.raises(RequestTimeoutError, match=r"/drips: no complete response within the deadline of 0\.3 s"):
            sender.send(requests[1])


@pytest.mark.exclusive
@pytest.mark.parametrize(("kind", "slow"), SLOW)
def test_the_timeout_counts_neither_the_pauses_of_the_content_nor_its_response(
    kind: str, slow: Callable[..., Any]
) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        for piece in (response_bytes(b"d", "200 OK", "Content-Length: 3"), b"o", b"n"):
            time.sleep(0.2)
            talk.say(piece)

    with served(script) as server, sender_of(kind) as sender:
        request = server.request("POST", timeout=0.4)
        request = replace(request, content=slow(1, 0.5), headers={"Content-Length": "1"})
        assert sender.send(request).content == b"don"


def test_a_fault_of_the_callers_content_reaches_the_caller(sender: Any) -> None:
    def content() -> Iterator[bytes]:
        yield b"ab"
        raise LookupError("ours")

    with served(always(response_bytes())) as server:
        request = server.request("POST", timeout=2)
        request = replace(request, content=content(), headers={**request.headers, "Content-Length": "9"})
        with pytest.raises(LookupError, match="ours"):
            sender.send(request)
        assert sender.send(server.request()).status == 200


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_cancelled_call_has_closed_its_content(library: str) -> None:
    closed = list[str]()

    async def run() -> None:
        begun = asyncio.Event()

        async def content() -> AsyncIterator[bytes]:
            try:
                for number in range(10_000):
                    if number == 3:
                        begun.set()
                    yield b"x" * 100_000
            finally:
                closed.append(library)

        request = server.request("POST", timeout=20)
        request = replace(request, content=content(), headers={**request.headers, "Content-Length": "1000000000"})
        task = asyncio.create_task(one.transport.send(request))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == [library]

    async def notice() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    with sender_of(f"async {library}") as one:
        with served(lambda talk: server.stop.wait(20)) as server:
            one.runner.run(run())
        one.runner.run(notice())  # that the server has disconnected, so that asyncio drops what it could not send


@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_content_of_any_size_arrives(sender: Any, size: int) -> None:
    with served(always(response_bytes())) as server:
        assert sender.send(server.request("POST", content=b"x" * size, timeout=20)).status == 200
    assert server.heard[0].endswith(b"\r\n\r\n" + b"x" * size)


@pytest.mark.parametrize("form", [bytes, lambda content: iter([content] * 2)], ids=["bytes", "iterator"])
def test_a_server_that_does_not_read_is_a_timeout(sender: Any, form: Callable[[bytes], Any]) -> None:
    def script(talk: Conversation) -> None:
        server.stop.wait(20)

    content = b"x" * 20_000_000
    with served(script) as server:
        request = server.request("POST", timeout=0.5)
        headers = {**request.headers, "Content-Length": str(2 * len(content))}
        request = replace(request, content=form(content), headers=request.headers if form is bytes else headers)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError) as caught:
            sender.send(request)
    assert caught.value.maybe_sent
    assert time.monotonic() - began < 5


# --- limits of a request


def test_a_body_as_large_as_the_limit_is_read(sender: Any) -> None:
    content = random.Random(0).randbytes(10_000)  # what cannot be compressed
    packed = response_bytes(gzip.compress(content), "200 OK", "Content-Encoding: gzip")
    for raw in (response_bytes(content), packed):
        with served(always(raw)) as server:
            assert sender.send(server.request(max_response_bytes=10_000)).content == content
            with pytest.raises(ResponseTooLargeError, match=r"/p: the response is larger than 9999 bytes") as caught:
                sender.send(server.request(max_response_bytes=9_999))
            assert caught.value.maybe_sent


@pytest.mark.parametrize("chunked", [False, True])
def test_the_rest_of_a_body_that_is_too_large_is_not_read(sender: Any, chunked: bool) -> None:
    sent: Counter[int] = Counter()

    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(b"", "200 OK", CHUNKED if chunked else "Content-Length: 50000000"))
            talk.say(b"2faf080\r\n" if chunked else b"")
            for _ in range(50):
                talk.say(b"x" * 1_000_000)
                sent[talk.number] += 1
            talk.say(b"\r\n0\r\n\r\n" if chunked else b"")

    with served(script) as server:
        with pytest.raises(ResponseTooLargeError) as caught:
            sender.send(server.request("POST", content=b"{}", max_response_bytes=1_000))
        assert caught.value.maybe_sent
        assert sent[1] < 40
        all_closed(server, sender)
        assert len(sender.send(server.request(max_response_bytes=50_000_000, timeout=20)).content) == 50_000_000
    assert server.connections == 2


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_small_body_that_unpacks_to_a_large_one_is_refused(sender: Any, coding: str) -> None:
    content = b"\0" * 50_000_000
    packed = gzip.compress(content) if coding == "gzip" else zlib.compress(content)
    with served(always(response_bytes(packed, "200 OK", f"Content-Encoding: {coding}"))) as server:
        for _ in range(2):
            with pytest.raises(ResponseTooLargeError) as caught:
                sender.send(server.request(max_response_bytes=1_000_000))
            assert caught.value.maybe_sent


DRIPS = {
    "nothing": (b"", b""),
    "head": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "body": (response_bytes(b"", "200 OK", "Content-Length: 1000000"), b"x"),
    "chunks": (response_bytes(b"", "200 OK", CHUNKED), b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("case", DRIPS)
def test_a_response_that_drips_ends_at_the_deadline(sender: Any, case: str) -> None:
    beginning, drop = DRIPS[case]

    def script(talk: Conversation) -> None:
        if talk.hear() and talk.number == 1:
            talk.say(beginning)
            while not server.stop.wait(0.1):
                talk.say(drop)
        talk.say(response_bytes(b"next"))

    with served(script) as server:
        began = time.monotonic()
        with pytest.raises(
            RequestTimeoutError, match=r"/p: no complete response within the deadline of 0\.5 s"
        ) as caught:
            sender.send(server.request("POST", content=b"{}", deadline=0.5, timeout=30))
        assert time.monotonic() - began < 20
        assert caught.value.maybe_sent
        assert sender.send(server.request(deadline=20)).content == b"next"
    assert server.connections == 2


# --- event loops


UNCLOSED = """
import asyncio, gc, sys, warnings
warnings.simplefilter("always")
warnings.filterwarnings("ignore", message="unclosed (transport|<socket)", category=ResourceWarning)
from trustoo.transport import AsyncNamedTransport, HTTPRequest, NamedTransport
library, address = sys.argv[1:]
request = HTTPRequest("GET", address + "/p", {}, None, 5.0)

async def forget():
    transport = AsyncNamedTransport(library)
    await transport.send(request)

async def go_on():
    await forget()
    gc.collect()
    await asyncio.sleep(0.05)

for _ in range(2):
    asyncio.run(forget())
    asyncio.run(go_on())
    gc.collect()
with asyncio.Runner() as runner:
    runner.run(forget())
    gc.collect()
    at_exit = AsyncNamedTransport(library)
    runner.run(at_exit.send(request))
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_transport_that_nobody_closes_says_nothing(library: str) -> None:
    with served(always(response_bytes())) as server:
        done = ran(UNCLOSED, library, server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("library", [library for library in LIBRARIES if library != "pyreqwest"])
def test_connections_of_a_loop_that_ended_abruptly_are_dropped_in_the_next(library: str) -> None:
    """A loop that is closed without `shutdown_asyncgens`, unlike in `asyncio.run`."""
    transport = AsyncNamedTransport(library)  # type: ignore[arg-type]
    with served(always(response_bytes())) as server:
        for _ in range(3):
            loop = asyncio.new_event_loop()
            assert loop.run_until_complete(transport.send(server.request())).status == 200
            loop.close()
            del loop
            gc.collect()
            until = time.monotonic() + 5
            while server.open > 1 and time.monotonic() < until:
                time.sleep(0.01)
            assert server.open <= 1
        asyncio.run(transport.close())
    del transport
    gc.collect()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_call_that_ended_leaves_no_task_and_no_timer_that_fails(library: str) -> None:
    failed = list[dict[str, Any]]()

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: failed.append(context))
        for path, (limits, expected) in ENDS.items():
            if path in ("/fault", "/cancelled"):
                continue
            for content in (b"{}", _as_async([b"{}"]), [b"{}"]):
                request = server.request("POST", path, **{"deadline": 0.1, **limits})
                request = replace(request, content=content)
                if not isinstance(content, bytes):
                    request = replace(request, headers={**request.headers, "Content-Length": "2"})
                with suppress(expected or KeyError):
                    await one.transport.send(request)
        await asyncio.sleep(0.15)  # beyond the deadlines of calls that ended early
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with served(_as_the_path_says) as server, sender_of(f"async {library}") as one:
        one.runner.run(run())
    assert failed == []


def test_aiohttp_serves_event_loops_of_several_threads() -> None:
    transport = AsyncNamedTransport("aiohttp")

    async def many(number: int) -> list[bytes]:
        requests = [server.request(path=f"/{number}/{index}", timeout=20) for index in range(20)]
        responses = [response for _ in range(5) for response in await asyncio.gather(*map(transport.send, requests))]
        await transport.close()
        return [response.content for response in responses]

    def echo(talk: Conversation) -> None:
        while request := talk.hear():
            talk.say(response_bytes(request.split(b" ")[1]))

    with served(echo) as server, ThreadPoolExecutor(3) as pool:
        for number, contents in enumerate(pool.map(lambda number: asyncio.run(many(number)), range(3))):
            assert contents == [f"/{number}/{index}".encode() for index in range(20)] * 5


def test_aiohttp_closes_the_connections_of_a_transport_that_another_thread_forgets() -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        with served(always(response_bytes())) as server:
            transport = AsyncNamedTransport("aiohttp")
            asyncio.run_coroutine_threadsafe(transport.send(server.request()), loop).result(20)
            assert server.open == 1
            del transport
            gc.collect()
            deadline = time.monotonic() + 5
            while server.open and time.monotonic() < deadline:
                time.sleep(0.01)
            assert server.open == 0
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


# --- what a first call loads


@pytest.mark.parametrize("library", ["httpcore", "aiohttp"])
def test_certificates_are_loaded_for_https_only(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(f"trustoo.transport.{library}.trusted_certificates", lambda: loaded.append(library))
    with served(always(response_bytes())) as server, sender_of(f"async {library}") as sender:
        sender.send(server.request())
        assert loaded == []
        with pytest.raises(TransportError):
            sender.send(HTTPRequest("GET", server.address.replace("http:", "https:"), {}, timeout=0.5))
        assert loaded == [library]


def test_a_resolver_decides_to_which_addresses_connections_are_made() -> None:
    with served(always(response_bytes())) as server:
        port = int(server.address.rpartition(":")[2])
        asked = list[tuple[str, int]]()

        def resolver(host: str, port: int) -> list[str]:
            asked.append((host, port))
            return ["::1", "127.0.0.1"]  # nobody listens at the first

        transport = NamedTransport(resolver=resolver)
        for _ in range(2):
            assert transport.send(HTTPRequest("GET", f"http://shop.example:{port}/p", {}, None, 5.0)).status == 200
        transport.close()
        assert asked == [("shop.example", port)]
        assert f"Host: shop.example:{port}".encode() in server.heard[0]
        assert server.connections == 1


def test_a_proxy_beside_a_resolver_finds_the_addresses_itself() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise AssertionError("The proxy finds the addresses.")

    with served(always(response_bytes())) as server:
        transport = NamedTransport(proxy=server.address, resolver=resolver)
        assert transport.send(HTTPRequest("GET", "http://shop.example/p", {}, None, 5.0)).status == 200
        transport.close()
        assert server.heard[0].startswith(b"GET http://shop.example/p ")


def test_a_resolver_that_refuses_makes_no_connection() -> None:
    def refusing(host: str, port: int) -> list[str]:
        raise LookupError(f"{host} is not allowed")

    def ignorant(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with served(always(response_bytes())) as server:
        request = server.request()
        with pytest.raises(LookupError, match=r"127\.0\.0\.1 is not allowed"):
            NamedTransport(resolver=refusing).send(request)
        resolvers: tuple[Resolver, ...] = (ignorant, lambda host, port: [])
        for resolver in resolvers:
            with pytest.raises(ConnectError) as caught:
                NamedTransport(resolver=resolver).send(request)
            assert not caught.value.maybe_sent
        assert server.connections == 0


def test_a_resolver_is_not_asked_if_there_is_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(always(response_bytes(b"from the proxy"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("http_proxy", proxy.address)
        transport = NamedTransport(resolver=lambda host, port: ["127.0.0.1"])
        response = transport.send(HTTPRequest("GET", "http://shop.example/p", {}, None, 5.0))
        transport.close()
        assert response.content == b"from the proxy"
        assert proxy.heard[0].startswith(b"GET http://shop.example/p ")


@pytest.mark.parametrize("library", ["httpx", "pyreqwest", "aiohttp"])
def test_only_httpcore_has_a_resolver(library: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"resolver is for the transport httpcore, not for {library}"):
        NamedTransport(library, resolver=lambda host, port: [])
