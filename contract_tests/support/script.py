"""Plays a script of responses for a sync or async client without I/O, and keeps the requests of the client."""

import asyncio
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx
from trustoo import (
    AsyncTrustoo,
    PaginationWarning,
    Trustoo,
    TrustooError,
    UnexpectedShapeWarning,
    UnverifiedOperationWarning,
)

STYLES = ("sync", "async")


@dataclass(frozen=True)
class Fault:
    """A fault instead of a response.

    "refused" and "no connection" occur before anything was sent. The other faults occur after the request was sent.
    """

    kind: str

    def error(self, request: httpx.Request) -> Exception:
        """Return the error that httpx raises for the fault."""
        kinds: dict[str, type[httpx.TransportError]] = {
            "refused": httpx.ConnectError,
            "no connection": httpx.ConnectTimeout,
            "broken": httpx.ReadError,
            "broken off": httpx.RemoteProtocolError,
            "no answer": httpx.ReadTimeout,
        }
        return kinds[self.kind](self.kind, request=request)


@dataclass(frozen=True)
class ScriptedResponse:
    """A response as the server sends it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""


ScriptItem: TypeAlias = ScriptedResponse | Fault
OUR_OWN = frozenset(["host", "connection", "accept-encoding", "user-agent", "content-length"])
"""Headers that do not depend on a call. The HTTP library writes these headers, or they identify the client."""


@dataclass(frozen=True)
class Sent:
    """A request that was sent. `headers` are the headers that depend on the call, by lowercase name."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes

    @classmethod
    def of(cls, request: httpx.Request) -> "Sent":
        """Return the content of a request of httpx. Each header must be present once, with a correct value."""
        names = [name.decode().lower() for name, _ in request.headers.raw]
        assert len(names) == len(set(names)), f"a header was sent twice: {names}"
        assert int(request.headers.get("content-length", 0)) == len(request.content)
        assert request.headers["user-agent"].startswith("trustoo/")
        headers = {name: value for name, value in request.headers.items() if name not in OUR_OWN}
        return cls(request.method, request.url.raw_path.decode("ascii"), headers, request.content)


@dataclass
class Script:
    """Sends the scripted responses in order and repeats the last response, or calls a function for each response.

    A test fails if the client sends more than `most` requests.
    """

    steps: Sequence[ScriptItem] | Callable[[Sent], ScriptItem]
    most: int = 1
    sent: list[Sent] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.hosts.add(f"{request.url.scheme}://{request.url.netloc.decode()}")
        self.sent.append(Sent.of(request))
        assert len(self.sent) <= self.most, f"request {len(self.sent)} was sent: {self.sent[-1]}"
        given = self.steps
        step = given(self.sent[-1]) if callable(given) else given[min(len(self.sent), len(given)) - 1]
        if isinstance(step, Fault):
            raise step.error(request)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in step.headers]
        return httpx.Response(step.status, headers=headers, content=step.content)

    async def later(self, request: httpx.Request) -> httpx.Response:
        """Return the next response, for asyncio."""
        return self(request)


@dataclass
class Played:
    """The outcome of a call: the sent requests, and a value or an error."""

    sent: list[Sent]
    value: Any = None
    error: TrustooError | None = None
    warned: list[str] = field(default_factory=list)


@contextmanager
def client(script: Script, **settings: Any) -> Iterator[Trustoo]:
    """Yield a client whose requests go to `script`."""
    with httpx.Client(transport=httpx.MockTransport(script), trust_env=False) as http:
        yield Trustoo(http_client=http, **settings)


Use: TypeAlias = Callable[[Any], Any]
"""A function that takes a client and calls it. An awaitable result of the function is awaited."""


def play(script: Script, style: str, use: Use, **settings: Any) -> Played:
    """Call `use` with a client of the style, and return the outcome."""
    played = Played(script.sent)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            played.value = (
                _sync(script, use, settings) if style == "sync" else asyncio.run(_async(script, use, settings))
            )
        except TrustooError as error:
            played.error = error
    expected = (PaginationWarning, UnexpectedShapeWarning, UnverifiedOperationWarning)
    assert all(issubclass(warning.category, expected) for warning in caught), caught
    played.warned = [warning.category.__name__ for warning in caught]
    return played


def _sync(script: Script, use: Use, settings: dict[str, Any]) -> Any:
    with client(script, **settings) as shop:
        return use(shop)


async def _async(script: Script, use: Use, settings: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(transport=httpx.MockTransport(script.later), trust_env=False) as http:
        found = use(AsyncTrustoo(http_client=http, **settings))
        return await found if inspect.isawaitable(found) else found


def calling(operation: str, arguments: Mapping[str, Any], *, raw: bool = False) -> Use:
    """Return a function that calls the public method of an operation with these arguments."""
    return lambda shop: method(shop, operation, raw=raw)(**arguments)


def method(shop: Any, operation: str, *, raw: bool = False) -> Any:
    """Return the public method of an operation, such as `shop.reviews.list`."""
    tag, name = operation.split(".")
    resource = getattr(shop, tag)
    return getattr(resource.with_raw_response if raw else resource, name)
