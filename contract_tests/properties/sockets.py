"""Calls a misbehaving server over real sockets. Nothing below the client is replaced."""

import asyncio
import itertools
import socket
import ssl
import warnings
from asyncio import selector_events
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest.mock import patch

import httpx
import msgspec
from trustoo import AsyncTrustoo, OutcomeUnknownError, TransportError, Trustoo, TrustooError, UnverifiedOperationWarning
from trustoo.testing import without_waiting
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Response

from contract_tests.properties.faults import figures_of, truthful
from contract_tests.properties.misbehaviour import (
    BEHAVIOURS,
    PATIENCE,
    Behaviour,
    Server,
    behaviour,
    refusing_proxy,
)
from contract_tests.support.options import PYTHON
from contract_tests.support.samples import sample
from contract_tests.support.shop import CLOCK, TOKENS

WRITES = ("reviews.create", "reviews.delete", "customers.exclude", "webhooks.delete", "customers.unsubscribe")
READS = ("reviews.list", "reviews.rating", "orders.list", "webhooks.list", "media.image_upload_credentials")
CLIENTS = (
    *("httpcore", "httpx", "pyreqwest", "http_client", "proxy"),
    *("async httpcore", "async httpx", "async aiohttp", "async pyreqwest", "async http_client", "async proxy"),
)
"""A style and a transport. "http_client" is a client of the caller, and "proxy" is a proxy that refuses to connect."""
_LARGE = 600_000
"""The size of a large body in bytes. Connections break while it is written."""


_STREAM: Any = vars(selector_events)["_SelectorSocketTransport"]
"""The streams of asyncio, whose class is not public."""


class Meter:
    """Notes whether a byte of a request was written at the client's sockets. Handshakes and CONNECT do not count.

    For asyncio, the streams are watched too: asyncio silently drops what is written to a connection whose reset it has
    just noticed. The sockets of pyreqwest are not Python's, so that their bytes are not seen.

    Attributes:
        wrote: whether a byte was written since this attribute was set to False.
    """

    _METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ")
    _WRITERS = (
        *((socket.socket, "send"), (socket.socket, "sendmsg"), (ssl.SSLSocket, "send"), (ssl.SSLObject, "write")),
        *((_STREAM, "write"), (_STREAM, "writelines")),
    )

    def __init__(self) -> None:
        self.wrote = self.tried = False

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Watch the sockets. The server writes with `sendall`, which is not watched."""
        with ExitStack() as stack:
            for kind, name in self._WRITERS:
                stack.enter_context(patch.object(kind, name, self._watched(getattr(kind, name))))
            yield

    def _watched(self, write: Callable[..., int | None]) -> Callable[..., int | None]:
        def watched(connection: Any, data: Any, *more: Any) -> int | None:
            size: int | None = 0
            try:
                size = write(connection, data, *more)
            finally:
                start = data if isinstance(data, bytes | bytearray | memoryview) else next(iter(data), b"")
                begins = bytes(start[:8]).startswith(self._METHODS)
                self.tried |= begins
                self.wrote |= begins and size != 0
            return size

        return watched


Call = Callable[[Any, float, int], Response[Any] | TrustooError]
"""Makes one call. It takes a sample, a timeout and the client's time, and returns the result."""


