"""Proxies and their environment variables, certificates of companies, and pages of a network in place of the API."""

import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from trustoo import (
    NO_RETRIES,
    AsyncTrustoo,
    ConfigurationError,
    ConnectError,
    HTTPStatusError,
    ResponseDecodeError,
    Trustoo,
    TrustooError,
)
from trustoo.transport import Headers, HTTPResponse

from contract_tests.support.pictures import GIF
from contract_tests.support.servers import Conversation, Served, response_bytes, served
from contract_tests.world.client import Client, connected

PAGE = b'{"code": 0, "data": {"page": {}, "list": [{"id": "1"}]}}'
NOTHING = "http://127.0.0.1:9"
"""An address where nothing listens, so that a request that goes there fails."""
PASSWORDS = ("EXAMPLE-pass#word", "EXAMPLE-pass/word", "EXAMPLE-pass?word", "4321#EXAMPLE-pass")


def always(talk: Conversation) -> None:
    while talk.hear():
        talk.say(response_bytes(PAGE))


@pytest.fixture
def server() -> Iterator[Served]:
    with served(always) as found:
        yield found


def first_id(client: Client) -> Any:
    return client.call(lambda shop: shop.reviews.list()).list[0].id


def upload(client: Client) -> Any:
    return client.call(lambda shop: shop.media.upload_image(GIF))


# --- NO_PROXY


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("no_proxy", "10.0.0.0/8"),
        *(
            ("NO_PROXY", entry)
            for entry in ("fd07:b51a:cc66:f0::/64", "[::1", "[fd07::]/64", "host:port", "a@b", "http://a/b")
        ),
    ],
)
def test_an_entry_of_no_proxy_that_cannot_be_used_is_left_out_with_a_warning(
    style: str, server: Served, name: str, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOTHING)
    monkeypatch.setenv(name, f"localhost, {entry},127.0.0.1")
    with (
        connected(style, base_url=server.address) as client,
        pytest.warns(UserWarning, match=f"^{name} has entries .*: number 2") as warned,
    ):
        assert first_id(client) == "1"
    assert entry not in str(warned[0].message)


@pytest.mark.parametrize(
    "entries",
    [
        "127.0.0.1",
        "localhost,::1,[::1],fe80::1,127.0.0.1",
        "localhost 127.0.0.1",
        ".example.test,*.example.test,example.test:8080,http://example.test,127.0.0.1",
        "*",
        ",,127.0.0.1,",
    ],
)
def test_usual_entries_of_no_proxy_are_used_without_a_warning(
    style: str, server: Served, entries: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOTHING)
    monkeypatch.setenv("NO_PROXY", entries)
    with connected(style, base_url=server.address) as client:
        assert first_id(client) == "1"


def test_no_proxy_without_a_proxy_is_not_read(style: str, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "fd07:b51a:cc66:f0::/64")
    with connected(style, base_url=server.address, transport="httpx") as client:
        assert first_id(client) == "1"


def test_a_star_before_a_domain_means_its_hosts(style: str, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address)
    monkeypatch.setenv("NO_PROXY", "*.example.test")
    for host, reaches_proxy in (("api.example.test", False), ("api.example.org", True)):
        with connected(style, base_url=f"http://{host}", retry=NO_RETRIES) as client:
            if reaches_proxy:
                assert first_id(client) == "1"
            else:
                with pytest.raises(ConnectError):
                    first_id(client)


# --- the address of a proxy


