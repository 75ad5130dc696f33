"""Responses that quote secrets: in every spelling, at every length. No message, excerpt or log shows the secret."""

import json
import logging
import time
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import NO_RETRIES, OutcomeUnknownError, TrustooError, redact
from trustoo._redaction import MASK, excerpt
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.support.servers import Conversation, response_bytes, served
from contract_tests.world.client import Client

TOKEN = "EXAMPLE+access/token=91bc=="
BEARER = {"public_token": None, "private_token": None, "access_token": TOKEN, "retry": NO_RETRIES}
GSON = TOKEN.replace("=", "\\u003d")
SPELLINGS = {
    "as it is": TOKEN,
    "Gson, which escapes =": GSON,
    ".NET, which escapes +": TOKEN.replace("+", "\\u002B"),
    "PHP, which escapes /": TOKEN.replace("/", "\\/"),
    "every character escaped": "".join(f"\\u{ord(character):04x}" for character in TOKEN),
    "percent-encoded": quote(TOKEN, safe=""),
    "percent-encoded in small letters": TOKEN.replace("+", "%2b").replace("/", "%2f").replace("=", "%3d"),
    "percent-encoded twice": quote(quote(TOKEN, safe=""), safe=""),
    "percent-encoded, then escaped": quote(TOKEN, safe="").replace("%", "\\u0025"),
    "JSON inside JSON": json.dumps(f'{{"sent":"{GSON}"}}')[1:-1],
    "JSON inside JSON inside JSON": json.dumps(json.dumps(f'{{"sent":"{GSON}"}}'))[1:-1],
}


def responding(content: str, status: int = 200) -> Callable[[HTTPRequest], HTTPResponse]:
    return lambda request: HTTPResponse(status, Headers([("X-Request-Id", TOKEN)]), content.encode())


def texts_of(error: BaseException) -> str:
    """All that a person may read of an error and its causes."""
    found = ""
    while error is not None:
        shown = {name: value for name, value in vars(error).items() if name not in ("headers", "content")}
        found += f"{error} {error!r} {error.args} {shown} {getattr(error, '__notes__', '')}\n"
        error = error.__cause__  # type: ignore[assignment]
    return found


def unescaped(text: str) -> str:
    """The text after all escapes of JSON and of URLs are undone, however deep."""
    content = text.encode()
    for _ in range(12):
        content = content.replace(b"\\/", b"/").replace(b'\\"', b'"').replace(b"\\\\", b"\\")
        for character in TOKEN.encode():
            for form in (f"\\u{character:04x}", f"\\u{character:04X}", f"%{character:02x}", f"%{character:02X}"):
                content = content.replace(form.encode(), bytes([character]))
        content = content.replace(b"%25", b"%").replace(b"\\u0025", b"%").replace(b"\\u005c", b"\\")
    return content.decode()


QUOTING = [
    (200, '{{"code":3,"message":"the token {} is expired"}}'),
    (200, '{{"code":3,"message":"no","request_id":"{}"}}'),
    (200, '{{"code":"a","sent":"{}"}}'),
    (401, "<title>{0}</title> {0}"),
    (401, "GET /?sent={}&page=1"),
    (502, '{{"upstream":"{}"}}'),
]
"""Statuses and bodies of responses that quote a token."""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_token_that_a_response_quotes_is_masked(client_of: Callable[..., Client], spelling: str) -> None:
    for status, form in QUOTING:
        shop = client_of(responding(form.format(SPELLINGS[spelling]), status), **BEARER)
        for call in (
            lambda client: client.reviews.list(),
            lambda client: client.reviews.create(rating=5, author="Zoë"),
        ):
            with pytest.raises(TrustooError) as caught:
                shop.call(call)
            assert TOKEN not in unescaped(texts_of(caught.value))
            assert MASK in texts_of(caught.value)


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


def json_text(text: str, choose: Random) -> str:
    """The inside of a JSON text, in which any character may be escaped."""
    pieces = []
    for character in text:
        unit = f"{ord(character):04x}"
        plain = (
            f"\\{character}" if character in '"\\' else choose.choice(("/", "\\/")) if character == "/" else character
        )
        pieces.append(choose.choice((plain, plain, f"\\u{unit}", f"\\u{unit.upper()}")))
    return "".join(pieces)


def percent_text(text: str, choose: Random) -> str:
    """Text in a URL, in which any character may be percent-encoded."""
    pieces = []
    for character in text:
        code = f"{ord(character):02x}"
        pieces.append(choose.choice((f"%{code}", f"%{code.upper()}", *(character if character not in "%\\" else ()))))
    return "".join(pieces)


