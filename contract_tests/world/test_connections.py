"""Connections: certificates, proxies, waiting for a free connection, closing, event loops."""

import asyncio
import gc
import ssl
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trustoo import NO_RETRIES, AsyncTrustoo, ConfigurationError, OutcomeUnknownError, RequestTimeoutError, Trustoo
from trustoo.errors import ConnectError, TransportError
from trustoo.transport import TransportName, aiohttp, connections, loops, pyreqwest

from contract_tests.support.certificates import certificates
from contract_tests.support.pictures import GIF
from contract_tests.support.servers import Conversation, Script, Served, always, response_bytes, served
from contract_tests.support.shop import TOKENS
from contract_tests.world.client import Client, connected, create_review, list_reviews, list_with

PAGE = response_bytes(b'{"code": 0, "data": {"page": {}, "list": []}}')
HMAC: Any = TOKENS["hmac"]
CREATED = response_bytes(b'{"code": 0, "data": {"id": "1"}}')


# --- nothing left the machine


def _missing(folder: Path) -> tuple[str, Path]:
    return "SSL_CERT_FILE", folder / "EXAMPLE-missing.pem"


def _empty(folder: Path) -> tuple[str, Path]:
    file = folder / "EXAMPLE-empty.pem"
    file.write_text("no certificate\n")
    return "SSL_CERT_FILE", file


def _folder(folder: Path) -> tuple[str, Path]:
    return "SSL_CERT_FILE", folder


def _missing_folder(folder: Path) -> tuple[str, Path]:
    return "SSL_CERT_DIR", folder / "EXAMPLE-missing"


