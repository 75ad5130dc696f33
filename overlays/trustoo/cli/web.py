"""Reads public addresses of web servers: without credentials, at a polite pace, and again after a failure."""

from __future__ import annotations

import string
import threading
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from .. import RetryPolicy, __version__, redact, retry_after
from ..errors import ResponseTooLargeError, TransportError, TrustooError
from ..transport import HTTPRequest, HTTPResponse, Transport

__all__ = ["MOST_REDIRECTS", "Web", "WebError", "shown_address"]

MOST_REDIRECTS = 5
RETRIES = RetryPolicy(attempts=4, base=1.0, budget=120.0)
REDIRECTS = (301, 302, 303, 307, 308)


class WebError(TrustooError):
    """An address cannot be read, or its response is not what was expected."""


class Web:
    """Reads addresses with GET. Requests have no cookies, no credentials and no headers of the API. Thread-safe.

    After HTTP 429 and 5xx and after a failure of the connection, a request is repeated, at most three times. The pause
    is as long as the response's Retry-After header asks for, up to 60 seconds.

    Args:
        transport: sends the requests.
        accept: the Accept header.
        largest: the largest response, in bytes.
        pause: seconds between the requests to one host.
        timeout: seconds for each step of a request.
        deadline: seconds for a complete request.
        check: called with each address before a request is sent to it, also after a redirect. It raises an error for
            an address that is not allowed.
        clock, sleep: the time in seconds, and a function that waits. Default: the system's.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        accept: str,
        largest: int,
        pause: float,
        timeout: float = 30.0,
        deadline: float = 60.0,
        check: Callable[[str], object] = lambda address: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._transport, self._check, self._clock = transport, check, clock
        headers = {"Accept": accept, "User-Agent": f"trustoo-cli/{__version__}"}
        self._outgoing = partial(
            HTTPRequest, "GET", headers=headers, timeout=timeout, deadline=deadline, max_response_bytes=largest
        )
        self._pace = _Pace(pause, clock, sleep)

    def get(self, address: str) -> tuple[str, HTTPResponse]:
        """Return the address after all redirects, and its response, whatever the status.

        Raises:
            WebError: if an address is not an http or https address, or if there are too many redirects.
            TransportError: if no complete response arrived, also after the repetitions.
        """
        for _ in range(MOST_REDIRECTS + 1):
            address = _encoded(address)
            self._check(address)
            response = self._request(address)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location:
                return address, response
            following = urljoin(address, location)
            if address.startswith("https:") and not following.startswith("https:"):
                raise WebError(f"{shown_address(address)} redirects to an address without https.")
            address = following
        raise WebError(f"{shown_address(address)} is the end of more than {MOST_REDIRECTS} redirects.")

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _request(self, address: str) -> HTTPResponse:
        host, begun, attempt = urlsplit(address).netloc, self._clock(), 0
        while True:
            self._pace.wait(host)
            attempt += 1
            failure: TransportError | None = None
            response: HTTPResponse | None = None
            try:
                response = self._transport.send(self._outgoing(url=address))
            except ResponseTooLargeError:
                raise
            except TransportError as error:
                failure = error
            if response is not None and response.status != 429 and response.status < 500:
                return response
            requested = None if response is None else retry_after(response.headers, time.time())
            pause = RETRIES.pause(attempt, self._clock() - begun, requested)
            if pause is not None:
                self._pace.hold(host, pause)
            elif response is not None:
                return response
            elif failure is not None:
                raise failure


class _Pace:
    """The times of the next requests to each host."""

    def __init__(self, pause: float, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._pause, self._clock, self._sleep = pause, clock, sleep
        self._lock, self._next = threading.Lock(), dict[str, float]()

    def wait(self, host: str) -> None:
        """Wait until a request to this host may begin."""
        with self._lock:
            now = self._clock()
            start = max(now, self._next.get(host, now))
            self._next[host] = start + self._pause
        if start > now:
            self._sleep(start - now)

    def hold(self, host: str, seconds: float) -> None:
        """Let no request to this host begin for this time."""
        with self._lock:
            until = self._clock() + seconds
            self._next[host] = max(until, self._next.get(host, until))


def shown_address(address: str) -> str:
    """An address for messages, without secrets in it, and cut after 200 characters."""
    text = redact(address)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _encoded(address: str) -> str:
    """The address with percent-encoded spaces and letters, as browsers send it. Raises WebError."""
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        parts, valid = urlsplit(""), False
    if not valid:
        raise WebError(f"{shown_address(address)} is not an http or https address without a user name.")
    path, query = (quote(part, safe=string.punctuation) for part in (parts.path, parts.query))
    return urlunsplit(parts._replace(path=path, query=query))
