"""How requests get to the fake service: in process, as a transport of httpx, or through an ASGI server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx

from .messages import FakeResponse

__all__ = ["AsgiApp", "FakeTransport"]

Handle = Callable[[str, str, Mapping[str, str], bytes], FakeResponse]
"""Method, path with query as sent, headers, body. Raises httpx.TransportError where no answer arrives."""
Event = MutableMapping[str, Any]


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=...)` and `httpx.AsyncClient(transport=...)`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        await asyncio.sleep(0)  # as on a real connection, others get their turn
        return self._answer(request, body)

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        reply = self._handle(request.method, request.url.raw_path.decode("ascii"), request.headers, body)
        if reply.breaks_off_after is None:
            return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)
        headers = {**reply.headers, "Content-Length": str(reply.length)}
        return httpx.Response(reply.status, headers=headers, stream=_Broken(reply.arriving))


class _Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of which only the beginning arrives."""

    def __init__(self, arriving: bytes) -> None:
        self._arriving = arriving

    def __iter__(self) -> Iterator[bytes]:
        if self._arriving:
            yield self._arriving
        raise httpx.RemoteProtocolError("FakeTrustoo: answer breaks off")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


class AsgiApp:
    """For ASGI servers, such as `uvicorn`, so that a client in any process or language can call the fake.

    ASGI can't refuse or reset connections. A fault without an answer becomes one that breaks off after the headers,
    and then raises the same error as in process, for the server's log. A timeout says nothing until the client hangs
    up, at most `silence` seconds, and then does the same.
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
            # As ASGI wants it of protocols that an application does not speak: servers then go on without lifespan.
            raise NotImplementedError(f"No ASGI {scope['type']} here.")
        body, more = b"", True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return  # half a request is none
            body += event.get("body", b"")
            more = event.get("more_body", False)
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        target = (path + b"?" + scope["query_string"]).decode("latin-1")
        headers = httpx.Headers(list(scope["headers"]))
        try:
            reply = self._handle(scope["method"], target, headers, body)
        except httpx.TransportError as error:
            if isinstance(error, httpx.TimeoutException):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.silence):
                        await receive()
            await send(_start(FakeResponse(), length=1_000_000))
            await send({"type": "http.response.body", "body": b'{"code"', "more_body": True})
            raise
        await send(_start(reply, length=reply.length))
        broken = reply.breaks_off_after is not None
        await send({"type": "http.response.body", "body": reply.arriving, "more_body": broken})
        if broken:
            raise httpx.RemoteProtocolError("FakeTrustoo: answer breaks off")


def _start(reply: FakeResponse, length: int) -> Event:
    headers = {name.lower(): value for name, value in reply.headers.items()} | {"content-length": str(length)}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": reply.status, "headers": raw}
