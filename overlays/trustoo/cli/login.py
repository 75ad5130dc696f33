"""`trustoo oauth login`: authorises a platform for a shop in a browser, and saves the token."""

from __future__ import annotations

import secrets
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from ..errors import ArgumentError, ConfigurationError, RequestTimeoutError
from ..oauth import STATE_LIFETIME, AuthorizationDeniedError, Callback, Platform, StateMismatchError, Token
from .connection import connection, default_store
from .exits import command
from .output import AsJson, Output

__all__ = ["login"]

PATH = "/callback"
READ_TIMEOUT = 5
"""Seconds that a browser may take to send its request after connecting."""
GOOD = "Done. You can close this page and go back to the terminal."
BAD = "The authorisation failed. The terminal shows the reason."
FOREIGN = "This address does not belong to the current authorisation."


@command
def login(
    context: typer.Context,
    shop: Annotated[
        str | None,
        typer.Option(help="The name under which the token is saved, such as the shop's domain. Required."),
    ] = None,
    scope: Annotated[list[str] | None, typer.Option(help="A scope to ask for. Can be repeated.")] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the redirect address. 0 means a free port.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address instead of opening a browser.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=1, max=STATE_LIFETIME, help="Seconds to wait for the merchant.")
    ] = STATE_LIFETIME,
    as_json: AsJson = False,
) -> None:
    """Authorise the platform for a shop, and save the token. No token is printed.

    TRUSTOO_CLIENT_ID and TRUSTOO_CLIENT_SECRET identify the platform. The merchant returns to
    http://127.0.0.1:PORT/callback. The vendor must know this address as the platform's redirect address. Afterwards,
    `trustoo --shop NAME …` uses the token, and refreshes it.
    """
    output, about = Output(as_json), connection(context)
    shop = shop or about.shop
    if shop is None:
        raise ArgumentError("The shop is missing. Use --shop NAME, such as the shop's domain.")
    session = secrets.token_urlsafe(16)
    with _Waiter.at(port) as waiter, about.platform(waiter.address) as platform:
        url = platform.authorize_url(shop, scope=scope, bound_to=session)
        opened = not no_browser and webbrowser.open(url)
        output.note("Your browser opens this address. Log in there:" if opened else "Open this address in a browser:")
        output.note(url)
        token = waiter.wait(platform, session, wait)
    until = datetime.fromtimestamp(int(token.expires_at), UTC).isoformat() if token.expires_at is not None else None
    folder = str(about.store or default_store())
    if as_json:
        output.json({"shop": shop, "store": folder, "expires_at": until, "scope": token.scope})
    else:
        output.text(f"The token of {shop} is saved in {folder}. Use it with: trustoo --shop {shop} …")


class _Waiter:
    """Waits until the merchant returns."""

    def __init__(self, server: HTTPServer) -> None:
        self._server, self.address = server, f"http://127.0.0.1:{server.server_port}{PATH}"
        self._platform: Platform | None = None
        self._session = ""
        self._token: Token | None = None
        self._error: Exception | None = None

    @classmethod
    @contextmanager
    def at(cls, port: int) -> Iterator[_Waiter]:
        try:
            server = HTTPServer(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise ConfigurationError(f"Port {port} of 127.0.0.1 is not available: {error.strerror}.") from error
        with server:
            waiter = cls(server)
            server.RequestHandlerClass = type("Handler", (_Handler,), {"respond": staticmethod(waiter._respond)})
            yield waiter

    def wait(self, platform: Platform, session: str, seconds: float) -> Token:
        """Wait for the merchant. Returns the token, which is already saved. Raises TrustooError."""
        self._platform, self._session = platform, session
        ends = time.monotonic() + seconds
        while self._token is None and self._error is None:
            self._server.timeout = max(0.0, ends - time.monotonic())
            if not self._server.timeout:
                raise RequestTimeoutError(
                    f"The merchant did not return within {seconds:g} s. Run the command again.", maybe_sent=False
                )
            self._server.handle_request()
        if self._error is not None:
            raise self._error
        assert self._token is not None
        return self._token

    def _respond(self, target: str) -> tuple[HTTPStatus, str]:
        """Status and text of the response to a request. Only the expected callback ends the wait."""
        assert self._platform is not None
        if urlsplit(target).path != PATH:
            return HTTPStatus.NOT_FOUND, FOREIGN
        try:
            callback: Callback = self._platform.callback(target, bound_to=self._session)
        except StateMismatchError:  # any program on this machine can call the port
            return HTTPStatus.BAD_REQUEST, FOREIGN
        except AuthorizationDeniedError as error:
            self._error = error
            return HTTPStatus.OK, BAD
        try:
            self._token = self._platform.exchange(callback)
        except Exception as error:  # the browser gets its response first, then `wait` raises the error
            self._error = error
            return HTTPStatus.BAD_GATEWAY, BAD
        return HTTPStatus.OK, GOOD


class _Handler(BaseHTTPRequestHandler):
    timeout = READ_TIMEOUT
    respond: Callable[[str], tuple[HTTPStatus, str]]

    def do_GET(self) -> None:
        status, text = self.respond(self.path)
        page = f"<!doctype html><meta charset=utf-8><title>trustoo</title><p>{text}</p>".encode()
        self.send_response(status)
        for name, value in (("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))):
            self.send_header(name, value)
        self.send_header("Referrer-Policy", "no-referrer")  # the address contains the code
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None: ...
