"""A Django view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..apps import content_length, path_below, read_environ
from ..receiver import Receiver, WebhookResponse

__all__ = ["django_view"]


def django_view(receiver: Receiver, topic: str | None = None) -> Callable[..., Any]:
    """Return a view for Django. The view is exempt from CSRF protection and can be used with WSGI and ASGI.

    If the receiver has coroutine functions, the view is a coroutine function.

    Args:
        receiver: handles the requests.
        topic: the topic of this route. Default: the topic of the request's path.

    Raises:
        ArgumentError: if the topic has no handler.

    Example:
        >>> from django.urls import path
        >>> from trustoo.webhooks.adapters import django_view
        >>> urlpatterns = [path("webhooks/review-created", django_view(receiver))]
    """
    from django.core.exceptions import RequestDataTooBig
    from django.http import HttpResponse
    from django.http.request import RawPostDataException

    own_path = None if topic is None else receiver.path(topic)

    def read_body(request: Any) -> bytes:
        try:
            body: bytes = request.body
        except RequestDataTooBig:  # more than Django's own limit
            return bytes(receiver.limit + 1)
        except RawPostDataException:  # the body was read before, and is lost
            return b""
        if not body and request.META.get("wsgi.input_terminated"):  # Django itself needs a length in WSGI
            return read_environ(request.META, receiver.limit)
        return body

    def start(request: Any) -> tuple[tuple[str, str], WebhookResponse | None]:
        path = own_path or path_below(receiver, request.path, request.path_info)
        length = content_length(request.META.get("CONTENT_LENGTH"))
        return (request.method, path), receiver.refusal(request.method, path, length)

    def respond(response: WebhookResponse) -> Any:
        return HttpResponse(response.body, status=response.status, headers=response.headers)

    def view(request: Any, *_: object, **__: object) -> Any:
        where, refused = start(request)
        return respond(refused or receiver.receive(*where, request.headers, read_body(request)))

    async def view_async(request: Any, *_: object, **__: object) -> Any:
        where, refused = start(request)
        return respond(refused or await receiver.receive_async(*where, request.headers, read_body(request)))

    chosen: Any = view_async if receiver.is_async else view
    chosen.csrf_exempt = True
    return chosen  # type: ignore[no-any-return]  # a function with an attribute
