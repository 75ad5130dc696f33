"""What a call can override, what clients share, and how a client goes to the network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from trustoo import (
    NO_RETRIES,
    AsyncTrustoo,
    CallEvent,
    ConfigurationError,
    RequestTimeoutError,
    RetryPolicy,
    Trustoo,
    TrustooError,
    __version__,
)
from trustoo._config import Config, Overrides, Settings
from trustoo._sansio import without_waiting
from trustoo.credentials import Credentials
from trustoo.rate import LocalRateLimiter
from trustoo.transport import HTTPRequest, HTTPResponse

from tests.support import ACCESS, MERCHANT, PRIVATE, PUBLIC, Recorder, async_shop, envelope, local_server, shop

LISTED = envelope({"page": {}, "list": []})
TOKENS: dict[str, Any] = {"public_token": PUBLIC, "private_token": PRIVATE}
EVERY_KIND = pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
PROXY = "http://127.0.0.1:9"


class Handing:
    """Hands out one access token for ever."""

    def token(self, rejected: str | None = None) -> str:
        return ACCESS

    async def token_async(self, rejected: str | None = None) -> str:
        return ACCESS


def silent(event: CallEvent) -> None: ...


OVERRIDES: dict[str, tuple[Any, Callable[[Any], object]]] = {
    "timeout": (5, lambda client: client._config.timeout),
    "deadline": (7, lambda client: client._config.deadline),
    "max_response_bytes": (8, lambda client: client._config.max_response_bytes),
    "retry": (NO_RETRIES, lambda client: client._config.retry),
    "rate": (LocalRateLimiter(10), lambda client: client._config.rate),
    "application": ("shop/1", lambda client: client._config.application),
    "headers": ({"x-tenant": "1"}, lambda client: client._config.headers),
    "on_request": (silent, lambda client: client._config.hooks.on_request),
    "on_response": (silent, lambda client: client._config.hooks.on_response),
    "strict": (True, lambda client: client._config.strict),
    "on_retry": (silent, lambda client: client._config.hooks.on_retry),
    "merchant_session": (MERCHANT, lambda client: client._config.credentials.merchant_session),
    "tokens": (Handing(), lambda client: client._config.credentials.tokens),
}


def tokens_for(name: str) -> dict[str, Any]:
    """The settings beside which an override makes sense."""
    return {} if name == "tokens" else TOKENS


def test_these_are_all_the_overrides() -> None:
    assert set(OVERRIDES) == set(Overrides.__annotations__)
    assert set(Overrides.__annotations__) < set(Settings.__annotations__)


@EVERY_KIND
@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_changes_the_derived_client_and_nothing_else(kind: Any, name: str) -> None:
    client = kind(**tokens_for(name))
    value, look = OVERRIDES[name]
    before = {other: found(client) for other, (_, found) in OVERRIDES.items()}
    derived = client.with_options(**{name: value})
    assert look(derived) == value
    assert {other: found(client) for other, (_, found) in OVERRIDES.items()} == before
    for other, (_, found) in OVERRIDES.items():
        assert other == name or found(derived) == before[other]
    assert type(derived) is kind


@EVERY_KIND
@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_is_the_setting_of_that_name(kind: Any, name: str) -> None:
    value, look = OVERRIDES[name]
    assert look(kind(**tokens_for(name), **{name: value})) == value


@EVERY_KIND
@pytest.mark.parametrize(
    "name", ["private_token", "access_token", "base_url", "http_client", "clock", "timeot", "proxy"]
)
def test_what_cannot_be_overridden_is_refused_by_name(kind: Any, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Unknown settings: {name}"):
        kind(**TOKENS).with_options(**{name: "x"})


@EVERY_KIND
def test_derived_clients_share_connections_tokens_and_clock(kind: Any) -> None:
    client = kind(**TOKENS)
    derived = client.with_options(timeout=5).with_options(application="x")
    assert derived._transport is client._transport
    assert derived._config.clock is client._config.clock
    assert derived._config.credentials == client._config.credentials
    assert derived._pipeline is not client._pipeline


@EVERY_KIND
def test_resources_belong_to_the_client_that_made_them(kind: Any) -> None:
    client = kind(**TOKENS)
    resources = (
        "oauth",
        "platform",
        "webhooks",
        "reviews",
        "media",
        "orders",
        "customer_events",
        "customers",
        "tokens",
    )
    before = [getattr(client, name) for name in resources]
    derived = client.with_options(timeout=5)
    for name, resource in zip(resources, before, strict=True):
        assert getattr(derived, name) is not resource
        assert getattr(derived, name)._client is derived
        assert getattr(client, name) is resource


def test_overrides_reach_the_wire_for_one_client_only() -> None:
    recorder = Recorder(LISTED)
    with shop(recorder, timeout=20, application="shop/1") as client:
        client.with_options(timeout=5, application="job/2").reviews.list()
        client.reviews.list()
        client.with_options(timeout=0.25).reviews.with_raw_response.list()
        list(client.with_options(timeout=7).reviews.iterate())
    assert [request.extensions["timeout"]["connect"] for request in recorder.requests] == [5, 20, 0.25, 7]
    assert [request.headers["user-agent"] for request in recorder.requests] == [
        f"{name} trustoo/{__version__}" for name in ("job/2", "shop/1", "shop/1", "shop/1")
    ]


def test_overrides_reach_the_wire_for_asyncio_too() -> None:
    recorder = Recorder(LISTED)

    async def run() -> None:
        async with async_shop(recorder) as client:
            await client.with_options(timeout=7, application="job/2").reviews.list()
            await client.reviews.list()

    asyncio.run(run())
    assert [request.extensions["timeout"]["read"] for request in recorder.requests] == [7, 5]  # httpx waits for 5 s
    assert [request.headers["user-agent"] for request in recorder.requests] == [
        f"job/2 trustoo/{__version__}",
        f"trustoo/{__version__}",
    ]


def test_hooks_of_a_derived_client_hear_its_calls_only() -> None:
    heard: list[str] = []
    with shop(Recorder(LISTED), on_request=lambda event: heard.append("parent")) as client:
        derived = client.with_options(on_request=lambda event: heard.append("derived"))
        derived.reviews.list()
        client.reviews.list()
        derived.with_options(on_request=None).reviews.list()
    assert heard == ["derived", "parent"]


def test_a_retry_policy_of_a_derived_client_is_its_own() -> None:
    recorder = Recorder(b'{"code": 13}')
    with without_waiting(), shop(recorder, retry=RetryPolicy(attempts=2)) as client:
        for derived, attempts in ((client.with_options(retry=RetryPolicy(attempts=5)), 5), (client, 2)):
            recorder.requests.clear()
            with pytest.raises(TrustooError, match="code 13"):
                derived.reviews.list()
            assert len(recorder.requests) == attempts


def test_each_derived_client_has_the_session_of_one_merchant() -> None:
    recorder = Recorder(envelope({"public_token": PUBLIC}))
    with shop(recorder) as client:
        with pytest.raises(ConfigurationError, match="merchant_session"):
            client.tokens.public()
        for session in ("EXAMPLE.one.session", "EXAMPLE.two.session"):
            client.with_options(merchant_session=session).tokens.public()
        with pytest.raises(ConfigurationError, match="merchant_session"):
            client.with_options(merchant_session="EXAMPLE.x").with_options(merchant_session=None).tokens.public()
    assert [request.headers["authorization"] for request in recorder.requests] == [
        "EXAMPLE.one.session",
        "EXAMPLE.two.session",
    ]
    assert all("sign" not in request.headers for request in recorder.requests)


@pytest.mark.parametrize("session", ["", " ", "a\nb", "é", 5])
def test_a_merchant_session_that_is_none_is_refused(session: Any) -> None:
    with pytest.raises(ConfigurationError, match="merchant_session"):
        Trustoo(**TOKENS).with_options(merchant_session=session)


@EVERY_KIND
@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), True, "30", None])
def test_an_overriding_timeout_must_be_a_positive_number_of_seconds(kind: Any, timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout must be a positive number"):
        kind(**TOKENS).with_options(timeout=timeout)


@EVERY_KIND
@pytest.mark.parametrize("deadline", [0, -1, float("inf"), float("nan"), True, "30", 1e10])
def test_a_deadline_must_be_a_positive_number_of_seconds_or_none(kind: Any, deadline: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"deadline must be a positive number of seconds.*or None for no"):
        kind(**TOKENS, deadline=deadline)
    with pytest.raises(ConfigurationError, match=r"deadline must be a positive number of seconds.*or None for no"):
        kind(**TOKENS).with_options(deadline=deadline)


@EVERY_KIND
@pytest.mark.parametrize("most", [0, -1, 1.5, True, "30", float("inf")])
def test_a_size_limit_must_be_a_positive_whole_number_or_none(kind: Any, most: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_response_bytes must be a positive whole number, or None for no"):
        kind(**TOKENS, max_response_bytes=most)
    with pytest.raises(ConfigurationError, match="max_response_bytes must be a positive whole number, or None for no"):
        kind(**TOKENS).with_options(max_response_bytes=most)


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        ({}, (30.0, 150.0, 67_108_864)),
        ({"timeout": 2}, (2, 10, 67_108_864)),
        ({"timeout": 2, "deadline": 3}, (2, 3, 67_108_864)),
        ({"deadline": None, "max_response_bytes": None}, (30.0, None, None)),
        ({"max_response_bytes": 5}, (30.0, 150.0, 5)),
    ],
)
def test_every_request_has_the_limits_of_the_client(settings: Any, limits: Any) -> None:
    sent: list[HTTPRequest] = []

    class Own:
        def send(self, request: HTTPRequest) -> HTTPResponse:
            sent.append(request)
            return HTTPResponse(200, {}, LISTED)

        def close(self) -> None: ...

    Trustoo(**TOKENS, transport=Own(), **settings).reviews.list()
    Trustoo(**TOKENS, transport=Own()).with_options(**settings).reviews.list()
    assert [(request.timeout, request.deadline, request.max_response_bytes) for request in sent] == [limits] * 2


def test_a_timeout_that_passes_is_told_as_such() -> None:
    over = Event()

    class Silent(BaseRequestHandler):
        def handle(self) -> None:
            over.wait(30)

    with ThreadingTCPServer(("127.0.0.1", 0), Silent) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            address = f"http://127.0.0.1:{server.server_address[1]}"
            with (
                Trustoo(base_url=address, retry=NO_RETRIES, **TOKENS) as client,
                pytest.raises(RequestTimeoutError, match="read") as caught,
            ):
                client.with_options(timeout=0.05).reviews.list()
            assert caught.value.maybe_sent
        finally:
            over.set()
            server.shutdown()


# --- application


@pytest.mark.parametrize("name", ["", "shop", "shop/1.0", "My Shop (support@example.test)", "~!"])
def test_the_applications_name_stands_before_ours(name: str) -> None:
    assert Config(Credentials(), application=name).user_agent == f"{name} trustoo/{__version__}".strip()


@EVERY_KIND
@pytest.mark.parametrize("name", ["é", "a\nb", "a\r\nX: y", "a\tb", "\x00", "\x7f", "王", "\u200b", "a\ud800"])
def test_an_applications_name_with_other_characters_is_refused(kind: Any, name: str) -> None:
    with pytest.raises(ConfigurationError, match="application must be printable ASCII"):
        kind(**TOKENS, application=name)
    with pytest.raises(ConfigurationError, match="application must be printable ASCII"):
        kind(**TOKENS).with_options(application=name)


# --- settings that are wrong beside others

SYNC, ASYNC = httpx.Client(), httpx.AsyncClient()
WRONG: dict[str, dict[str, Any]] = {
    "timeout": {"timeout": 0},
    "deadline": {"deadline": -1},
    "max_response_bytes": {"max_response_bytes": 0},
    "retry": {"retry": 3},
    "application": {"application": "\n"},
    "strict": {"strict": "yes"},
    "headers": {"headers": {"x y": "1"}},
    "rate": {"rate": -1},
    "clock": {"clock": 5},
    "base_url": {"base_url": "rapi.trustoo.io"},
    "proxy": {"proxy": "http://"},
    "storage_rules": {"storage_rules": "none"},
    "on_request": {"on_request": 5},
    "on_response": {"on_response": 5},
    "on_retry": {"on_retry": 5},
    "transport": {"transport": "curl"},
    "http_client": {"http_client": 5},
    "storage_client": {"storage_client": 5},
    "transport and http_client": {"transport": "httpx", "http_client": SYNC},
    "proxy and http_client": {"proxy": PROXY, "http_client": SYNC},
}
BESIDE: dict[str, Any] = {
    **{name: value for name, (value, _) in OVERRIDES.items() if name != "tokens"},
    "base_url": "https://shop.example",
    "clock": lambda: 0.0,
    "http_client": SYNC,
    "storage_client": SYNC,
    "transport": "httpx",
    "proxy": PROXY,
}


@EVERY_KIND
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_refused_beside_any_other(kind: Any, name: str) -> None:
    def of_kind(settings: dict[str, Any]) -> dict[str, Any]:
        return {key: ASYNC if value is SYNC and kind is AsyncTrustoo else value for key, value in settings.items()}

    for other, value in of_kind(BESIDE).items():
        with pytest.raises(ConfigurationError):  # on failure, `other` names the setting
            kind(**TOKENS, **{other: value, **of_kind(WRONG[name])})


@EVERY_KIND
def test_the_callers_clients_count_beside_each_other_and_a_transport(kind: Any) -> None:
    own = httpx.Client if kind is Trustoo else httpx.AsyncClient
    http, storage = own(timeout=7), own()
    for given in ({"http_client": http}, {"transport": "httpx"}, {"proxy": PROXY}, {"transport": "pyreqwest"}):
        client = kind(**TOKENS, storage_client=storage, **given)
        assert client._storage._client is storage, given
        if given.keys() == {"http_client"}:
            assert client._transport._client is http
            assert client._config.timeout == kind(**TOKENS, http_client=http)._config.timeout
        else:
            assert client._transport.name == given.get("transport", "httpcore")


# --- proxy


@EVERY_KIND
@pytest.mark.parametrize("others", [(), ("storage_client",)])
def test_a_proxy_beside_a_client_of_the_callers_is_refused(kind: Any, others: tuple[str, ...]) -> None:
    http: Any = httpx.Client() if kind is Trustoo else httpx.AsyncClient()
    with pytest.raises(ConfigurationError, match="proxy or http_client, not both"):
        kind(**TOKENS, proxy=PROXY, http_client=http, **dict.fromkeys(others, http))


class Opened:
    """Stands in for httpx's client classes and keeps what they are made with."""

    def __init__(self, kind: Any, handler: Any) -> None:
        self.kind, self.handler, self.made = kind, handler, list[dict[str, Any]]()

    def __call__(self, **settings: Any) -> Any:
        self.made.append(settings)
        return self.kind(transport=httpx.MockTransport(self.handler))


