"""The common parts of all transports: addresses, certificates and limits of connections."""

from __future__ import annotations

import os
import re
import string
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ..errors import ConfigurationError
from .errors import unusable_request
from .protocols import HTTPRequest, parse_http_url

if TYPE_CHECKING:
    import ssl

__all__ = ["CONNECTIONS", "KEPT_SECONDS", "Origin", "split_url", "trusted_certificates"]

CONNECTIONS = 100
"""The largest number of connections to one host, as in httpx. Other calls wait for a connection until their timeout."""
KEPT_SECONDS = 5.0
"""The seconds for which an idle connection is kept, as in httpx. Servers keep idle connections longer."""
_URL = re.compile(r"(https?://[^/?#]*)([^#]*)")


class Origin(NamedTuple):
    """Scheme, host and port of a URL, in ASCII. `authority` is the value of the Host header."""

    scheme: str
    host: str
    port: int | None
    authority: str


def split_url(request: HTTPRequest) -> tuple[Origin, str]:
    """The origin of the request's URL, and the target of the request line, in ASCII. Raises ConfigurationError."""
    found = _URL.match(request.url)
    origin, target = found.groups() if found is not None else (request.url, "")
    try:
        parsed = _parse_origin(origin)
    except ValueError as error:  # about the scheme, the port, an IPv6 address or a host name
        raise unusable_request(request, f"the address is invalid: {error}.") from error
    if not target.startswith("/"):
        target = f"/{target}"
    return parsed, target if target.isascii() else quote(target, safe=string.punctuation)


@lru_cache(maxsize=64)
def _parse_origin(url: str) -> Origin:
    parts = parse_http_url(url)
    if parts.username is not None:
        raise ValueError("it has a user name")
    host = str(parts.hostname)
    if not host.isascii():
        import idna  # httpx depends on idna, so it is installed

        host = idna.encode(host, uts46=True).decode()
    authority = f"[{host}]" if ":" in host else host
    if parts.port not in (None, 443 if parts.scheme == "https" else 80):
        authority += f":{parts.port}"
    return Origin(parts.scheme, host, parts.port, authority)


def trusted_certificates() -> ssl.SSLContext:
    """The certificates that httpx trusts: from SSL_CERT_FILE or SSL_CERT_DIR in the environment, else from certifi.

    Loading the certificates takes tens of milliseconds. Raises ConfigurationError if they cannot be read.
    """
    import ssl  # slow to import, and plain HTTP does not need it

    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        if file or folder:
            return ssl.create_default_context(cafile=file or None, capath=None if file else folder)
    except OSError as error:  # an ssl.SSLError is an OSError
        variable = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise ConfigurationError(f"{variable} cannot be used: {error.strerror}: {file or folder!r}.") from error
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
