"""Which addresses a form may be posted to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ..errors import ConfigurationError, UploadError

__all__ = ["StorageRules"]


@dataclass(frozen=True, slots=True)
class StorageRules:
    """What is asked of the storage's address, which comes from the service, before an image is posted there.

    The default takes `https://` and a host name, nothing else. Each exception is opened by its own name.

    Attributes:
        hosts: the only host names that are taken, such as `("img.trustoo.io",)`; a name that begins with a dot stands
            for all names below it. None: any.
        http: take plain http.
        ip_address: take an IP address in the place of a name.
        user_info: take a user name and a password; they are sent, as basic authentication.
        port: take a port.
        path: take a path: the bucket of a storage that is not addressed by the bucket's own host name.
        timeout: seconds that the storage may take for a piece of the form or for its answer. It answers only after the
            vendor's server answered it, for which it allows 5 seconds: anything below 30 is too short.
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
        number = isinstance(self.timeout, int | float) and not isinstance(self.timeout, bool)
        if not number or not 0 < self.timeout < float("inf"):
            raise ConfigurationError(f"StorageRules: timeout must be a positive number, not {self.timeout!r}.")

    def check(self, host: str) -> str:
        """The address to post to. Raises UploadError for one that these rules do not take."""
        url = f"https:{host}" if host.startswith("//") else host
        try:
            parts = urlsplit(url)
            name = (parts.hostname or "").rstrip(".")
            problem = self._problem(url, parts, name)
        except ValueError:
            problem, parts = "is no address", urlsplit("")
        if problem:
            shown = re.sub("//[^/]*@", "//***@", url[:200])
            raise UploadError(
                f"The upload credentials name the storage {shown!r}, which {problem}. Nothing was sent; "
                "storage_rules=StorageRules(...) of the client says what is taken."
            )
        return url

    def _problem(self, url: str, parts: SplitResult, name: str) -> str | None:
        tests = (
            (parts.scheme not in ("https", "http") or not name, "is no http address of a host"),
            (not url.isascii() or not url.isprintable() or any(c in url for c in " \\?#"), "is no plain address"),
            (parts.scheme == "http" and not self.http, "is plain http (http=True takes it)"),
            (parts.username is not None and not self.user_info, "has a user name (user_info=True takes it)"),
            (_is_ip_address(name) and not self.ip_address, "is an IP address (ip_address=True takes it)"),
            (parts.port is not None and not self.port, "has a port (port=True takes it)"),
            (bool(parts.path.strip("/")) and not self.path, "has a path (path=True takes it)"),
            (not self._is_allowed(name), f"is none of the allowed hosts {', '.join(self.hosts or ())}"),
        )
        return next((problem for is_so, problem in tests if is_so), None)

    def _is_allowed(self, name: str) -> bool:
        if self.hosts is None:
            return True
        return any(name.endswith(host.lower()) if host.startswith(".") else name == host.lower() for host in self.hosts)


def _is_ip_address(name: str) -> bool:
    """Whether resolvers take it for an address, in any of the spellings that they know: 127.1, 0x7f000001, ::1."""
    try:
        ipaddress.ip_address(name.partition("%")[0])
        return True
    except ValueError:
        return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", name.rsplit(".", 1)[-1]) is not None
