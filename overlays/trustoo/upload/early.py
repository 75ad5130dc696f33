"""Detects a response that arrives before the body is sent.

A storage may refuse a form after its first bytes and close the connection. asyncio then loses the response, because
nothing reads while the form is written, and the reset of the connection discards the response. Therefore this module
reads while the form is written. In threads the response usually survives the reset.

A reset during a write can still discard the response. Therefore a form that is sent again after a broken connection is
sent in two parts. The start is sent first. The rest follows after a short wait for a refusal.

httpx reports each new connection to the `trace` extension of a request. This module replaces methods of the
connection's stream there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpcore

__all__ = ["EarlyResponse"]

_NEW_CONNECTIONS = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")
_READ_SIZE = 64 * 1024
"""Bytes that httpcore reads at once."""
_START_SIZE = 64 * 1024
"""Bytes of the image that are sent with the form's fields before the wait for a refusal."""
_REFUSAL_TIMEOUT = 0.25
"""Seconds to wait for a refusal of the form's start."""


class EarlyResponse:
    """The `trace` extension of one request. An early response ends the writing with a WriteError.

    httpcore then reads the response. This works only for a connection that was opened for the request. A reused
    connection is not changed.

    Args:
        after_fault: whether the connection broke during the previous attempt.
    """

    def __init__(self, *, after_fault: bool = False) -> None:
        self._after_fault = after_fault
        self._stream: _Stream | _AsyncStream | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Called by httpcore for each event, in threads."""
        stream = info.get("return_value")
        if event.endswith(_NEW_CONNECTIONS) and isinstance(stream, httpcore.NetworkStream):
            self._stream = _Stream(stream, _first_sizes(self._after_fault))
        elif event == "http11.send_request_body.started" and self._stream is not None:
            self._stream.begin()

    async def trace_async(self, event: str, info: dict[str, Any]) -> None:
        """Called by httpcore for each event, with asyncio."""
        stream = info.get("return_value")
        if event.endswith(_NEW_CONNECTIONS) and isinstance(stream, httpcore.AsyncNetworkStream):
            self._stream = _AsyncStream(stream, _first_sizes(self._after_fault))
        elif event == "http11.send_request_body.started" and self._stream is not None:
            self._stream.begin()


def _first_sizes(after_fault: bool) -> Iterator[int]:
    """Return the bytes of each buffer to send before the wait. The fields are the first buffer, the image follows."""
    return iter((0, _START_SIZE)) if after_fault else iter(())


def _early_response() -> httpcore.WriteError:
    return httpcore.WriteError("A response arrived before the whole request was sent.")


def _ignore_error(task: asyncio.Task[Any]) -> None:
    """Retrieve the error of a task that nothing awaits any more, so that asyncio does not report the error."""
    if not task.cancelled():
        task.exception()


class _Stream:
    """Replaces methods of a stream of httpcore. httpcore continues to use the stream."""

    def __init__(self, stream: httpcore.NetworkStream, first_sizes: Iterator[int]) -> None:
        self._stream, self._read, self._write = stream, stream.read, stream.write
        self._first_sizes, self._unread = first_sizes, b""

    def begin(self) -> None:
        """Replace the methods. From then on an early response ends the writing."""
        for name, method in (("read", self.read), ("write", self.write)):
            setattr(self._stream, name, method)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, beginning with the bytes that were read early."""
        unread, self._unread = self._unread, b""
        return unread or self._read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write. After a timeout, check whether a response has arrived."""
        try:
            if start := next(self._first_sizes, 0):
                self._write(buffer[:start], timeout)
                buffer = buffer[start:]
                self._wait_for_refusal()
            self._write(buffer, timeout)
        except httpcore.WriteTimeout as error:
            if not self._stream.get_extra_info("is_readable"):
                raise
            raise _early_response() from error

    def _wait_for_refusal(self) -> None:
        try:
            self._unread = self._read(_READ_SIZE, _REFUSAL_TIMEOUT)
        except httpcore.ReadTimeout:
            return  # nothing was refused
        except httpcore.ReadError as error:
            raise _early_response() from error
        raise _early_response()


class _AsyncStream:
    """The asyncio version of `_Stream`. It reads all the time."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, first_sizes: Iterator[int]) -> None:
        self._stream, self._read, self._write, self._aclose = stream, stream.read, stream.write, stream.aclose
        self._first_sizes = first_sizes
        self._reading: asyncio.Task[bytes] | None = None

    def begin(self) -> None:
        """Start to read. Writing stops when something was read."""
        self._reading = asyncio.create_task(self._read(_READ_SIZE, None))
        self._reading.add_done_callback(_ignore_error)
        for name, method in (("read", self.read), ("write", self.write), ("aclose", self.aclose)):
            setattr(self._stream, name, method)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, beginning with the bytes that were read early."""
        reading, self._reading = self._reading, None
        if reading is None:
            return await self._read(max_bytes, timeout)
        try:
            return await asyncio.wait_for(reading, timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, unless a response has arrived or arrives during the write."""
        if self._reading is None:
            await self._write(buffer, timeout)
            return
        if start := next(self._first_sizes, 0):
            await self._write_unless_read(self._reading, buffer[:start], timeout)
            buffer = buffer[start:]
            await asyncio.wait({self._reading}, timeout=_REFUSAL_TIMEOUT)
        for _ in range(10):  # read first what has arrived, because a failing write would discard it
            if self._reading.done() or not self._stream.get_extra_info("is_readable"):
                break  # the bytes may not be a response, since TLS has its own messages
            await asyncio.wait({self._reading}, timeout=0.005)
        await self._write_unless_read(self._reading, buffer, timeout)

    async def _write_unless_read(self, reading: asyncio.Task[bytes], buffer: bytes, timeout: float | None) -> None:
        if reading.done():
            raise _early_response()
        writing = asyncio.create_task(self._write(buffer, timeout))
        writing.add_done_callback(_ignore_error)
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                raise _early_response()
            await writing
        finally:
            if not writing.done():
                writing.cancel()
                await asyncio.wait({writing})

    async def aclose(self) -> None:
        """Close the stream and end the reading."""
        if self._reading is not None:
            self._reading.cancel()
        await self._aclose()
