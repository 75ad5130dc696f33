"""`trustoo fake`: serves the fake service on a port, to try commands and programs in any language."""

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

from .. import CREDENTIAL_VARIABLES
from ..errors import ConfigurationError
from .connection import CLIENT_ID
from .exits import CLIENT_SECRET, command
from .output import AsJson, Output

if TYPE_CHECKING:
    from ..testing import FakeResponse, FakeTrustoo

__all__ = ["fake", "seeded", "serving", "variables"]

AUTHORIZE = "/authorize"
LOCAL = "127.0.0.1"


@command
def fake(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port. 0 means a free port.")] = 0,
    host: Annotated[
        str, typer.Option(help="The address to listen at. With 0.0.0.0, other machines and containers can connect.")
    ] = LOCAL,
    seed_reviews: Annotated[
        int, typer.Option(min=0, help="The number of reviews at the start, newest first. Default: one sample.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Serve the fake service, by default for this machine only.

    The command prints the environment variables with which other programs find the fake service. The fake service has a
    platform for `oauth login`, and a storage for images. Its data is invented, and is lost when the command ends.
    """
    from ..testing import FakeTrustoo

    output, service = Output(as_json), FakeTrustoo()
    service.add_platform()
    if seed_reviews:
        seeded(service, seed_reviews)
    with serving(service, port, host) as address:
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
    """The environment variables for a program that uses the fake service at `address`."""
    assert service.platform is not None
    return {
        "TRUSTOO_BASE_URL": address,
        CREDENTIAL_VARIABLES["public_token"]: service.tokens.public_token,
        CREDENTIAL_VARIABLES["private_token"]: service.tokens.private_token,
        CLIENT_ID: service.platform.client_id,
        CLIENT_SECRET: service.platform.client_secret,
    }


def seeded(service: FakeTrustoo, number: int) -> None:
    """Replace the service's reviews with `number` copies of the sample that have different ids and dates."""
    sample = service.sample("reviews.list")["list"][0]
    now = datetime.now(UTC).replace(microsecond=0)
    service.reviews.clear()
    for n in range(number, 0, -1):
        created_at = instant_text(now - timedelta(hours=number - n))
        service.reviews.add({**sample, "id": str(1000 + n), "rating": 1 + n % 5, "created_at": created_at})


def _respond(
    service: FakeTrustoo, storage: str, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> FakeResponse:
    """The service's response. The page on which merchants agree redirects at once, so that a browser can continue.

    Addresses in the response have the name by which the client reached this service.
    """
    from ..testing import FakeResponse

    path, _, query = target.partition("?")
    parameters = dict(parse_qsl(query))
    if path == AUTHORIZE and service.platform is not None and "redirect_uri" in parameters:
        back = service.platform.return_url(parameters.get("state", ""), parameters["redirect_uri"])
        return FakeResponse(302, {"Location": back})
    response = service.handle(method, target, httpx.Headers(headers), body)
    reached = headers.get("Host", LOCAL)
    storage_url = f"http://{reached.partition(':')[0]}:{storage.rpartition(':')[2]}"
    changed = response.body.replace(b"https://shop.example/authorize", f"http://{reached}{AUTHORIZE}".encode())
    return replace(response, body=changed.replace(storage.encode(), storage_url.encode()))


@contextmanager
def serving(service: FakeTrustoo, port: int = 0, host: str = LOCAL) -> Iterator[str]:
    """Serve the service and its storage while the block runs. Yields the service's URL on this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def _receive(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                response = _respond(service, storage, self.command, self.path, dict(self.headers), body)
            except httpx.TransportError:  # a fault without a response
                self.close_connection = True
                return
            self.send_response_only(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_PUT = do_DELETE = _receive

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...  # clients may disconnect at any time

    try:
        server = Server((host, port), Handler)
    except OSError as error:
        raise ConfigurationError(f"Port {port} of {host} is not available: {error.strerror}. Try --port 0.") from error
    with server, service.storage.serve(host) as storage:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://{LOCAL if host == '0.0.0.0' else host}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
