"""Lets an upload hear an answer that comes before the whole form is out.

A storage may refuse a form after its first bytes and close the connection. asyncio then loses the answer: nobody reads
while the form is written, and the reset that follows takes the answer away with it. So this reads beside the writing.
A reset that comes while the loop is just writing can still take the answer away; when the form is sent again, as after
any broken connection, its start is given a moment to be refused. In threads the answer survives the reset; it is lost
only where the storage neither reads on nor hangs up.

httpx tells of each connection it makes, through the `trace` extension of a request; its stream is taken over there.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpcore

__all__ = ["EarlyAnswer"]

_NEW_CONNECTIONS = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")
_READ = 64 * 1024
"""What httpcore reads at a time."""
_START, _MOMENT = 3, 0.25
"""After the form's fields and the first piece of the image are out: seconds that a refusal of them may take."""


class EarlyAnswer:
    """One request's `trace`. Where an answer comes early, writing ends with a WriteError: httpcore then reads it.

    That is so on a connection that was made for this request; on one that was open before, nothing changes.

    Args:
        after_fault: whether the connection broke the last time: then asyncio waits a moment for an answer to the form's
            start.
    """

    def __init__(self, *, after_fault: bool = False) -> None:
        self._after_fault = after_fault
        self._reader: _Reader | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Called by httpcore for each of its steps, in threads."""
        stream = info.get("return_value")
        if event.endswith(_NEW_CONNECTIONS) and isinstance(stream, httpcore.NetworkStream):
            _look_when_late(stream)

    async def trace_async(self, event: str, info: dict[str, Any]) -> None:
        """The same for asyncio."""
        if event.endswith(_NEW_CONNECTIONS):
            stream = info.get("return_value")
            if isinstance(stream, httpcore.AsyncNetworkStream):
                self._reader = _Reader(stream, self._after_fault)
        elif event == "http11.send_request_body.started" and self._reader is not None:
            self._reader.begin()


def _look_when_late(stream: httpcore.NetworkStream) -> None:
    original = stream.write

    def write(buffer: bytes, timeout: float | None = None) -> None:
        try:
            original(buffer, timeout)
        except httpcore.WriteTimeout as error:
            if not stream.get_extra_info("is_readable"):
                raise
            raise httpcore.WriteError("An answer came before the whole request was out.") from error

    stream.write = write  # type: ignore[method-assign]  # its owner goes on using it, and knows of nothing


class _Reader:
    """Takes over a stream's methods: its owner goes on using them and knows of nothing."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, after_fault: bool) -> None:
        self._stream, self._read, self._write, self._aclose = stream, stream.read, stream.write, stream.aclose
        self._before_waiting = _START if after_fault else 0
        self._reading: asyncio.Task[bytes] | None = None

    def begin(self) -> None:
        """Read from now on, and stop writing when something was read."""
        self._reading = asyncio.create_task(self._read(_READ, None))
        # Where nobody asks for it any more, an error in it is nobody's.
        self._reading.add_done_callback(lambda task: task.cancelled() or task.exception())
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
        reading = self._reading
        if reading is None:
            return await self._write(buffer, timeout)
        if self._before_waiting:
            self._before_waiting -= 1
            if not self._before_waiting:
                await asyncio.wait({reading}, timeout=_MOMENT)
        for _ in range(10):  # what has arrived is read first: a write that fails would throw it away
            if reading.done() or not self._stream.get_extra_info("is_readable"):
                break
            await asyncio.sleep(0)
        writing = asyncio.create_task(self._write(buffer, timeout))
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                return await writing
            raise httpcore.WriteError("An answer came before the whole request was out.")
        finally:
            if not writing.done():
                writing.cancel()
                await asyncio.wait({writing})

    async def aclose(self) -> None:
        """Close the stream, and end the reading."""
        if self._reading is not None:
            self._reading.cancel()
        await self._aclose()
