"""Settings and arguments of the wrong kind: each is refused where it is given, with a sentence that names it."""

import datetime
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from trustoo import (
    NO_RETRIES,
    ArgumentError,
    AsyncTrustoo,
    ConfigurationError,
    NetworkError,
    Trustoo,
    check_connection,
)
from trustoo.oauth import AsyncPlatform, Platform
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo.upload import StorageRules
from trustoo.webhooks import WebhookVerifier

from contract_tests.support.pictures import GIF
from contract_tests.support.shop import TOKENS
from contract_tests.world.client import Client, in_memory

KINDS = pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
OVERRIDABLE: list[tuple[str, Any]] = [
    *(("timeout", value) for value in (None, "5", True, 0, -1, float("nan"), float("inf"), 1e10, 10**400)),
    ("timeout", httpx.Timeout(5)),
    *(("retry", value) for value in (None, 0, 3, False, "never", NO_RETRIES.__class__)),
    *(("application", value) for value in (None, 5, b"shop/1", ["shop"])),
    *((hook, value) for hook in ("on_request", "on_response", "on_retry") for value in (5, "print", [print])),
    *(("merchant_session", value) for value in (5, b"EXAMPLE-session", " ", ["EXAMPLE-session"])),
    ("tokens", object()),
    ("tokens", "EXAMPLE-token"),
]
"""Settings that `with_options` also takes, each with a value of the wrong kind."""
OTHERS: list[tuple[str, Any]] = [
    *(("clock", value) for value in (None, 5, "now", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))),
    *(
        ("base_url", value)
        for value in (5, b"https://api.example.test", ["https://api.example.test"], "api.example.test")
    ),
    *(("proxy", value) for value in (5, b"http://proxy.example:1", {"http": "http://proxy.example:1"}, "")),
    *(("storage_rules", value) for value in (5, {"timeout": 5}, StorageRules, "https")),
    *(("transport", value) for value in (5, "requests", object(), httpx.Client)),
    *((name, value) for name in ("http_client", "storage_client") for value in (5, object(), httpx.Client, "httpx")),
    *((name, value) for name in ("private_token", "public_token") for value in (5, b"EXAMPLE", " ")),
    ("timout", 5),
]


SHOP: Any = TOKENS["hmac"]


def settings_with(name: str, value: Any) -> dict[str, Any]:
    return {**({} if name == "tokens" else SHOP), name: value}


