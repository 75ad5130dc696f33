"""The protocol of the object storage: its forms, their policies, and its responses. This module stores nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from xml.sax.saxutils import escape

from .connections import FakeResponse

__all__ = [
    "EARLY",
    "Keys",
    "MalformedFormError",
    "StorageResponse",
    "UploadForm",
    "error_response",
    "policy_violation",
    "read_form",
]

KNOWN = ("key", "policy", "OSSAccessKeyId", "Signature", "callback", "file")
LONGEST_NAME, LONGEST_VALUE, LONGEST_VALUES = 8 * 1024, 2 * 1024**2, 8 * 1024**2


class MalformedFormError(Exception):
    """The storage refuses a form that it cannot read. `code` is the storage's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form: its fields in order, and the file."""

    fields: Mapping[str, str]
    content_type: str
    content: bytes = field(repr=False)


def read_form(content_type: str, body: bytes) -> UploadForm:
    """Read a form as strictly as Alibaba OSS is reported to do. Raises MalformedFormError.

    OSS requires `Content-Disposition` first in each part, one plain `filename`, and the fields before the file. OSS
    ignores fields after the file.
    """
    found = re.fullmatch(r"multipart/form-data; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})", content_type)
    if found is None:
        raise MalformedFormError(
            "RequestIsNotMultiPartContent", "The Content-Type is not multipart/form-data with a boundary."
        )
    boundary = b"--" + found[1].encode()
    if not body.startswith(boundary + b"\r\n") or not body.endswith(b"\r\n" + boundary + b"--\r\n"):
        raise _malformed("it does not begin and end with the boundary")
    parts = body[len(boundary) + 2 : -len(boundary) - 6].split(b"\r\n" + boundary + b"\r\n")
    fields: dict[str, str] = {}
    total = 0
    for number, part in enumerate(parts):
        head, blank, content = part.partition(b"\r\n\r\n")
        name, filename, kind = _part_headers(head.decode("utf-8", "replace").split("\r\n"))
        if not blank:
            raise _malformed("a part has no end of its headers")
        if name != "file":
            total += len(content)
            _check_field(name, content, total, fields)
            fields[name] = content.decode("utf-8", "replace")
            continue
        after = parts[number + 1 :]
        if any(b'name="file"' in later.partition(b"\r\n\r\n")[0] for later in after):
            raise MalformedFormError("IncorrectNumberOfFilesInPOSTRequest", "The form has more than one file.")
        if "key" not in fields:
            raise MalformedFormError(
                "InvalidArgument",
                "The bucket POST must contain the specified 'key'. If it is specified, check the order of the fields.",
            )
        if after or filename is None:
            raise _malformed("the file is not the last part, or has no filename")
        return UploadForm(fields, kind or "application/octet-stream", content)
    raise _malformed("it has no file")


def _part_headers(lines: list[str]) -> tuple[str, str | None, str | None]:
    disposition, *others = lines
    if "filename*" in disposition:
        raise MalformedFormError("FieldItemTooLong", "Your name of form field is too long.")
    found = re.fullmatch(r'Content-Disposition: form-data; name="([^"]*)"(?:; filename="([^"]*)")?', disposition)
    if found is None:
        raise _malformed("Content-Disposition is not the first header of a part, or not plain")
    content_type = None
    for other in others:
        name, _, value = other.partition(": ")
        if name != "Content-Type" or content_type is not None or not value:
            raise _malformed(f"a part has the header {name[:40]!r}")
        content_type = value
    return found[1], found[2], content_type


def _check_field(name: str, content: bytes, total: int, fields: Mapping[str, str]) -> None:
    if len(name) > LONGEST_NAME or len(content) > LONGEST_VALUE or total > LONGEST_VALUES:
        raise MalformedFormError("FieldItemTooLong", "A name or value of a form field is too long.")
    if name in fields:
        raise _malformed(f"the field {name!r} occurs twice")
    spelled = next((known for known in KNOWN if known.lower() == name.lower()), name)
    if spelled != name:
        raise MalformedFormError(
            "InvalidArgument", f"The field {spelled!r} is written {name!r}; names are case-sensitive."
        )


def _malformed(why: str) -> MalformedFormError:
    return MalformedFormError("MalformedPOSTRequest", f"The body of your POST request is not well-formed: {why}.")


