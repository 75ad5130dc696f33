"""Clients for the cases: over each transport with real sockets, or in memory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from trustoo.testing import FakeTrustoo
from trustoo.upload import StorageRules

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.world.client import COMBINATIONS, Client, Respond, connected, in_memory

STYLES = ("sync", "async")


@pytest.fixture(autouse=True)
def _no_proxies_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def _a_wall_clock_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> str:
    """Return "sync" or "async"."""
    found: str = request.param
    return found


@pytest.fixture(params=COMBINATIONS)
def combination(request: pytest.FixtureRequest) -> str:
    """Return a style and the name of a transport, such as "async aiohttp"."""
    found: str = request.param
    return found


@pytest.fixture
def connect(combination: str) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client over each transport: `connect(server.address, timeout=1)`."""
    style, _, transport = combination.partition(" ")
    with ExitStack() as stack:

        def make(base_url: str, **settings: Any) -> Client:
            return stack.enter_context(connected(style, base_url=base_url, transport=transport, **settings))

        yield make


@pytest.fixture
def client_of(style: str) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client whose requests go to a function: `client_of(respond, retry=...)`."""
    with ExitStack() as stack:

        def make(respond: Respond, **settings: Any) -> Client:
            return stack.enter_context(in_memory(style, respond, **settings))

        yield make


def _with_http_client(stack: ExitStack, style: str, options: dict[str, Any], **settings: Any) -> Client:
    http_client: Any = (httpx.Client if style == "sync" else httpx.AsyncClient)(**options)
    client = stack.enter_context(connected(style, http_client=http_client, **settings))
    stack.callback(lambda: client.call(lambda shop: http_client.close() if style == "sync" else http_client.aclose()))
    return client


@pytest.fixture
def connect_through(style: str) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client with an httpx client of the caller.

    `connect_through(server.address, {"timeout": 1}, retry=...)`: the mapping has the arguments of the httpx client.
    """
    with ExitStack() as stack:

        def make(base_url: str, options: dict[str, Any] | None = None, **settings: Any) -> Client:
            return _with_http_client(stack, style, options or {}, base_url=base_url, **settings)

        yield make


@pytest.fixture(params=[*COMBINATIONS, "sync http_client", "async http_client"])
def connect_anyhow(request: pytest.FixtureRequest) -> Iterator[Callable[..., Client]]:
    """Return a function as `connect` does, also for clients with an httpx client of the caller."""
    style, _, transport = request.param.partition(" ")
    with ExitStack() as stack:

        def make(base_url: str, *, proxy: str | None = None, **settings: Any) -> Client:
            if transport == "http_client":
                return _with_http_client(stack, style, {"proxy": proxy}, base_url=base_url, **settings)
            settings |= {"transport": transport, "proxy": proxy}
            return stack.enter_context(connected(style, base_url=base_url, **settings))

        yield make


@pytest.fixture
def connect_storage(combination: str) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client over each transport, with credentials for a storage's address."""
    style, _, transport = combination.partition(" ")
    with ExitStack() as stack:

        def make(storage: str, **settings: Any) -> Client:
            fake = FakeTrustoo()
            fake.respond("media.image_upload_credentials", fake.storage.credentials() | {"host": storage})
            rules = StorageRules(http=True, ip_address=True, port=True, path=True)
            settings |= {"transport": transport, "clock": fake.now, "storage_rules": rules}
            client = stack.enter_context(connected(style, **settings))
            client.credentials = fake.client().media.image_upload_credentials()
            return client

        yield make
