"""Shops on 127.0.0.1 that publish a list of their products, as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

__all__ = ["Answer", "of_pages", "page", "product", "shop"]

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and content."""


def product(number: int) -> dict[str, object]:
    """A product as shops list it."""
    return {
        "id": 8100000000000 + number,
        "handle": f"kettle-{number}",
        "title": f'Kettle "{number}", ö',
        "variants": [],
    }


def page(*numbers: int) -> Answer:
    """A page with the products of these numbers."""
    return 200, {"Content-Type": "application/json"}, json.dumps({"products": [*map(product, numbers)]}).encode()


@contextmanager
def shop(answer: Callable[[str, dict[str, list[str]]], Answer]) -> Iterator[tuple[str, list[str]]]:
    """A shop on 127.0.0.1: its address, and the addresses it was asked for. `answer` gets path and query."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            parts = urlsplit(self.path)
            status, headers, content = answer(parts.path, parse_qs(parts.query))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def of_pages(*pages: Answer) -> Callable[[str, dict[str, list[str]]], Answer]:
    """The answers of a shop with these pages. Every further page is empty."""

    def answer(path: str, query: dict[str, list[str]]) -> Answer:
        number = int(query["page"][0])
        return pages[number - 1] if number <= len(pages) else page()

    return answer