@pytest.mark.parametrize("proxy", [None, PROXY])
def test_our_own_http_client_uses_the_proxy(proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(LISTED)
    one, other = Opened(httpx.Client, recorder), Opened(httpx.AsyncClient, recorder.later)
    monkeypatch.setattr(httpx, "Client", one)
    monkeypatch.setattr(httpx, "AsyncClient", other)
    with Trustoo(**TOKENS, proxy=proxy, transport="httpx") as client:
        client.reviews.list()
        client.with_options(timeout=5).reviews.list()

    async def run() -> None:
        async with AsyncTrustoo(**TOKENS, proxy=proxy, transport="httpx") as client:
            await client.reviews.list()
            await client.with_options(timeout=5).reviews.list()

    asyncio.run(run())
    assert [[*made["mounts"]] for made in (*one.made, *other.made)] == [["all://"] if proxy else []] * 2
    assert len(recorder.requests) == 4


def test_a_request_goes_through_the_proxy() -> None:
    with (
        local_server(LISTED) as (proxy, heard),
        Trustoo(base_url="http://api.example.test", proxy=proxy, **TOKENS) as client,
    ):
        client.reviews.list(keyword="a")
    assert [request.path for request in heard] == ["http://api.example.test/api/v1/openapi/get_reviews?keyword=a"]


@EVERY_KIND
@pytest.mark.parametrize(
    "proxy",
    ["", "nonsense", "127.0.0.1:9", "ftp://127.0.0.1:9", "http://", "http://u:EXAMPLE-password@[::1", "http://h:x", 5],
)
def test_a_proxy_that_is_none_is_refused_without_quoting_it(kind: Any, proxy: Any) -> None:
    with pytest.raises(ConfigurationError, match="proxy must look like") as caught:
        kind(access_token=ACCESS, proxy=proxy)
    assert "EXAMPLE-password" not in str(caught.value)


def test_a_proxy_of_the_environment_that_is_none_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://user:EXAMPLE-password@127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY must look like") as caught:
        Trustoo(access_token=ACCESS).reviews.list()
    assert "EXAMPLE-password" not in str(caught.value)

    async def later() -> None:
        await AsyncTrustoo(access_token=ACCESS).reviews.list()

    with pytest.raises(ConfigurationError, match="HTTPS_PROXY must look like"):
        asyncio.run(later())
