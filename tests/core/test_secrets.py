"""No secret appears in anything that a person may read, whatever happens."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from trustoo import AsyncTrustoo, CallEvent, ConfigurationError, RetryPolicy, Trustoo, TrustooError
from trustoo._pipeline import Pipeline
from trustoo._sansio import GetToken, without_waiting
from trustoo.credentials import Credentials
from trustoo.oauth import AsyncPlatform, Platform
from trustoo.transport import HTTPRequest
from trustoo.webhooks import WebhookVerifier
from trustoo_api.api.oauth import oauth_token
from trustoo_api.api.platform import platform_authorization_info

from contract_tests.support.pictures import GIF
from tests.support import PUBLIC, SHOP, Heard, body_of, envelope, local_server, session

PRIVATE = "EXAMPLE-private/7f+3a="
ACCESS = "EXAMPLE-access-91bc"
MERCHANT = "EXAMPLE.merchant.5d20"
CLIENT_SECRET = "EXAMPLE/client+secret=44"
REFRESH = "EXAMPLE-refresh-c8e1"
CODE = "EXAMPLE-code-aa17"
POLICY = "EXAMPLE-policy-0b6f"
SIGNATURE = "EXAMPLE/signature+2d="
CALLBACK = "EXAMPLE-callback-93d4"
ISSUED = "EXAMPLE-issued-e5f0"
PASSWORD = "EXAMPLE-password-6c1d"
SECRETS = (*(PRIVATE, ACCESS, MERCHANT, CLIENT_SECRET, REFRESH, CODE, POLICY, SIGNATURE, CALLBACK, ISSUED, PASSWORD),)
SHAPES = sorted({shape for secret in SECRETS for shape in (secret, quote(secret, safe=""), secret.replace("/", r"\/"))})


@dataclass(repr=False)
class Readable(logging.Handler):
    """Everything that was shown, with the place where it was."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    travelled: list[str] = field(default_factory=list)
    """What went over the wire: a search for what was never sent would prove nothing."""

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    __hash__ = object.__hash__

    def add(self, place: str, text: object) -> None:
        self.shown.append((place, str(text)))

    def emit(self, record: logging.LogRecord) -> None:
        self.add(f"log {record.name}", record.getMessage())
        self.add(f"log record {record.name}", vars(record))

    def event(self, event: CallEvent) -> None:
        self.add("event", repr(event))

    def thing(self, place: str, thing: object) -> None:
        self.add(f"repr of {place}", repr(thing))
        self.add(f"str of {place}", str(thing))
        self.add(f"format of {place}", f"{thing}")

    def error(self, place: str, error: BaseException) -> None:
        self.thing(place, error)
        # The raw response is for programs: documented as secret, and in no text.
        shown = {name: value for name, value in vars(error).items() if name not in ("headers", "content")}
        self.add(f"attributes of {place}", shown)
        self.add(f"arguments of {place}", error.args)
        self.add(f"traceback of {place}", "".join(traceback.format_exception(error)))
        self.add(f"traceback of {place} alone", "".join(traceback.format_exception(error, chain=False)))
        cause = error.__cause__ or error.__context__
        if cause is not None:
            self.add(f"cause of {place}", cause)

    def heard(self, requests: list[Heard]) -> None:
        self.travelled += [f"{r.path} {r.headers} {r.content.decode(errors='replace')}" for r in requests]


@contextmanager
def everything_shown() -> Iterator[Readable]:
    """Listens to all loggers, warnings and whatever is added."""
    readable, root = Readable(), logging.getLogger()
    level = root.level
    own = {name: logging.getLogger(name).level for name in ("trustoo", "httpx", "httpcore", "asyncio")}
    root.addHandler(readable)
    root.setLevel(logging.DEBUG)
    for name in own:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield readable
        for warning in warned:
            readable.add("warning", f"{warning.message} {warning.message!r} {warning.line}")
    finally:
        root.removeHandler(readable)
        root.setLevel(level)
        for name, before in own.items():
            logging.getLogger(name).setLevel(before)


