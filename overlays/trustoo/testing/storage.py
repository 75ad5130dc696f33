"""The object storage of the fake service, in process and on a port."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from ..errors import ArgumentError
from ..upload import StorageRules
from .connections import FakeResponse
from .storage_protocol import (
    EARLY,
    Keys,
    MalformedFormError,
    StorageResponse,
    error_response,
    policy_violation,
    read_form,
)

__all__ = ["FakeStorage", "Upload"]

_REQUIRED = ("OSSAccessKeyId", "policy", "Signature")
"""The required fields of a form, in addition to `key`."""
_PAUSE = 0.05
"""Seconds between an early response and the end of its connection, so that a client of this process has time to read.
Without this pause, chance would decide whether the client reads the response, or fails while it writes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that was stored.

    Attributes:
        fields: the form's fields, in order.
        content_type: the file's content type.
        content: the file's bytes.
    """

    fields: Mapping[str, str]
    content_type: str
    content: bytes = field(repr=False)


class FakeStorage(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An object storage that stores valid uploads and refuses others with the XML of Alibaba OSS. Thread-safe.

    Use the storage as `transport=` of an `httpx.Client` or `httpx.AsyncClient`, or `serve` it on a port. The storage
    checks the length, the form, the signature, and the policy with its expiry and conditions. It checks the form as
    strictly as OSS is reported to do. It follows Alibaba's documents and reports of other people, and could not be
    compared with the vendor's storage.

    Args:
        clock: returns the Unix time in seconds. `FakeTrustoo().storage` has the clock of the fake service.

    Attributes:
        uploads: the stored images, in order.
        forms: the number of forms that arrived, stored or not.
        lifetime: seconds from issuing credentials to their expiry. Default: 1800.
        conditions: additional conditions for the policies in new credentials, such as
            `["content-length-range", 1, 10]`.
        has_callback: whether new credentials contain a callback. Default: True.
        callback_response: the JSON value with which the vendor's server responds to the callback.
        keys: the access key that signs credentials. Credentials of a replaced key are refused.

    Example:
        >>> image = shop.media.upload_image("kettle.jpg")
        >>> [upload.content_type for upload in fake.storage.uploads]
        ['image/jpeg']
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.uploads: list[Upload] = []
        self.forms = 0
        self.lifetime: float = 1800
        self.conditions: list[object] = []
        self.has_callback = True
        self.callback_response: object = {"Status": "OK"}
        self.keys = Keys()
        self._clock, self._host = clock, "https://img.trustoo.io"
        self._responses: deque[StorageResponse] = deque()
        self._lock = threading.Lock()

    def credentials(self) -> dict[str, str]:
        """Return new upload credentials: the `data` of the service's response.

        Example:
            >>> fake.storage.credentials()["access_id"]
            'EXAMPLE-access-id'
        """
        now = self._clock()
        day = datetime.fromtimestamp(now, UTC)
        directory = f"EXAMPLE-dir/{day.year}/{day.month}/{day.day}/"
        wanted = {"callbackUrl": "https://example.com/EXAMPLE-callback", "callbackBody": "filename=${object}"}
        callback = base64.b64encode(json.dumps(wanted).encode()).decode() if self.has_callback else None
        return self.keys.credentials(self._host, directory, now + self.lifetime, self.conditions, callback)

    def respond_next(self, response: StorageResponse, *, times: int = 1) -> None:
        """Send this response to the next `times` forms, whatever the forms contain. Several responses are queued.

        Args:
            response: the response.
            times: the number of forms. Default: 1.

        Raises:
            ArgumentError: if `times` is less than 1.

        Example:
            >>> from trustoo import UploadRejectedError
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.refused(403, "AccessDenied"))
            >>> try:
            ...     shop.media.upload_image("kettle.jpg")
            ... except UploadRejectedError as error:
            ...     print(error.code)
            AccessDenied
        """
        if times < 1:
            raise ArgumentError(f"times must be 1 or more, not {times!r}.")
        with self._lock:
            self._responses.extend([response] * times)

    @contextmanager
    def serve(self, host: str = "127.0.0.1") -> Iterator[str]:
        """Serve the storage on a free port while the block runs, and issue credentials for that port.

        Clients that `FakeTrustoo` creates in the block post to this port. Other clients need
        `storage_rules=StorageRules(http=True, ip_address=True, port=True)`.

        Args:
            host: the address to listen at. Default: 127.0.0.1, which other machines cannot reach.

        Yields:
            The storage's URL.

        Example:
            >>> with fake.storage.serve() as address, fake.client() as client:
            ...     image = client.media.upload_image("kettle.jpg")
            ...     print(image.object_url.startswith(address))
            True
        """
        with _serve(self, host) as address:
            previous, self._host = self._host, address
            try:
                yield address
            finally:
                self._host = previous

    def client_settings(self, kind: type[httpx.Client] | type[httpx.AsyncClient]) -> dict[str, Any]:
        """Return the settings with which a client posts to this storage: on the port during `serve`, else in process.

        Args:
            kind: the class of the client that posts in process.

        Returns:
            Arguments of `Trustoo` or `AsyncTrustoo`.

        Example:
            >>> import httpx
            >>> list(fake.storage.client_settings(httpx.Client))
            ['storage_client']
        """
        if self._host.startswith("http://"):
            return {"storage_rules": StorageRules(http=True, ip_address=True, port=True)}
        return {"storage_client": kind(transport=self)}

    # --- forms, for the transports and the server ---

    def start_form(self) -> StorageResponse | None:
        """Count a form, and return the response that is queued for the form; None if no response is queued.

        The transports and the server call this method before they read a form.

        Example:
            >>> fake.storage.start_form() is None
            True
            >>> fake.storage.forms
            1
        """
        with self._lock:
            self.forms += 1
            return self._responses.popleft() if self._responses else None

    def process_form(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> FakeResponse:
        """Check a complete form, store its image, and return the response.

        Args:
            method: the HTTP method.
            target: path and query, as in the request line.
            headers: the headers.
            body: the exact bytes of the body.

        Example:
            >>> response = fake.storage.process_form("GET", "/", {}, b"")
            >>> response.status
            405
        """
        if method != "POST" or target != "/":
            return error_response(405, "MethodNotAllowed", "Forms are posted to the bucket itself.")
        if headers.get("Content-Length") != str(len(body)):
            return error_response(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
        try:
            form = read_form(headers.get("Content-Type", ""), body)
        except MalformedFormError as error:
            return error_response(400, error.code, error.message)
        if missing := [name for name in _REQUIRED if name not in form.fields]:
            return error_response(400, "InvalidArgument", f"The field {', '.join(missing)} is missing.")
        if form.fields["OSSAccessKeyId"] != self.keys.access_id:
            return error_response(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist.")
        if not hmac.compare_digest(form.fields["Signature"].encode(), self.keys.sign(form.fields["policy"]).encode()):
            return error_response(403, "SignatureDoesNotMatch", "The signature does not match the policy.")
        if wrong := policy_violation(form, self._clock()):
            return error_response(*wrong)
        key = form.fields["key"]
        if not 1 <= len(key.encode()) <= 1023 or key[0] in "/\\":
            return error_response(400, "InvalidObjectName", "The specified object is not valid.")
        with self._lock:
            self.uploads.append(Upload(form.fields, form.content_type, form.content))
            headers = {"x-oss-request-id": f"{len(self.uploads):024X}"}
        if "callback" not in form.fields:
            return FakeResponse(int(form.fields.get("success_action_status", 204)), headers)
        body = json.dumps(self.callback_response).encode()
        return FakeResponse(200, headers | {"Content-Type": "application/json"}, body)

    def finish_form(
        self, queued: StorageResponse | None, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> FakeResponse | None:
        """Return the response to a complete form; None if no response is sent.

        Args:
            queued: what `start_form` returned.
            method: the HTTP method.
            target: path and query, as in the request line.
            headers: the headers.
            body: the exact bytes of the body.

        Example:
            >>> response = fake.storage.finish_form(None, "GET", "/", {}, b"")
            >>> response.status
            405
        """
        if queued is None:
            return self.process_form(method, target, headers, body)
        if queued.stored:
            self.process_form(method, target, headers, body)
        return queued.response

    # --- in process ---

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond to a request of an `httpx.Client` whose transport is this storage.

        Args:
            request: the request of an `httpx.Client`.

        Returns:
            The response.

        Raises:
            httpx.TransportError: if the queued response is no response.

        Example:
            >>> import httpx
            >>> response = fake.storage.handle_request(httpx.Request("POST", "https://img.trustoo.io/"))
            >>> response.status_code
            400
        """
        queued, body = self.start_form(), bytearray()
        assert isinstance(request.stream, httpx.SyncByteStream)
        for piece in request.stream:
            body += piece
            if queued is not None and queued.early and len(body) >= EARLY:
                break
        return self._respond(request, queued, bytes(body))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Respond to a request of an `httpx.AsyncClient` whose transport is this storage.

        Args:
            request: the request of an `httpx.AsyncClient`.

        Returns:
            The response.

        Raises:
            httpx.TransportError: if the queued response is no response.

        Example:
            >>> import httpx
            >>> request = httpx.Request("POST", "https://img.trustoo.io/")
            >>> response = await fake.storage.handle_async_request(request)
            >>> response.status_code
            400
        """
        queued, body = self.start_form(), bytearray()
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for piece in request.stream:
            body += piece
            if queued is not None and queued.early and len(body) >= EARLY:
                break
        await asyncio.sleep(0)  # as on a real connection, other tasks can run
        return self._respond(request, queued, bytes(body))

    def _respond(self, request: httpx.Request, queued: StorageResponse | None, body: bytes) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        response = self.finish_form(queued, request.method, target, request.headers, body)
        if response is None:
            assert queued is not None
            fault = httpx.ReadError if queued.then == "reset" else httpx.ReadTimeout
            raise fault("FakeStorage: no response", request=request)
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)


@contextmanager
def _serve(storage: FakeStorage, host: str) -> Iterator[str]:
    """Serve the storage while the block runs. Yields the storage's URL."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _receive(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            queued, body = storage.start_form(), bytearray()
            wanted = min(length, EARLY) if queued is not None and queued.early else length
            while len(body) < wanted and (piece := self.rfile.read1(wanted - len(body))):
                body += piece
            if len(body) < wanted:  # the client disconnected: the form is incomplete
                self.close_connection = True
                return
            headers = httpx.Headers(dict(self.headers))
            response = storage.finish_form(queued, self.command, self.path, headers, bytes(body))
            self.close_connection = "Content-Length" not in self.headers
            if response is not None:
                self._send(response)
            if queued is not None:
                self._end_connection(queued)

        do_POST = do_GET = do_PUT = _receive

        def _send(self, response: FakeResponse) -> None:
            self.send_response_only(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            with suppress(OSError):  # the client may not read all of a huge response
                self.wfile.write(response.body)

        def _end_connection(self, queued: StorageResponse) -> None:
            if queued.early and queued.response is not None and queued.then in ("close", "reset"):
                ended.wait(_PAUSE)
            match queued.then:
                case "stay" if queued.early:
                    ended.wait()  # the rest of the form stays unread
                case "stay" if queued.response is None:
                    self._wait_for_disconnect()
                case "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case "drain":
                    self._wait_for_disconnect()
            self.close_connection |= queued.then != "stay" or queued.early or queued.response is None

        def _wait_for_disconnect(self) -> None:
            self.connection.settimeout(0.05)
            while not ended.is_set():
                try:
                    if not self.connection.recv(1 << 20):
                        return
                except TimeoutError:
                    continue
                except OSError:
                    return

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer((host, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
