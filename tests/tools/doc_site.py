"""A documentation site on 127.0.0.1, in the form of the vendor's documentation tool: an index of Markdown pages."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from tests.tools.conftest import Node
from tests.tools.test_drift_exports import exported
from tools.evidence import operations

Answer = tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]
"""Status, headers and content. Or a function that answers by itself."""
SCHEMA = re.compile(r'"#/components/schemas/([^"]+)"')
MARKDOWN = {"Content-Type": "text/markdown; charset=utf-8"}


def page(title: str, document: Node) -> str:
    """A page of an operation."""
    block = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return f"# {title}\n\n## OpenAPI Specification\n\n```yaml\n{block}\n```\n"


def pages_of(export: Node) -> dict[str, str]:
    """The page of each operation of an export, by name."""
    found = {}
    for number, (path, method, node) in enumerate(operations(export)):
        name = f"api-9100000{number:02}"
        node = {
            **node,
            "deprecated": node.get("deprecated", False),
            "x-apidog-folder": "Open API",
            "x-run-in-apidog": f"https://app.apidog.com/web/project/1/apis/{name}-run",
        }
        head = {"openapi": "3.0.1", "info": {"title": "", "version": "1.0.0"}, "paths": {path: {method: node}}}
        components = {**export["components"], "schemas": _schemas_of(node, export["components"]["schemas"])}
        found[name] = page(node["summary"], {**head, "components": components, "security": []})
    return found


def _schemas_of(node: Node, schemas: Node) -> Node:
    """The schemas that an operation refers to, directly or through others, in the export's order."""
    found: set[str] = set()
    todo = [node]
    while todo:
        names = set(SCHEMA.findall(json.dumps(todo.pop(), ensure_ascii=False))) - found
        found |= names
        todo += [schemas[name] for name in names]
    return {name: schema for name, schema in schemas.items() if name in found}


def vendor_pages(change: Callable[[Node], Any] = lambda export: None) -> dict[str, str]:
    """The pages of all operations, as the vendor would write them, after a change of the export."""
    export = exported()
    change(export)
    return pages_of(export)


class Site:
    """What the server answers, and what it was asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Path and headers (in lower case) of each request."""

    def publish(self, pages: dict[str, str], *, links: tuple[str, ...] = ()) -> None:
        """Serve these Markdown pages with a guide, and an index of them and of `links`."""
        rows = [f"- Open API > Any [Page {name}]({self.address}/{name}.md): " for name in pages]
        rows += [f"- Elsewhere [Page]({link}): " for link in links]
        guide = "# Quick Start\n\nHow to sign.\n\n```bash\ncurl https://rapi.trustoo.io\n```\n"
        index = f"# Example API\n\n## Docs\n- Guide [Quick Start]({self.address}/doc-1.md): \n\n## API Docs\n"
        for name, text in {**{f"/{name}.md": text for name, text in pages.items()}, "/doc-1.md": guide}.items():
            self.answers[name] = (200, MARKDOWN, text.encode())
        content = (index + "\n".join(rows) + "\n").encode()
        self.answers["/llms.txt"] = (200, {"Content-Type": "text/plain; charset=utf-8"}, content)

    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.asked]


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port. It answers 404 for everything else, robots.txt included."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = site.answers.get(self.path, (404, {"Content-Type": "text/html"}, b"<html>none</html>"))
            if callable(answer):
                answer(self)
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