@given(SECRETS, st.booleans(), st.integers(0, 3), st.integers(0, 2**32))
def test_no_excerpt_holds_a_secret_however_it_is_encoded(secret: str, in_url: bool, depth: int, seed: int) -> None:
    choose = Random(seed)
    spelled = percent_text(secret, choose) if in_url else secret
    for _ in range(depth):
        spelled = json_text(spelled, choose)
    said = f'{{"message": "the token >{spelled}< is expired"}}'
    for shown in (redact(said, [secret]), excerpt(said.encode(), [secret], limit=10_000)):
        assert f">{MASK}<" in shown
        assert spelled not in shown


@pytest.mark.parametrize("spelled", [TOKEN, GSON])
def test_a_secret_is_not_cut_in_two_by_the_end_of_an_excerpt(spelled: str) -> None:
    for before in (*range(19_150, 19_210), 20_650):
        shown = excerpt(b" " * before + f"token:{spelled} ".encode() + b"x" * 100_000, [TOKEN])
        assert "EXAMPLE" not in shown


def test_members_with_secret_names_are_masked_at_every_depth_and_numbers_stay() -> None:
    inner = json.dumps({"access_token": 'EXAMPLE"quoted\\', "code": 7, "state": "kept"})
    dotnet = inner.replace('"', "\\u0022")
    shown = redact(json.dumps({"code": 3, "refresh_token": "EXAMPLE", "body": inner}) + f'{{"body":"{dotnet}"}}')
    assert "EXAMPLE" not in shown
    assert "quoted" not in shown
    assert '"code": 3' in shown
    assert shown.count("kept") == 2
    assert shown.count("7") == 2
    assert "EXAMPLE" not in redact('{"code": "EXAMPLE-text"}')


@pytest.mark.parametrize(
    "unit",
    ["\\", "\\u005c", "%25", "%", '"code":"', '\\"code\\":\\"', '"code"', "code=", "://", "b'cookie', b'", "b'cookie"],
)
def test_the_time_of_redaction_grows_with_the_size_and_not_faster(unit: str) -> None:
    def seconds(size: int) -> float:
        text, times = unit * (size // len(unit)), []
        for _ in range(3):
            began = time.process_time()
            redact(text, [TOKEN])
            times.append(time.process_time() - began)
        return min(times)

    # Eight times the size: about 8 times the time if the time is linear, 64 times if it is quadratic.
    assert seconds(80_000) < 30 * max(seconds(10_000), 0.0005)


def test_messages_and_excerpts_are_short_however_long_the_response_is(client_of: Callable[..., Client]) -> None:
    long = "x y" * 500_000
    responses = [
        (200, {"code": 3, "message": long, "request_id": long}),
        (502, {"message": long}),
        (200, {"message": long}),
    ]
    for status, content in responses:
        shop = client_of(responding(json.dumps(content), status), retry=NO_RETRIES)
        with pytest.raises(TrustooError) as caught:
            shop.call(lambda client: client.reviews.list())
        assert len(str(caught.value)) < 1_000
        assert len(vars(caught.value)["excerpt"]) <= 301
    shop = client_of(responding(f"<html><title>{long}</title>", 502))
    with pytest.raises(OutcomeUnknownError) as unknown:
        shop.call(lambda client: client.reviews.create(rating=5, author="Zoë"))
    assert len(str(unknown.value)) < 1_000


def test_a_broken_response_that_quotes_the_token_shows_it_nowhere(connect: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(f"HTTP/1.1 200 OK\r\nBad {TOKEN} header\r\n{TOKEN * 500}\r\n\r\n".encode())

    with served(script) as server:
        shop = connect(server.address, **BEARER)
        with pytest.raises(TrustooError) as caught:
            shop.call(lambda client: client.reviews.list())
    assert TOKEN not in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_cookies_and_tokens_in_headers_are_masked_in_debug_logs(
    connect: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "EXAMPLE-session-5f1c"
    headers = (
        f"Set-Cookie: sid={secret}; Path=/",
        f"X-Auth-Token: '{secret}",
        f"Location: https://x.test/?code={secret}",
    )
    caplog.set_level(logging.DEBUG)

    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(b'{"code": 3}', "200 OK", *headers, "X-Plain: kept"))

    with served(script) as server:
        shop = connect(server.address)
        with pytest.raises(TrustooError):
            shop.call(lambda client: client.reviews.list())
    logged: list[Any] = [(record.getMessage(), record.args) for record in caplog.records]
    assert logged
    assert secret not in str(logged)
    if "httpcore" in str([record.name for record in caplog.records]):
        assert "kept" in str(logged)
