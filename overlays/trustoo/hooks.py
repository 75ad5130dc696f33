"""Hooks: the events of a call for the caller's functions and the logger "trustoo". They contain no values of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from inspect import isasyncgenfunction, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any, NamedTuple

from ._headers import check_headers
from .errors import APIError, ConfigurationError, ResponseError

__all__ = ["CallEvent", "Hook", "Hooks", "RequestHook", "call_hook", "check_hook"]

if TYPE_CHECKING:
    import logging

_DEBUG = 10


@cache
def _logger() -> logging.Logger:
    import logging  # slow to import, and a client that makes no call does not need it

    return logging.getLogger("trustoo")


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One moment of a call. An event has no secret or personal data: no query, body, header or response.

    Attributes:
        operation, method, path: the called operation. `path` is the path in the OpenAPI spec, without values of the
            call.
        attempt: the number of the attempt, counted from 1.
        status: the response's HTTP status; None before a response, and if no response arrived.
        code: the envelope's `code`; None if the code is unknown.
        request_id: the envelope's request id; None if there is no id.
        seconds: the duration of the attempt; None before the attempt ends.
        error: the name of the error's class, such as "CancelledError" for a cancelled call; None for a success.
        pause: seconds until the next attempt; None if no attempt follows.
        base_url: the API's address.
        call: a number that the events of one call share. No other call of this process has this number.
    """

    operation: str
    method: str
    path: str
    attempt: int
    status: int | None = None
    code: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    error: str | None = None
    pause: float | None = None
    base_url: str = ""
    call: int = field(default=0, compare=False)

    def failed(self, seconds: float, error: BaseException) -> CallEvent:
        """Return the event for the end of this attempt, which ended with `error`.

        Args:
            seconds: the duration of the attempt.
            error: the exception of the attempt.

        Example:
            >>> from trustoo import CallEvent
            >>> event = CallEvent("reviews.list", "GET", "/api/v1/openapi/get_reviews", 1)
            >>> event.failed(0.5, TimeoutError()).error
            'TimeoutError'
        """
        event = replace(self, seconds=seconds, error=type(error).__name__)
        if isinstance(error, ResponseError):
            code = error.code if isinstance(error, APIError) else None
            event = replace(event, status=error.status, request_id=error.request_id, code=code)
        return event


Hook = Callable[[CallEvent], None]
"""A function of the caller. An exception that it raises is logged, and changes nothing for the call."""
RequestHook = Callable[[CallEvent], Mapping[str, str] | None]
"""A Hook that can return headers. The client adds these headers to the attempt."""


class Hooks(NamedTuple):
    """The caller's hooks. `Trustoo` documents the hooks. The logger "trustoo" gets the same events."""

    on_request: RequestHook | None = None
    on_response: Hook | None = None
    on_retry: Hook | None = None

    def request(self, event: CallEvent) -> Mapping[str, str]:
        """Report that an attempt is about to be sent. Returns the headers that the hook adds to the attempt."""
        if self.on_request is None and not _logger().isEnabledFor(_DEBUG):
            return {}
        _logger().debug("%s: %s %s, attempt %d", event.operation, event.method, event.path, event.attempt)
        return {} if self.on_request is None else call_hook("on_request", self.on_request, event)

    @property
    def is_enabled(self) -> bool:
        """Whether a hook or the log receives responses."""
        return self.on_response is not None or _logger().isEnabledFor(_DEBUG)

    def response(self, event: CallEvent) -> None:
        """Report that an attempt ended, with or without a response."""
        _logger().debug(
            "%s: attempt %d took %.3f s: HTTP %s, code %s, request id %s, %s",
            *(event.operation, event.attempt, event.seconds, event.status, event.code, event.request_id),
            event.error or "success",
        )
        if self.on_response is not None:
            call_hook("on_response", self.on_response, event)

    def retry(self, event: CallEvent) -> None:
        """Report that another attempt follows."""
        _logger().info(
            "%s: attempt %d failed with %s, the next one follows in %.1f s",
            *(event.operation, event.attempt, event.error, event.pause),
        )
        if self.on_retry is not None:
            call_hook("on_retry", self.on_retry, event)


_ASYNC = (iscoroutinefunction, isasyncgenfunction)


def check_hook(name: str, hook: object, event: str = "CallEvent") -> None:
    """Raises ConfigurationError if a hook cannot be called, or must be awaited. None is no hook."""
    if hook is not None and not callable(hook):
        raise ConfigurationError(f"{name} must be a function of a {event}, not {type(hook).__name__}.")
    if any(is_async(call) for is_async in _ASYNC for call in (hook, getattr(hook, "__call__", None))):  # noqa: B004
        raise ConfigurationError(
            f"{name} must be a plain function, because hooks are not awaited. To await something, let the function "
            "start a task: asyncio.create_task(...)."
        )


def call_hook(name: str, hook: Callable[[Any], object], event: object) -> Mapping[str, str]:
    """Call a hook, and return the headers that `on_request` returned.

    A hook that fails cannot change the call, because the request may have been carried out.
    """
    try:
        result = hook(event)
        if iscoroutine(result):
            result.close()
            raise TypeError(f"{name} returned a coroutine, and hooks are not awaited.")
        return check_headers(result) if name == "on_request" else {}
    except Exception as error:
        from ._redaction import drop_frames  # slow to import, and seldom needed

        drop_frames(error)  # its context is the error of the attempt
        operation = event.operation if isinstance(event, CallEvent) else "oauth.token"
        _logger().exception("%s: %s failed. The call continues.", operation, name)
        return {}
