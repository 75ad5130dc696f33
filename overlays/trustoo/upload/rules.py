"""Rules for the URLs that a form may be posted to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx

from .._config import check_seconds
from ..errors import ConfigurationError, UploadError

__all__ = ["StorageRules"]


@dataclass(frozen=True, slots=True)
class StorageRules:
    """Rules for the storage's URL, which the service sends with the upload credentials.

    The default allows `https://` with a public host name and nothing else. Names without a dot and names that are
    reserved for private networks, such as `.internal`, `.local` and `.localhost`, are refused. No rule looks at the
    addresses that a name resolves to. Therefore set `hosts`.

    Attributes:
        hosts: the allowed host names, such as `("img.trustoo.io",)`. A name that begins with a dot allows all its
            subdomains. Names in this list may be reserved. None allows every public host name.
        http: allow plain http.
        ip_address: allow an IP address as host.
        user_info: allow a user name and password in the URL, which are sent as basic authentication.
        port: allow a port.
        path: allow a path, which contains the bucket if the host name does not.
        timeout: seconds for connecting, sending a piece of the form, and receiving a piece of the response. The storage
            responds only after the vendor's server, which has 5 seconds. Less than 30 is too short. Default: 60.

    Raises:
        ConfigurationError: if `hosts` or `timeout` is invalid.
    """

    hosts: tuple[str, ...] | None = None
    http: bool = False
    ip_address: bool = False
    user_info: bool = False
    port: bool = False
    path: bool = False
    timeout: float = 60.0

    def __post_init__(self) -> None:
        if isinstance(self.hosts, str) or not all(isinstance(host, str) for host in self.hosts or ()):
            raise ConfigurationError("StorageRules: hosts must be a tuple of host names.")
        check_seconds("StorageRules: timeout", self.timeout)

    def check(self, host: str) -> str:
        """Return the URL to post to.

        Args:
            host: the storage's URL, as the upload credentials have it.

        Raises:
            UploadError: if these rules do not allow the URL.

        Example:
            >>> from trustoo.upload import StorageRules
            >>> StorageRules(hosts=("img.trustoo.io",)).check("https://img.trustoo.io")
            'https://img.trustoo.io'
        """
        url = f"https:{host}" if host.startswith("//") else host
        try:
            parts = urlsplit(url)
            name = (parts.hostname or "").removesuffix(".")
            problem = self._problem(url, parts, name)
        except ValueError:
            problem, parts = "is not a URL", urlsplit("")
        if problem:
            shown = re.sub("//[^/]*@", "//***@", url[:200])
            raise UploadError(
                f"The upload credentials contain the storage URL {shown!r}, which {problem}. Nothing was sent. Set the "
                "allowed URLs with the client's storage_rules=StorageRules(...)."
            )
        return url

    def _problem(self, url: str, parts: SplitResult, name: str) -> str | None:
        """Every rule that the URL breaks, as one text. None if it breaks no rule."""
        if parts.scheme not in ("https", "http") or not name:
            return "is not an http URL with a host"
        if not url.isascii() or not url.isprintable() or any(c in url for c in " \\?#"):
            return "has characters that a storage's URL cannot have"
        tests = (
            (parts.scheme == "http" and not self.http, "is plain http (http=True allows it)"),
            (parts.username is not None and not self.user_info, "has a user name (user_info=True allows it)"),
            (_is_ip_address(name) and not self.ip_address, "is an IP address (ip_address=True allows it)"),
            (parts.port is not None and not self.port, "has a port (port=True allows it)"),
            (bool(parts.path.strip("/")) and not self.path, "has a path (path=True allows it)"),
            (not self._is_allowed(name), f"is not one of the allowed hosts {', '.join(self.hosts or ())}"),
            (not _is_ip_address(name) and not _is_host_name(url, name), "has a host name that no host can have"),
            (
                self.hosts is None and not _is_ip_address(name) and _is_private(name),
                "has a name of a private network (hosts= allows it)",
            ),
        )
        found = [problem for is_so, problem in tests if is_so]
        return " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:]))) or None

    def _is_allowed(self, name: str) -> bool:
        if self.hosts is None:
            return True
        return any(name.endswith(host.lower()) if host.startswith(".") else name == host.lower() for host in self.hosts)


_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_PRIVATE_NAMES = tuple(
    f".{name}"
    for name in (
        *("alt", "arpa", "corp", "example", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain"),
        *("localhost", "mail", "onion", "private", "svc", "test"),
    )
)
"""Names that are reserved (RFC 2606, 6761, 6762, 7686, 8375, 9476 and ICANN), or that private networks use."""


def _is_host_name(url: str, name: str) -> bool:
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        return False
    try:
        return bool(httpx.URL(url).host)  # decodes names that begin with "xn--"
    except (httpx.InvalidURL, UnicodeError):
        return False


def _is_private(name: str) -> bool:
    return "." not in name or name.endswith(_PRIVATE_NAMES)


def _is_ip_address(name: str) -> bool:
    """Return whether resolvers read the name as an IP address. Examples: 127.1, 0x7f000001, ::1."""
    try:
        ipaddress.ip_address(name.partition("%")[0] if ":" in name else name)
        return True
    except ValueError:
        return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", name.rsplit(".", 1)[-1]) is not None
