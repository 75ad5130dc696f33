"""An endpoint for Starlette and FastAPI."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ..apps import asgi_path, content_length, read_async
from ..receiver import Receiver

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["starlette_endpoint"]


def starlette_endpoint(
    receiver: Receiver, topic: str | None = None
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return an endpoint for `Route` in Starlette and for `add_route` in Starlette and FastAPI.

    Args:
        receiver: handles the requests.
        topic: the topic of this route. Default: the topic of the request's path.

    Raises:
        ArgumentError: if the topic has no handler.

    Example:
        >>> from starlette.routing import Route
        >>> from trustoo.webhooks.adapters import starlette_endpoint
        >>> route = Route(receiver.path("review/created"), starlette_endpoint(receiver), methods=["POST"])
    """
    from starlette.requests import ClientDisconnect
    from starlette.responses import Response

    own_path = None if topic is None else receiver.path(topic)

    async def trustoo_webhook(request: Request) -> Response:
        path = own_path or asgi_path(receiver, request.scope)
        length = content_length(request.headers.get("content-length"))
        response = receiver.refusal(request.method, path, length)
        if response is None:
            try:
                body = await read_async(request.stream(), receiver.limit)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody receives this response
            except RuntimeError:  # the stream was read before, and is lost
                body = b""
            response = await receiver.receive_async(request.method, path, request.headers.raw, body)
        return Response(response.body, response.status, response.headers)

    return trustoo_webhook
