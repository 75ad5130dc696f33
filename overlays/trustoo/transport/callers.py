"""Tells exceptions of the caller's own code from errors of httpx. The caller's client can have hooks and transports."""

from __future__ import annotations

from itertools import dropwhile, takewhile
from traceback import walk_tb

import httpx

from ..errors import HTTPStatusError
from ..retry import mark_as_callers, outcome_of

__all__ = ["mark_callers_error"]


def mark_callers_error(error: Exception, url: str) -> bool:
    """Mark `error` for `outcome_of` if the caller's own code raised it. Returns whether the caller's code raised it.

    `url`: the URL of the request that `httpx.Client.send` was called with.
    """
    maybe_sent = _maybe_sent(error, url)
    if maybe_sent is not None:
        mark_as_callers(error, maybe_sent=maybe_sent)
    return maybe_sent is not None


def _maybe_sent(error: Exception, url: str) -> bool | None:
    """Whether the request may have been sent when the caller's own code raised `error`; None for other errors.

    httpx does not say which code raised an error, but the traceback does: it has functions of httpx, then the code that
    they called. If a function of httpx has a transport in a variable, it called the transport. If it has a response, it
    called the code with the response.
    """
    if isinstance(error, httpx.HTTPStatusError | httpx.RequestError) and _is_about(error, url):
        if isinstance(error, httpx.HTTPStatusError):  # a hook called raise_for_status()
            return outcome_of(HTTPStatusError("", status=error.response.status_code), is_write=True).is_open
        return None  # also if a hook read the body
    frames = [(str(frame.f_globals.get("__name__")), frame) for frame, _ in walk_tb(error.__traceback__)]
    below = list(dropwhile(lambda named: not named[0].startswith("httpx."), frames))
    calling = list(takewhile(lambda named: named[0].startswith("httpx."), below))
    if len(calling) == len(below) or calling[0][0] != "httpx._client":  # httpx raised it, or the body was being read
        return None
    variables = [value for _, frame in calling for value in frame.f_locals.values()]
    if any(isinstance(value, httpx.BaseTransport | httpx.AsyncBaseTransport) for value in variables):
        return True if isinstance(error, RuntimeError) else None
    return any(isinstance(value, httpx.Response) for value in variables)


def _is_about(error: httpx.HTTPStatusError | httpx.RequestError, url: str) -> bool:
    """Whether `error` is about the request to `url`. Hooks can make requests of their own."""
    try:
        return error.request.url == httpx.URL(url)
    except RuntimeError:  # the error has no request
        return False