@KINDS
@pytest.mark.parametrize(("name", "value"), [*OVERRIDABLE, *OTHERS])
def test_a_setting_of_the_wrong_kind_is_refused_when_the_client_is_made(kind: Any, name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        kind(**settings_with(name, value))


@KINDS
@pytest.mark.parametrize(("name", "value"), OVERRIDABLE)
def test_an_option_of_the_wrong_kind_is_refused_at_once(kind: Any, name: str, value: Any) -> None:
    client = kind(**({} if name == "tokens" else SHOP))
    with pytest.raises(ConfigurationError, match=name):
        client.with_options(**{name: value})


@pytest.mark.parametrize("name", ["http_client", "storage_client"])
def test_an_http_client_of_the_other_style_is_refused(name: str) -> None:
    wrong: Any = {name: httpx.AsyncClient()}
    with pytest.raises(ConfigurationError, match=rf"{name} must be an httpx\.Client, not AsyncClient"):
        Trustoo(**SHOP, **wrong)
    wrong = {name: httpx.Client()}
    with pytest.raises(ConfigurationError, match=rf"{name} must be an httpx\.AsyncClient, not Client"):
        AsyncTrustoo(**SHOP, **wrong)


@KINDS
def test_an_http_client_of_a_class_of_the_callers_is_taken(kind: Any) -> None:
    base: Any = httpx.Client if kind is Trustoo else httpx.AsyncClient

    class Watched(base):  # type: ignore[misc]  # the base is chosen at run time
        pass

    kind(**SHOP, http_client=Watched(), storage_client=Watched())


@pytest.mark.parametrize("timeout", [None, "60", True, 0, float("nan"), 1e10])
def test_a_timeout_of_uploads_is_refused_when_the_rules_are_made(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="StorageRules: timeout must be a positive number of seconds"):
        StorageRules(timeout=timeout)


@KINDS
@pytest.mark.parametrize("timeout", [1e-9, 1, 0.5, 500_000])
def test_usual_timeouts_are_taken(kind: Any, timeout: float) -> None:
    kind(**SHOP, timeout=timeout)


def sent_nothing(request: HTTPRequest) -> HTTPResponse:
    raise AssertionError("A request was sent.")


@pytest.mark.parametrize("time", [None, "now", float("nan"), float("inf"), 1j])
def test_a_clock_that_returns_no_number_is_named(client_of: Callable[..., Client], time: Any) -> None:
    shop = client_of(sent_nothing, clock=lambda: time)
    with pytest.raises(ConfigurationError, match="clock must return the Unix time"):
        shop.call(lambda client: client.reviews.list())


@pytest.mark.parametrize("token", [None, 5, b"EXAMPLE-token"])
def test_a_source_of_tokens_that_returns_no_text_is_named(style: str, token: Any) -> None:
    class Source:
        def token(self, rejected: str | None = None) -> Any:
            return token

        async def token_async(self, rejected: str | None = None) -> Any:
            return token

    with (
        in_memory(style, sent_nothing, tokens=Source(), public_token=None, private_token=None) as shop,
        pytest.raises(ConfigurationError, match="tokens must return an access token as text"),
    ):
        shop.call(lambda client: client.reviews.list())


@pytest.mark.parametrize("kind", [Platform, AsyncPlatform])
@pytest.mark.parametrize(
    ("name", "value"), [("refresh_policy", 5), ("refresh_policy", NO_RETRIES), ("redirect_uri", 5), ("timeout", 0)]
)
def test_a_setting_of_a_platform_is_refused_when_the_platform_is_made(kind: Any, name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        kind("EXAMPLE-client", "EXAMPLE-secret", **{name: value})


@pytest.mark.parametrize("name", ["clock", "rule"])
def test_a_setting_of_a_verifier_is_refused_when_the_verifier_is_made(name: str) -> None:
    wrong: Any = {name: 5}
    with pytest.raises(ConfigurationError, match=name):
        WebhookVerifier("EXAMPLE-webhook-secret", **wrong)


@pytest.mark.parametrize("timeout", [0, None, "5", 1e10])
def test_a_timeout_of_a_check_of_the_connection_is_refused_at_once(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout must be a positive number of seconds"):
        check_connection("http://127.0.0.1:9", timeout=timeout)


# --- arguments


@pytest.mark.parametrize(
    "since", [datetime.date(2026, 1, 31), "2026-01-31", 1_700_000_000, datetime.datetime(2026, 1, 31)]
)
def test_a_since_that_is_no_date_time_with_a_zone_is_refused_before_the_walk(
    client_of: Callable[..., Client], since: Any
) -> None:
    shop = client_of(sent_nothing)
    with pytest.raises(ArgumentError, match="since"):
        shop.shop.reviews.iterate(since=since)


@pytest.mark.parametrize("limit", ["2", 2.5, True, -1, [2]])
def test_a_limit_that_is_no_number_of_items_is_refused_before_the_walk(
    client_of: Callable[..., Client], limit: Any
) -> None:
    shop = client_of(sent_nothing)
    with pytest.raises(ArgumentError, match="limit"):
        shop.shop.reviews.iterate(limit=limit)


@pytest.mark.parametrize("checkpoint", ["2", 5, {"page": 0, "done": 0}, {"page": "1", "done": 0}, {}])
def test_a_checkpoint_of_the_wrong_kind_is_refused_before_the_walk(
    client_of: Callable[..., Client], checkpoint: Any
) -> None:
    shop = client_of(sent_nothing)
    with pytest.raises(ArgumentError, match="checkpoint"):
        shop.shop.reviews.iterate(checkpoint=checkpoint)


@pytest.mark.parametrize("extra", [[("a", "b")], [], {"a"}, "a=b", 5, {"a": "b", None: "c"}, {b"a": "b"}])
def test_extra_values_that_are_no_mapping_of_names_are_refused(client_of: Callable[..., Client], extra: Any) -> None:
    shop = client_of(sent_nothing)
    with pytest.raises(ArgumentError, match=r"extra_query (is|has a key)"):
        shop.call(lambda client: client.reviews.list(extra_query=extra))
    with pytest.raises(ArgumentError, match=r"extra_query (is|has a key)"):
        shop.items(lambda client: client.reviews.iterate(extra_query=extra))
    with pytest.raises(ArgumentError, match=r"extra_body (is|has a key)"):
        shop.call(lambda client: client.reviews.create(rating=5, author="Zoë", extra_body=extra))


# --- event loops


def outside_asyncio(awaitable: Any) -> None:
    """Run a coroutine as another library does, such as trio: without an event loop of asyncio."""
    awaitable.send(None)


@pytest.mark.parametrize("transport", ["httpcore", "httpx", "aiohttp", "pyreqwest"])
@pytest.mark.parametrize(
    "use",
    [
        lambda shop: shop.reviews.list(),
        lambda shop: shop.reviews.create(rating=5, author="Zoë"),
        lambda shop: shop.media.upload_image(GIF),
        lambda shop: shop.media.upload_images([GIF]),
    ],
    ids=["list", "create", "upload", "uploads"],
)
def test_under_trio_the_asyncio_client_says_what_it_needs(transport: Any, use: Callable[[Any], Any]) -> None:
    shop = AsyncTrustoo(**SHOP, transport=transport, base_url="http://127.0.0.1:9", retry=NO_RETRIES)
    with pytest.raises(ConfigurationError, match=r"need a running event loop of asyncio\. With trio"):
        outside_asyncio(use(shop))


def test_a_pause_under_trio_says_what_it_needs() -> None:
    class Broken:
        async def send(self, request: HTTPRequest) -> HTTPResponse:
            raise NetworkError("It broke.", maybe_sent=True)

        async def close(self) -> None: ...

    shop = AsyncTrustoo(**SHOP, transport=Broken())
    with pytest.raises(ConfigurationError, match="need a running event loop of asyncio"):
        outside_asyncio(shop.reviews.list())


def test_a_transport_of_the_callers_needs_no_asyncio() -> None:
    class Other:
        async def send(self, request: HTTPRequest) -> HTTPResponse:
            return HTTPResponse(200, Headers([]), b'{"code": 0, "data": {"page": {}, "list": [{"id": "1"}]}}')

        async def close(self) -> None: ...

    shop = AsyncTrustoo(**SHOP, transport=Other())
    with pytest.raises(StopIteration) as ended:
        outside_asyncio(shop.reviews.list())
    assert ended.value.value.list[0].id == "1"
