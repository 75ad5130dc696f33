"""Clients for the cases: over each transport with real sockets, or in memory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from contract_tests.world.client import Client, Respond, connected, in_memory

STYLES = ("sync", "async")
COMBINATIONS = [
    *(f"sync {name}" for name in ("httpcore", "httpx", "pyreqwest")),
    *(f"async {name}" for name in ("httpcore", "httpx", "aiohttp", "pyreqwest")),
]
"""All combinations of style and transport."""


@pytest.fixture(autouse=True)
def _no_proxies_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


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
