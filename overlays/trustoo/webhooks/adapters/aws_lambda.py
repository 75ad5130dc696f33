"""A handler for AWS Lambda behind API Gateway, a function URL or a load balancer."""

from __future__ import annotations

import asyncio
import base64
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import ArgumentError
from ..apps import path_below
from ..receiver import Receiver

__all__ = ["lambda_handler"]


def lambda_handler(
    receiver: Receiver, topic: str | None = None
) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """Return a handler for the events of API Gateway: REST APIs (format 1.0) and HTTP APIs (format 2.0).

    Function URLs have format 2.0, and load balancers have events like format 1.0. Stages and base paths may stand
    before the path of the topic. The memory of a function is not shared and does not last, so give the receiver a store
    on a server.

    Args:
        receiver: handles the requests.
        topic: the topic of this route. Default: the topic of the request's path.

    Raises:
        ArgumentError: if the topic has no handler. The handler raises this error for other events.

    Example:
        >>> from trustoo.webhooks.adapters import lambda_handler
        >>> handle = lambda_handler(receiver, "review/created")
        >>> sent = {"headers": dict(delivery.headers), "body": delivery.body.decode()}
        >>> event = {"httpMethod": "POST", "path": "/", **sent}
        >>> handle(event, None)["statusCode"]
        200
    """
    own_path = None if topic is None else receiver.path(topic)
    runner = asyncio.Runner()  # one event loop for all events, because the clients of a store belong to a loop

    def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        method, path, headers = _request(receiver, event)
        request = (method, own_path or path, headers, _body(event))
        is_async = receiver.is_async
        response = runner.run(receiver.receive_async(*request)) if is_async else receiver.receive(*request)
        return {
            "statusCode": response.status,
            "headers": dict(response.headers),
            "body": response.body.decode(),
            "isBase64Encoded": False,
        }

    weakref.finalize(handle, runner.close)
    return handle


def _request(receiver: Receiver, event: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
    """Return the method, the path and the headers of an event."""
    try:
        headers = list((event.get("headers") or {}).items())
        if "httpMethod" in event:
            lists: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
            several = [(name, value) for name, values in lists.items() for value in values]
            return event["httpMethod"], event["path"], several or headers
        about, path = event["requestContext"], event["rawPath"]
        below_stage = path.removeprefix(f"/{about.get('stage')}")
        return about["http"]["method"], path_below(receiver, path, below_stage), headers
    except (AttributeError, KeyError, TypeError) as error:
        raise ArgumentError(
            "The event is not a request of API Gateway, a function URL or a load balancer. Is the function invoked by "
            "another service?"
        ) from error


def _body(event: Mapping[str, Any]) -> bytes:
    """Return the exact bytes of the body; empty bytes if there is no body."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body)
    except ValueError:
        return b""