Calls = dict[str, Callable[[Any], Any]]
CALLS: Calls = {
    "reviews.list": lambda c: c.reviews.list(keyword="x"),
    "reviews.list raw": lambda c: c.reviews.with_raw_response.list(),
    "reviews.create": lambda c: c.reviews.create(rating=5, author="a"),
    "media.image_upload_credentials": lambda c: c.media.image_upload_credentials(),
    "tokens.private": lambda c: c.tokens.private(),
    "tokens.private raw": lambda c: c.tokens.with_raw_response.private(),
    "oauth.authorize": lambda c: c.oauth.authorize(client_id="a", redirect_uri="b", scope="c", state="d"),
    "oauth.authorize raw": lambda c: c.oauth.with_raw_response.authorize(client_id="a", redirect_uri="b", state="d"),
    "oauth.token": lambda c: c.oauth.token(client_id="a", client_secret=CLIENT_SECRET, grant_type="g", code=CODE),
    "oauth.token again": lambda c: c.oauth.token(
        client_id="a", client_secret=CLIENT_SECRET, grant_type="refresh_token", refresh_token=REFRESH
    ),
    "oauth.revoke": lambda c: c.oauth.revoke(client_id="a", client_secret=CLIENT_SECRET, token=ISSUED),
    "platform.authorization_info": lambda c: c.platform.authorization_info(client_id="a", client_secret=CLIENT_SECRET),
    "platform.cancel": lambda c: c.platform.cancel(unverified=True),
}
DATA = {
    "page": {},
    "list": [],
    "id": "1",
    "private_token": PRIVATE,
    "access_token": ISSUED,
    "refresh_token": REFRESH,
    "policy": POLICY,
    "signature": SIGNATURE,
    "callback": CALLBACK,
    "host": "https://img.example.com",
    "dir": "d/",
    "access_id": "id",
    "code": CODE,
    "redirect_url": f"https://app.test/?code={CODE}",
    "token": ISSUED,
}
QUOTED = "@QUOTED@"
"""Where an answer quotes what the request was sent with."""
MEMBERS = json.dumps({"access_token": ISSUED, "refresh_token": REFRESH, "private_token": PRIVATE, "policy": POLICY})
ADDRESS = f"/x?client_secret={quote(CLIENT_SECRET, safe='')}&code={CODE}&token={ISSUED}&state=s"
ANSWERS: dict[str, tuple[bytes | str, int, dict[str, str]]] = {
    "success": (envelope(DATA), 200, {}),
    "bare": (json.dumps(DATA | {"code": None}), 200, {}),
    "redirect": ("", 302, {"Location": f"https://app.test/back?code={CODE}&state=d"}),
    **{
        f"code {code}": (envelope(DATA, code=code, message=f"no: {QUOTED}"), 200, {})
        for code in (1, 3, 4, 5, 6, 7, 8, 13, 14, 16, 99)
    },
    "clock": (envelope(DATA, code=16, time=1900000000, message=QUOTED), 401, {}),
    "plain 400": (f"bad {QUOTED}", 400, {}),
    "members 401": (MEMBERS, 401, {}),
    "page 503": (f"<html>{ADDRESS} {QUOTED} {MEMBERS}</html>", 503, {"Retry-After": "1"}),
    "unreadable": (f"{ADDRESS} {QUOTED} {MEMBERS}", 200, {}),
    "wrong type": (json.dumps({"code": 0, "data": [MEMBERS, QUOTED]}), 200, {}),
    "wrong member": (envelope(DATA | {"list": QUOTED, "private_token": 5, "access_token": [1], "host": {}}), 200, {}),
}
CLIENTS: dict[str, dict[str, Any]] = {
    "hmac": {"public_token": PUBLIC, "private_token": PRIVATE, "merchant_session": MERCHANT},
    "bearer": {"access_token": ACCESS, "merchant_session": MERCHANT},
}
RETRIES = RetryPolicy(attempts=2)


def settings_of(readable: Readable, client: str, **more: Any) -> dict[str, Any]:
    hooks = dict.fromkeys(("on_request", "on_response", "on_retry"), readable.event)
    return {**CLIENTS[client], "retry": RETRIES, **hooks, **more}


