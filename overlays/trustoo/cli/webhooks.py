"""`trustoo webhooks listen`: a receiver on this machine."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from typing import Annotated, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import typer

from .. import CREDENTIAL_VARIABLES
from ..errors import ConfigurationError
from ..signing import LIFETIME
from ..webhooks import Delivery, Receiver, WebhookVerifier, WsgiApp
from .exits import command
from .operations import operation_spec
from .output import AsJson, Output

__all__ = ["listen"]

KNOWN_TOPICS = tuple(map(str, operation_spec("webhooks.create").parameters["topic"].known))
SECRET = "TRUSTOO_WEBHOOK_SECRET"
READ_TIMEOUT = 10
"""The seconds that a sender may take for each piece of its request."""


@command
def listen(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port. 0 means a free port.")] = 8000,
    topic: Annotated[
        list[str] | None, typer.Option(help="A topic to receive. Can be repeated. Default: all known topics.")
    ] = None,
    window: Annotated[
        float,
        typer.Option(help="The largest difference in seconds between a delivery's time and this machine's clock."),
    ] = float(LIFETIME),
    count: Annotated[int | None, typer.Option(min=1, help="Exit after this number of deliveries.")] = None,
    as_json: AsJson = False,
) -> None:
    """Receive deliveries on 127.0.0.1, and print them. Nothing is stored.

    Signatures are verified with TRUSTOO_WEBHOOK_SECRET, else with TRUSTOO_PRIVATE_TOKEN. The rule of the signatures is
    inferred (docs/webhooks.md). You need a tunnel from a public address to the port.
    """
    output, printer = Output(as_json), _Printer(Output(as_json), count)
    topics = topic or list(KNOWN_TOPICS)
    verifier = WebhookVerifier(_secret(), window=window)
    receiver = Receiver(verifier, dict.fromkeys(topics, printer.show))
    with _serving(WsgiApp(receiver), port) as (server, address), _refusals(output):
        for name in topics:
            output.note(f"{name}: {address}{receiver.path(name)}")
        output.note("Waiting for deliveries; Ctrl-C ends it.")
        threading.Thread(target=_end_when, args=(printer.finished, server), daemon=True).start()
        server.serve_forever(poll_interval=0.05)
    if printer.error is not None:
        raise printer.error


def _secret() -> str:
    for name in (SECRET, CREDENTIAL_VARIABLES["private_token"]):
        if secret := os.environ.get(name):
            return secret
    raise ConfigurationError(f"The webhook secret is missing. Set {SECRET} or {CREDENTIAL_VARIABLES['private_token']}.")


class _Printer:
    """Prints deliveries, one at a time."""

    def __init__(self, output: Output, count: int | None) -> None:
        self._output, self._left, self._lock = output, count, threading.Lock()
        self.finished = threading.Event()
        self.error: OSError | None = None
        """The error if the reader of the output has gone. The main thread raises the error, which ends the command."""

    def show(self, delivery: Delivery) -> None:
        with self._lock:
            if self.finished.is_set():
                raise ConfigurationError("The receiver is ending.")  # the response asks Trustoo to try again
            try:
                self._print(delivery)
            except OSError as error:
                self.error = error
                self.finished.set()
                raise
            if self._left is not None:
                self._left -= 1
                if not self._left:
                    self.finished.set()

    def _print(self, delivery: Delivery) -> None:
        sent = datetime.fromtimestamp(delivery.timestamp, UTC)
        about: dict[str, Any] = {
            "topic": delivery.topic,
            "request_id": delivery.request_id,
            "sent_at": f"{sent:%Y-%m-%dT%H:%M:%SZ}",
            "shop": delivery.shop_domain,
        }
        payload = delivery.payload.to_dict()
        if self._output.as_json:
            self._output.json({**about, "payload": payload})
        else:
            self._output.record({**about, **{f"item {n}": item.to_dict() for n, item in enumerate(delivery.items, 1)}})
            self._output.text("")
        self._output.flush()


def _end_when(finished: threading.Event, server: WSGIServer) -> None:
    finished.wait()
    server.shutdown()


class _Server(ThreadingMixIn, WSGIServer):
    # `server_close` waits for the threads, so that each printed delivery gets its response.
    daemon_threads = False


class _Handler(WSGIRequestHandler):
    timeout = READ_TIMEOUT

    def log_message(self, format: str, *args: Any) -> None: ...


@contextmanager
def _serving(app: Callable[..., Any], port: int) -> Iterator[tuple[WSGIServer, str]]:
    try:
        server = make_server("127.0.0.1", port, app, _Server, _Handler)
    except OSError as error:
        raise ConfigurationError(
            f"Port {port} of 127.0.0.1 is not available: {error.strerror}. Try --port 0."
        ) from error
    with server:
        yield server, f"http://127.0.0.1:{server.server_port}"


class _RefusalHandler(logging.Handler):
    """Prints why requests were refused, because the receiver only logs the reason."""

    def __init__(self, output: Output) -> None:
        super().__init__(logging.INFO)
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        self._output.note(record.getMessage())


@contextmanager
def _refusals(output: Output) -> Iterator[None]:
    logger, handler = logging.getLogger("trustoo.webhooks"), _RefusalHandler(output)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
