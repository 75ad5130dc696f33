"""Translates errors of HTTP libraries into errors of this package. Their messages name method, host and path only."""

from __future__ import annotations

from collections.abc import Awaitable
from types import ModuleType
from urllib.parse import urlsplit

from .._redaction import redact
from ..errors import (
    ConfigurationError,
    ConnectError,
    NetworkError,
    RequestTimeoutError,
    ResponseTooLargeError,
    TransportError,
)
from .protocols import HTTPRequest, HTTPResponse

__all__ = [
    "connection_error",
    "error_text",
    "timeout_error",
    "too_large_error",
    "translated",
    "unusable_request",
    "within_deadline",
]

_LAYERS = ("httpx", "h11", "httpcore", "anyio")
"""Libraries below httpx and httpcore whose exceptions can reach this module. Some have no common base class."""


def translated(error: Exception, request: HTTPRequest, library: ModuleType) -> Exception:
    """The error of this package for an exception of `library`. Returns `error` itself if it has another origin.

    `library` is httpx or httpcore. The exceptions of httpx and httpcore have the same names.
    """
    if isinstance(error, library.TimeoutException):
        never_sent = isinstance(error, library.ConnectTimeout | library.PoolTimeout)
        phase = type(error).__name__.removesuffix("Timeout").lower()
        return timeout_error(request, phase, maybe_sent=not never_sent)
    if isinstance(error, library.UnsupportedProtocol) or type(error).__name__ == "InvalidURL":
        return unusable_request(request, error_text(error))
    if isinstance(error, RuntimeError):  # httpx reports a closed client this way
        return unusable_request(request, f"the HTTP client is not available: {error_text(error)}")
    known = isinstance(error, OSError | getattr(library, "HTTPError", OSError))
    if known or type(error).__module__.split(".")[0] in _LAYERS:
        return connection_error(
            request, error_text(error), maybe_sent=not isinstance(error, library.ConnectError | library.ProxyError)
        )
    return error


def error_text(error: Exception) -> str:
    """The error message without secrets; the name of the error's class if there is no message."""
    return redact(str(error)) or type(error).__name__


def connection_error(request: HTTPRequest, reason: str, *, maybe_sent: bool) -> TransportError:
    """The error for a connection that could not be made (`maybe_sent` is False), or that broke."""
    sentence = f"{_target(request)}: {reason}"
    return NetworkError(sentence, maybe_sent=True) if maybe_sent else ConnectError(sentence, maybe_sent=False)


def timeout_error(request: HTTPRequest, phase: str, *, maybe_sent: bool) -> RequestTimeoutError:
    """The error for a phase that took too long, such as "connect" or "read". "deadline" means the complete exchange."""
    if phase == "deadline":
        return RequestTimeoutError(
            f"{_target(request)}: no complete response within the deadline of {request.deadline:g} s.",
            maybe_sent=maybe_sent,
        )
    return RequestTimeoutError(f"{_target(request)}: no progress within the timeout ({phase}).", maybe_sent=maybe_sent)


async def within_deadline(request: HTTPRequest, exchange: Awaitable[HTTPResponse]) -> HTTPResponse:
    """Await the exchange, and end it at the request's deadline. Raises RequestTimeoutError."""
    import asyncio  # slow to import, and synchronous clients do not need it

    limit = asyncio.timeout(request.deadline)
    try:
        async with limit:
            return await exchange
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise timeout_error(request, "deadline", maybe_sent=True) from error


def too_large_error(request: HTTPRequest) -> ResponseTooLargeError:
    """The error for a response with a body that is larger than the request allows."""
    return ResponseTooLargeError(
        f"{_target(request)}: the response is larger than {request.max_response_bytes} bytes.", maybe_sent=True
    )


def unusable_request(request: HTTPRequest, reason: str) -> ConfigurationError:
    """The error for a request with an invalid address or content, or for a closed HTTP client. Nothing was sent."""
    return ConfigurationError(f"{_target(request)}: {reason}")


def _target(request: HTTPRequest) -> str:
    try:
        parts = urlsplit(request.url)
        return f"{request.method} {parts.netloc}{parts.path}"
    except ValueError:  # not a URL
        return f"{request.method} {redact(request.url.partition('?')[0])}"
