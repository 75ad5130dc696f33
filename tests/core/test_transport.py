"""`transport=` takes a name or an object of the caller's; what it cannot use is refused with the remedy."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from trustoo import AsyncTrustoo, ConfigurationError, NetworkError, OutcomeUnknownError, Trustoo
from trustoo.transport import AsyncTransport, HTTPRequest, HTTPResponse, Transport
from trustoo.transport.named import check_name

from tests.support import PRIVATE, PUBLIC, envelope

TOKENS: Any = {"public_token": PUBLIC, "private_token": PRIVATE}
LISTED = envelope({"page": {"page": 1}, "list": [{"id": "1", "rating": 5}]})
KIND = pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])


class Own:
    """A transport as a caller may write one."""

    def __init__(self) -> None:
        self.requests, self.closed = list[HTTPRequest](), 0

    def send(self, request: HTTPRequest) -> HTTPResponse:
        self.requests.append(request)
        if request.method == "POST":
            raise NetworkError("the cable was cut", maybe_sent=True)
        return HTTPResponse(200, {"content-type": "application/json"}, LISTED)

    def close(self) -> None:
        self.closed += 1


class AsyncOwn:
    """The same for asyncio."""

    def __init__(self) -> None:
        self._own = Own()
        self.requests = self._own.requests

    @property
    def closed(self) -> int:
        return self._own.closed

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        return self._own.send(request)

    async def close(self) -> None:
        self._own.close()


def check(own: Own | AsyncOwn) -> None:
    read, other, write = own.requests
    assert (read.method, read.timeout, read.content) == ("GET", 30.0, None)
    assert "/get_reviews?keyword=tea" in read.url
    assert {"Accept", "User-Agent"} < set(read.headers)
    assert other.timeout == 5
    assert isinstance(write.content, bytes)
    assert own.closed == 1


def test_an_object_sends_the_requests_and_is_closed_with_the_client() -> None:
    own = Own()
    transport: Transport = own
    with Trustoo(transport=transport, **TOKENS) as client:
        assert client.reviews.list(keyword="tea").list[0].id == "1"
        client.with_options(timeout=5).reviews.list()
        with pytest.raises(OutcomeUnknownError, match="the cable was cut"):
            client.reviews.create(rating=5, author="Zoë")
        assert own.closed == 0
    check(own)


def test_an_asyncio_object_sends_the_requests_and_is_closed_with_the_client() -> None:
    own = AsyncOwn()
    transport: AsyncTransport = own

    async def run() -> None:
        async with AsyncTrustoo(transport=transport, **TOKENS) as client:
            assert (await client.reviews.list(keyword="tea")).list[0].id == "1"
            await client.with_options(timeout=5).reviews.list()
            with pytest.raises(OutcomeUnknownError, match="the cable was cut"):
                await client.reviews.create(rating=5, author="Zoë")
            assert own.closed == 0

    asyncio.run(run())
    check(own)


def test_an_object_whose_methods_are_wrapped_is_taken() -> None:
    class Watched(AsyncOwn):
        def send(self, request: HTTPRequest) -> Any:  # returns a coroutine, as decorators of tracing tools do
            return super().send(request)

    async def run() -> None:
        async with AsyncTrustoo(transport=Watched(), **TOKENS) as client:
            assert len((await client.reviews.list()).list) == 1

    asyncio.run(run())


def test_a_transport_of_the_other_kind_is_refused() -> None:
    other: Any = AsyncOwn()
    with pytest.raises(ConfigurationError, match=r"AsyncTransport \(AsyncOwn\), which only AsyncTrustoo takes"):
        Trustoo(transport=other, **TOKENS)
    other = Own()
    with pytest.raises(ConfigurationError, match=r"Transport \(Own\), which only Trustoo takes"):
        AsyncTrustoo(transport=other, **TOKENS)
    with pytest.raises(
        ConfigurationError, match="transport='aiohttp' is for AsyncTrustoo; Trustoo takes httpcore, httpx or pyreqwest"
    ):
        Trustoo(transport="aiohttp", **TOKENS)


class OnlySends:
    """Lacks `close`."""

    def __repr__(self) -> str:
        return "EXAMPLE-secret"

    def send(self, request: HTTPRequest) -> HTTPResponse:
        raise AssertionError


UNUSABLE = {
    "requests": "not 'requests'",
    "": "not ''",
    "HTTPX": "not 'HTTPX'",
    5: "not an object of the class int",
    OnlySends(): "not an object of the class OnlySends",
    Own: "not the class Own",
    httpx.Client(): "not an httpx.Client: http_client= takes one",
    httpx.AsyncClient(): "not an httpx.AsyncClient: http_client= takes one",
}


@KIND
@pytest.mark.parametrize("transport", UNUSABLE, ids=UNUSABLE.values())
def test_what_is_not_a_transport_is_refused_with_the_remedy(kind: Any, transport: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(transport=transport, **TOKENS)
    assert str(caught.value) == (
        "transport must be one of httpcore, httpx, aiohttp, pyreqwest, or an object with the methods send and close, "
        f"{UNUSABLE[transport]}."
    )


@KIND
@pytest.mark.parametrize("others", [(), ("storage_client",)])
def test_a_transport_beside_a_client_of_the_callers_is_refused(kind: Any, others: tuple[str, ...]) -> None:
    http: Any = httpx.Client() if kind is Trustoo else httpx.AsyncClient()
    with pytest.raises(ConfigurationError, match="transport or http_client, not both"):
        kind(transport="httpx", http_client=http, **TOKENS, **dict.fromkeys(others, http))


@KIND
@pytest.mark.parametrize("transport", [None, "httpx", "aiohttp", "pyreqwest", "own"])
@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:9"], ids=["direct", "proxy"])
def test_uploads_take_the_same_proxy_as_calls(kind: Any, transport: str | None, proxy: str | None) -> None:
    if (kind, transport) == (Trustoo, "aiohttp"):
        transport = "httpcore"
    own = Own() if kind is Trustoo else AsyncOwn()
    client = kind(transport=own if transport == "own" else transport, proxy=proxy, **TOKENS)
    assert client._storage._proxy == proxy


# --- names


def test_the_environment_names_the_transport_where_the_caller_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTOO_TRANSPORT", raising=False)
    assert check_name(None) == "httpcore"
    monkeypatch.setenv("TRUSTOO_TRANSPORT", "pyreqwest")
    assert check_name(None) == "pyreqwest"
    assert check_name("httpx") == "httpx"
    monkeypatch.setenv("TRUSTOO_TRANSPORT", "auto")
    with pytest.raises(ConfigurationError, match="not 'auto'"):
        check_name(None)


@pytest.mark.parametrize("name", ["aiohttp", "pyreqwest"])
def test_a_transport_that_is_not_installed_is_refused_with_the_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'trustoo\[{name}\]'"):
        check_name(name)


def test_trustoo_refuses_aiohttp_before_it_asks_for_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="transport='aiohttp' is for AsyncTrustoo"):
        Trustoo(transport="aiohttp", **TOKENS)
    monkeypatch.setenv("TRUSTOO_TRANSPORT", "aiohttp")
    with pytest.raises(ConfigurationError, match="transport='aiohttp' is for AsyncTrustoo"):
        Trustoo(**TOKENS)


# --- tools that mock httpx


def test_tools_that_mock_httpx_see_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """They replace what sends in httpx's own transports, as respx and pytest-httpx do."""
    seen: list[str] = []

    def respond(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, content=LISTED)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", respond)
    with Trustoo(transport="httpx", **TOKENS) as client:
        assert client.reviews.list().list[0].rating == 5
    assert seen == ["GET /api/v1/openapi/get_reviews"]


def test_tools_that_mock_httpx_see_the_requests_of_the_asyncio_client(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def respond(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, content=LISTED)

    async def run() -> None:
        async with AsyncTrustoo(transport="httpx", **TOKENS) as client:
            assert (await client.reviews.list()).list[0].rating == 5

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", respond)
    asyncio.run(run())
    assert seen == ["GET /api/v1/openapi/get_reviews"]
