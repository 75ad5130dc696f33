"""The object storage that the fake service hands out credentials for: takes forms as Alibaba OSS is documented to."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import httpx

__all__ = ["FakeStorage", "Upload"]

NEEDED = ("key", "OSSAccessKeyId", "policy", "Signature")


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that was stored: the form's fields in order, and the file."""

    fields: Mapping[str, str]
    content_type: str
    content: bytes = field(repr=False)


class FakeStorage(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that stores what a right form uploads, and refuses others in the storage's own XML.

    It checks the form's shape (needed fields, `file` last and once, a right length) and that policy and signature are
    those of the credentials; it knows no expiry and no callback server.

    Attributes:
        uploads: what was stored, in order.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials
        self.uploads: list[Upload] = []
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, b"".join(request.stream))  # type: ignore[arg-type]  # a sync client's stream

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = b"".join([part async for part in request.stream])  # type: ignore[union-attr]  # an async client's
        await asyncio.sleep(0)
        return self._answer(request, body)

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        if request.method != "POST" or request.url.path != "/":
            return _error(405, "MethodNotAllowed", "Forms are posted to the bucket itself.")
        if request.headers.get("Content-Length") != str(len(body)):
            return _error(411, "MissingContentLength", "The length is missing or wrong.")
        upload = _parse(request.headers.get("Content-Type", ""), body)
        if upload is None or any(name not in upload.fields for name in NEEDED):
            return _error(400, "MalformedPOSTRequest", "The form is not well-formed, or a field is missing.")
        expected = {"policy": "policy", "Signature": "signature", "OSSAccessKeyId": "access_id"}
        if any(upload.fields[name] != self._credentials[member] for name, member in expected.items()):
            return _error(403, "SignatureDoesNotMatch", "These are not the credentials that were handed out.")
        if not upload.fields["key"].startswith(self._credentials["dir"]):
            return _error(403, "AccessDenied", "Invalid according to Policy: Policy Condition failed.")
        with self._lock:
            self.uploads.append(upload)
        said = json.dumps({"Status": "OK"}) if "callback" in upload.fields else ""
        return httpx.Response(
            200 if said else 204, headers={"x-oss-request-id": f"{len(self.uploads):024X}"}, text=said
        )


def _parse(content_type: str, body: bytes) -> Upload | None:
    boundary = content_type.partition("boundary=")[2].encode()
    if not boundary or not body.endswith(b"\r\n--" + boundary + b"--\r\n"):
        return None
    parts = (b"\r\n" + body[: -len(boundary) - 8]).split(b"\r\n--" + boundary + b"\r\n")
    fields: dict[str, str] = {}
    for number, part in enumerate(parts[1:], 1):
        head, _, content = part.partition(b"\r\n\r\n")
        found = re.match(rb'Content-Disposition: form-data; name="([^"]+)"(; filename="[^"]*")?(.*)', head, re.DOTALL)
        if found is None or found[1].decode() in fields:
            return None
        if found[1] == b"file":
            kind = re.fullmatch(rb"\r\nContent-Type: ([^\r\n]+)", found[3])
            whole = number == len(parts) - 1 and found[2] is not None and kind is not None
            return Upload(fields, kind[1].decode(), content) if whole and kind is not None else None
        fields[found[1].decode()] = content.decode()
    return None


def _error(status: int, code: str, message: str) -> httpx.Response:
    text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>0000FAKE</RequestId></Error>"
    return httpx.Response(status, headers={"Content-Type": "application/xml"}, text=text)