@pytest.mark.parametrize("case", [_missing, _empty, _folder, _missing_folder])
def test_certificates_that_cannot_be_read_are_named(
    connect: Callable[..., Client],
    case: Callable[[Path], tuple[str, Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variable, path = case(tmp_path)
    monkeypatch.setenv(variable, str(path))
    with served(always(CREATED), tls=True) as server:
        with pytest.raises(ConfigurationError) as caught:
            connect(server.address).call(create_review)
        assert f"{variable}={path} cannot be used" in str(caught.value)
    assert server.connections == 0


def test_an_upload_names_certificates_that_cannot_be_read(
    connect_storage: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(always(CREATED), tls=True) as storage:
        client = connect_storage(storage.address)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "EXAMPLE-missing.pem"))
        with pytest.raises(ConfigurationError, match=r"SSL_CERT_FILE=.*EXAMPLE-missing\.pem cannot be used"):
            client.call(lambda shop: shop.media.upload_image(GIF, credentials=client.credentials))
    assert storage.connections == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux pyreqwest reads certificates when a client is made")
def test_a_system_without_certificates_is_no_unknown_outcome(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    settings: Any = {"base_url": "https://127.0.0.1:9", "transport": "pyreqwest", "retry": NO_RETRIES}
    problem = r"No CA certificates .* Nothing was sent\. SSL_CERT_FILE can name"
    with connected(style, **settings) as client, pytest.raises(ConfigurationError, match=problem):
        client.call(create_review)


def _answer(content: bytes) -> Script:
    def script(talk: Conversation) -> None:
        if talk.hear():
            talk.say(content)

    return script


def _reset(talk: Conversation) -> None:
    talk.hear()
    talk.reset()


def _wait(talk: Conversation) -> None:
    talk.hear()
    while talk._connection.recv(65536):  # until the client gives up
        pass


def _connect_then(then: Script) -> Script:
    def script(talk: Conversation) -> None:
        if talk.hear():
            talk.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
            then(talk)

    return script


PROXIES: dict[str, Script] = {
    "407": _answer(response_bytes(b"", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="a"')),
    "403 with a page": _answer(response_bytes(b"<h1>EXAMPLE</h1>", "403 Forbidden")),
    "502": _answer(response_bytes(b"", "502 Bad Gateway")),
    "no HTTP": _answer(b"SSH-2.0-EXAMPLE\r\n\r\n"),
    "half a response": _answer(b"HTTP/1.1 200 OK\r\nX-A"),
    "end": lambda talk: talk.hear(),
    "reset": _reset,
    "silence": _wait,
    "end after connecting": _connect_then(lambda talk: None),
    "no TLS after connecting": _connect_then(lambda talk: talk.say(b"EXAMPLE no TLS\r\n")),
    "silence after connecting": _connect_then(_wait),
}


def check_not_sent(proxy: Served, client: Client) -> None:
    with pytest.raises(TransportError) as caught:
        client.call(create_review)
    assert not caught.value.maybe_sent
    assert [request.split(b" ")[:2] for request in proxy.heard] == [[b"CONNECT", b"api.example.test:443"]]


@pytest.mark.parametrize("case", ["407", "502", "silence"])
def test_a_write_that_a_proxy_does_not_pass_on_was_not_sent(connect: Callable[..., Client], case: str) -> None:
    with served(PROXIES[case]) as proxy:
        settings: Any = {"proxy": proxy.address, "timeout": 0.3, "retry": NO_RETRIES}
        check_not_sent(proxy, connect("https://api.example.test", **settings))


@pytest.mark.parametrize("case", PROXIES)
def test_a_write_that_the_proxy_of_a_callers_client_does_not_pass_on_was_not_sent(
    connect_through: Callable[..., Client], case: str
) -> None:
    with served(PROXIES[case]) as proxy:
        options = {"proxy": proxy.address, "timeout": 0.3}
        check_not_sent(proxy, connect_through("https://api.example.test", options, retry=NO_RETRIES))


def test_a_proxy_of_the_environment_that_refuses_is_named(
    connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(PROXIES["407"]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        with pytest.raises(TransportError, match="the proxy did not connect: 407 Proxy Auth") as caught:
            connect("https://api.example.test", retry=NO_RETRIES).call(create_review)
    assert not caught.value.maybe_sent


def test_a_write_that_a_proxy_passed_on_may_have_been_carried_out(
    connect_anyhow: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates().server, certificates().key)
    received: list[bytes] = []

    def break_off(talk: Conversation) -> None:
        with context.wrap_socket(talk._connection, server_side=True) as connection:
            received.append(connection.recv(65536))

    monkeypatch.setenv("SSL_CERT_FILE", str(certificates().authority))
    with served(_connect_then(break_off)) as proxy:
        client = connect_anyhow("https://127.0.0.1:9", proxy=proxy.address, timeout=20, retry=NO_RETRIES)
        with pytest.raises(OutcomeUnknownError):
            client.call(create_review)
    assert received[0].startswith(b"POST ")


def test_a_deadline_that_passes_before_the_connection_is_made_sent_nothing(
    connect_anyhow: Callable[..., Client],
) -> None:
    def script(talk: Conversation) -> None:  # it expects TLS, and gets no handshake
        server.stop.wait(20)

    with served(script) as server:
        client = connect_anyhow(server.address.replace("http:", "https:"), timeout=30, deadline=0.5, retry=NO_RETRIES)
        with pytest.raises(TransportError) as caught:
            client.call(create_review)
    assert not caught.value.maybe_sent


def test_many_failed_connections_through_a_proxy_use_up_no_connections(style: str) -> None:
    def script(talk: Conversation) -> None:
        PROXIES["end after connecting" if talk.number <= connections.CONNECTIONS else "502"](talk)

    with served(script) as proxy:
        settings: Any = {"proxy": proxy.address, "timeout": 5, "retry": NO_RETRIES}
        with connected(style, base_url="https://api.example.test", **settings) as client:
            for _ in range(connections.CONNECTIONS):
                with pytest.raises(ConnectError):
                    client.call(create_review)
            with pytest.raises(ConnectError, match="502 Bad Gateway"):
                client.call(create_review)


def test_many_cancelled_calls_through_a_proxy_use_up_no_connections() -> None:
    def script(talk: Conversation) -> None:
        PROXIES["silence after connecting" if talk.number <= connections.CONNECTIONS else "502"](talk)

    async def cancelled(shop: Any) -> None:
        calls = [asyncio.create_task(create_review(shop)) for _ in range(connections.CONNECTIONS)]
        while len(proxy.heard) < connections.CONNECTIONS:
            await asyncio.sleep(0.01)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    with served(script) as proxy:
        settings: Any = {"proxy": proxy.address, "timeout": 5, "retry": NO_RETRIES}
        with connected("async", base_url="https://api.example.test", **settings) as client:
            client.call(cancelled)
            with pytest.raises(ConnectError, match="502 Bad Gateway"):
                client.call(create_review)


# --- waiting for a free connection


@pytest.fixture
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the transports send one request at once."""
    for module in (connections, loops, aiohttp, pyreqwest):
        monkeypatch.setattr(module, "CONNECTIONS", 1)


def both_at_once(client: Client, first: Callable[[Any], Any], then: Callable[[], object], second: Any) -> list[Any]:
    """The results or errors of two calls. The second call begins when `then()` is true."""
    if isinstance(client.shop, Trustoo):
        results: dict[int, Any] = {}

        def run(number: int, use: Callable[[Any], Any]) -> None:
            try:
                results[number] = use(client.shop)
            except Exception as error:
                results[number] = error

        threads = [threading.Thread(target=run, args=args) for args in enumerate((first, second))]
        threads[0].start()
        while not then():
            time.sleep(0.01)
        threads[1].start()
        for thread in threads:
            thread.join()
        return [results[0], results[1]]

    async def run_both() -> list[Any]:
        task = asyncio.create_task(first(client.shop))
        while not then():
            await asyncio.sleep(0.01)
        return list(await asyncio.gather(task, second(client.shop), return_exceptions=True))

    found: list[Any] = client.call(lambda shop: run_both())
    return found


@pytest.mark.usefixtures("_one_connection")
def test_waiting_for_a_free_connection_does_not_use_up_the_timeout(connect: Callable[..., Client]) -> None:
    def script(talk: Conversation) -> None:
        while request := talk.hear():
            if b"keyword=slow" in request:
                server.stop.wait(0.8)
            talk.say(PAGE)

    def slow(shop: Any) -> Any:
        return shop.with_options(timeout=20).reviews.list(keyword="slow")

    with served(script) as server:
        client = connect(server.address, timeout=0.6, deadline=20, retry=NO_RETRIES)
        outcomes = both_at_once(client, slow, lambda: server.heard, list_reviews)
    assert [getattr(outcome, "list", outcome) for outcome in outcomes] == [[], []]
    assert len(server.heard) == 2


@pytest.mark.usefixtures("_one_connection")
def test_a_call_that_waits_too_long_for_a_free_connection_says_so(connect: Callable[..., Client]) -> None:
    free = threading.Event()

    def script(talk: Conversation) -> None:
        while talk.hear():
            free.wait(20)
            talk.say(PAGE)

    def waiting(shop: Any) -> Any:
        return shop.with_options(deadline=0.3).reviews.create(rating=5, author="EXAMPLE")

    def waiting_then_free(shop: Any) -> Any:
        if isinstance(shop, Trustoo):
            try:
                return waiting(shop)
            finally:
                free.set()

        async def run() -> Any:
            try:
                return await waiting(shop)
            finally:
                free.set()

        return run()

    with served(script) as server:
        client = connect(server.address, timeout=20, retry=NO_RETRIES)
        _, error = both_at_once(client, list_reviews, lambda: server.heard, waiting_then_free)
    assert isinstance(error, RequestTimeoutError)
    assert "all connections were in use, and no connection became free in time" in str(error)
    assert not error.maybe_sent
    assert len(server.heard) == 1


# --- closing


def test_leaving_a_client_with_other_options_closes_no_connection(connect: Callable[..., Client]) -> None:
    def use(shop: Any) -> Any:
        if isinstance(shop, Trustoo):
            shop.reviews.list()
            with shop.with_options(application="EXAMPLE/1") as other:
                other.reviews.list()
            other.close()
            other.with_options(application="EXAMPLE/2").close()
            return shop.reviews.list()

        async def run() -> None:
            await shop.reviews.list()
            async with shop.with_options(application="EXAMPLE/1") as other:
                await other.reviews.list()
            await other.close()
            await other.with_options(application="EXAMPLE/2").close()
            await shop.reviews.list()

        return run()

    with served(always(PAGE)) as server:
        connect(server.address).call(use)
    assert (server.connections, len(server.heard)) == (1, 3)


def test_leaving_a_client_with_other_options_cuts_no_call_of_the_first_client(connect: Callable[..., Client]) -> None:
    left = threading.Event()

    def script(talk: Conversation) -> None:
        if talk.hear():
            left.wait(20)
            talk.say(CREATED)

    def leave(shop: Any) -> Any:
        if isinstance(shop, Trustoo):
            with shop.with_options(application="EXAMPLE/1"):
                pass
            left.set()
            return None

        async def run() -> None:
            async with shop.with_options(application="EXAMPLE/1"):
                pass
            left.set()

        return run()

    with served(script) as server:
        created, _ = both_at_once(connect(server.address), create_review, lambda: server.heard, leave)
    assert getattr(created, "id", created) == "1"


def test_a_timeout_for_each_call_costs_few_connections(connect: Callable[..., Client]) -> None:
    with served(always(PAGE)) as server:
        client = connect(server.address)
        for number in range(30):
            client.call(list_with(timeout=5 + number / 100))
    assert len(server.heard) == 30
    assert server.connections <= 4


# --- event loops

TRANSPORTS: list[TransportName] = ["httpcore", "httpx", "aiohttp", "pyreqwest"]


def no_connection_stays(server: Any) -> bool:
    until = time.monotonic() + 20
    while server.open and time.monotonic() < until:
        time.sleep(0.01)
    return not server.open


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_each_run_of_asyncio_closes_its_connections_and_warns_of_nothing(transport: TransportName) -> None:
    with served(always(PAGE)) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        shop = AsyncTrustoo(**HMAC, base_url=server.address, transport=transport)
        for _ in range(5):
            asyncio.run(shop.reviews.list())
            if transport != "pyreqwest":  # its connections belong to no event loop
                assert no_connection_stays(server)
        asyncio.run(shop.close())
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert len(server.heard) == 5


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_event_loops_of_several_threads_share_a_client(transport: TransportName) -> None:
    def echo(talk: Conversation) -> None:
        while request := talk.hear():
            word = request.split(b"keyword=")[1].split(b" ")[0].split(b"&")[0]
            talk.say(response_bytes(b'{"code": 0, "data": {"page": {}, "list": [{"id": "%b"}]}}' % word))

    with served(echo) as server:
        shop = AsyncTrustoo(**HMAC, base_url=server.address, transport=transport, retry=NO_RETRIES)
        found = list[tuple[str, str]]()

        async def many(thread: int) -> None:
            for number in range(10):
                words = [f"{thread}x{number}x{index}" for index in range(4)]
                pages = await asyncio.gather(*(shop.reviews.list(keyword=word) for word in words))
                found.extend((word, str(page.list[0].id)) for word, page in zip(words, pages, strict=True))

        threads = [threading.Thread(target=lambda number=number: asyncio.run(many(number))) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asyncio.run(shop.close())
    assert len(found) == 4 * 10 * 4
    assert all(word == answered for word, answered in found)


@pytest.mark.parametrize("transport", ["httpcore", "httpx", "aiohttp"])
def test_certificates_are_read_once_for_many_event_loops(
    transport: TransportName, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[object]()
    create = ssl.create_default_context

    def creating(**options: Any) -> ssl.SSLContext:
        read.append(options)
        return create(**options)

    monkeypatch.setenv("SSL_CERT_FILE", str(certificates().authority))
    monkeypatch.setattr(ssl, "create_default_context", creating)
    with served(always(PAGE), tls=True) as server:
        shop = AsyncTrustoo(**HMAC, base_url=server.address, transport=transport)
        for _ in range(3):
            asyncio.run(shop.reviews.list())
    assert len(read) <= 1  # another test may have read the same file


# --- a client of the caller


def test_query_parameters_of_a_callers_client_that_break_signatures_are_refused(
    connect_through: Callable[..., Client],
) -> None:
    with pytest.raises(ConfigurationError, match="http_client adds the query parameters tenant to each request"):
        connect_through("https://api.example.test", {"params": {"tenant": "EXAMPLE-7"}})


def test_query_parameters_of_a_callers_client_are_sent_if_nothing_is_signed(
    connect_through: Callable[..., Client],
) -> None:
    unsigned = {**TOKENS["bearer"], "public_token": None, "private_token": None}
    with served(always(PAGE)) as server:
        connect_through(server.address, {"params": {"tenant": "EXAMPLE-7"}}, **unsigned).call(list_reviews)
    assert b"tenant=EXAMPLE-7" in server.heard[0].split(b"\r\n")[0]
