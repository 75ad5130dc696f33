"""A `Receiver` as a WSGI or an ASGI app. The app reads requests up to the receiver's limit and writes responses."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, Protocol

from ..errors import ConfigurationError
from .receiver import Receiver, WebhookResponse

__all__ = [
    "AsgiApp",
    "WsgiApp",
    "asgi_path",
    "check_is_sync",
    "content_length",
    "path_below",
    "read",
    "read_async",
    "read_environ",
]

Event = MutableMapping[str, Any]


class Readable(Protocol):
    """A binary file that can be read. `read` may return fewer bytes than wanted."""

    def read(self, size: int, /) -> bytes: ...


class WsgiApp:
    """A WSGI app, which can be mounted in Flask, Django and others. Handlers must not be coroutine functions.

    Args:
        receiver: handles the requests.

    Raises:
        ConfigurationError: if a handler, a method of the store or `secrets_for` is a coroutine function.

    Example:
        >>> from trustoo.webhooks import WsgiApp
        >>> app = WsgiApp(receiver)
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = check_is_sync(receiver)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        rest = environ.get("PATH_INFO", "")
        path = path_below(self._receiver, environ.get("SCRIPT_NAME", "") + rest, rest)
        response = self._respond(environ, environ["REQUEST_METHOD"], path)
        # wsgiref.validate requires a content type for every response, even without a body.
        headers = {"Content-Type": "text/plain", **response.headers, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
        return [response.body]

    def _respond(self, environ: dict[str, Any], method: str, path: str) -> WebhookResponse:
        length = content_length(environ.get("CONTENT_LENGTH"))
        if refused := self._receiver.refusal(method, path, length):
            return refused
        headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
        return self._receiver.receive(method, path, headers, read_environ(environ, self._receiver.limit))


class AsgiApp:
    """An ASGI app for servers on asyncio, which can be mounted in FastAPI, Starlette and others.

    Args:
        receiver: handles the requests.

    Example:
        >>> from trustoo.webhooks import AsgiApp
        >>> app = AsgiApp(receiver)
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def __call__(
        self,
        scope: Event,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            # ASGI requires an exception for unsupported protocols. Servers then continue without lifespan.
            raise NotImplementedError(f"This app does not support the ASGI protocol {scope['type']}.")
        method, path = scope["method"], asgi_path(self._receiver, scope)
        length = content_length(dict(scope["headers"]).get(b"content-length", b"").decode("latin-1"))
        response = self._receiver.refusal(method, path, length)
        if response is None:
            try:
                body = await read_async(_pieces(receive), self._receiver.limit)
            except ConnectionError:
                return  # the client closed the connection before the whole request arrived
            response = await self._receiver.receive_async(method, path, scope["headers"], body)
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": response.body})


def check_is_sync(receiver: Receiver) -> Receiver:
    """Return the receiver. Raises ConfigurationError if the receiver has coroutine functions."""
    if receiver.is_async:
        raise ConfigurationError(
            "A handler, a method of the store or secrets_for is a coroutine function, which WSGI cannot call. Use "
            "AsgiApp, or an adapter for asyncio."
        )
    return receiver


def path_below(receiver: Receiver, whole: str, rest: str) -> str:
    """Return the whole path if the receiver knows it, else the rest below the mount point."""
    return whole if receiver.topic_at(whole) else rest


def asgi_path(receiver: Receiver, scope: Mapping[str, Any]) -> str:
    """`path_below` for ASGI, where the path may begin with the whole root path, its last segments, or none of it."""
    path, segments = scope["path"], scope.get("root_path", "").split("/")
    for first in range(1, len(segments)):
        mounted_at = "/" + "/".join(segments[first:])
        if path.startswith(f"{mounted_at}/"):
            return path_below(receiver, path, path[len(mounted_at) :])
    return str(path)


def content_length(text: str | None) -> int:
    """Return the number in a Content-Length header; 0 if there is no valid number."""
    return int(text[:19]) if text and text.isascii() and text.isdigit() else 0


def read(source: Readable, wanted: int) -> bytes:
    """Return at most `wanted` bytes."""
    body = bytearray()
    while len(body) < wanted and (piece := source.read(wanted - len(body))):
        body += piece
    return bytes(body)


def read_environ(environ: Mapping[str, Any], limit: int) -> bytes:
    """Return the body of a WSGI request; more than `limit` bytes if the body is larger.

    Without a length (chunked body) the input has an end only if the server marks the end.
    """
    length = content_length(environ.get("CONTENT_LENGTH"))
    return read(environ["wsgi.input"], limit + 1 if environ.get("wsgi.input_terminated") else min(length, limit + 1))


async def read_async(pieces: AsyncIterable[bytes], limit: int) -> bytes:
    """Return the joined pieces, and read no further once they have more than `limit` bytes."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > limit:
            break
    return bytes(body)


async def _pieces(receive: Callable[[], Awaitable[Event]]) -> AsyncIterator[bytes]:
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionError("The client closed the connection.")
        yield event.get("body", b"")
        more = event.get("more_body", False)
