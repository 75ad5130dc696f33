"""Bytes go out once, with a timeout, and whatever goes wrong below is one of our errors."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import h11
import httpcore
import httpx
import pytest
from trustoo import (
    ConfigurationError,
    ConnectError,
    NetworkError,
    RequestTimeoutError,
    ResponseTooLargeError,
    TrustooError,
)
from trustoo.retry import outcome_of
from trustoo.transport import AsyncNamedTransport, HTTPRequest, HTTPResponse, NamedTransport
from trustoo.transport.errors import unusable_request
from trustoo.transport.httpx import AsyncHttpxTransport, HttpxTransport
from trustoo.transport.named import async_storage_transport, storage_transport

from tests.support import Recorder, local_server

REQUEST = HTTPRequest("POST", "https://example.test/path?client_secret=EXAMPLE-secret", {"Sign": "s"}, b"{}", 7.0)


def send(
    respond: Callable[[httpx.Request], httpx.Response], request: HTTPRequest = REQUEST, **client: Any
) -> HTTPResponse:
    with httpx.Client(transport=httpx.MockTransport(respond), **client) as http:
        return HttpxTransport(http).send(request)


def send_async(
    respond: Callable[[httpx.Request], httpx.Response], request: HTTPRequest = REQUEST, **client: Any
) -> HTTPResponse:
    async def run() -> HTTPResponse:
        async with httpx.AsyncClient(transport=httpx.MockTransport(respond), **client) as http:
            return await AsyncHttpxTransport(http).send(request)

    return asyncio.run(run())


BOTH = pytest.mark.parametrize("send", [send, send_async], ids=["sync", "async"])
NEVER_SENT = (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ConnectError, httpx.ProxyError)


def test_an_address_that_is_none_is_named_without_its_parameters() -> None:
    request = HTTPRequest("GET", "https://[broken?client_secret=EXAMPLE-secret", {})
    assert str(unusable_request(request, "no host")) == "GET https://[broken: no host"


def classes_below(base: type[Exception]) -> list[type[Exception]]:
    found = [base]
    for kind in base.__subclasses__():
        found += classes_below(kind)
    return found


def failure(send: Any, error: Exception, request: HTTPRequest = REQUEST) -> TrustooError:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(TrustooError) as caught:
        send(respond, request)
    assert caught.value.__cause__ is error
    return caught.value


@BOTH
@pytest.mark.parametrize("kind", classes_below(httpx.TimeoutException))
def test_each_timeout_of_httpx_is_ours(send: Any, kind: type[httpx.TimeoutException]) -> None:
    error = failure(send, kind("late"))
    assert isinstance(error, RequestTimeoutError)
    assert error.maybe_sent is (kind not in NEVER_SENT)


@BOTH
@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in classes_below(httpx.RequestError)
        if not issubclass(kind, httpx.TimeoutException | httpx.UnsupportedProtocol)
    ],
)
def test_each_other_request_error_of_httpx_is_a_failed_connection(send: Any, kind: type[httpx.RequestError]) -> None:
    error = failure(send, kind("broken"))
    assert type(error) is (ConnectError if kind in NEVER_SENT else NetworkError)
    assert error.maybe_sent is (kind not in NEVER_SENT)
    told = "the proxy did not connect: broken" if kind is httpx.ProxyError else "broken"
    assert str(error) == f"POST example.test/path: {told}"


@BOTH
@pytest.mark.parametrize(
    "error",
    [
        httpcore.ReadError("x"),
        h11.LocalProtocolError("x"),
        h11.RemoteProtocolError("x"),
        ConnectionResetError("x"),
        ssl.SSLError("x"),
        httpx.HTTPStatusError("x", request=httpx.Request("GET", "https://x.test"), response=httpx.Response(500)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_escapes_httpx_is_a_failed_connection_too(send: Any, error: Exception) -> None:
    said = failure(send, error)
    assert isinstance(said, NetworkError)
    assert said.maybe_sent


@BOTH
@pytest.mark.parametrize("error", [httpx.UnsupportedProtocol("x"), httpx.InvalidURL("x")])
def test_a_client_or_address_that_cannot_work_is_a_configuration_error(send: Any, error: Exception) -> None:
    assert isinstance(failure(send, error), ConfigurationError)


@BOTH
@pytest.mark.parametrize("error", [LookupError("x"), RuntimeError("x"), httpx.StreamConsumed()])
def test_a_fault_of_the_callers_own_code_reaches_the_caller(send: Any, error: Exception) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(type(error)) as caught:
        send(respond)
    assert caught.value is error
    assert outcome_of(error, is_write=True).is_open


@BOTH
def test_an_address_that_httpx_cannot_read_is_a_configuration_error(send: Any) -> None:
    with pytest.raises(ConfigurationError):
        send(Recorder(), HTTPRequest("GET", "https://exa mple.test:x/", {}))


@BOTH
@pytest.mark.parametrize("error", [httpx.ReadError("client_secret=EXAMPLE-secret"), httpx.ReadTimeout("")])
def test_messages_name_host_and_path_and_no_parameter(send: Any, error: Exception) -> None:
    said = str(failure(send, error))
    assert "POST example.test/path: " in said
    assert "EXAMPLE-secret" not in said


def test_an_error_without_words_is_named_by_its_class() -> None:
    assert str(failure(send, httpx.ReadError(""))) == "POST example.test/path: ReadError"


@BOTH
def test_a_closed_client_is_a_configuration_error(send: Any) -> None:
    http, later = httpx.Client(), httpx.AsyncClient()
    http.close()
    asyncio.run(later.aclose())
    with pytest.raises(ConfigurationError, match="the HTTP client is not available"):
        HttpxTransport(http).send(REQUEST)
    with pytest.raises(ConfigurationError, match="the HTTP client is not available"):
        asyncio.run(AsyncHttpxTransport(later).send(REQUEST))


@BOTH
@pytest.mark.parametrize("own", [None, 99.0])
def test_every_request_has_our_timeout_whatever_the_callers_client_has(send: Any, own: float | None) -> None:
    recorder = Recorder()
    send(recorder, timeout=own)
    # The wait for a connection ends before the deadline, of which this request has none.
    assert recorder.requests[0].extensions["timeout"] == {"connect": 7.0, "read": 7.0, "write": 7.0, "pool": None}


@BOTH
def test_what_is_sent_is_the_request(send: Any) -> None:
    recorder = Recorder()
    response = send(recorder, HTTPRequest("POST", "https://example.test/p?a=%2F&b=&c=%7E%20", {"X-A": "b"}, b"\x00{}"))
    sent = recorder.requests[0]
    assert (sent.method, sent.url.raw_path, sent.content) == ("POST", b"/p?a=%2F&b=&c=%7E%20", b"\x00{}")
    assert sent.headers["x-a"] == "b"
    assert (response.status, response.content) == (200, b'{"code": 0}')


@BOTH
def test_redirects_are_not_followed_even_by_a_client_that_follows(send: Any) -> None:
    recorder = Recorder(lambda request: httpx.Response(302, headers={"Location": "https://elsewhere.test/"}))
    response = send(recorder, follow_redirects=True)
    assert (response.status, response.headers["location"], len(recorder.requests)) == (
        302,
        "https://elsewhere.test/",
        1,
    )


@pytest.mark.parametrize("use_auth", [True, False])
def test_the_callers_authentication_is_used_only_if_asked_for(use_auth: bool) -> None:
    recorder, secret = Recorder(), ("EXAMPLE-user", "EXAMPLE-password")
    with httpx.Client(transport=httpx.MockTransport(recorder), auth=secret) as http:
        HttpxTransport(http, use_auth=use_auth).send(REQUEST)

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(recorder), auth=secret) as http:
            await AsyncHttpxTransport(http, use_auth=use_auth).send(REQUEST)

    asyncio.run(run())
    assert ["authorization" in request.headers for request in recorder.requests] == [use_auth] * 2


@pytest.mark.parametrize("client", [httpx.Client, httpx.AsyncClient])
@pytest.mark.parametrize("named", ["httpcore", "httpx", "pyreqwest"])
def test_uploads_use_the_proxy_and_not_the_authentication_of_a_client(client: Any, named: Any) -> None:
    recorder = Recorder()
    own = client(transport=httpx.MockTransport(recorder), auth=("EXAMPLE-user", "EXAMPLE-password"))
    request = HTTPRequest("GET", "http://img.example.test/p", {})
    with local_server(b"", 204) as (proxy, heard):

        async def run() -> None:
            api = AsyncNamedTransport(named, proxy)
            await async_storage_transport(api, None, own).send(request)
            for transport in (api, cast(Any, object())):
                storage = async_storage_transport(transport, proxy, None)
                assert (await storage.send(request)).status == 204
                await storage.close()

        if client is httpx.AsyncClient:
            asyncio.run(run())
        else:
            api = NamedTransport(named, proxy)
            storage_transport(api, None, own).send(request)
            for transport in (api, cast(Any, object())):
                storage = storage_transport(transport, proxy, None)
                assert storage.send(request).status == 204
                storage.close()
    assert len(heard) == 2
    assert "authorization" not in recorder.requests[0].headers


class Dripping(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The content of a response that never ends by itself."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause, self.read, self.closed = pause, 0, False

    def __iter__(self) -> Iterator[bytes]:
        for self.read in range(1, 2000):
            time.sleep(self.pause)
            yield b"x" * 100

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for self.read in range(1, 2000):
            await asyncio.sleep(self.pause)
            yield b"x" * 100

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


@BOTH
def test_a_response_of_the_callers_transport_is_read_to_the_limit_and_closed(send: Any) -> None:
    drip = Dripping()
    with pytest.raises(ResponseTooLargeError):
        send(lambda _: httpx.Response(200, stream=drip), replace(REQUEST, max_response_bytes=1000))
    assert drip.closed
    assert drip.read == 11


@BOTH
@pytest.mark.parametrize("content", [b"{}", [b"{}"]], ids=["bytes", "pieces"])
def test_a_response_of_the_callers_transport_ends_at_the_deadline(send: Any, content: Any) -> None:
    """The transport is the caller's own. It reports no events, and need not read the content of the request."""
    drip = Dripping(0.005)

    class Careless(httpx.MockTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=drip)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            async for _ in request.stream:  # type: ignore[union-attr]
                pass
            return httpx.Response(200, stream=drip)

    request = replace(REQUEST, content=content, deadline=0.05, headers={"Content-Length": "2"})

    async def run_async() -> None:
        async with httpx.AsyncClient(transport=Careless(Recorder())) as http:
            await AsyncHttpxTransport(http).send(request)

    def run() -> None:
        with httpx.Client(transport=Careless(Recorder())) as http:
            HttpxTransport(http).send(request)

    with pytest.raises(RequestTimeoutError, match=r"within the deadline of 0\.05 s"):
        run() if send is globals()["send"] else asyncio.run(run_async())
    assert drip.closed


