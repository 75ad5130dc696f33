"""The server of the measurements, a process of its own: pages of reviews from memory, as fast as asyncio can."""

import asyncio
import json
import re
from functools import lru_cache

from benchmarks.model_forms import review

SIZES = (1, 100, 1000)


def body(size: int) -> bytes:
    """An answer of `reviews.list` with `size` reviews, one of 1,000 pages that look alike but for their ids."""
    page = {"page": 1, "page_size": size, "total_page": 1000, "count": 1000 * size}
    data = {"page": page, "list": [review(number) for number in range(size)]}
    return json.dumps({"code": 0, "message": "success", "time": 1, "request_id": "0ab1", "data": data}).encode()


_PAGE = re.compile(rb"[?&]page=(\d+)")
_SIZE = re.compile(rb"[?&]page_size=(\d+)")
BODIES = {size: body(size) for size in SIZES}


@lru_cache(maxsize=2000)
def answer(page: int, size: int) -> bytes:
    """A page whose ids are its own: pages that are alike would be taken for a circle."""
    content = BODIES[size].replace(b'"id": "1', b'"id": "1%04d' % page)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
    return head + content


class Answering(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, self._received = self._received.split(b"\r\n\r\n", 1)
            page, size = _PAGE.search(head), _SIZE.search(head)
            self._transport.write(answer(int(page[1]) if page else 1, int(size[1]) if size else 100))


async def main() -> None:
    """Say the port, and serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
