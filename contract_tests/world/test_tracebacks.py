"""Programs such as Sentry send the local variables of the frames of an error. None of our frames holds a secret."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from types import FrameType
from typing import Any

import httpx
import pytest
from trustoo import (
    NO_RETRIES,
    AsyncTrustoo,
    CallEvent,
    ConfigurationError,
    NetworkError,
    OutcomeUnknownError,
    RetryPolicy,
    Trustoo,
    TrustooError,
    WebhookError,
)
from trustoo.oauth import AsyncPlatform, Platform, Token
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo.webhooks import HEADERS, WebhookVerifier

from contract_tests.support.pictures import GIF
from contract_tests.support.servers import Conversation, served
from contract_tests.world.client import Client, in_memory
from contract_tests.world.pages import listing, page_number, reviews, server

ACCESS, PRIVATE = "EXAMPLE-access-91bc", "EXAMPLE-private-7f3a"
SESSION, CLIENT_SECRET = "EXAMPLE.session.5d20", "EXAMPLE-client-secret-44"
REFRESH, CODE, ANSWERED = "EXAMPLE-refresh-c8e1", "EXAMPLE-code-aa17", "EXAMPLE-answered-e5f0"
SECRETS = (ACCESS, PRIVATE, SESSION, CLIENT_SECRET, REFRESH, CODE, ANSWERED)
BEARER = {"public_token": None, "private_token": None, "access_token": ACCESS, "retry": NO_RETRIES}
EVERY: dict[str, Any] = {"private_token": PRIVATE, "merchant_session": SESSION, "retry": NO_RETRIES}
SAID = f'{{"access_token": "{ANSWERED}", "list": [{{"author_email": "{ANSWERED}"}}], "quoted": "{ACCESS} {PRIVATE}"}}'


class Response:
    """An object whose repr shows a secret."""

    def __init__(self, content: str) -> None:
        self.content = content

    def __repr__(self) -> str:
        return f"Response({self.content})"


def reported(value: Any, depth: int = 6) -> Iterator[str]:
    """The texts that Sentry sends of a value: containers item by item, text and bytes as they are, else the repr."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray):
        yield value.decode("utf-8", "replace")
    elif depth and isinstance(value, Mapping):
        for name, item in value.items():
            yield from (*reported(name, depth - 1), *reported(item, depth - 1))
    elif depth and isinstance(value, Sequence | Set):
        for item in value:
            yield from reported(item, depth - 1)
    else:
        yield repr(value)


