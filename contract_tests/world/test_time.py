"""Time: timeouts of single steps, and deadlines of complete attempts."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from trustoo import NO_RETRIES, OutcomeUnknownError, RequestTimeoutError, Trustoo
from trustoo.errors import UploadInterruptedError
from trustoo.transport import Headers, HTTPResponse

from contract_tests.support.pictures import GIF
from contract_tests.support.servers import Conversation, Script, Served, response_bytes, served
from contract_tests.world.client import Client, create_review, list_reviews, list_with

PAGE = response_bytes(b'{"code": 0, "data": {"page": {}, "list": []}}')


HEAD = (b"HTTP/1.1 200 OK\r\n", b"X-EXAMPLE: 1\r\n")
BODY = (response_bytes(b"", "200 OK", "Content-Length: 1000000"), b" ")
CHUNKS = (response_bytes(b"", "200 OK", "Transfer-Encoding: chunked"), b"1\r\n \r\n")
NOTHING = (b"", b"")
DRIPS = {"nothing": NOTHING, "head": HEAD, "body": BODY, "chunks": CHUNKS}


def drip(server: Callable[[], Served], beginning: bytes, drop: bytes) -> Script:
    """A response that begins, and then comes in drops without an end."""

    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(beginning)
            while not server().stop.wait(0.05):
                talk.say(drop)

    return script


@pytest.mark.parametrize("case", DRIPS)
def test_a_response_that_drips_ends_at_the_deadline(connect: Callable[..., Client], case: str) -> None:
    with served(drip(lambda: server, *DRIPS[case])) as server:
        client = connect(server.address, timeout=30, deadline=0.15, retry=NO_RETRIES)
        with pytest.raises(RequestTimeoutError, match="within the deadline"):
            client.call(list_reviews)


def test_a_write_that_ends_at_the_deadline_may_have_been_carried_out(connect_anyhow: Callable[..., Client]) -> None:
    with served(drip(lambda: server, *BODY)) as server:
        client = connect_anyhow(server.address, timeout=30, deadline=0.3, retry=NO_RETRIES)
        with pytest.raises(OutcomeUnknownError) as caught:
            client.call(create_review)
    assert isinstance(caught.value.__cause__, RequestTimeoutError)


@pytest.mark.parametrize("case", ["body", "chunks"])
def test_a_body_that_drips_through_a_callers_client_ends_at_the_deadline(
    connect_through: Callable[..., Client], case: str
) -> None:
    with served(drip(lambda: server, *DRIPS[case])) as server:
        client = connect_through(server.address, {"timeout": 30}, deadline=0.15, retry=NO_RETRIES)
        with pytest.raises(RequestTimeoutError, match="within the deadline"):
            client.call(list_reviews)


def test_the_deadline_of_a_callers_client_in_threads_is_checked_with_the_body(
    connect_through: Callable[..., Client], style: str
) -> None:
    """The connections of a caller's client are the caller's. With asyncio, the deadline ends every wait."""

    def script(talk: Conversation) -> None:
        if talk.hear():
            talk.say(HEAD[0])
            for _ in range(10):
                server.stop.wait(0.1)
                talk.say(HEAD[1])
            talk.say(b"Content-Length: 1000000\r\n\r\n")
            while not server.stop.wait(0.05):
                talk.say(b" ")

    with served(script) as server:
        client = connect_through(server.address, {"timeout": 30}, deadline=0.5, retry=NO_RETRIES)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"deadline of 0\.5 s"):
            client.call(list_reviews)
    assert style == "async" or time.monotonic() - began > 0.9


def test_without_a_deadline_of_its_own_a_client_has_five_times_the_timeout(client_of: Callable[..., Client]) -> None:
    client = client_of(lambda request: HTTPResponse(200, Headers([]), PAGE.partition(b"\r\n\r\n")[2]), timeout=3)
    client.call(list_reviews)
    client.call(list_with(timeout=2))
    client.call(lambda shop: shop.with_options(timeout=2, deadline=4).with_options(timeout=1).reviews.list())
    assert [(request.timeout, request.deadline) for request in client.requests] == [(3, 15), (2, 10), (1, 4)]


def test_a_call_can_have_its_own_deadline_or_none(connect: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(PAGE[:-3])
            for byte in PAGE[-3:]:
                server.stop.wait(0.06)
                talk.say(bytes([byte]))

    with served(script) as server:
        client = connect(server.address, timeout=20, deadline=0.1, retry=NO_RETRIES)
        for deadline in (20, None):
            found = client.call(list_with(deadline=deadline))
            assert found.list == []
        with pytest.raises(RequestTimeoutError, match="within the deadline"):
            client.call(list_reviews)


def test_a_connection_on_which_a_deadline_passed_is_not_used_again(connect: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        if talk.hear() and talk.number == 1:
            talk.say(BODY[0])
            while not server.stop.wait(0.05):
                talk.say(BODY[1])
        talk.say(PAGE)

    with served(script) as server:
        client = connect(server.address, timeout=20, deadline=0.3, retry=NO_RETRIES)
        with pytest.raises(RequestTimeoutError):
            client.call(list_reviews)
        assert client.call(list_with(deadline=20)).list == []
    assert server.connections == 2


# --- the timeout of a client of the caller


def test_the_timeout_of_a_callers_client_counts(connect_through: Callable[..., Client]) -> None:
    with served(drip(lambda: server, *NOTHING)) as server:
        client = connect_through(server.address, {"timeout": 0.2}, retry=NO_RETRIES)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"within the timeout \(read\)"):
            client.call(list_reviews)
        assert time.monotonic() - began < 15  # the default of this package is 30 s


def test_each_step_of_a_callers_client_keeps_its_timeout(connect_through: Callable[..., Client]) -> None:
    steps = httpx.Timeout(connect=20, read=0.2, write=20, pool=None)
    with served(drip(lambda: server, *NOTHING)) as server:
        client = connect_through(server.address, {"timeout": steps}, retry=NO_RETRIES)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"within the timeout \(read\)"):
            client.call(list_reviews)
        assert time.monotonic() - began < 15  # the default of this package is 30 s


def test_our_timeout_counts_instead_of_that_of_a_callers_client(connect_through: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            server.stop.wait(0.3)
            talk.say(PAGE)

    with served(script) as server:
        client = connect_through(server.address, {"timeout": 0.1}, timeout=20, retry=NO_RETRIES)
        assert client.call(list_reviews).list == []
        with pytest.raises(RequestTimeoutError):
            client.call(list_with(timeout=0.1))
        client = connect_through(server.address, {"timeout": 0.1}, retry=NO_RETRIES)
        assert client.call(list_with(timeout=20)).list == []


def test_a_callers_client_without_timeouts_waits(connect_through: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            server.stop.wait(0.3)
            talk.say(PAGE)

    with served(script) as server:
        assert connect_through(server.address, {"timeout": None}, retry=NO_RETRIES).call(list_reviews).list == []


# --- uploads


@pytest.mark.parametrize("case", DRIPS)
def test_a_response_to_an_upload_that_drips_ends_at_the_deadline(
    connect_storage: Callable[..., Client], case: str
) -> None:
    with served(drip(lambda: storage, *DRIPS[case])) as storage:
        client = connect_storage(storage.address, deadline=0.15, retry=NO_RETRIES)
        with pytest.raises(UploadInterruptedError, match=r"within the deadline of 0\.15 s") as caught:
            client.call(lambda shop: shop.media.upload_image(GIF, credentials=client.credentials))
    assert isinstance(caught.value.__cause__, RequestTimeoutError)


def test_the_deadline_of_an_upload_begins_when_the_form_is_sent(connect_storage: Callable[..., Client]) -> None:
    """A large image over a slow line takes longer than every response."""

    piece = GIF + bytes(5000)  # more than the client looks at before it sends

    def pieces() -> Iterator[bytes]:
        for _ in range(6):
            yield piece
            storage.stop.wait(0.2)

    async def pieces_async() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(response_bytes(b"{}"))

    with served(script) as storage:
        client = connect_storage(storage.address, deadline=0.8, retry=NO_RETRIES)
        given: dict[str, Any] = {"strip_metadata": False, "credentials": client.credentials}
        image = pieces if isinstance(client.shop, Trustoo) else pieces_async
        stored = client.call(lambda shop: shop.media.upload_image(image(), size=6 * len(piece), **given))
    assert stored.size == 6 * len(piece)