LARGEST = 5 * 1024**3
"""The size of the largest file that OSS accepts in a form, in bytes. OSS documents this limit."""


class Keys:
    """An access key of the storage: an id and a secret, both invented."""

    def __init__(self, access_id: str = "EXAMPLE-access-id", secret: str = "EXAMPLE-storage-secret") -> None:
        self.access_id, self._secret = access_id, secret

    def sign(self, policy: str) -> str:
        """The signature of a policy's Base64 text: HMAC-SHA1, in Base64."""
        digest = hmac.digest(self._secret.encode(), policy.encode(), hashlib.sha1)
        return base64.b64encode(digest).decode()

    def credentials(
        self, host: str, directory: str, ends: float, conditions: Iterable[object], callback: str | None
    ) -> dict[str, str]:
        """Upload credentials, as the service returns them. `ends`: the time of their expiry in Unix seconds."""
        document = {
            "expiration": datetime.fromtimestamp(int(ends), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "conditions": [["starts-with", "$key", directory], *conditions],
        }
        policy = base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()
        about = {"access_id": self.access_id, "host": host, "expire": str(int(ends)), "dir": directory}
        more = {} if callback is None else {"callback": callback}
        return {**about, "policy": policy, "signature": self.sign(policy), **more}


# Written independently of the client's own check, so that tests notice a mistake in one of the two checks.
def policy_violation(form: UploadForm, now: float) -> tuple[int, str, str] | None:
    """Status, code and message for a form that violates its policy; None if the form matches its policy."""
    try:
        document = json.loads(base64.b64decode(form.fields["policy"], validate=True))
        ends, conditions = datetime.fromisoformat(document["expiration"]).timestamp(), list(document["conditions"])
    except (ValueError, KeyError, TypeError):
        return 400, "InvalidPolicyDocument", "The policy cannot be read."
    if now >= ends:
        return 403, "AccessDenied", EXPIRED
    size = len(form.content)
    for condition in conditions:
        match condition:
            case ["content-length-range", int(smallest), int(largest)]:
                if size < smallest:
                    return 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size."
                if size > largest:
                    return 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size."
            case _ if not _holds(condition, form):
                text = json.dumps(condition, separators=(",", ":"))
                return 403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {text}"
    if size > LARGEST:
        return 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size."
    return None


def _holds(condition: Any, form: UploadForm) -> bool:
    values = {name.lower(): value for name, value in form.fields.items()}
    values.setdefault("content-type", form.content_type)
    match condition:
        case dict():
            return all(name == "bucket" or values.get(name.lower()) == wanted for name, wanted in condition.items())
        case [_, "$bucket" | "bucket", _]:
            return True  # there is one bucket
        case [str(operator), str(name), wanted]:
            value = values.get(name.removeprefix("$").lower())
            match operator:
                case "eq":
                    return bool(value == wanted)
                case "starts-with":
                    return (value or "").startswith(wanted)
                case "in":
                    return value in wanted
                case "not-in":
                    return value not in wanted
    return False


EARLY = 64 * 1024
"""The number of bytes of a form after which an early response is sent."""
NAMESPACE = ' xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"'
EXPIRED = "Invalid according to Policy: Policy expired."


@dataclass(frozen=True, slots=True)
class StorageResponse:
    """A response of the storage, for `FakeStorage.respond_next`. Use the class methods, or the constructor.

    Attributes:
        response: the HTTP response; None if no response is sent.
        early: whether the response is sent after the first 64 KiB of the form, before the rest is read. Default: False.
        then: what happens to the connection afterwards. "stay" keeps the connection open, "close" closes it, "reset"
            resets it, and "drain" reads the rest of the form before closing it. Only clients of `FakeStorage.serve`
            notice the difference. Default: "stay".
        stored: whether the image is stored. Default: False.
    """

    response: FakeResponse | None
    early: bool = False
    then: Literal["stay", "close", "reset", "drain"] = "stay"
    stored: bool = False

    @classmethod
    def of_json(cls, value: object) -> StorageResponse:
        """Return a response with HTTP 200: the image is stored.

        Args:
            value: the response of the vendor's server to the callback, as a JSON value.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.of_json({"Status": "OK"}))
        """
        return cls(FakeResponse(200, {"Content-Type": "application/json"}, json.dumps(value).encode()), stored=True)

    @classmethod
    def no_content(cls) -> StorageResponse:
        """Return a response with HTTP 204: the image is stored, without a callback.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.no_content())
        """
        return cls(FakeResponse(204), stored=True)

    @classmethod
    def created(cls) -> StorageResponse:
        """Return a response with HTTP 201: the image is stored. The body is XML.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.created())
        """
        xml = "<PostResponse><Bucket>EXAMPLE</Bucket><Key>EXAMPLE</Key><ETag>EXAMPLE</ETag></PostResponse>"
        return cls(FakeResponse(201, {"Content-Type": "application/xml"}, xml.encode()), stored=True)

    @classmethod
    def callback_failed(cls, message: str = "Error status : 502.") -> StorageResponse:
        """Return a response with HTTP 203: the image is stored, and the callback failed.

        Args:
            message: the error message in the XML.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.callback_failed())
        """
        return cls(error_response(203, "CallbackFailed", message), stored=True)

    @classmethod
    def refused(
        cls,
        status: int,
        code: str,
        message: str = "",
        *,
        namespace: bool = False,
        early: bool = False,
        then: Literal["stay", "close", "reset", "drain"] = "stay",
        retry_after: int | None = None,
    ) -> StorageResponse:
        """Return a response with an error in XML.

        Args:
            status: the HTTP status.
            code: the error code, such as "AccessDenied".
            message: the error message.
            namespace: whether the XML has a namespace.
            early, then: as in the class.
            retry_after: the Retry-After header in seconds. Default: None, which sends no such header.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.refused(403, "AccessDenied"))
        """
        response = error_response(status, code, message, namespace=namespace)
        if retry_after is not None:
            response = FakeResponse(status, {**response.headers, "Retry-After": str(retry_after)}, response.body)
        return cls(response, early, then)

    @classmethod
    def expired(
        cls, *, early: bool = False, then: Literal["stay", "close", "reset", "drain"] = "stay"
    ) -> StorageResponse:
        """Return a response with HTTP 403: the policy has expired.

        Args:
            early, then: as in the class.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.expired())
        """
        return cls.refused(403, "AccessDenied", EXPIRED, early=early, then=then)

    @classmethod
    def html(cls, status: int = 502) -> StorageResponse:
        """Return an HTML page, as gateways and content delivery networks send it.

        Args:
            status: the HTTP status.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.html(502))
        """
        page = f"<html><body><h1>{status} gateway</h1></body></html>"
        return cls(FakeResponse(status, {"Content-Type": "text/html"}, page.encode()))

    @classmethod
    def empty(cls, status: int = 403) -> StorageResponse:
        """Return a response without a body.

        Args:
            status: the HTTP status.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.empty(403))
        """
        return cls(FakeResponse(status))

    @classmethod
    def huge(cls, status: int = 400, size: int = 16 * 1024 * 1024) -> StorageResponse:
        """Return a response with a huge error in XML.

        Args:
            status: the HTTP status.
            size: the number of bytes. Default: 16 MiB.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.huge(400, size=1000))
        """
        start = b"<Error><Code>InternalError</Code><Message>"
        return cls(FakeResponse(status, {"Content-Type": "application/xml"}, start + b"x" * (size - len(start))))

    @classmethod
    def silence(cls, *, stored: bool = False) -> StorageResponse:
        """Return a silence: no response arrives until the client disconnects.

        Args:
            stored: as in the class.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.silence())
        """
        return cls(None, stored=stored)

    @classmethod
    def reset(cls, *, early: bool = False, stored: bool = False) -> StorageResponse:
        """Return a reset: the connection breaks before a response.

        Args:
            early, stored: as in the class.

        Example:
            >>> from trustoo.testing import StorageResponse
            >>> fake.storage.respond_next(StorageResponse.reset())
        """
        return cls(None, early, "reset", stored)


def error_response(status: int, code: str, message: str, *, namespace: bool = False) -> FakeResponse:
    """A response with an error in the storage's XML."""
    text = (
        f"<Error{NAMESPACE if namespace else ''}><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        "<RequestId>000000000000000000FA4E00</RequestId><HostId>img.example.com</HostId></Error>"
    )
    return FakeResponse(status, {"Content-Type": "application/xml"}, text.encode())
