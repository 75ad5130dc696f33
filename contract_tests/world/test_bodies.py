"""Bodies of responses: their compression and their size."""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from trustoo import NO_RETRIES, OutcomeUnknownError, ResponseTooLargeError
from trustoo.errors import NetworkError, UploadInterruptedError

from contract_tests.support.pictures import GIF
from contract_tests.support.servers import Conversation, Script, always, response_bytes, served
from contract_tests.world.client import Client, create_review, list_reviews, list_with

PAGE = b'{"code": 0, "data": {"page": {}, "list": [{"id": "EXAMPLE-1"}]}}'


def chosen(responses: dict[str, bytes]) -> Script:
    """The response that the request names with `keyword`."""

    def script(talk: Conversation) -> None:
        while request := talk.hear():
            name = parse_qs(request.split(b" ")[1].partition(b"?")[2].decode())["keyword"][0]
            talk.say(responses[name])

    return script


def outcomes(client: Client, names: Iterable[str]) -> dict[str, Any]:
    """The reviews that a list with each keyword returns, or its error."""
    found: dict[str, Any] = {}
    for name in names:
        try:
            page = client.call(partial(list_reviews, keyword=name))
            found[name] = [review.id for review in page.list]
        except Exception as error:
            found[name] = error
    return found


def raw_deflate(content: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(content) + deflate.flush()


# --- compression

READABLE = {
    "gzip": (gzip.compress(PAGE), "gzip"),
    "x-gzip in capitals": (gzip.compress(PAGE), "X-GZIP"),
    "gzip in two members": (gzip.compress(PAGE[:20]) + gzip.compress(PAGE[20:]), "gzip"),
    "gzip with bytes after its end": (gzip.compress(PAGE) + b"\0\0EXAMPLE", "gzip"),
    "deflate": (zlib.compress(PAGE), "deflate"),
    "raw deflate": (raw_deflate(PAGE), "deflate"),
    "gzip in gzip": (gzip.compress(gzip.compress(PAGE)), "gzip, gzip"),
    "deflate in gzip": (gzip.compress(zlib.compress(PAGE)), "deflate, gzip"),
    "an empty coding": (gzip.compress(PAGE), "gzip,"),
    "identity": (PAGE, "identity"),
}


def test_every_usual_compression_is_read(connect_anyhow: Callable[..., Client]) -> None:
    responses = {
        name: response_bytes(content, "200 OK", f"Content-Encoding: {coding}")
        for name, (content, coding) in READABLE.items()
    }
    with served(chosen(responses)) as server:
        found = outcomes(connect_anyhow(server.address, retry=NO_RETRIES), READABLE)
    assert found == {name: ["EXAMPLE-1"] for name in READABLE}


def test_compression_that_arrives_byte_by_byte_is_read(connect_anyhow: Callable[..., Client]) -> None:
    packed = gzip.compress(PAGE[:20]) + gzip.compress(PAGE[20:])

    def script(talk: Conversation) -> None:
        if talk.hear():
            talk.say(response_bytes(b"", "200 OK", "Content-Encoding: gzip", f"Content-Length: {len(packed)}"))
            for byte in packed:
                talk.say(bytes([byte]))

    with served(script) as server:
        page = connect_anyhow(server.address).call(list_reviews)
    assert [review.id for review in page.list] == ["EXAMPLE-1"]


BROKEN = {
    "cut gzip": (gzip.compress(PAGE)[:-9], "gzip"),
    "cut deflate": (zlib.compress(PAGE)[:-5], "deflate"),
    "one byte of gzip": (b"\x1f", "gzip"),
    "no gzip": (PAGE, "gzip"),
    "a damaged checksum": (gzip.compress(PAGE)[:-8] + b"EXAMPLE!", "gzip"),
}


def test_broken_compression_is_an_error(connect_anyhow: Callable[..., Client]) -> None:
    responses = {
        name: response_bytes(content, "200 OK", f"Content-Encoding: {coding}")
        for name, (content, coding) in BROKEN.items()
    }
    with served(chosen(responses)) as server:
        found = outcomes(connect_anyhow(server.address, retry=NO_RETRIES), BROKEN)
    assert {name: type(error) for name, error in found.items()} == dict.fromkeys(BROKEN, NetworkError)
    assert all("the response's compression is broken" in str(error) for error in found.values())


def test_only_gzip_and_deflate_are_offered(connect_anyhow: Callable[..., Client]) -> None:
    with served(always(response_bytes(PAGE))) as server:
        connect_anyhow(server.address).call(list_reviews)
    offered = re.findall(rb"\r\naccept-encoding:([^\r]*)", server.heard[0].lower())
    assert [value.replace(b" ", b"") for value in offered] == [b"gzip,deflate"]


# --- size

LIMIT = 100_000
CHUNKED = "Transfer-Encoding: chunked"
ZEROS = b"0" * 3_000_000
TOO_LARGE = {
    "plain": response_bytes(b" " * (LIMIT + 1)),
    "chunked": response_bytes(
        b"186A1\r\n%b\r\n0\r\n\r\n" % (b" " * (LIMIT + 1)), "200 OK", "Transfer-Encoding: chunked"
    ),
    "an error": response_bytes(b" " * (LIMIT + 1), "404 Not Found"),
    "gzip": response_bytes(gzip.compress(ZEROS), "200 OK", "Content-Encoding: gzip"),
    "deflate": response_bytes(zlib.compress(ZEROS), "200 OK", "Content-Encoding: deflate"),
    "raw deflate": response_bytes(raw_deflate(ZEROS), "200 OK", "Content-Encoding: deflate"),
    "gzip in gzip": response_bytes(gzip.compress(gzip.compress(ZEROS)), "200 OK", "Content-Encoding: gzip, gzip"),
    "many members": response_bytes(gzip.compress(b"0" * 1000) * 200, "200 OK", "Content-Encoding: gzip"),
}


def test_a_response_over_the_limit_is_refused(connect_anyhow: Callable[..., Client]) -> None:
    with served(chosen(TOO_LARGE)) as server:
        client = connect_anyhow(server.address, max_response_bytes=LIMIT, retry=NO_RETRIES)
        found = outcomes(client, TOO_LARGE)
    assert {name: type(error) for name, error in found.items()} == dict.fromkeys(TOO_LARGE, ResponseTooLargeError)
    assert all(f"larger than {LIMIT} bytes" in str(error) for error in found.values())


def test_a_write_with_a_response_over_the_limit_may_be_carried_out(
    connect_anyhow: Callable[..., Client],
) -> None:
    with served(always(TOO_LARGE["gzip"])) as server:
        client = connect_anyhow(server.address, max_response_bytes=LIMIT, retry=NO_RETRIES)
        with pytest.raises(OutcomeUnknownError) as caught:
            client.call(create_review)
    assert isinstance(caught.value.__cause__, ResponseTooLargeError)


def test_an_endless_response_is_refused_without_reading_it_to_its_end(connect_anyhow: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        if talk.hear():
            talk.say(response_bytes(b"", "200 OK", CHUNKED))
            while not server.stop.is_set():
                talk.say(b"2710\r\n%b\r\n" % (b" " * 10_000))

    with served(script) as server:
        client = connect_anyhow(server.address, max_response_bytes=LIMIT, retry=NO_RETRIES)
        with pytest.raises(ResponseTooLargeError):
            client.call(list_reviews)


def test_a_response_as_large_as_the_limit_is_read(connect_anyhow: Callable[..., Client]) -> None:
    content = PAGE + b" " * (LIMIT - len(PAGE))
    packed = response_bytes(gzip.compress(content), "200 OK", "Content-Encoding: gzip")
    for response in (response_bytes(content), packed):
        with served(always(response)) as server:
            client = connect_anyhow(server.address, max_response_bytes=LIMIT)
            assert client.call(list_reviews).list[0].id == "EXAMPLE-1"


def test_a_call_can_have_its_own_limit_or_none(connect_anyhow: Callable[..., Client]) -> None:
    with served(always(response_bytes(PAGE))) as server:
        client = connect_anyhow(server.address, max_response_bytes=5, retry=NO_RETRIES)
        for most in (len(PAGE), None):
            found = client.call(list_with(max_response_bytes=most))
            assert found.list[0].id == "EXAMPLE-1"
        with pytest.raises(ResponseTooLargeError):
            client.call(list_reviews)


def test_a_response_that_a_callers_hook_has_read_is_limited_too(
    connect_through: Callable[..., Client], style: str
) -> None:
    kept: list[httpx.Response] = []

    def read(response: httpx.Response) -> None:
        response.read()
        kept.append(response)

    async def read_async(response: httpx.Response) -> None:
        await response.aread()
        kept.append(response)

    hooks = {"event_hooks": {"response": [read if style == "sync" else read_async]}}
    packed = response_bytes(gzip.compress(PAGE), "200 OK", "Content-Encoding: gzip")
    with served(always(packed)) as server:
        client = connect_through(server.address, hooks, retry=NO_RETRIES)
        assert client.call(list_reviews).list[0].id == "EXAMPLE-1"
        with pytest.raises(ResponseTooLargeError):
            client.call(list_with(max_response_bytes=5))
    assert kept[0].content == PAGE


def test_a_response_that_a_callers_hook_keeps_has_its_content_and_its_headers(
    connect_through: Callable[..., Client], style: str
) -> None:
    kept: list[httpx.Response] = []

    async def keep(response: httpx.Response) -> None:
        kept.append(response)

    hooks = {"event_hooks": {"response": [kept.append if style == "sync" else keep]}}
    with served(always(response_bytes(gzip.compress(PAGE), "200 OK", "Content-Encoding: gzip"))) as server:
        connect_through(server.address, hooks).call(list_reviews)
    assert (kept[0].content, kept[0].headers["content-encoding"]) == (PAGE, "gzip")


# --- uploads


@pytest.mark.parametrize("case", ["plain", "chunked", "gzip", "many members"])
def test_a_response_to_an_upload_over_the_limit_is_refused(connect_storage: Callable[..., Client], case: str) -> None:
    with served(always(TOO_LARGE[case])) as storage:
        client = connect_storage(storage.address, max_response_bytes=LIMIT, retry=NO_RETRIES)
        with pytest.raises(UploadInterruptedError, match=f"larger than {LIMIT} bytes") as caught:
            client.call(lambda shop: shop.media.upload_image(GIF, credentials=client.credentials))
    assert isinstance(caught.value.__cause__, ResponseTooLargeError)
