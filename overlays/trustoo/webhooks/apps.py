"""A `Receiver` as a WSGI or an ASGI app. The app reads requests up to the receiver's limit and writes responses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

from ..errors import ConfigurationError
from .receiver import Receiver, WebhookResponse

__all__ = ["AsgiApp", "WsgiApp"]

Event = MutableMapping[str, Any]


class WsgiApp:
    """A WSGI app, which can be mounted in Flask, Django and others. Handlers must not be coroutine functions.

    Raises:
        ConfigurationError: if a handler or a method of the store is a coroutine function.
    """

    def __init__(self, receiver: Receiver) -> None:
        if receiver.is_async:
            raise ConfigurationError(
                "A handler or a method of the store is a coroutine function, which WSGI cannot call. Use AsgiApp."
            )
        self._receiver = receiver

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = _path(self._receiver, environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""))
        response = self._respond(environ, environ["REQUEST_METHOD"], path)
        # wsgiref.validate requires a content type for every response, even without a body.
        headers = {"Content-Type": "text/plain", **response.headers, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
        return [response.body]

    def _respond(self, environ: dict[str, Any], method: str, path: str) -> WebhookResponse:
        length = environ.get("CONTENT_LENGTH") or ""
        if refused := self._receiver.refusal(method, path, _number(length)):
            return refused
        # Without a length (chunked body) the input has an end only if the server marks the end.
        wanted = self._receiver.limit + 1 if environ.get("wsgi.input_terminated") else _number(length)
        body = b""
        while len(body) < wanted and (piece := environ["wsgi.input"].read(wanted - len(body))):
            body += piece
        headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
        return self._receiver.receive(method, path, headers, body)


class AsgiApp:
    """An ASGI app for servers on asyncio, which can be mounted in FastAPI, Starlette and others."""

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
        method, path = scope["method"], _path_below(self._receiver, scope.get("root_path", ""), scope["path"])
        given = dict(scope["headers"]).get(b"content-length", b"")
        response = self._receiver.refusal(method, path, _number(given.decode("latin-1")))
        if response is None:
            body, more = b"", True
            while more and len(body) <= self._receiver.limit:
                event = await receive()
                if event["type"] == "http.disconnect":
                    return  # the client closed the connection before the whole request arrived
                body += event.get("body", b"")
                more = event.get("more_body", False)
            response = await self._receiver.receive_async(method, path, scope["headers"], body)
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": response.body})


def _path(receiver: Receiver, mounted_at: str, rest: str) -> str:
    """Return the whole path if the receiver has this path, else the part below the mount point."""
    whole = mounted_at + rest
    return whole if receiver.has(whole) else rest


def _path_below(receiver: Receiver, mounted_at: str, whole: str) -> str:
    return _path(receiver, mounted_at, whole.removeprefix(mounted_at))


def _number(text: str) -> int:
    return int(text[:19]) if text.isascii() and text.isdigit() else 0
