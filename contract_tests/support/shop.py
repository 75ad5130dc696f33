"""Calls the generated client through the overlay, sync and async, and keeps the requests and responses."""

import asyncio
import importlib
import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from trustoo import NO_RETRIES, AsyncTrustoo, Trustoo, TrustooError, UnverifiedOperationWarning
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import OperationRequest, ResponseDecoder

from contract_tests.support.spec import parameters

CLOCK = 1_700_000_000
TOKENS: dict[str, dict[str, str]] = {
    "hmac": {"public_token": "EXAMPLE-public-token", "private_token": "EXAMPLE-private-token"},
    "bearer": {"access_token": "EXAMPLE-access-token"},
    "merchant_session": {"merchant_session": "EXAMPLE-merchant-session"},
}


@dataclass
class Call:
    """One call, with its request, its response, and a value or an error."""

    sent: httpx.Request | None = None
    received: httpx.Response | None = None
    value: Any = None
    error: TrustooError | None = None
    strict: bool = False
    """Whether the client is strict."""


@dataclass
class Shops:
    """Sync and async clients of the mock, with each kind of credentials."""

    base_url: str
    transport: Any = None
    """The transport that replaces the network for both kinds of clients."""
    prefer: str | None = None
    """The Prefer header of the next calls. The mock chooses its response by this header."""
    drop: frozenset[str] = frozenset()
    """Headers that are removed from requests, to test the mock without these headers."""
    forged: Mapping[str, str] = field(default_factory=dict)
    """Headers that are replaced in requests."""
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _http_clients: dict[bool, Any] = field(default_factory=dict)
    _call: Call = field(default_factory=Call)

    def call(
        self, make: Callable[..., OperationRequest], decoder: ResponseDecoder[Any], kind: str, asynchronous: bool
    ) -> Call:
        """Send the request that `make()` returns, with credentials of `kind`."""
        self._call = Call(strict=asynchronous)
        client = self._client(kind, asynchronous)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnverifiedOperationWarning)
            try:
                request = make()
                if asynchronous:
                    self._call.value = self._runner.run(client.send_async(request, decoder)).parsed
                else:
                    self._call.value = client.send(request, decoder).parsed
            except TrustooError as error:
                self._call.error = error
        return self._call

    def both(
        self, make: Callable[..., OperationRequest], decoder: ResponseDecoder[Any], kind: str
    ) -> tuple[Call, Call]:
        """Make the call synchronously, and again with asyncio."""
        return self.call(make, decoder, kind, False), self.call(make, decoder, kind, True)

    def close(self) -> None:
        """Close every connection and the event loop."""
        for asynchronous, http_client in self._http_clients.items():
            if asynchronous:
                self._runner.run(http_client.aclose())
            else:
                http_client.close()
        self._runner.close()

    def _client(self, kind: str, asynchronous: bool) -> Any:
        """Return a new client for each call, because a client adopts the time of an example with code 16.

        The async client is strict and the sync client is tolerant, so that each response is read both ways.
        """
        if asynchronous not in self._http_clients:
            self._http_clients[asynchronous] = self._connect(asynchronous)
        make: Any = AsyncTrustoo if asynchronous else Trustoo
        return make(
            **TOKENS.get(kind, {}),
            base_url=self.base_url,
            clock=lambda: CLOCK,
            retry=NO_RETRIES,
            strict=asynchronous,
            http_client=self._http_clients[asynchronous],
        )

    def _connect(self, asynchronous: bool) -> Any:
        def request_hook(request: httpx.Request) -> None:
            for name in self.drop:
                request.headers.pop(name, None)
            request.headers.update(self.forged)
            if self.prefer is not None:
                request.headers["Prefer"] = self.prefer
            self._call.sent = request

        def response_hook(response: httpx.Response) -> None:
            self._call.received = response

        async def async_request_hook(request: httpx.Request) -> None:
            request_hook(request)

        async def async_response_hook(response: httpx.Response) -> None:
            response_hook(response)

        if asynchronous:
            hooks: Any = {"request": [async_request_hook], "response": [async_response_hook]}
            return httpx.AsyncClient(event_hooks=hooks, transport=self.transport)
        return httpx.Client(
            event_hooks={"request": [request_hook], "response": [response_hook]}, transport=self.transport
        )


def module(operation: str) -> Any:
    """Return the generated module of an operation."""
    tag = operation.split(".", 1)[0]
    return importlib.import_module(f"trustoo_api.api.{tag}.{operation.replace('.', '_')}")


def kinds(operation: str) -> tuple[str, ...]:
    """Return the kinds of credentials that the operation accepts; ("none",) if the operation needs no credentials."""
    return OPERATIONS[operation].credentials or ("none",)


def arguments(operation: str, query: Mapping[str, Any], body: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return keyword arguments of the generated function for these values. Values of unknown names go into extra_*.

    Whole numbers may be text in `query`, but the client takes numbers only. An empty list in `query` sends nothing, but
    the client refuses it.
    """
    known = set(inspect.signature(module(operation).build).parameters)
    numbers = {name for name, about in parameters(operation).items() if about["schema"].get("type") == "integer"}
    query = {
        name: int(value) if name in numbers and value is not None else value
        for name, value in query.items()
        if value != []
    }
    given: dict[str, Any] = {"unverified": True} if "unverified" in known else {}
    for values, extra in ((query, "extra_query"), (body or {}, "extra_body")):
        for name, value in values.items():
            if name in known and not name.startswith("extra_") and name != "unverified" and value is not None:
                given[name] = value
            else:
                given.setdefault(extra, {})[name] = value
    return given
