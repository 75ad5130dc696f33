"""A client of either style, so that each case is written once."""

import asyncio
import inspect
import threading
import time
from collections.abc import AsyncIterable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from random import Random
from typing import Any

from trustoo import AsyncTrustoo, Trustoo
from trustoo.testing import without_waiting
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo_api.models import ImageUploadCredentials

from contract_tests.support.shop import CLOCK, TOKENS

COMBINATIONS = [
    *(f"sync {name}" for name in ("httpcore", "httpx", "pyreqwest")),
    *(f"async {name}" for name in ("httpcore", "httpx", "aiohttp", "pyreqwest")),
]
"""All combinations of style and transport."""
Respond = Callable[[HTTPRequest], HTTPResponse | Exception]
"""Returns the response to a request, or the error that the transport raises instead."""


class Client:
    """A `Trustoo` or an `AsyncTrustoo` behind one synchronous interface.

    Attributes:
        shop: the client itself.
        requests: the requests that it sent, if the client was made by `in_memory`.
        credentials: the upload credentials, if the client was made for uploads.
    """

    credentials: ImageUploadCredentials | None = None

    def __init__(self, shop: Any, requests: Sequence[HTTPRequest] = ()) -> None:
        self.shop, self.requests, self._runner = shop, requests, asyncio.Runner()

    def call(self, use: Callable[[Any], Any]) -> Any:
        """Return the result of `use(shop)`. An awaitable result is awaited."""
        if isinstance(self.shop, Trustoo):
            return use(self.shop)

        async def awaited() -> Any:
            found = use(self.shop)
            return await found if inspect.isawaitable(found) else found

        return self._runner.run(awaited())

    def items(self, use: Callable[[Any], Any], most: int = 1_000_000) -> list[Any]:
        """Return at most `most` items of the iteration `use(shop)`. A failing iteration raises its error."""

        async def collected() -> list[Any]:
            found: list[Any] = []
            iteration: AsyncIterable[Any] = use(self.shop)
            async for item in iteration:
                found.append(item)
                if len(found) == most:
                    break
            return found

        if isinstance(self.shop, Trustoo):
            return list(islice(use(self.shop), most))
        return self._runner.run(collected())

    def close(self) -> None:
        """Close the client and its event loop."""
        self.call(lambda shop: shop.close())
        self._runner.close()


@contextmanager
def connected(style: str, **settings: Any) -> Iterator[Client]:
    """Yield a client with invented credentials. It makes its pauses between attempts without waiting."""
    make: Any = Trustoo if style == "sync" else AsyncTrustoo
    client = Client(make(**{**TOKENS["hmac"], "clock": lambda: CLOCK, **settings}))
    try:
        with without_waiting():
            yield client
    finally:
        client.close()


class _Memory:
    def __init__(self, respond: Respond, order: Random | None) -> None:
        self.requests, self.order = list[HTTPRequest](), order
        self._respond, self._lock = respond, threading.Lock()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        self.requests.append(request)
        if self.order is not None:
            time.sleep(self.order.random() / 1000)
        return self.respond(request)

    def respond(self, request: HTTPRequest) -> HTTPResponse:
        with self._lock:
            outcome = self._respond(request)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None: ...


class _AsyncMemory:
    def __init__(self, memory: _Memory) -> None:
        self._memory = memory

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        order = self._memory.order
        self._memory.requests.append(request)
        for _ in range(1 if order is None else order.randint(1, 9)):
            await asyncio.sleep(0)
        return self._memory.respond(request)

    async def close(self) -> None: ...


@contextmanager
def in_memory(style: str, respond: Respond, *, order: Random | None = None, **settings: Any) -> Iterator[Client]:
    """Yield a client whose requests go to `respond`, without a socket. One request is answered at a time.

    With `order`, requests that are sent at once are answered in a random order.
    """
    memory = _Memory(respond, order)
    transport = memory if style == "sync" else _AsyncMemory(memory)
    with connected(style, transport=transport, **settings) as client:
        client.requests = memory.requests
        yield client


def list_reviews(shop: Any, **query: Any) -> Any:
    """Make a read."""
    return shop.reviews.list(**query)


def list_with(**options: Any) -> Callable[[Any], Any]:
    """Return a function that makes a read with other options of the client."""
    return lambda shop: shop.with_options(**options).reviews.list()


def create_review(shop: Any) -> Any:
    """Make a write."""
    return shop.reviews.create(rating=5, author="EXAMPLE")