def answering(readable: Readable, content: bytes, status: int, headers: dict[str, str]) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        sent = request.content.decode(errors="replace")
        readable.travelled.append(f"{request.url} {dict(request.headers)} {sent} {content!r} {headers}")
        return httpx.Response(status, content=content.replace(QUOTED.encode(), quoted(request)), headers=headers)

    return answer


def quoted(request: httpx.Request) -> bytes:
    """The secrets of the client and of the call, as text and percent-encoded."""
    sent = f"{request.content.decode()} {request.url}"
    arguments = [
        secret for secret in (CLIENT_SECRET, CODE, REFRESH, ISSUED) if secret in sent or quote(secret, "") in sent
    ]
    own = [PRIVATE] if "sign" in request.headers else [ACCESS] if "Bearer" in str(request.headers) else []
    own += [MERCHANT] if request.headers.get("authorization") == MERCHANT else []
    return " ".join(shape for secret in (*own, *arguments) for shape in (secret, quote(secret, safe=""))).encode()


def note(readable: Readable, place: str, call: Callable[[], Any]) -> None:
    try:
        readable.thing(place, call())
    except TrustooError as error:
        readable.error(place, error)


def run_sync(readable: Readable, address: str, client: str, **more: Any) -> None:
    with Trustoo(base_url=address, **settings_of(readable, client, **more)) as shop:
        for place, call in CALLS.items():
            note(readable, f"{client} {place}", lambda call=call: call(shop))  # type: ignore[misc]
        derived = shop.with_options(timeout=5)
        for thing in (shop, derived, shop._pipeline, shop._config, shop.reviews, shop.media, shop._config.hooks):
            readable.thing(f"{client} client", thing)
        readable.thing("pages", shop.reviews.iterate())


def run_async(readable: Readable, address: str, client: str, **more: Any) -> None:
    async def run() -> None:
        async with AsyncTrustoo(base_url=address, **settings_of(readable, client, **more)) as shop:
            for place, call in CALLS.items():
                try:
                    readable.thing(f"async {client} {place}", await call(shop))
                except TrustooError as error:
                    readable.error(f"async {client} {place}", error)
            for thing in (shop, shop.with_options(timeout=5), shop._pipeline, shop._config, shop.media):
                readable.thing(f"async {client} client", thing)

    asyncio.run(run())


def uploads(readable: Readable) -> None:
    """Uploads that succeed, are refused, are cut off; the storage quotes what it was given."""
    said = f"<Error><Code>AccessDenied</Code><Message>{POLICY} {SIGNATURE}</Message></Error>"
    outcomes: list[Any] = [
        httpx.Response(200, json={"ok": 1}),
        httpx.Response(403, text=said),
        httpx.Response(203, text=said),
        httpx.Response(400, text=f"{POLICY} {SIGNATURE} {CALLBACK} " + json.dumps(DATA)),
        httpx.Response(500, text=json.dumps({"policy": POLICY, "signature": SIGNATURE, "callback": CALLBACK})),
        httpx.ReadError("cut off"),
        httpx.ReadTimeout(""),
    ]
    for outcome in outcomes:

        def answer(request: httpx.Request, outcome: Any = outcome) -> httpx.Response:
            readable.travelled.append(request.read().decode(errors="replace"))
            if isinstance(outcome, Exception):
                raise outcome
            assert isinstance(outcome, httpx.Response)
            return outcome

        with (
            local_server(envelope(DATA)) as (address, _),
            httpx.Client(transport=httpx.MockTransport(answer)) as storage,
            Trustoo(base_url=address, storage_client=storage, **settings_of(readable, "hmac")) as shop,
        ):
            note(readable, "upload", lambda shop=shop: shop.media.upload_image(GIF))  # type: ignore[misc]


