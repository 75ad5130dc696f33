"""A Flask view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..apps import check_is_sync, path_below, read
from ..receiver import Receiver

if TYPE_CHECKING:
    from flask import Response

__all__ = ["flask_view"]


def flask_view(receiver: Receiver, topic: str | None = None) -> Callable[..., Response]:
    """Return a view function for Flask.

    Args:
        receiver: handles the requests.
        topic: the topic of this route. Default: the topic of the request's path.

    Raises:
        ArgumentError: if the topic has no handler.
        ConfigurationError: if a handler, a method of the store or `secrets_for` is a coroutine function.

    Example:
        >>> from flask import Flask
        >>> from trustoo.webhooks.adapters import flask_view
        >>> app = Flask("kettles")
        >>> app.add_url_rule(receiver.path("review/created"), view_func=flask_view(receiver), methods=["POST"])
    """
    from flask import Response, request
    from werkzeug.exceptions import RequestEntityTooLarge

    check_is_sync(receiver)
    own_path = None if topic is None else receiver.path(topic)

    def read_body() -> bytes:
        try:
            # The stream is empty if the body was read before. Then Flask may have kept the body.
            return read(request.stream, receiver.limit + 1) or request.get_data()
        except RequestEntityTooLarge:  # more than Flask's own limit
            return bytes(receiver.limit + 1)

    def trustoo_webhook(**_: object) -> Response:
        path = own_path or path_below(receiver, request.root_path + request.path, request.path)
        response = receiver.refusal(request.method, path, request.content_length or 0)
        if response is None:
            response = receiver.receive(request.method, path, request.headers, read_body())
        return Response(response.body, response.status, dict(response.headers))

    return trustoo_webhook
