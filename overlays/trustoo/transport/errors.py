"""Translates errors of HTTP libraries into errors of this package. Their messages name method, host and path only."""

from __future__ import annotations

import os
import re
from types import ModuleType
from urllib.parse import urlsplit

from .._redaction import excerpt, redact
from ..errors import (
    ConfigurationError,
    ConnectError,
    NetworkError,
    RequestTimeoutError,
    ResponseTooLargeError,
    TransportError,
)
from .protocols import HTTPRequest

__all__ = [
    "PROXY_UNREACHABLE",
    "connection_error",
    "error_text",
    "timeout_error",
    "too_large_error",
    "translated",
    "unusable_request",
]

_LAYERS = ("httpx", "h11", "httpcore", "anyio")
"""Libraries below httpx and httpcore whose exceptions can reach this module. Some have no common base class."""
PROXY_UNREACHABLE = "the proxy cannot be reached"


def translated(error: Exception, request: HTTPRequest, library: ModuleType, *, maybe_sent: bool = True) -> Exception:
    """The error of this package for an exception of `library`. Returns `error` itself if it has another origin.

    Args:
        library: httpx or httpcore. The exceptions of httpx and httpcore have the same names.
        maybe_sent: False if it is known that the sending had not begun. Some errors mean this in any case: no
            connection was made, or a proxy refused to make the connection.
    """
    if isinstance(error, library.TimeoutException):
        maybe_sent = maybe_sent and not isinstance(error, library.ConnectTimeout | library.PoolTimeout)
        phase = type(error).__name__.removesuffix("Timeout").lower()
        if phase == "read" and not maybe_sent:  # a proxy did not respond to CONNECT
            phase = "connect"
        return timeout_error(request, phase, maybe_sent=maybe_sent)
    if isinstance(error, library.UnsupportedProtocol) or type(error).__name__ == "InvalidURL":
        return unusable_request(request, error_text(error))
    if isinstance(error, RuntimeError):  # httpx reports a closed client this way
        return unusable_request(request, f"the HTTP client is not available: {error_text(error)}")
    known = isinstance(error, OSError | getattr(library, "HTTPError", OSError))
    if known or type(error).__module__.split(".")[0] in _LAYERS:
        if isinstance(error, library.ProxyError):
            return connection_error(request, _proxy_reason(error_text(error)), maybe_sent=False)
        maybe_sent = maybe_sent and not isinstance(error, library.ConnectError)
        return connection_error(request, error_text(error), maybe_sent=maybe_sent)
    return error


def error_text(error: Exception) -> str:
    """The error message without secrets, shortened; the name of the error's class if there is no message."""
    return excerpt(str(error)) or type(error).__name__


def connection_error(request: HTTPRequest, reason: str, *, maybe_sent: bool) -> TransportError:
    """The error for a connection that could not be made (`maybe_sent` is False), or that broke."""
    sentence = f"{_target(request)}: {_without_secrets(request, reason)}{_certificate_hint(reason)}"
    return NetworkError(sentence, maybe_sent=True) if maybe_sent else ConnectError(sentence, maybe_sent=False)


def _proxy_reason(text: str) -> str:
    """Why there is no connection through the proxy, and what to correct. Quotes no address: it can have a password."""
    if text.startswith(PROXY_UNREACHABLE):
        return f"{text}. Check its address, which comes from proxy= or from HTTP_PROXY, HTTPS_PROXY or ALL_PROXY."
    remedy = " Check the user name and the password in its address." if text.startswith("407") else ""
    return f"the proxy did not connect: {text}{'.' if remedy else ''}{remedy}"


def timeout_error(request: HTTPRequest, phase: str, *, maybe_sent: bool) -> RequestTimeoutError:
    """The error for a phase that took too long, such as "connect" or "read".

    "deadline" means the complete exchange, and "pool" means the wait for a free connection.
    """
    which = "timeout" if request.deadline is None or request.timeout <= request.deadline else "deadline"
    problem = f"no progress within the {which} ({phase})"
    if phase == "deadline":
        problem = f"no complete response within the deadline of {request.deadline:g} s"
    elif phase == "pool":
        problem = "all connections were in use, and no connection became free in time"
    return RequestTimeoutError(f"{_target(request)}: {problem}.", maybe_sent=maybe_sent)


def too_large_error(request: HTTPRequest) -> ResponseTooLargeError:
    """The error for a response with a body that is larger than the request allows."""
    return ResponseTooLargeError(
        f"{_target(request)}: the response is larger than {request.max_response_bytes} bytes.", maybe_sent=True
    )


def unusable_request(request: HTTPRequest, reason: str) -> ConfigurationError:
    """The error for a request with an invalid address or content, or for a closed HTTP client. Nothing was sent."""
    return ConfigurationError(f"{_target(request)}: {_without_secrets(request, reason)}")


def _without_secrets(request: HTTPRequest, reason: str) -> str:
    """The reason, shortened, without the token of the request, which a server's response can quote."""
    token = request.headers.get("Authorization", "")
    return excerpt(reason, (token, token.removeprefix("Bearer ")))


def _certificate_hint(reason: str) -> str:
    """What to do if the server's certificate was refused. `reason` is a message of OpenSSL or of rustls."""
    if not re.search("self.signed certificate|unable to get (local )?issuer certificate|UnknownIssuer", reason):
        return ""
    if os.environ.get("SSL_CERT_FILE"):
        hint = "The certificates in the file of SSL_CERT_FILE do not include the authority of the server."
    else:
        hint = "To trust a certificate authority of your own, set SSL_CERT_FILE to the file of its certificate."
    for other in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        hint += f" {other} is set, but this client does not read it." if os.environ.get(other) else ""
    return f"{'' if reason.endswith('.') else '.'} {hint}"


def _target(request: HTTPRequest) -> str:
    try:
        parts = urlsplit(request.url)
        return f"{request.method} {parts.netloc}{parts.path}"
    except ValueError:  # not a URL
        return f"{request.method} {redact(request.url.partition('?')[0])}"
