"""Lets an upload hear an answer that comes before the whole form is out.

A storage may refuse a form after its first bytes and close the connection. asyncio then loses the answer: nobody reads
while the form is written, and the reset that follows takes the answer away with it. So this reads beside the writing.
In threads the answer mostly survives the reset.

A reset that comes in the very moment of a write can still take the answer away. When the form is sent again, as after
any broken connection, its start is therefore given a moment to be refused before the rest follows.

httpx tells of each connection it makes, through the `trace` extension of a request; its stream is taken over there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpcore

__all__ = ["EarlyResponse"]

_NEW_CONNECTIONS = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")
_READ = 64 * 1024
"""What httpcore reads at a time."""
_START = 64 * 1024
"""Bytes of the image that go out with the form's fields before a moment is given."""
_MOMENT = 0.25
"""Seconds that a refusal of the form's start may take."""


class EarlyResponse:
    """One request's `trace`. Where an answer comes early, writing ends with a WriteError: httpcore then reads it.

    That is so on a connection that was made for this request; on one that was open before, nothing changes.

    Args:
        after_fault: whether the connection broke the last time.
    """

    def __init__(self, *, after_fault: bool = False) -> None:
        self._after_fault = after_fault
        self._taken: _Stream | _AsyncStream | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Called by httpcore for each of its steps, in threads."""
        stream = info.get("return_value")
        if event.endswith(_NEW_CONNECTIONS) and isinstance(stream, httpcore.NetworkStream):
            self._taken = _Stream(stream, _parts(self._after_fault))
        elif event == "http11.send_request_body.started" and self._taken is not None:
            self._taken.begin()

    async def trace_async(self, event: str, info: dict[str, Any]) -> None:
        """The same for asyncio."""
        stream = info.get("return_value")
        if event.endswith(_NEW_CONNECTIONS) and isinstance(stream, httpcore.AsyncNetworkStream):
            self._taken = _AsyncStream(stream, _parts(self._after_fault))
        elif event == "http11.send_request_body.started" and self._taken is not None:
            self._taken.begin()


def _parts(after_fault: bool) -> Iterator[int]:
    """How many bytes of each buffer go out before a moment is given; the fields are the first, the image begins the
    second."""
    return iter((0, _START)) if after_fault else iter(())


def _early() -> httpcore.WriteError:
    return httpcore.WriteError("An answer came before the whole request was out.")


def _forget(task: asyncio.Task[Any]) -> None:
    """Where nobody asks for its error any more, it is nobody's."""
    if not task.cancelled():
        task.exception()


class _Stream:
    """Takes over a stream's methods: its owner goes on using them and knows of nothing."""

    def __init__(self, stream: httpcore.NetworkStream, parts: Iterator[int]) -> None:
        self._stream, self._read, self._write = stream, stream.read, stream.write
        self._parts, self._had = parts, b""

    def begin(self) -> None:
        """From now on an early answer ends the writing."""
        for name, method in (("read", self.read), ("write", self.write)):
            setattr(self._stream, name, method)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What was read early first."""
        had, self._had = self._had, b""
        return had or self._read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write; where the storage neither reads nor hangs up, look whether it has answered."""
        try:
            if start := next(self._parts, 0):
                self._write(buffer[:start], timeout)
                buffer = buffer[start:]
                self._give_a_moment()
            self._write(buffer, timeout)
        except httpcore.WriteTimeout as error:
            if not self._stream.get_extra_info("is_readable"):
                raise
            raise _early() from error

    def _give_a_moment(self) -> None:
        try:
            self._had = self._read(_READ, _MOMENT)
        except httpcore.ReadTimeout:
            return  # nothing was refused
        except httpcore.ReadError as error:
            raise _early() from error
        raise _early()


class _AsyncStream:
    """The same for asyncio, reading all the time."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, parts: Iterator[int]) -> None:
        self._stream, self._read, self._write, self._aclose = stream, stream.read, stream.write, stream.aclose
        self._parts = parts
        self._reading: asyncio.Task[bytes] | None = None

    def begin(self) -> None:
        """Read from now on, and stop writing when something was read."""
        self._reading = asyncio.create_task(self._read(_READ, None))
        self._reading.add_done_callback(_forget)
        for name, method in (("read", self.read), ("write", self.write), ("aclose", self.aclose)):
            setattr(self._stream, name, method)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What was read early first."""
        reading, self._reading = self._reading, None
        if reading is None:
            return await self._read(max_bytes, timeout)
        try:
            return await asyncio.wait_for(reading, timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, unless an answer is there or comes meanwhile."""
        if self._reading is None:
            await self._write(buffer, timeout)
            return
        if start := next(self._parts, 0):
            await self._write_or_hear(self._reading, buffer[:start], timeout)
            buffer = buffer[start:]
            await asyncio.wait({self._reading}, timeout=_MOMENT)
        for _ in range(10):  # what has arrived is read first: a write that fails would throw it away
            if self._reading.done() or not self._stream.get_extra_info("is_readable"):
                break  # it need not have been an answer: TLS has messages of its own
            await asyncio.wait({self._reading}, timeout=0.005)
        await self._write_or_hear(self._reading, buffer, timeout)

    async def _write_or_hear(self, reading: asyncio.Task[bytes], buffer: bytes, timeout: float | None) -> None:
        if reading.done():
            raise _early()
        writing = asyncio.create_task(self._write(buffer, timeout))
        writing.add_done_callback(_forget)
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                raise _early()
            await writing
        finally:
            if not writing.done():
                writing.cancel()
                await asyncio.wait({writing})

    async def aclose(self) -> None:
        """Close the stream, and end the reading."""
        if self._reading is not None:
            self._reading.cancel()
        await self._aclose()
