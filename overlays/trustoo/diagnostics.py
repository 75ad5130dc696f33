"""Help for programs that report problems: a check of the connection to the API, and redaction of text."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from ._clock import http_date
from ._config import check_base_url, check_seconds
from .transport import HTTPRequest, NamedTransport

__all__ = ["ConnectionCheck", "check_connection", "redact"]


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """The result of `check_connection`.

    Attributes:
        status: the HTTP status of the response. Any status means that the server can be reached.
        seconds: the time from connecting to the complete response, in seconds.
        clock_offset: seconds by which the server's clock is ahead of this machine's clock. The number is negative if
            the server's clock is behind. None if the response has no valid Date header. The header has whole seconds,
            so that the offset can be wrong by about one second.
    """

    status: int
    seconds: float
    clock_offset: float | None


def check_connection(base_url: str, *, timeout: float = 30.0) -> ConnectionCheck:
    """Send one unsigned GET request to the API's address, and compare the clocks.

    A signature is valid for `trustoo.signing.LIFETIME` seconds. Clients correct a larger difference automatically.

    Args:
        base_url: the API's address, as in `Trustoo(base_url=...)`.
        timeout: seconds for each step of the request. Default: 30.

    Raises:
        ConfigurationError: if `base_url` is not an http or https URL with a host, or `timeout` is not a positive
            number.
        TransportError: if no response arrives.
    """
    check_seconds("timeout", timeout)
    address, most = check_base_url(base_url) + "/", 64 * 1024 * 1024
    request = HTTPRequest("GET", address, {}, timeout=timeout, deadline=5 * timeout, max_response_bytes=most)
    transport = NamedTransport()
    began = time.time()
    try:
        response = transport.send(request)
    finally:
        transport.close()
    seconds = time.time() - began
    server_time = http_date(response.headers.get("date") or "")
    # The middle of the request is compared with the middle of the second in the header.
    offset = None if server_time is None else server_time + 0.5 - (began + seconds / 2)
    return ConnectionCheck(response.status, seconds, offset)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace secrets in a text by `***`: values of secret JSON members and query parameters, and user names in URLs.

    The OpenAPI spec marks secret members and parameters. Secrets are also found in JSON escapes, in percent-encoding,
    and in JSON that is text inside JSON. The library redacts its own error messages and logs.

    Args:
        text: the text, such as a message of another program, or a response.
        secrets: additional values to replace, such as your tokens. Empty values are ignored.
    """
    from ._redaction import redact  # the patterns of this module take long to compile, and are seldom needed

    return redact(text, secrets)
