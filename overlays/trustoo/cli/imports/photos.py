"""Downloads the photos of an import from their addresses, because links to a review app end when it is uninstalled.

The addresses come from a file that strangers may have written to, such as the export of a review app. The addresses of
this machine and of private networks are therefore refused. The check is made when the connection is made, so that a
host name cannot have another address by then.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Network, ip_address
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from ..._files import write_atomic
from ...errors import ResponseTooLargeError, TransportError, TrustooError, UploadError
from ...transport import NamedTransport, Resolver
from ...upload import check_image
from ..web import Web, WebError, shown_address

__all__ = ["LARGEST", "PhotoError", "Photos", "is_public"]

LARGEST = 32 * 1024**2
"""The largest photo, in bytes. Photos of telephones have up to about 15 MB."""
PAUSE = 0.1
"""Seconds between the requests to one host."""
LARGEST_SILENT_SERIES = 5
"""After this number of successive photos without any response, a host is not asked again."""
REMEDY = "Run the command again to retry, give the path of a saved file instead, or take the address out of the row."
WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|!--)", re.IGNORECASE)
GONE = "The photo does not exist there any more. Apps remove their photos when they are uninstalled."
REASONS = {
    401: "It is not public.",
    403: "It is not public, or its address has expired.",
    404: GONE,
    410: GONE,
    429: "The server limits the number of downloads.",
}
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""The IPv6 addresses that are given to networks so far (RFC 4291)."""
NAT64 = IPv6Network("64:ff9b::/96")
"""The IPv6 addresses that stand for all IPv4 addresses (RFC 6052)."""


class PhotoError(TrustooError):
    """A photo cannot be downloaded from its address, or what was downloaded is not a photo that can be uploaded."""


class Photos:
    """Downloads photos into a folder, each address once, also in later runs. Thread-safe.

    Requests have no credentials and no headers of the API. Use it in a `with` block, which closes the connections.

    Args:
        folder: the folder for the photos, which the first download makes. The files are named by a digest of the
            address. The folder can be deleted when the photos are uploaded.
        allow_loopback: whether photos may be on this machine, as beside the fake service. Default: False.
        timeout: seconds for each step of a download.
        deadline: seconds for a complete download.
        largest: the largest photo, in bytes.
        resolver: finds the addresses of hosts. Default: the operating system.
        clock, sleep: the time in seconds, and a function that waits. Default: the system's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        allow_loopback: bool = False,
        timeout: float = 30.0,
        deadline: float = 60.0,
        largest: int = LARGEST,
        resolver: Resolver | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.folder, self._allow_loopback, self._largest = folder, allow_loopback, largest
        self._resolver = resolver or _system_addresses
        self._web = Web(
            NamedTransport(resolver=self._addresses),
            accept="image/*,*/*;q=0.5",
            largest=largest,
            pause=PAUSE,
            timeout=timeout,
            deadline=deadline,
            check=self._check_host,
            clock=clock,
            sleep=sleep,
        )
        self._lock, self._locks, self._silent = threading.Lock(), dict[str, threading.Lock](), Counter[str]()

    def fetch(self, address: str) -> Path:
        """Return the file with the photo of this address, and download it first if the folder does not have it.

        Args:
            address: an http or https address. An address that begins with `//` is an https address.

        Raises:
            PhotoError: if the photo cannot be downloaded, or cannot be uploaded. The message states the reason.
            OSError: if the folder cannot be written, for example because the disk is full.
        """
        address = address.strip()
        address = f"https:{address}" if address.startswith("//") else address
        with self._lock:
            lock = self._locks.setdefault(address, threading.Lock())
        with lock:
            path = self.folder / sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:32]
            if not path.exists():
                content = self._download(address)
                self.folder.mkdir(exist_ok=True)
                write_atomic(path, content)
            try:
                check_image(path)
            except UploadError as error:
                path.unlink()  # the next run downloads it again
                reason = str(error).partition(" Nothing ")[0]  # what follows is for callers of the client
                raise _error(address, reason.replace(repr(str(path)), "The download")) from error
            return path

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def __enter__(self) -> Photos:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _download(self, address: str) -> bytes:
        try:
            host = urlsplit(address).netloc
            if self._silent[host] >= LARGEST_SILENT_SERIES:
                raise WebError(f"{host} did not respond for the last {LARGEST_SILENT_SERIES} photos.")
            try:
                where, response = self._web.get(address)
            except TransportError:
                self._silent[host] += 1
                raise
            self._silent[host] = 0
        except ResponseTooLargeError as error:
            raise _error(address, f"It has more than {self._largest} bytes.") from error
        except (TrustooError, ValueError) as error:
            raise _error(address, str(error)) from error
        redirected = f" after a redirect to {shown_address(where)}" if urlsplit(where).netloc != host else ""
        if response.status != 200:
            reason = REASONS.get(response.status, "The server failed.")
            if response.status < 500 and response.status not in REASONS:
                reason = "There is no photo."
            raise _error(address, f"HTTP {response.status}{redirected}. {reason}")
        if WEB_PAGE.match(response.content):
            raise _error(address, f"It is a web page{redirected}, not a photo.")
        return response.content

    def _check_host(self, address: str) -> None:
        """Refuse a host that is not public before anything is sent. A proxy makes the connection itself."""
        parts = urlsplit(address)
        with suppress(OSError):  # the transport reports it, or a proxy knows the host
            self._addresses(parts.hostname or "", parts.port or 0)

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of the host. Raises WebError if one of them is not public."""
        found = self._resolver(host, port)
        for address in found:
            if not is_public(address) and not (self._allow_loopback and ip_address(address).is_loopback):
                name = host if host == address else f"{host} ({address})"
                raise WebError(f"{name} is not a public address. It belongs to this machine or to a private network.")
        return found


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet: not this machine, a private network or a group."""
    found = ip_address(address)
    if not isinstance(found, IPv4Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:  # the connection ends at this IPv4 address
            return is_public(str(inner))
        return found.is_global and found in GLOBAL_UNICAST
    return found.is_global and not found.is_multicast


def _system_addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part of the name is empty or too long
        raise OSError(f"{host} is not a host name") from error
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _error(address: str, reason: str) -> PhotoError:
    return PhotoError(f"The photo {shown_address(address)} cannot be imported: {reason.removesuffix('.')}. {REMEDY}")
