"""The object storage itself, without I/O: takes forms, stores what is right, answers what it is told to."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import httpx

from ...errors import ConfigurationError
from ..messages import FakeResponse
from .forms import Malformed, read_form
from .policies import Keys, violation
from .responses import EARLY, StorageResponse, refusal
from .server import serving

__all__ = ["FakeStorage", "Upload"]

_NEEDED = ("OSSAccessKeyId", "policy", "Signature")


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that was stored: the form's fields in order, and the file."""

    fields: Mapping[str, str]
    content_type: str
    content: bytes = field(repr=False)


class FakeStorage(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Stores what a right form uploads, and refuses others in the storage's own XML.

    It is a transport for an `httpx.Client` or `httpx.AsyncClient`, and can `serve` on a port. It checks the length, the
    form's shape as strictly as Alibaba OSS is reported to, the signature, and the policy: expiry and conditions.

    Attributes:
        uploads: what was stored, in order.
        forms: how many forms came, stored or not.
        lifetime: seconds that credentials live, from the time they are handed out.
        conditions: further conditions of the policies that are handed out, such as `["content-length-range", 1, 10]`.
        has_callback: whether credentials bring a callback.
        callback_response: what the vendor's server answers to it, as JSON.
        keys: the access id and its secret; replace them, and credentials of before are refused.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.uploads: list[Upload] = []
        self.forms = 0
        self.lifetime: float = 1800
        self.conditions: list[object] = []
        self.has_callback = True
        self.callback_response: object = {"Status": "OK"}
        self.keys = Keys()
        self._clock, self._host = clock, "https://img.example.com"
        self._answers: deque[StorageResponse] = deque()
        self._lock = Lock()

    def credentials(self) -> dict[str, str]:
        """New upload credentials: the `data` of the service's answer."""
        now = self._clock()
        day = datetime.fromtimestamp(now, UTC)
        directory = f"EXAMPLE-dir/{day.year}/{day.month}/{day.day}/"
        said = {"callbackUrl": "https://example.com/EXAMPLE-callback", "callbackBody": "filename=${object}"}
        callback = base64.b64encode(json.dumps(said).encode()).decode() if self.has_callback else None
        return self.keys.credentials(self._host, directory, now + self.lifetime, self.conditions, callback)

    def respond_next(self, answer: StorageResponse, *, times: int = 1) -> None:
        """The next `times` forms get this answer, whatever is in them; several answers wait in line."""
        if times < 1:
            raise ConfigurationError(f"times must be 1 or more, not {times!r}.")
        with self._lock:
            self._answers.extend([answer] * times)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Listen on a free port of 127.0.0.1 for the time of the block, and hand out credentials for it.

        Gives the address. The fake service's clients that are made in the block post there. Others need
        `storage_rules=StorageRules(http=True, ip_address=True, port=True)`.
        """
        with serving(self) as address:
            before, self._host = self._host, address
            try:
                yield address
            finally:
                self._host = before

    def client_settings(self, kind: type[httpx.Client] | type[httpx.AsyncClient]) -> dict[str, Any]:
        """What lets a `Trustoo` or `AsyncTrustoo` post here: over the port while it is served, else in process."""
        if self._host.startswith("http://"):
            from ...upload import StorageRules

            return {"storage_rules": StorageRules(http=True, ip_address=True, port=True)}
        return {"storage_client": kind(transport=self)}

    # --- forms, for the transports ---

    def begin(self) -> StorageResponse | None:
        """A form begins: the answer that was ordered for it."""
        with self._lock:
            self.forms += 1
            return self._answers.popleft() if self._answers else None

    def take(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> FakeResponse:
        """Judge a whole form, and store it if it is right."""
        if method != "POST" or target != "/":
            return refusal(405, "MethodNotAllowed", "Forms are posted to the bucket itself.")
        if headers.get("Content-Length") != str(len(body)):
            return refusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
        try:
            form = read_form(headers.get("Content-Type", ""), body)
        except Malformed as error:
            return refusal(400, error.code, error.message)
        if missing := [name for name in _NEEDED if name not in form.fields]:
            return refusal(400, "InvalidArgument", f"The field {', '.join(missing)} is missing.")
        if form.fields["OSSAccessKeyId"] != self.keys.access_id:
            return refusal(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist.")
        if not hmac.compare_digest(form.fields["Signature"].encode(), self.keys.sign(form.fields["policy"]).encode()):
            return refusal(403, "SignatureDoesNotMatch", "The signature does not fit the policy.")
        if wrong := violation(form, self._clock()):
            return refusal(*wrong)
        key = form.fields["key"]
        if not 1 <= len(key.encode()) <= 1023 or key[0] in "/\\":
            return refusal(400, "InvalidObjectName", "The specified object is not valid.")
        with self._lock:
            self.uploads.append(Upload(form.fields, form.content_type, form.content))
            headers = {"x-oss-request-id": f"{len(self.uploads):024X}"}
        if "callback" not in form.fields:
            return FakeResponse(int(form.fields.get("success_action_status", 204)), headers)
        said = json.dumps(self.callback_response).encode()
        return FakeResponse(200, headers | {"Content-Type": "application/json"}, said)

    def conclude(
        self, ordered: StorageResponse | None, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> FakeResponse | None:
        """The answer to a whole form; None for none."""
        if ordered is None:
            return self.take(method, target, headers, body)
        if ordered.stored:
            self.take(method, target, headers, body)
        return ordered.reply

    # --- in process ---

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ordered, body = self.begin(), bytearray()
        assert isinstance(request.stream, httpx.SyncByteStream)
        for piece in request.stream:
            body += piece
            if ordered is not None and ordered.early and len(body) >= EARLY:
                break
        return self._answer(request, ordered, bytes(body))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        ordered, body = self.begin(), bytearray()
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for piece in request.stream:
            body += piece
            if ordered is not None and ordered.early and len(body) >= EARLY:
                break
        await asyncio.sleep(0)  # as on a real connection, others get their turn
        return self._answer(request, ordered, bytes(body))

    def _answer(self, request: httpx.Request, ordered: StorageResponse | None, body: bytes) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        reply = self.conclude(ordered, request.method, target, request.headers, body)
        if reply is None:
            assert ordered is not None
            fault = httpx.ReadError if ordered.then == "reset" else httpx.ReadTimeout
            raise fault("FakeStorage: no answer", request=request)
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)
