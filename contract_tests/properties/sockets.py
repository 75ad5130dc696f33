"""Calls a misbehaving server over real sockets. Nothing below the client is replaced."""

import asyncio
import socket
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from trustoo import AsyncTrustoo, ConnectError, RequestTimeoutError, Trustoo, TrustooError, UnverifiedOperationWarning
from trustoo.testing import without_waiting
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Response

from contract_tests.properties.faults import figures_of, truthful
from contract_tests.properties.misbehaviour import BEHAVIOURS, PATIENCE, Server
from contract_tests.support.samples import sample
from contract_tests.support.shop import CLOCK, TOKENS

WRITES = ("reviews.create", "reviews.delete", "customers.exclude", "webhooks.delete", "customers.unsubscribe")
READS = ("reviews.list", "reviews.rating", "orders.list", "webhooks.list", "media.image_upload_credentials")


@contextmanager
def _caller(url: str, is_async: bool) -> Iterator[Callable[[str, float], Response[Any] | TrustooError]]:
    """Yield a function that makes one call. It takes an operation and a timeout, and returns the result."""
    settings: dict[str, Any] = {**TOKENS["hmac"], "base_url": url, "clock": lambda: CLOCK}
    with asyncio.Runner() as runner, without_waiting(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        http, later = httpx.Client(trust_env=False), httpx.AsyncClient(trust_env=False)
        shop, async_shop = Trustoo(http_client=http, **settings), AsyncTrustoo(http_client=later, **settings)

        def call(operation: str, timeout: float) -> Response[Any] | TrustooError:
            make, decoder = sample(operation)
            try:
                if is_async:
                    return runner.run(async_shop.with_options(timeout=timeout).send_async(make(), decoder))
                return shop.with_options(timeout=timeout).send(make(), decoder)
            except TrustooError as error:
                return error

        yield call
        http.close()
        runner.run(later.aclose())


def check(calls: int, is_async: bool) -> Counter[str]:
    """Make `calls` writes and `calls` reads. Raises AssertionError for the first call with a wrong result."""
    figures: Counter[str] = Counter()
    with Server() as server, _caller(server.url, is_async) as call:
        for number in range(calls):
            behaviour = BEHAVIOURS[number % len(BEHAVIOURS)]
            for operation in (WRITES[number % len(WRITES)], READS[number % len(READS)]):
                server.behave(behaviour.act, operation)
                result = call(operation, behaviour.timeout)
                is_write = OPERATIONS[operation].is_write
                expected = behaviour.write if is_write else behaviour.read
                try:
                    truthful(is_write, result, server.processed)
                    assert isinstance(result, expected), (
                        f"{' or '.join(kind.__name__ for kind in expected)} was to be expected"
                    )
                except AssertionError as error:
                    raise AssertionError(
                        f"{error}\n  call {number}: {operation}, {'async' if is_async else 'sync'}, the server: "
                        f"{behaviour.name}; carried out {server.processed} x\n  result: {result!r}\n"
                        "  repeat: pytest contract_tests/properties/test_sockets.py"
                    ) from error
                figures += figures_of(is_write, result, server.processed)
    return figures


def check_refused(is_async: bool) -> None:
    """Check that the error states that nothing was sent if no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with _caller(f"http://127.0.0.1:{port}", is_async) as call:
        for operation in (WRITES[0], READS[0]):
            result = call(operation, PATIENCE)
            assert isinstance(result, ConnectError | RequestTimeoutError), f"{operation}: {result!r}"
            assert not result.maybe_sent, f"{operation}: {result!r}"
