"""The headers that callers add to requests. Names and values are checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trustoo_api.operations import HEADERS

from .errors import ConfigurationError

__all__ = ["check_headers"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110, section 5.6.2
_OWN = {
    # The pipeline writes these headers, and the HMAC credentials.
    *("accept", "authorization", "user-agent", *(name.lower() for name in HEADERS.values())),
    # The HTTP libraries write these headers: they concern the connection and the form of the body.
    *("accept-encoding", "connection", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
}
_OWN_PREFIXES = ("content-", "proxy-")


def check_headers(headers: object) -> dict[str, str]:
    """Return the headers, with names in lower case. None means no headers.

    Raises ConfigurationError if a name or value is not a legal header, or if the client itself writes the header. The
    message does not contain the value, which may be a secret.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"headers must be a mapping of names to text, not {type(headers).__name__}.")
    checked = dict[str, str]()
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ConfigurationError(f"headers: {name!r} is not a legal header name.")
        lower = name.lower()
        if lower in _OWN or lower.startswith(_OWN_PREFIXES):
            hint = " Use application= to name your application." if lower == "user-agent" else ""
            raise ConfigurationError(f"headers: {name} cannot be set. The client or its HTTP library writes it.{hint}")
        if lower in checked:
            raise ConfigurationError(f"headers: {lower} occurs twice. Names are case-insensitive.")
        if not isinstance(value, str):
            raise ConfigurationError(f"headers: the value of {name} must be text, not {type(value).__name__}.")
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ConfigurationError(f"headers: the value of {name} must be printable ASCII without spaces around it.")
        checked[lower] = value
    return checked