def frames_of(error: BaseException | None) -> Iterator[FrameType]:
    """Our frames in the tracebacks of an error and of its causes, as far as a traceback shows them."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if str(frame.f_globals.get("__name__")).partition(".")[0] in ("trustoo", "trustoo_api"):
                yield frame
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def secrets_in(error: BaseException) -> dict[str, str]:
    """The secrets in the local variables of our frames, by function and variable."""
    found: dict[str, str] = {}
    for frame in frames_of(error):
        for name, value in frame.f_locals.items():
            text = "\n".join(reported(value))
            found |= {f"{frame.f_code.co_qualname}: {name}": secret for secret in SECRETS if secret in text}
    return found


def check(error: BaseException) -> None:
    assert error.__traceback__ is not None
    assert secrets_in(error) == {}


def test_the_search_finds_a_secret_in_a_frame_of_ours() -> None:
    ours: dict[str, Any] = {"__name__": "trustoo.example"}
    exec("def function(argument):\n    raise ZeroDivisionError", ours)
    for argument in (ACCESS, ACCESS.encode(), {"a": [(ACCESS,)]}, Response(ACCESS)):
        with pytest.raises(ZeroDivisionError) as caught:
            ours["function"](argument)
        assert secrets_in(caught.value) == {"function: argument": ACCESS}


def responding(content: str, status: int = 200) -> Callable[[HTTPRequest], HTTPResponse | Exception]:
    return lambda request: HTTPResponse(status, Headers([("Set-Cookie", ANSWERED)]), content.encode())


CALLS: dict[str, Callable[[Any], Any]] = {
    "list": lambda shop: shop.reviews.list(keyword="x"),
    "raw": lambda shop: shop.reviews.with_raw_response.list(),
    "create": lambda shop: shop.reviews.create(rating=5, author="Zoë", extra_body={"token": CODE}),
    "token": lambda shop: shop.oauth.token(
        client_id="a", client_secret=CLIENT_SECRET, grant_type="refresh_token", refresh_token=REFRESH, code=CODE
    ),
    "authorize": lambda shop: shop.oauth.authorize(client_id="a", redirect_uri="b", state="c"),
    "query": lambda shop: shop.platform.authorization_info(client_id="a", client_secret=CLIENT_SECRET),
}
OUTCOMES: dict[str, Callable[[HTTPRequest], HTTPResponse | Exception]] = {
    "code 3": responding(SAID.replace("{", '{"code": 3, "message": "no", ', 1)),
    "code 16": responding(SAID.replace("{", '{"code": 16, "message": "no", ', 1), 401),
    "wrong type": responding(f'{{"code": 0, "data": {SAID.replace("[", "[5, ")}}}'),
    "HTML": responding(f"<html>{SAID}</html>"),
    "HTTP 502": responding(SAID, 502),
    "redirect elsewhere": responding(SAID, 308),
    "broken": lambda request: NetworkError("It broke.", maybe_sent=True),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("settings", [EVERY, {**BEARER, "merchant_session": SESSION}], ids=["hmac", "bearer"])
def test_a_failed_call_leaves_no_secret_in_our_frames(
    client_of: Callable[..., Client], outcome: str, call: str, settings: dict[str, Any]
) -> None:
    client = client_of(OUTCOMES[outcome], strict=outcome == "wrong type", **settings)
    try:
        client.call(CALLS[call])
    except TrustooError as error:
        check(error)
    else:
        assert outcome == "wrong type"
        assert call in ("token", "authorize", "query")  # their responses have no list


def test_a_failed_walk_leaves_no_secret_in_our_frames(client_of: Callable[..., Client]) -> None:
    client = client_of(OUTCOMES["code 3"], **BEARER)
    with pytest.raises(TrustooError) as caught:
        client.items(lambda shop: shop.reviews.iterate())
    check(caught.value)


@pytest.mark.parametrize("page", [2, 3])
def test_a_failed_walk_that_fetches_pages_ahead_leaves_no_secret_in_our_frames(
    client_of: Callable[..., Client], page: int
) -> None:
    pages = server(listing(reviews(*range(20)), 5))
    client = client_of(lambda one: (OUTCOMES["code 3"] if page_number(one) == page else pages)(one), **BEARER)
    with pytest.raises(TrustooError) as caught:
        client.items(lambda shop: shop.reviews.iterate(prefetch=4))
    check(caught.value)


def test_the_last_of_several_attempts_leaves_no_secret_in_our_frames(client_of: Callable[..., Client]) -> None:
    client = client_of(OUTCOMES["HTTP 502"], **{**BEARER, "retry": RetryPolicy(attempts=3)})
    with pytest.raises(TrustooError) as caught:
        client.call(CALLS["list"])
    check(caught.value)


def test_a_write_with_an_unknown_outcome_leaves_no_secret_in_its_causes(client_of: Callable[..., Client]) -> None:
    client = client_of(OUTCOMES["HTTP 502"], **BEARER)
    with pytest.raises(OutcomeUnknownError) as caught:
        client.call(CALLS["create"])
    assert caught.value.__cause__ is not None
    check(caught.value)


@pytest.mark.parametrize("outcome", ["code 3", "HTTP 502", "broken"])
@pytest.mark.parametrize("hook", ["on_request", "on_response", "on_retry"])
def test_the_log_of_a_failed_hook_holds_no_secret_in_our_frames(
    client_of: Callable[..., Client], outcome: str, hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(event: CallEvent) -> None:
        raise ValueError("EXAMPLE-metrics are down")

    client = client_of(OUTCOMES[outcome], **{**BEARER, "retry": RetryPolicy(attempts=2), hook: failing})
    with pytest.raises(TrustooError):
        client.call(CALLS["list"])
    errors = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert len(errors) == (outcome != "code 3") + (hook != "on_retry")
    for error in errors:
        assert error is not None
        check(error)
        assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == ["failing"]


@pytest.mark.parametrize("call", ["list", "create"])
def test_a_broken_connection_leaves_no_secret_in_any_frame(connect: Callable[..., Client], call: str) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(f"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n{SAID}".encode())

    with served(script) as server:
        client = connect(server.address, **BEARER)
        with pytest.raises(TrustooError) as caught:
            client.call(CALLS[call])
    check(caught.value)


def test_the_frames_of_a_callers_transport_stay() -> None:
    class Mine:
        def send(self, request: HTTPRequest) -> HTTPResponse:
            raise NetworkError("It broke.", maybe_sent=True)

        def close(self) -> None: ...

    with pytest.raises(NetworkError) as caught:
        Trustoo(access_token=ACCESS, transport=Mine(), retry=NO_RETRIES).reviews.list()
    names = [frame.f_code.co_qualname for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert any(name.endswith("Mine.send") for name in names)


@pytest.mark.parametrize(
    "call",
    [
        lambda shop: shop.oauth.token(client_id="a", client_secret=CLIENT_SECRET.encode()),
        lambda shop: shop.oauth.token(client_id="a", client_secret=f"{CLIENT_SECRET}\ud800"),
        lambda shop: shop.oauth.token(client_id="a", client_secret="b", extra_body={"client_secret": CLIENT_SECRET}),
        lambda shop: shop.platform.authorization_info(client_id="a", client_secret=f"{CLIENT_SECRET}\ud800"),
        lambda shop: shop.reviews.with_raw_response.list(extra_query={"token": CODE.encode()}),
        lambda shop: shop.reviews.with_raw_response.create(rating=9, author=CODE),
    ],
)
def test_refused_arguments_leave_no_secret_in_our_frames(client_of: Callable[..., Client], call: Any) -> None:
    client = client_of(OUTCOMES["broken"], **EVERY)
    with pytest.raises(TrustooError) as caught:
        client.call(call)
    check(caught.value)


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
@pytest.mark.parametrize(
    "settings",
    [
        {"public_token": "EXAMPLE-public", "private_token": f"{PRIVATE} "},
        {"private_token": PRIVATE},
        {"public_token": PRIVATE, "private_token": PRIVATE},
        {"access_token": ACCESS, "public_token": "EXAMPLE-public", "private_token": PRIVATE},
        {"access_token": ACCESS.encode()},
        {"access_token": ACCESS, "timeout": 0},
        {"access_token": ACCESS, "merchant_session": SESSION, "proxy": "nonsense"},
    ],
)
def test_refused_settings_leave_no_secret_in_our_frames(kind: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**settings)
    check(caught.value)


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
@pytest.mark.parametrize("other", [{"transport": "none"}, {"http_client": object()}, {"storage_rules": 5}])
def test_other_refused_settings_leave_no_credentials_in_our_frames(kind: Any, other: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(access_token=ACCESS, merchant_session=SESSION, **other)
    check(caught.value)


@pytest.mark.parametrize("kind", [Platform, AsyncPlatform])
@pytest.mark.parametrize(
    ("client_secret", "settings"), [(CLIENT_SECRET.encode(), {}), (CLIENT_SECRET, {"access_token": ACCESS})]
)
def test_a_refused_platform_leaves_no_secret_in_our_frames(
    kind: Any, client_secret: Any, settings: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind("EXAMPLE-client", client_secret, **settings)
    check(caught.value)


@pytest.mark.parametrize("secrets", [f"{PRIVATE}\n", [PRIVATE, "short"], [PRIVATE, 5], [PRIVATE.encode()]])
def test_a_refused_webhook_secret_is_in_no_frame_of_ours(secrets: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WebhookVerifier(secrets)
    check(caught.value)


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_a_missing_setting_does_not_report_the_environment(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING_ELSE", CODE)
    monkeypatch.setenv("TRUSTOO_PRIVATE_TOKEN", PRIVATE)
    with pytest.raises(ConfigurationError) as caught:
        kind()
    check(caught.value)


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_refused_options_leave_no_secret_in_our_frames(kind: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(access_token=ACCESS).with_options(merchant_session=f"{SESSION}\n")
    check(caught.value)


def test_a_token_source_that_fails_leaves_no_secret_in_our_frames(style: str) -> None:
    class Source:
        def token(self, rejected: str | None = None) -> Any:
            return ACCESS if rejected is None else ACCESS.encode()

        async def token_async(self, rejected: str | None = None) -> Any:
            return self.token(rejected)

    no_tokens = {"public_token": None, "private_token": None}
    with in_memory(style, OUTCOMES["code 16"], tokens=Source(), **no_tokens) as client:
        with pytest.raises(TrustooError) as caught:
            client.call(CALLS["list"])
        check(caught.value)


def test_a_token_source_that_raises_leaves_no_secret_in_our_frames(style: str) -> None:
    class Source:
        def token(self, rejected: str | None = None) -> str:
            if rejected is not None:
                raise LookupError("EXAMPLE-vault is closed")
            return ACCESS

        async def token_async(self, rejected: str | None = None) -> str:
            return self.token(rejected)

    no_tokens = {"public_token": None, "private_token": None}
    with in_memory(style, OUTCOMES["code 16"], tokens=Source(), **no_tokens) as client:
        with pytest.raises(LookupError) as caught:
            client.call(CALLS["create"])
        check(caught.value)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "token"


@pytest.mark.parametrize("call", ["list", "create"])
def test_a_hook_of_a_callers_http_client_leaves_no_secret_in_our_frames(
    connect_through: Callable[..., Client], style: str, call: str
) -> None:
    def failing(response: httpx.Response) -> None:
        response.raise_for_status()

    async def failing_async(response: httpx.Response) -> None:
        failing(response)

    hooks = {"response": [failing if style == "sync" else failing_async]}
    transport = httpx.MockTransport(lambda request: httpx.Response(404, text=SAID))
    client = connect_through("http://api.example.test", {"transport": transport, "event_hooks": hooks}, **BEARER)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        client.call(CALLS[call])
    check(caught.value)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "failing"


@pytest.mark.parametrize(
    "response",
    [
        (400, {"code": 3, "message": "no", "refresh_token": ANSWERED}),
        (200, {"code": 0, "data": {"refresh_token": ANSWERED, "access_token": ["x"]}}),
        (200, {"code": 0, "data": {"refresh_token": ANSWERED}}),
        (502, {"refresh_token": ANSWERED}),
    ],
)
@pytest.mark.parametrize("use", ["exchange", "refresh", "settings"])
def test_a_platform_leaves_no_secret_in_our_frames(style: str, response: tuple[int, dict[str, Any]], use: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(response[0], json=response[1]))
    http: Any = httpx.Client(transport=transport) if style == "sync" else httpx.AsyncClient(transport=transport)
    kind: Any = Platform if style == "sync" else AsyncPlatform
    settings: dict[str, Any] = {"http_client": http, "retry": NO_RETRIES, "base_url": "http://api.example.test"}
    if use == "settings":
        with pytest.raises(ConfigurationError) as refused:
            kind("EXAMPLE-client", CLIENT_SECRET, **settings, timeout=0)
        check(refused.value)
        return
    platform: Any = kind("EXAMPLE-client", CLIENT_SECRET, "https://app.example.test/back", **settings)
    client = Client(platform.client)
    expired = Token(ACCESS, REFRESH, expires_at=1.0, obtained_at=0.0)
    client.call(lambda _: platform.save("shop", expired))
    with pytest.raises(TrustooError) as caught:
        client.call(lambda _: platform.shop("shop").reviews.list() if use == "refresh" else platform.exchange(CODE))
    check(caught.value)
    client.close()


@pytest.mark.parametrize("host", ["https://img.example.com", "http://img.example.com"])
def test_a_refused_upload_leaves_no_secret_in_our_frames(style: str, host: str) -> None:
    credentials = {"host": host, "dir": "d/", "access_id": "id", "policy": ANSWERED}
    issued = httpx.Response(200, json={"code": 0, "data": {**credentials, "signature": CODE, "callback": REFRESH}})
    transport = httpx.MockTransport(lambda request: issued)
    refusing = httpx.MockTransport(lambda request: httpx.Response(403, text=f"{ANSWERED} {CODE} {REFRESH}"))
    client_kind: Any = httpx.Client if style == "sync" else httpx.AsyncClient
    kind: Any = Trustoo if style == "sync" else AsyncTrustoo
    shop = kind(
        access_token=ACCESS,
        base_url="http://api.example.test",
        retry=NO_RETRIES,
        http_client=client_kind(transport=transport),
        storage_client=client_kind(transport=refusing),
    )
    client = Client(shop)
    with pytest.raises(TrustooError) as caught:
        client.call(lambda shop: shop.media.upload_image(GIF))
    check(caught.value)
    client.close()


@pytest.mark.parametrize("header", [*HEADERS, None])
def test_a_refused_delivery_leaves_no_secret_in_our_frames(header: str | None) -> None:
    verifier = WebhookVerifier([PRIVATE, CLIENT_SECRET])
    headers = {name: "1700000000" for name in HEADERS if name != header}
    with pytest.raises(WebhookError) as caught:
        verifier.verify(b"{}", headers)
    check(caught.value)
