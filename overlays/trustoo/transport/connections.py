"""The common parts of all transports: addresses, certificates and limits of connections."""

from __future__ import annotations

import os
import re
import string
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ..errors import ConfigurationError
from .errors import timeout_error, unusable_request
from .protocols import HTTPRequest, parse_http_url

if TYPE_CHECKING:
    import ssl

__all__ = ["CONNECTIONS", "KEPT_SECONDS", "Origin", "Places", "split_url", "trusted_certificates"]

CONNECTIONS = 100
"""The largest number of connections to one host, as in httpx. Other calls wait, at most as long as their deadline."""
KEPT_SECONDS = 5.0
"""The seconds for which an idle connection is kept, as in httpx. Servers keep idle connections longer."""
_URL = re.compile(r"(https?://[^/?#]*)([^#]*)")


class Places:
    """The places for requests that are sent at once, in threads. Thread-safe."""

    def __init__(self) -> None:
        self._free = SimpleQueue[None]()  # written in C, unlike the semaphores of `threading`
        for _ in range(CONNECTIONS):
            self.release()

    def acquire(self, request: HTTPRequest) -> None:
        """Wait for a free place, at most as long as the request's deadline. Raises RequestTimeoutError."""
        try:
            self._free.get(timeout=request.deadline)
        except Empty:
            raise timeout_error(request, "pool", maybe_sent=False) from None

    def release(self) -> None:
        """Free a place."""
        self._free.put(None)


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

    Loading the certificates takes tens of milliseconds, so they are loaded again only if the file changes.

    Raises:
        ConfigurationError: if the file or the directory cannot be read.
    """
    if path := os.environ.get("SSL_CERT_FILE"):
        variable = "SSL_CERT_FILE"
    elif path := os.environ.get("SSL_CERT_DIR"):
        variable = "SSL_CERT_DIR"
    else:
        import certifi

        variable, path = "certifi", certifi.where()
    try:
        if variable == "SSL_CERT_DIR":
            return _load_certificates(None, _checked_folders(path))
        return _load_certificates(path, None, os.stat(path).st_mtime_ns)
    except OSError as error:  # ssl.SSLError is an OSError
        if error.filename not in (None, path):  # the file for the keys of connections
            variable, path = "SSLKEYLOGFILE", error.filename
        reason = error.strerror or str(error)
        raise ConfigurationError(f"{variable}={path} cannot be used: {reason}. Nothing was sent.") from error


@lru_cache(maxsize=4)
def _load_certificates(file: str | None, folders: str | None, changed: int = 0) -> ssl.SSLContext:
    import ssl  # slow to import, and plain HTTP does not need it

    return ssl.create_default_context(cafile=file, capath=folders)


def _checked_folders(path: str) -> str:
    """Return `path`, one or more directories. OpenSSL silently ignores directories that it cannot read."""
    if not any(os.access(folder, os.R_OK | os.X_OK) for folder in path.split(os.pathsep)):
        os.listdir(path)  # raises the reason
    return path