def refused_settings(readable: Readable) -> None:
    """Settings and arguments that cannot be used, each with a secret in it."""
    pair: dict[str, Any] = {"public_token": PUBLIC, "private_token": PRIVATE}
    wrong: list[Callable[[], object]] = [
        lambda: Trustoo(public_token=PUBLIC, private_token=f"{PRIVATE}\n"),
        lambda: Trustoo(public_token=PUBLIC, private_token=PRIVATE.encode()),  # type: ignore[arg-type]
        lambda: Trustoo(private_token=PRIVATE),
        lambda: Trustoo(public_token=PRIVATE, private_token=PRIVATE),
        lambda: Trustoo(**pair, access_token=ACCESS),
        lambda: Trustoo(access_token=f" {ACCESS}"),
        lambda: Trustoo(access_token=[ACCESS]),  # type: ignore[arg-type]
        lambda: Trustoo(**pair).with_options(merchant_session=f"{MERCHANT}é"),
        lambda: Trustoo(**pair).tokens.private(),
        lambda: Trustoo(access_token=ACCESS, base_url=f"https://user:{PASSWORD}@host"),
        lambda: Trustoo(access_token=ACCESS, base_url=f"ftp://user:{PASSWORD}@host"),
        lambda: Trustoo(access_token=ACCESS, base_url=f"https://user:{PASSWORD}@host:port"),
        lambda: Trustoo(access_token=ACCESS, base_url=f"https://host?client_secret={CLIENT_SECRET}"),
        lambda: Trustoo(access_token=ACCESS, proxy=f"ftp://user:{PASSWORD}@host"),
        lambda: Trustoo(access_token=ACCESS, proxy=f"http://user:{PASSWORD}@host:port"),
        lambda: Trustoo(access_token=ACCESS, **{f"x_{i}": PRIVATE for i in range(2)}),  # type: ignore[arg-type]
        lambda: Trustoo().platform.authorization_info(client_id="a", client_secret=CLIENT_SECRET.encode()),  # type: ignore[arg-type]
        lambda: Trustoo().oauth.token(client_id="a", client_secret=CLIENT_SECRET.encode()),  # type: ignore[arg-type]
        lambda: Trustoo().oauth.token(client_id="a", client_secret=f"{CLIENT_SECRET}\ud800"),
        lambda: Trustoo().platform.authorization_info(client_id="a", client_secret=f"{CLIENT_SECRET}\ud800"),
        lambda: Trustoo().oauth.token(client_id="a", client_secret="b", extra_body={"client_secret": CLIENT_SECRET}),
    ]
    for number, make in enumerate(wrong):
        try:
            make()
        except TrustooError as error:
            readable.error(f"refused setting {number}", error)
        else:
            raise AssertionError(f"Setting {number} was not refused.")


def holders() -> list[Any]:
    """What holds secrets and must not be written anywhere."""
    credentials = Credentials(PUBLIC, PRIVATE, merchant_session=MERCHANT)
    client = Trustoo(**CLIENTS["hmac"])
    return [
        *(credentials, Credentials(access_token=ACCESS), session(SHOP), client, client.with_options(timeout=5)),
        *(AsyncTrustoo(**CLIENTS["bearer"]), client.reviews, client.media, client.reviews.with_raw_response),
    ]


def written(readable: Readable) -> None:
    for thing in holders():
        for write in (pickle.dumps, copy.deepcopy, copy.copy):
            try:
                readable.add("copy", repr(write(thing)))
            except TypeError as error:
                readable.error(f"{write.__name__} of {type(thing).__name__}", error)


