"""Requests and responses of the fake service, and its connections: as a transport of httpx, or as an ASGI app."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

__all__ = ["AsgiApp", "FakeResponse", "FakeTransport", "Received"]


@dataclass(frozen=True, slots=True)
class Received:
    """A request that arrived completely.

    Attributes:
        operation: the operationId, such as "reviews.list"; None if no operation has this path and method.
        method: the HTTP method, such as "GET".
        path: the path as it was sent, with percent-encoding.
        query: the decoded names and values, in the order in which they were sent.
        headers: the headers. Names are case-insensitive.
        body: the exact bytes of the body.
    """

    operation: str | None
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: httpx.Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON value; None if the body is not valid JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def values(self, name: str) -> list[str]:
        """Return the values of a query parameter, in order. Empty values are left out, because some clients send them.

        Args:
            name: the name of the parameter.

        Example:
            >>> page = shop.reviews.list(ratings=[4, 5])
            >>> fake.received[-1].values("ratings")
            ['4', '5']
        """
        return [value for given, value in self.query if given == name and value]

    @property
    def bearer(self) -> str | None:
        """The token of an `Authorization: Bearer` header; None if there is no such header."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" else None


@dataclass(frozen=True, slots=True)
class FakeResponse:
    """A response of the fake service.

    Attributes:
        status: the HTTP status. Default: 200.
        headers: the headers. If they have no `Date`, a `Date` from the fake service's clock is added.
        body: the exact bytes of the body.
        breaks_off_after: the number of bytes of the body after which the connection breaks. Default: None, which sends
            the complete body.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    breaks_off_after: int | None = None

    @property
    def length(self) -> int:
        """The Content-Length. If the body breaks off, this number is larger than the number of bytes that arrive."""
        return len(self.body) if self.breaks_off_after is None else max(len(self.body), self.breaks_off_after + 1)

    @property
    def sent_body(self) -> bytes:
        """The part of the body that arrives."""
        return self.body if self.breaks_off_after is None else self.body[: self.breaks_off_after]

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> FakeResponse:
        """Return a JSON response with `value`, which can contain models.

        Args:
            value: the JSON value.
            status: the HTTP status.

        Raises:
            TypeError: if the value contains other objects.

        Example:
            >>> from trustoo.testing import FakeResponse
            >>> FakeResponse.of_json({"code": 14, "message": "busy"}, 503).body
            b'{"code":14,"message":"busy"}'
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return cls(status, {"Content-Type": "application/json"}, text.encode())


def _plain(value: Any) -> Any:
    if callable(to_dict := getattr(value, "to_dict", None)):
        return to_dict()
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be written as JSON.")


Handle = Callable[[str, str, Mapping[str, str], bytes], FakeResponse]
"""A function of the method, the path and query as sent, the headers and the body. It returns the response, or raises
httpx.TransportError if no response arrives."""
Event = MutableMapping[str, Any]


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The fake service as `transport=` of an `httpx.Client` or `httpx.AsyncClient`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._respond(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        await asyncio.sleep(0)  # as on a real connection, other tasks can run
        return self._respond(request, body)

    def _respond(self, request: httpx.Request, body: bytes) -> httpx.Response:
        response = self._handle(request.method, request.url.raw_path.decode("ascii"), request.headers, body)
        if response.breaks_off_after is None:
            return httpx.Response(response.status, headers=dict(response.headers), content=response.body)
        headers = {**response.headers, "Content-Length": str(response.length)}
        return httpx.Response(response.status, headers=headers, stream=_Broken(response.sent_body))


class _Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off: only the beginning arrives."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        if self._sent:
            yield self._sent
        raise httpx.RemoteProtocolError("FakeTrustoo: response breaks off")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


class AsgiApp:
    """The fake service as an ASGI app, for clients in other processes and languages.

    ASGI cannot refuse or reset a connection. For a fault without a response, the app therefore sends headers, breaks
    off, and raises the same error as in process. The server logs this error. For a timeout, the app first waits until
    the client disconnects.

    Attributes:
        silence: the longest wait for a timeout, in seconds. Default: 60.
    """

    def __init__(self, handle: Handle, silence: float = 60) -> None:
        self._handle, self.silence = handle, silence

    async def __call__(
        self,
        scope: Event,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            # ASGI requires an error for protocols that an app does not support. Servers then continue without lifespan.
            raise NotImplementedError(f"The fake service does not support ASGI {scope['type']}.")
        body, more = b"", True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return  # the request is incomplete
            body += event.get("body", b"")
            more = event.get("more_body", False)
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        target = (path + b"?" + scope["query_string"]).decode("latin-1")
        headers = httpx.Headers(list(scope["headers"]))
        try:
            response = self._handle(scope["method"], target, headers, body)
        except httpx.TransportError as error:
            if isinstance(error, httpx.TimeoutException):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.silence):
                        await receive()
            await send(_start(FakeResponse(), length=1_000_000))
            await send({"type": "http.response.body", "body": b'{"code"', "more_body": True})
            raise
        await send(_start(response, length=response.length))
        broken = response.breaks_off_after is not None
        await send({"type": "http.response.body", "body": response.sent_body, "more_body": broken})
        if broken:
            raise httpx.RemoteProtocolError("FakeTrustoo: response breaks off")


def _start(response: FakeResponse, length: int) -> Event:
    headers = {name.lower(): value for name, value in response.headers.items()} | {"content-length": str(length)}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": response.status, "headers": raw}