@BOTH
def test_a_compressed_response_keeps_its_headers_and_is_unpacked_once(send: Any) -> None:
    packed = gzip.compress(b'{"code": 0}')

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(packed))

    response = send(respond)
    assert response.content == b'{"code": 0}'
    assert response.headers["content-encoding"] == "gzip"


@BOTH
@pytest.mark.parametrize(
    ("event", "status", "is_open"),
    [("request", 200, False), ("response", 200, True), ("response", 500, True), ("response", 404, False)],
)
def test_an_error_of_the_callers_hook_says_whether_the_request_was_sent(
    send: Any, event: str, status: int, is_open: bool
) -> None:
    def hook(seen: Any) -> None:
        if status != 200:
            seen.raise_for_status()
        raise OSError("ours")

    async def later(seen: Any) -> None:
        hook(seen)

    own = hook if send is globals()["send"] else later
    with pytest.raises((OSError, httpx.HTTPStatusError)) as caught:
        send(lambda request: httpx.Response(status, request=request), event_hooks={event: [own]})
    assert outcome_of(caught.value, is_write=True).is_open is is_open


@BOTH
def test_the_callers_event_hooks_run(send: Any) -> None:
    seen: list[object] = []

    async def later(thing: object) -> None:
        seen.append(thing)

    hook = seen.append if send is globals()["send"] else later
    send(Recorder(), event_hooks={"request": [hook], "response": [hook]})
    assert [type(thing) for thing in seen] == [httpx.Request, httpx.Response]


