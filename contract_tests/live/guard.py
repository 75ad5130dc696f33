"""The only way to the service: lets through the planned GET requests, one after the other, and nothing else."""

import re
import time
from collections.abc import Callable, Iterable

import httpx
from trustoo_api.types import Operation

__all__ = ["ForbiddenError", "Guard"]


class ForbiddenError(Exception):
    """Something else than a planned read was about to be sent. It was not."""


class Guard(httpx.BaseTransport):
    """A transport that sends what the plan allows through another one.

    Args:
        operations: what may be called; each must be a GET.
        base_url: the only place that is called.
        interval: seconds from the start of one request to the start of the next, at least.
        inner: what sends; the default opens connections.
        clock, sleep: seconds that only grow, and the wait for so many of them.

    Attributes:
        sent: how many requests went out.
    """

    def __init__(
        self,
        operations: Iterable[Operation],
        base_url: str,
        interval: float,
        inner: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base, self._interval, self._clock, self._sleep = httpx.URL(base_url), interval, clock, sleep
        self._inner = inner or httpx.HTTPTransport()
        prefix, allowed = re.escape(self._base.path.rstrip("/")), list(operations)
        if writes := [operation.id for operation in allowed if operation.is_write]:
            raise ForbiddenError(f"{', '.join(writes)}: no reads, so they cannot be planned.")
        self._paths = [re.compile(prefix + _pattern(operation.path)) for operation in allowed]
        # The client repeats nothing here but a call that was refused for its clock, and that once.
        self._most, self._started = 2 * len(allowed), float("-inf")
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a planned read when its turn has come. Raises ForbiddenError for anything else."""
        self._check(request)
        while (pause := self._started + self._interval - self._clock()) > 0:
            self._sleep(pause)
        self._started = self._clock()
        self.sent += 1
        return self._inner.handle_request(request)

    def _check(self, request: httpx.Request) -> None:
        url = request.url
        if request.method != "GET" or request.read():
            raise ForbiddenError(f"A {request.method} request was about to be sent; only GET without a body may be.")
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            raise ForbiddenError(f"A request to {url.host} was about to be sent; only {self._base.host} may be called.")
        if not any(path.fullmatch(url.path) for path in self._paths):
            raise ForbiddenError("A request to a path that is not planned was about to be sent.")
        if self.sent >= self._most:
            raise ForbiddenError(f"{self.sent} requests were sent, which is all that this run may.")

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _pattern(path: str) -> str:
    """ "/a/{id}" as an expression for which any one segment is an id."""
    return "[^/]+".join(map(re.escape, re.split(r"\{[^}]*\}", path)))
