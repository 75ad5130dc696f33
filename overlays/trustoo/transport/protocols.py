"""The HTTP messages that a transport carries, and the protocols of transports."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable
from urllib.parse import SplitResult, urlsplit

__all__ = [
    "LONGEST",
    "AsyncTransport",
    "Content",
    "HTTPRequest",
    "HTTPResponse",
    "Headers",
    "Resolver",
    "Transport",
    "parse_http_url",
]

LONGEST = 500_000.0
"""The longest timeout in seconds: about six days. The clocks and locks of every system accept five times this."""
Content: TypeAlias = bytes | Iterable[bytes] | AsyncIterable[bytes] | None
"""A request's body."""
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host, which are tried in this order. The arguments are the host and the port. An
OSError means that the host is unknown. Any other error reaches the caller unchanged. No connection is made then."""
HeaderPairs: TypeAlias = Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class HTTPRequest:
    """One HTTP request, ready to be sent: encoded and signed.

    Attributes:
        method: the HTTP method, such as "GET".
        url: the absolute URL. A transport sends the URL unchanged, because the query is signed.
        headers: the headers to send. A transport adds Host, and adds Content-Length if `content` is bytes.
        content: the body: bytes, an iterable of bytes, or an async iterable for an AsyncTransport; None for no body. If
            `content` is an iterable, `headers` has a Content-Length.
        timeout: seconds that connecting, sending a piece or waiting for a piece of the response may take.
        deadline: seconds that the complete exchange may take, from connecting to the last byte of the response; None
            for no limit. If `content` is an iterable, they count from its end. The wait for a free connection comes
            before the exchange. It also takes at most this number of seconds.
        max_response_bytes: the largest body to accept, in bytes after decompression; None for no limit.

    Example:
        >>> from trustoo.transport import HTTPRequest
        >>> HTTPRequest("GET", "https://example.com/", {}, timeout=5).is_streamed
        False
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: Content = field(default=None, repr=False)
    timeout: float = 30.0
    deadline: float | None = None
    max_response_bytes: int | None = None

    @property
    def is_streamed(self) -> bool:
        """Whether the content is read while it is sent."""
        return not isinstance(self.content, bytes | None)


@dataclass(slots=True)
class HTTPResponse:
    """One HTTP response, complete.

    Attributes:
        status: the HTTP status.
        headers: the response's headers. Names are case-insensitive. Repeated headers are joined by a comma.
        content: the body, decompressed.

    Example:
        >>> from trustoo.transport import Headers, HTTPResponse
        >>> HTTPResponse(200, Headers([("Content-Type", "application/json")]), b"{}").headers["content-type"]
        'application/json'
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@runtime_checkable
class Transport(Protocol):
    """Sends HTTP requests. Pass your own object to `Trustoo(transport=...)`. The object must be thread-safe.

    A transport sends each request once and unchanged. It follows no redirects, keeps no cookies and retries nothing.
    """

    def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send the request and read the complete response.

        Args:
            request: the request. It is sent once and unchanged.

        Returns:
            The response, whatever its status is.

        Raises:
            TransportError: if no usable response arrives. Raise ConnectError, NetworkError, RequestTimeoutError or
                ResponseTooLargeError. The error's `maybe_sent` decides whether the client may retry a write. Other
                exceptions reach the caller unchanged, but a write then ends with OutcomeUnknownError.
            ConfigurationError: if the address is invalid.

        Example:
            >>> from trustoo import Trustoo
            >>> from trustoo.transport import Headers, HTTPResponse
            >>> class Canned:
            ...     def send(self, request):
            ...         return HTTPResponse(200, Headers([]), b'{"code": 0, "message": "success", "data": {"id": "1"}}')
            ...     def close(self):
            ...         pass
            >>> with Trustoo(access_token="EXAMPLE-access-token", transport=Canned()) as shop:
            ...     print(shop.reviews.get(id="1").id)
            1
        """
        ...

    def close(self) -> None:
        """Close the connections. `Trustoo.close()` calls this method.

        Example:
            >>> from trustoo.transport import NamedTransport
            >>> NamedTransport().close()
        """
        ...


@runtime_checkable
class AsyncTransport(Protocol):
    """Sends HTTP requests with asyncio. Pass your own object to `AsyncTrustoo(transport=...)`.

    The rules of `Transport` also apply here.
    """

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send the request and read the complete response. The errors are those of `Transport.send`.

        Args:
            request: the request. It is sent once and unchanged.

        Returns:
            The response, whatever its status is.

        Example:
            >>> from trustoo import AsyncTrustoo
            >>> from trustoo.transport import Headers, HTTPResponse
            >>> class Canned:
            ...     async def send(self, request):
            ...         return HTTPResponse(200, Headers([]), b'{"code": 0, "message": "success", "data": {"id": "1"}}')
            ...     async def close(self):
            ...         pass
            >>> async with AsyncTrustoo(access_token="EXAMPLE-access-token", transport=Canned()) as shop:
            ...     print((await shop.reviews.get(id="1")).id)
            1
        """
        ...

    async def close(self) -> None:
        """Close the connections. `AsyncTrustoo.close()` calls this method.

        Example:
            >>> from trustoo.transport import AsyncNamedTransport
            >>> await AsyncNamedTransport().close()
        """
        ...


class Headers(Mapping[str, str]):
    """A response's headers. Names are case-insensitive. Repeated headers are joined by a comma.

    The headers are read at the first access, because the headers of most responses are never read.

    Args:
        pairs: names and values, as text or as bytes; or a function that returns names and values.

    Example:
        >>> from trustoo.transport import Headers
        >>> Headers([("Vary", "Accept"), ("vary", "Origin")])["VARY"]
        'Accept, Origin'
    """

    __slots__ = ("_pairs", "_read")

    def __init__(self, pairs: HeaderPairs | Callable[[], HeaderPairs]) -> None:
        self._pairs = pairs
        self._read: dict[str, str] | None = None

    def _known(self) -> dict[str, str]:
        if (known := self._read) is None:
            known = {}
            for pair in self._pairs() if callable(self._pairs) else self._pairs:
                name, value = map(_decode, pair)
                name = name.lower()
                known[name] = f"{known[name]}, {value}" if name in known else value
            self._read = known
        return known

    def __getitem__(self, name: str) -> str:
        return self._known()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def __reduce__(self) -> tuple[type[Headers], tuple[list[tuple[str, str]]]]:
        return Headers, (list(self._known().items()),)

    def __repr__(self) -> str:  # names only: a value may be a secret
        return f"Headers({', '.join(self)})"


def _decode(value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def parse_http_url(url: str) -> SplitResult:
    """The parts of an http or https URL with a host. Raises ValueError, with the reason, if `url` is not such a URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except (AttributeError, TypeError):
        raise ValueError("it is not text") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it does not begin with http:// or https:// and a host")
    if port == 0 or not url.isprintable():
        raise ValueError("its port is 0" if port == 0 else "it has a line break or a control character")
    return parts