def test_no_secret_appears_anywhere() -> None:
    for name in ("httpx", "httpcore.http11"):
        logging.getLogger(name).filters.clear()  # as in a process that has used no client yet
    with everything_shown() as readable, without_waiting():
        for content, status, headers in ANSWERS.values():
            answer = answering(readable, body_of(content), status, headers)
            for client in CLIENTS:
                with httpx.Client(transport=httpx.MockTransport(answer)) as http:
                    run_sync(readable, "https://api.test", client, http_client=http)
                later = httpx.AsyncClient(transport=httpx.MockTransport(answer))
                run_async(readable, "https://api.test", client, http_client=later)
        for library in ("httpx", "httpcore", "pyreqwest"):  # with all that they log
            for name in ("redirect", "page 503"):
                content, status, headers = ANSWERS[name]
                with local_server(body_of(content), status, headers) as (address, heard):
                    run_sync(readable, address, "hmac", transport=library)
                    run_async(readable, address, "bearer", transport=library)
                readable.heard(heard)
            run_sync(readable, address, "bearer", transport=library)  # nobody listens there any more
            run_async(readable, address, "hmac", transport=library)
        run_sync(readable, "http://127.0.0.1:9", "hmac", proxy=f"http://user:{PASSWORD}@127.0.0.1:9")
        uploads(readable)
        refused_settings(readable)
        written(readable)
        for request in (
            platform_authorization_info.build(client_id="a", client_secret=CLIENT_SECRET),
            oauth_token.build(client_id="a", client_secret=CLIENT_SECRET, code=CODE, grant_type="g"),
        ):
            readable.thing("request", request)
            readable.thing("HTTP request", next(session(SHOP).execute(request, oauth_token.DECODER)))

    leaks = {(place, shape) for place, text in readable.shown for shape in SHAPES if shape in text}
    assert leaks == set()

    # The search would have found them: they travelled, and what may be shown was shown.
    travelled = "\n".join(readable.travelled)
    for secret in (PRIVATE, ISSUED, ACCESS, MERCHANT, REFRESH, CODE, POLICY, SIGNATURE, CALLBACK):
        assert secret in travelled
    assert quote(CLIENT_SECRET, safe="") in travelled
    places = {place for place, _ in readable.shown}
    assert places >= {"log trustoo", "log httpx", "log httpcore.http11", "log asyncio", "event", "warning"}
    everything = "\n".join(text for _, text in readable.shown)
    for visible in (PUBLIC, "client_secret=***", "UnverifiedOperationWarning", "OutcomeUnknownError", "***"):
        assert visible in everything
    for kind in ("UploadRejectedError", "UploadInterruptedError", "UploadCallbackError"):
        assert kind in everything
    for kind in (
        "HTTPStatusError",
        "ResponseDecodeError",
        "UnauthenticatedError",
        "NetworkError",
        "ConfigurationError",
    ):
        assert kind in everything


@pytest.mark.parametrize("thing", holders(), ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_nothing_that_holds_secrets_can_be_written(thing: Any, write: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        write(thing)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_protocol_of_pickle_writes_clients_or_credentials(protocol: int) -> None:
    for thing in holders():
        if isinstance(thing, Credentials | Trustoo | AsyncTrustoo):
            into = io.BytesIO()
            with pytest.raises(TypeError, match="cannot be pickled or copied"):
                pickle.dump(thing, into, protocol)
            assert PRIVATE.encode() not in into.getvalue()
            with pytest.raises(TypeError, match="cannot be pickled or copied"):
                copy.copy(thing)


def test_a_session_is_no_way_around() -> None:
    assert isinstance(session(SHOP), Pipeline)
    with pytest.raises(TypeError, match="hold secrets"):
        pickle.dumps(session(SHOP))


def test_the_effects_of_a_call_show_no_secret() -> None:
    assert repr(GetToken("EXAMPLE-access-token")) == "GetToken()"
    request = HTTPRequest(
        "GET", "https://x.test/?client_secret=EXAMPLE-secret", {"Sign": "EXAMPLE-sign"}, b"EXAMPLE-body"
    )
    assert repr(request) == "HTTPRequest(method='GET', timeout=30.0, deadline=None, max_response_bytes=None)"


REFUSED: dict[str, Callable[[], object]] = {
    "Trustoo": lambda: Trustoo(public_token=PUBLIC, private_token=PRIVATE, timeout=-1),
    "AsyncTrustoo": lambda: AsyncTrustoo(access_token=ACCESS, deadline=-1),
    "with_options": lambda: Trustoo().with_options(merchant_session=MERCHANT, timeout=-1),
    "Platform": lambda: Platform("EXAMPLE-id", CLIENT_SECRET, "no address"),
    "AsyncPlatform": lambda: AsyncPlatform("EXAMPLE-id", CLIENT_SECRET, timeout=-1),
    "WebhookVerifier": lambda: WebhookVerifier(PRIVATE, window=-1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_traceback_of_refused_settings_holds_no_secret(name: str) -> None:
    """Services that collect errors also collect the local variables of each frame."""
    with pytest.raises(ConfigurationError) as caught:
        REFUSED[name]()
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert {frame.f_code.co_filename for frame in frames} == {__file__}
    assert not [secret for secret in SECRETS if any(secret in repr(frame.f_locals) for frame in frames)]
