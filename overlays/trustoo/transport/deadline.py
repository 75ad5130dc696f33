"""Deadlines for connections of httpcore, which has timeouts for single steps only."""

from __future__ import annotations

from time import monotonic
from typing import Any, cast

import httpcore

from .errors import timeout_error
from .exchange import READING, Exchange
from .protocols import Resolver

__all__ = ["AsyncBackend", "DeadlineBackend", "close_if_cancelled", "limit_reads"]
_ENDED = float("-inf")
"""The end of an exchange whose deadline has passed, and which has read once since."""


class DeadlineBackend(httpcore.SyncBackend):
    """The network of httpcore, with connections that know the deadlines of their exchanges.

    Args:
        resolver: finds the addresses of hosts. Default: the operating system.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver

    def connect_tcp(self, host: str, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return limit_reads(self._connect(host, *args, **options))

    def _connect(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.NetworkStream:
        if self._resolver is None:
            return super().connect_tcp(host, port, *args, **options)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(f"{host} has no address")
        try:
            addresses = self._resolver(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for address in addresses:
            try:
                return super().connect_tcp(address, port, *args, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def limit_reads(stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
    """Replace methods of a stream, so that a read ends at the deadline of its exchange.

    After the deadline, one more read is possible. It waits for `READING` seconds. Returns the stream.
    """
    read, start_tls = stream.read, stream.start_tls

    def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
        if type(timeout) is not Exchange or timeout.until is None:
            return read(max_bytes, timeout)
        left = timeout.until - monotonic()
        if left >= timeout:
            return read(max_bytes, timeout)
        if _ENDED < left <= 0:  # the response may have arrived while the process was stopped
            left, timeout.until = READING, _ENDED
        try:
            if left > 0:
                return read(max_bytes, left)
        except httpcore.ReadTimeout:
            pass
        raise timeout_error(timeout.request, "deadline", maybe_sent=timeout.maybe_sent)

    def start_tls_in_time(*args: Any, **options: Any) -> httpcore.NetworkStream:
        return limit_reads(start_tls(*args, **options))

    for name, method in (("read", read_in_time), ("start_tls", start_tls_in_time)):
        setattr(stream, name, method)
    return stream


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """The network of httpcore for asyncio. It closes connections whose TLS handshake is cancelled."""

    def __init__(self) -> None:
        # httpcore defines the class a second time, for installations without anyio.
        self._network: httpcore.AsyncNetworkBackend = cast(Any, httpcore.AnyIOBackend)()

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return close_if_cancelled(await self._network.connect_tcp(*args, **options))


def close_if_cancelled(stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
    """Replace a method of a stream, so that the stream is closed if its TLS handshake is cancelled, as at a deadline.

    httpcore leaves such a stream open. Returns the stream.
    """
    start_tls = stream.start_tls

    async def start_tls_or_close(*args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        try:
            return await start_tls(*args, **options)
        except BaseException:
            await stream.aclose()
            raise

    setattr(stream, "start_tls", start_tls_or_close)  # noqa: B010 - mypy refuses to assign to a method
    return stream
