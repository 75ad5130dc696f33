"""`trustoo fake`: the stand-in for the service on a port, to try commands and programs in any language with."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl

import httpx
import typer
from trustoo_api.types import instant_text

from ..credentials import ENVIRONMENT
from ..errors import ConfigurationError
from .connection import CLIENT_ID
from .exits import CLIENT_SECRET, command
from .output import AsJson, Output

if TYPE_CHECKING:
    from ..testing import FakeResponse, FakeTrustoo

__all__ = ["fake", "seeded", "serving", "variables"]

AUTHORIZE = "/authorize"


@command
def fake(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 0,
    seed_reviews: Annotated[int, typer.Option(min=0, help="Begin with so many reviews, newest first.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Serve the fake service on 127.0.0.1.

    Prints the environment variables that lead other programs to it. It has a platform, for `oauth login`, and a storage
    for images. Everything in it is invented, and forgotten at the end.
    """
    from ..testing import FakeTrustoo

    output, service = Output(as_json), FakeTrustoo()
    service.add_platform()
    if seed_reviews:
        seeded(service, seed_reviews)
    with serving(service, port) as address:
        found = variables(service, address)
        if as_json:
            output.json(found)
        else:
            for name, value in found.items():
                output.text(f"{'set' if os.name == 'nt' else 'export'} {name}={value}")
        output.flush()
        output.note("Serving; Ctrl-C ends it.")
        while True:
            time.sleep(3600)


def variables(service: FakeTrustoo, address: str) -> dict[str, str]:
    """The environment of a program that is to use the fake service at `address`."""
    assert service.platform is not None
    return {
        "TRUSTOO_BASE_URL": address,
        ENVIRONMENT["public_token"]: service.tokens.public_token,
        ENVIRONMENT["private_token"]: service.tokens.private_token,
        CLIENT_ID: service.platform.client_id,
        CLIENT_SECRET: service.platform.client_secret,
    }


def seeded(service: FakeTrustoo, number: int) -> None:
    """Let the service begin with `number` reviews: the sample, with ids and dates of their own."""
    from ..testing.spec import SAMPLES

    sample = SAMPLES["reviews.list"].answer["data"]["list"][0]
    now = datetime.now(UTC).replace(microsecond=0)
    service.reviews.clear()
    for n in range(number, 0, -1):
        created_at = instant_text(now - timedelta(hours=number - n))
        service.reviews.add({**sample, "id": str(1000 + n), "rating": 1 + n % 5, "created_at": created_at})


def _handled(
    service: FakeTrustoo, address: str, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> FakeResponse:
    """The service's answer; and the page where a merchant agrees, who always does, so that a browser gets through."""
    from ..testing import FakeResponse

    path, _, query = target.partition("?")
    asked = dict(parse_qsl(query))
    if path == AUTHORIZE and service.platform is not None and "redirect_uri" in asked:
        back = service.platform.return_url(asked.get("state", ""), asked["redirect_uri"])
        return FakeResponse(302, {"Location": back})
    reply = service.handle(method, target, httpx.Headers(headers), body)
    return replace(reply, body=reply.body.replace(b"https://shop.example/authorize", (address + AUTHORIZE).encode()))


@contextmanager
def serving(service: FakeTrustoo, port: int = 0) -> Iterator[str]:
    """The address of the service, and of its storage, for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                reply = _handled(
                    service, f"http://{self.headers['Host']}", self.command, self.path, dict(self.headers), body
                )
            except httpx.TransportError:  # a fault that leaves no answer
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = _take

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...  # clients hang up as they like

    try:
        server = Server(("127.0.0.1", port), Handler)
    except OSError as error:
        raise ConfigurationError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}. Try --port 0.") from error
    with server, service.storage.serve():
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