@contextmanager
def calling(client: str, url: str) -> Iterator[Call]:
    """Yield a function that makes calls with one of the `CLIENTS`."""
    style, _, name = client.rpartition(" ")
    now = CLOCK
    settings: dict[str, Any] = {**TOKENS["hmac"], "base_url": url, "clock": lambda: now}
    with asyncio.Runner() as runner, without_waiting(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        http: Any = None
        if name == "http_client":
            http = settings["http_client"] = (httpx.AsyncClient if style else httpx.Client)(trust_env=False)
        elif name == "proxy":
            settings |= {"base_url": "https://trustoo.invalid", "proxy": url}
        else:
            settings["transport"] = name
        shop: Any = (AsyncTrustoo if style else Trustoo)(**settings)

        def call(made: Any, timeout: float, moment: int) -> Response[Any] | TrustooError:
            nonlocal now
            (request, decoder), now = made, moment
            try:
                if style:
                    found: Response[Any] = runner.run(shop.with_options(timeout=timeout).send_async(request, decoder))
                else:
                    found = shop.with_options(timeout=timeout).send(request, decoder)
                return found
            except TrustooError as error:
                return error

        yield call
        if style:
            runner.run(shop.close())
            if http is not None:
                runner.run(http.aclose())
        else:
            shop.close()
            if http is not None:
                http.close()


@dataclass(frozen=True)
class Case:
    """One call and the server's behaviour. The same client, seed and number produce the same case."""

    client: str
    seed: int
    number: int

    @property
    def moment(self) -> int:
        """The client's time. It differs for each case."""
        return CLOCK + self.number

    @property
    def drawn(self) -> tuple[Behaviour, str, bool]:
        """The behaviour, the operation, and whether the request is large."""
        random = Random(f"{self.client}/{self.seed}/{self.number}")
        operation = random.choice(WRITES if random.random() < 0.9 else READS)
        if self.client.endswith("proxy"):
            return refusing_proxy(random), operation, False
        if self.number < 2 * len(BEHAVIOURS):
            made, is_read = divmod(self.number, 2)
            return BEHAVIOURS[made], (READS if is_read else WRITES)[made % len(WRITES)], False
        return behaviour(random), operation, operation == "reviews.create" and random.random() < 0.1

    def check(self, call: Call, server: Server, meter: Meter) -> Counter[str]:
        """Make the call, and return its figures. Raises AssertionError if the result is wrong."""
        behaviour, operation, is_large = self.drawn
        make, decoder = sample(operation)
        request, is_write = make(), OPERATIONS[operation].is_write
        if is_large:
            request = msgspec.structs.replace(request, body={**(request.body or {}), "content": "x" * _LARGE})
        server.behave(behaviour.act, operation, self.moment, repeated=self.client.endswith("proxy"))
        meter.wrote = meter.tried = False
        result = call((request, decoder), behaviour.timeout, self.moment)
        expected = behaviour.write if is_write else behaviour.read
        try:
            truthful(is_write, result, server.processed)
            if not self.client.endswith("pyreqwest"):
                written_or_not(result, meter)
            assert isinstance(result, expected), f"{' or '.join(kind.__name__ for kind in expected)} was to be expected"
        except AssertionError as error:
            raise AssertionError(
                f"{error}\n  call: {operation} by {self.client}, the server: {behaviour.name}; carried out "
                f"{server.processed} x, a byte was written: {meter.wrote}\n  result: {result!r}\n  repeat: "
                f"{PYTHON} -m contract_tests.properties.fuzz "
                f"--seed {self.seed} --case {self.number} --client '{self.client}'"
            ) from error
        return figures_of(is_write, result, server.processed)


def written_or_not(result: Response[Any] | TrustooError, meter: Meter) -> None:
    """Check that the result agrees with what the client wrote. httpcore hides a write that fails, for example because a
    reset arrived between connecting and writing. The outcome of such a call is unknown to the client."""
    if isinstance(result, TransportError) and not result.maybe_sent:
        assert not meter.wrote, "the error says that nothing was sent, but the request was written"
    if isinstance(result, OutcomeUnknownError):
        assert meter.tried, "OutcomeUnknownError, although the request was not begun"


def check(client: str, numbers: range, seed: int) -> Counter[str]:
    """Make the calls of the cases with these numbers. Raises AssertionError for the first call with a wrong result."""
    figures, meter = Counter[str](), Meter()
    with Server() as server, calling(client, server.url) as call, meter.attached():
        for number in numbers:
            figures += Case(client, seed, number).check(call, server, meter)
    return figures


def check_refused(client: str) -> None:
    """Check that the error states that nothing was sent if no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    meter = Meter()
    with calling(client, f"http://127.0.0.1:{port}") as call, meter.attached():
        for operation in (WRITES[0], READS[0]):
            make, decoder = sample(operation)
            result = call((make(), decoder), PATIENCE, CLOCK)
            assert isinstance(result, TransportError), f"{operation}: {result!r}"
            assert not result.maybe_sent, f"{operation}: {result!r}"
            assert not meter.wrote


def check_recipe(recipe: Callable[[Any, dict[str, Any]], object], runs: int, seed: int) -> Counter[str]:
    """Run `recipe(shop, review)` while each of its requests meets a random behaviour of the server.

    Raises AssertionError if the server carried out a write more than once.
    """
    figures = Counter[str]()
    settings: dict[str, Any] = {**TOKENS["hmac"], "timeout": PATIENCE, "clock": lambda: CLOCK}
    with Server() as server, without_waiting(), Trustoo(base_url=server.url, **settings) as shop:
        for number in range(runs):
            random = Random(f"recipe/{seed}/{number}")
            moments = itertools.count()

            def act(talk: Any, random: Random = random, moments: Iterator[int] = moments) -> None:
                next(moments)
                behaviours = iter(lambda: behaviour(random) if random.random() < 0.7 else BEHAVIOURS[0], None)
                next(made for made in behaviours if made.timeout == PATIENCE).act(talk)

            server.behave(act, "reviews.create", CLOCK, repeated=True)
            try:
                recipe(shop, {"rating": 5, "author": "EXAMPLE"})
                figures["created"] += 1
            except TrustooError as error:
                figures[type(error).__name__] += 1
            assert server.processed <= 1, f"run {number}: the recipe created {server.processed} reviews"
            figures["processed"] += server.processed
            figures["several requests"] += next(moments) > 1
    return figures
