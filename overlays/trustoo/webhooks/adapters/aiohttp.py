"""A handler for the server of aiohttp."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ..apps import content_length, read_async
from ..receiver import Receiver

if TYPE_CHECKING:
    from aiohttp import web

__all__ = ["aiohttp_handler"]


def aiohttp_handler(
    receiver: Receiver, topic: str | None = None
) -> Callable[[web.Request], Coroutine[Any, Any, web.Response]]:
    """Return a handler for the router of aiohttp. aiohttp's `client_max_size` does not apply.

    Args:
        receiver: handles the requests.
        topic: the topic of this route. Default: the topic of the request's path.

    Raises:
        ArgumentError: if the topic has no handler.

    Example:
        >>> from aiohttp import web
        >>> from trustoo.webhooks.adapters import aiohttp_handler
        >>> route = web.post(receiver.path("review/created"), aiohttp_handler(receiver))
    """
    from aiohttp import web

    own_path = None if topic is None else receiver.path(topic)

    async def trustoo_webhook(request: web.Request) -> web.Response:
        path = own_path or request.path
        response = receiver.refusal(request.method, path, content_length(request.headers.get("Content-Length")))
        if response is None:
            try:
                # The content is empty if the body was read before. Then aiohttp may have kept the body.
                body = await read_async(request.content.iter_any(), receiver.limit) or await request.read()
            except web.RequestPayloadError:  # aiohttp cannot decompress the body
                body = b""
            response = await receiver.receive_async(request.method, path, request.headers, body)
        return web.Response(body=response.body, status=response.status, headers=response.headers)

    return trustoo_webhook
