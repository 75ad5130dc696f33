"""A TCP proxy whose network can be cut."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self

__all__ = ["Proxy"]


class Proxy:
    """Forwards connections to a port of 127.0.0.1, in a thread of its own. For a `with` block.

    Attributes:
        port: the port of the proxy.
    """

    def __init__(self, target: int) -> None:
        self._target, self.port = target, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._streams = set[asyncio.StreamWriter]()
        self._flows = asyncio.Event()

    def hold(self) -> None:
        """Forward nothing from now on, and keep what arrives."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def reset(self) -> None:
        """Break all connections, and refuse new ones. What was held is lost."""
        self._run(self._reset())

    def heal(self) -> None:
        """Accept connections."""
        self._run(self._listen())

    def __enter__(self) -> Self:
        self._thread.start()
        self.heal()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]
        self._flows.set()

    async def _reset(self) -> None:
        self._server.close()
        for stream in self._streams:
            stream.transport.abort()
        self._flows.set()  # lets the tasks end, which find their connections closed

    async def _end(self) -> None:
        await self._reset()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams.add(writer)
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # the server is away
            writer.transport.abort()
            return
        self._streams.add(target_writer)
        if writer.is_closing():  # reset meanwhile
            target_writer.transport.abort()
        await asyncio.gather(self._forward(reader, target_writer), self._forward(target_reader, writer))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while content := await reader.read(65536):
                await self._flows.wait()
                if writer.is_closing():
                    break
                writer.write(content)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
            self._streams.discard(writer)