@pytest.mark.parametrize(
    ("variable", "password"),
    [
        *((variable, PASSWORDS[0]) for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY")),
        *(("HTTPS_PROXY", password) for password in PASSWORDS),
    ],
)
@pytest.mark.parametrize("use", [first_id, upload], ids=["list", "upload"])
def test_a_proxy_whose_password_is_not_encoded_is_named_and_not_quoted(
    style: str, variable: str, password: str, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://user:{password}@proxy.example:3128")
    with (
        connected(style, base_url=NOTHING, retry=NO_RETRIES) as client,
        pytest.raises(ConfigurationError, match=f"^{variable} must look like .*Percent-encode") as caught,
    ):
        use(client)
    shown = "".join(traceback.format_exception(caught.value))
    assert "EXAMPLE" not in shown
    assert "4321" not in shown


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_proxy_argument_whose_password_is_not_encoded_is_refused_at_once(kind: Any, password: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^proxy must look like .*Percent-encode") as caught:
        kind(access_token="EXAMPLE-access", proxy=f"http://user:{password}@proxy.example:3128")
    shown = "".join(traceback.format_exception(caught.value))
    assert "EXAMPLE-pass" not in shown
    assert "4321" not in shown


def test_an_encoded_password_is_sent_to_the_proxy(style: str, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address.replace("://", "://user:a%23b@"))
    with connected(style, base_url="http://api.example.test") as client:
        assert first_id(client) == "1"
    assert b"Proxy-Authorization: Basic dXNlcjphI2I=" in server.heard[0]


def test_a_proxy_without_a_scheme_is_an_http_proxy(style: str, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address.removeprefix("http://"))
    with connected(style, base_url="http://api.example.test") as client:
        assert first_id(client) == "1"


# --- certificates


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
@pytest.mark.parametrize("use", [first_id, upload], ids=["list", "upload"])
def test_a_file_of_certificates_that_cannot_be_read_is_named(
    style: str, content: bytes | None, use: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with (
        connected(style, base_url="https://127.0.0.1:9", retry=NO_RETRIES) as client,
        pytest.raises(ConfigurationError, match="SSL_CERT_FILE") as caught,
    ):
        use(client)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", None])
def test_a_refused_certificate_is_told_with_the_variable_that_helps(
    connect: Callable[..., Client], variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(other, raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, "/etc/ssl/EXAMPLE.pem")
    with served(always, tls=True) as server:
        client = connect(server.address, retry=NO_RETRIES)
        with pytest.raises(ConnectError, match="SSL_CERT_FILE") as caught:
            first_id(client)
    assert not caught.value.maybe_sent
    ignored = f"{variable} is set, but this client does not read it."
    assert (ignored in str(caught.value)) is (variable is not None)
    assert "EXAMPLE" not in str(caught.value)


def test_a_refused_connection_says_nothing_about_certificates(connect: Callable[..., Client]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    client = connect(f"http://127.0.0.1:{port}", retry=NO_RETRIES)
    with pytest.raises(ConnectError) as caught:
        first_id(client)
    assert "SSL_CERT_FILE" not in str(caught.value)


# --- pages of the network


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (
            b"<!DOCTYPE html><html><head><title>Sign in - Hotel</title></head></html>",
            "with the title 'Sign in - Hotel'",
        ),
        (
            b"\xef\xbb\xbf\r\n <HTML><HEAD><TITLE lang=en>\n Caf\xc3\xa9 &amp; Bar \n</TITLE>",
            "with the title 'Café & Bar'",
        ),
        (b"<!-- saved --><!doctype html><title>a</title>", "with the title 'a'"),
        (b"<html><body>no title</body></html>", "an HTML page."),
        (b"<title>" + b"long " * 10_000, "long …'. "),
        (b"<html>" + b"<title" * 100_000, "an HTML page."),
    ],
)
def test_a_login_page_in_place_of_the_api_is_told_as_such(
    client_of: Callable[..., Client], page: bytes, title: str
) -> None:
    client = client_of(lambda request: HTTPResponse(200, Headers([("Content-Type", "text/html")]), page))
    with pytest.raises(ResponseDecodeError) as caught:
        first_id(client)
    assert "It is an HTML page" in str(caught.value)
    assert title in str(caught.value)
    assert "login page" in str(caught.value)
    with pytest.raises(TrustooError, match="an HTML page"):
        client.call(lambda shop: shop.reviews.create(rating=5, author="Zoë"))


def test_an_error_page_of_a_gateway_is_told_by_its_title(client_of: Callable[..., Client]) -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body><style>b{}</style></body></html>"
    client = client_of(lambda request: HTTPResponse(502, Headers([]), page), retry=NO_RETRIES)
    with pytest.raises(HTTPStatusError, match="HTTP 502: an HTML page with the title '502 Bad Gateway'") as caught:
        first_id(client)
    assert caught.value.excerpt.startswith("<html>")


@pytest.mark.parametrize("content", [b"<Error><Code>A</Code></Error>", b"plain text <html>", b"[1]", b""])
def test_other_content_is_not_called_a_page(client_of: Callable[..., Client], content: bytes) -> None:
    client = client_of(lambda request: HTTPResponse(200, Headers([]), content))
    with pytest.raises(ResponseDecodeError) as caught:
        first_id(client)
    assert "HTML" not in str(caught.value)