def test_the_callers_client_is_never_closed() -> None:
    with httpx.Client() as http:
        HttpxTransport(http).close()
        assert not http.is_closed

    async def run() -> None:
        async with httpx.AsyncClient() as http:
            await AsyncHttpxTransport(http).close()
            assert not http.is_closed

    asyncio.run(run())


def test_an_own_client_is_made_when_needed_closed_and_made_again() -> None:
    transport = HttpxTransport()
    transport.close()
    with local_server() as (address, heard):
        for _ in range(2):
            assert transport.send(HTTPRequest("GET", f"{address}/x", {})).status == 200
            own = transport._client
            assert own is not None
            transport.close()
            assert own.is_closed
    assert len(heard) == 2


def test_an_own_asyncio_client_is_made_when_needed_closed_and_made_again() -> None:
    async def run(address: str) -> None:
        transport = AsyncHttpxTransport()
        await transport.close()
        for _ in range(2):
            assert (await transport.send(HTTPRequest("GET", f"{address}/x", {}))).status == 200
            own = next(iter(transport._loops._opened.values())).connections
            await transport.close()
            assert own.is_closed

    with local_server() as (address, heard):
        asyncio.run(run(address))
    assert len(heard) == 2


def test_a_hook_that_keeps_the_response_can_read_its_content_later() -> None:
    kept: list[httpx.Response] = []

    def keep(response: httpx.Response) -> None:
        kept.append(response)

    async def keep_async(response: httpx.Response) -> None:
        kept.append(response)

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b'{"code": 0}'))

    with httpx.Client(transport=httpx.MockTransport(respond), event_hooks={"response": [keep]}) as client:
        HttpxTransport(client).send(REQUEST)

    async def run() -> None:
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(respond), event_hooks={"response": [keep_async]}
        ) as client:
            await AsyncHttpxTransport(client).send(REQUEST)

    asyncio.run(run())
    assert [response.content for response in kept] == [b'{"code": 0}'] * 2


def test_a_port_where_nobody_listens_is_a_failed_connection_that_sent_nothing() -> None:
    with local_server() as (address, _):
        pass
    transport = HttpxTransport()
    with pytest.raises(ConnectError) as caught:
        transport.send(HTTPRequest("GET", address, {}))
    transport.close()
    assert not caught.value.maybe_sent


def test_repr_of_request_and_response_shows_neither_headers_nor_content() -> None:
    assert repr(REQUEST) == "HTTPRequest(method='POST', timeout=7.0, deadline=None, max_response_bytes=None)"
    assert "secret" not in repr(HTTPResponse(200, {}, b"secret"))
