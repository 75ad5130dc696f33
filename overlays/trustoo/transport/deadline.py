"""Deadlines for reading in threads. httpcore has timeouts for single reads only."""

from __future__ import annotations

from time import monotonic
from typing import Any

import httpcore

from .errors import timeout_error
from .exchange import Exchange

__all__ = ["DeadlineBackend", "limit_reads"]


class DeadlineBackend(httpcore.SyncBackend):
    """The network of httpcore, with connections that know the deadlines of their exchanges."""

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return limit_reads(super().connect_tcp(*args, **options))


def limit_reads(stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
    """Replace methods of a stream, so that a read ends at the deadline of its exchange. Returns the stream."""
    read, start_tls = stream.read, stream.start_tls

    def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
        if type(timeout) is not Exchange or timeout.until is None:
            return read(max_bytes, timeout)
        left = timeout.until - monotonic()
        if left >= timeout:
            return read(max_bytes, timeout)
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
