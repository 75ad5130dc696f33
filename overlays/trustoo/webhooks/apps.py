"""A `Receiver` as a WSGI or an ASGI app: reads the request, at most as much of it as is allowed, and writes the answer.

Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

from ..errors import ConfigurationError
from .receiver import Receiver, WebhookResponse

__all__ = ["AsgiApp", "WsgiApp"]

Event = MutableMapping[str, Any]


class WsgiApp:
    """For WSGI servers, and for mounting in Flask, Django and others. Handlers must be plain functions.

    Raises:
        ConfigurationError: a handler is a coroutine function.
    """

    def __init__(self, receiver: Receiver) -> None:
        if receiver.is_async:
            raise ConfigurationError("WSGI cannot await: give plain functions as handlers, or use AsgiApp.")
        self._receiver = receiver

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = _path(self._receiver, environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""))
        answer = self._answer(environ, environ["REQUEST_METHOD"], path)
        # WSGI's checker wants a content type of every answer, even of one without a body.
        headers = {"Content-Type": "text/plain", **answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [answer.body]

    def _answer(self, environ: dict[str, Any], method: str, path: str) -> WebhookResponse:
        length = environ.get("CONTENT_LENGTH") or ""
        if refused := self._receiver.refusal(method, path, _number(length)):
            return refused
        # Without a length (chunked) only a server that ends the input itself can be read to the end.
        wanted = self._receiver.limit + 1 if environ.get("wsgi.input_terminated") else _number(length)
        body = b""
        while len(body) < wanted and (piece := environ["wsgi.input"].read(wanted - len(body))):
            body += piece
        headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
        return self._receiver.receive(method, path, headers, body)


class AsgiApp:
    """For ASGI servers on asyncio, and for mounting in FastAPI, Starlette and others."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def __call__(
        self,
        scope: Event,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            # As ASGI wants it of protocols that an application does not speak: servers then go on without lifespan.
            raise NotImplementedError(f"No ASGI {scope['type']} here.")
        method, path = scope["method"], _path_below(self._receiver, scope.get("root_path", ""), scope["path"])
        given = dict(scope["headers"]).get(b"content-length", b"")
        answer = self._receiver.refusal(method, path, _number(given.decode("latin-1")))
        if answer is None:
            body, more = b"", True
            while more and len(body) <= self._receiver.limit:
                event = await receive()
                if event["type"] == "http.disconnect":
                    return  # half a request is none
                body += event.get("body", b"")
                more = event.get("more_body", False)
            answer = await self._receiver.receive_async(method, path, scope["headers"], body)
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})


def _path(receiver: Receiver, mounted_at: str, rest: str) -> str:
    """The whole path, or the part below the mounting point: whichever the receiver knows."""
    whole = mounted_at + rest
    return whole if receiver.has(whole) else rest


def _path_below(receiver: Receiver, mounted_at: str, whole: str) -> str:
    return _path(receiver, mounted_at, whole.removeprefix(mounted_at))


def _number(text: str) -> int:
    return int(text[:19]) if text.isascii() and text.isdigit() else 0
