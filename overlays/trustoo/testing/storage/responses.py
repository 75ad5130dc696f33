"""What the storage can answer to a form, as it is documented and reported to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from ..messages import FakeResponse

__all__ = ["EARLY", "StorageResponse", "refusal"]

EARLY = 64 * 1024
"""Bytes of a form after which an early answer comes."""
NAMESPACE = ' xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"'


@dataclass(frozen=True, slots=True)
class StorageResponse:
    """One answer.

    Attributes:
        reply: None: nothing is answered.
        early: whether it comes after the first 64 KiB of the form, unread the rest.
        then: what happens to the connection: it stays open, is closed, is reset, or the rest of the form is read and
            thrown away before it is closed. Only a real connection can tell these apart (`FakeStorage.serve`).
        stored: whether the object is stored all the same.
    """

    reply: FakeResponse | None
    early: bool = False
    then: Literal["stay", "close", "reset", "drain"] = "stay"
    stored: bool = False

    @classmethod
    def of_json(cls, value: object) -> StorageResponse:
        """200: the answer of the vendor's server to the callback, passed on."""
        return cls(FakeResponse(200, {"Content-Type": "application/json"}, json.dumps(value).encode()), stored=True)

    @classmethod
    def no_content(cls) -> StorageResponse:
        """204: stored, and there was no callback."""
        return cls(FakeResponse(204), stored=True)

    @classmethod
    def created(cls) -> StorageResponse:
        """201: stored, told in XML."""
        xml = "<PostResponse><Bucket>EXAMPLE</Bucket><Key>EXAMPLE</Key><ETag>EXAMPLE</ETag></PostResponse>"
        return cls(FakeResponse(201, {"Content-Type": "application/xml"}, xml.encode()), stored=True)

    @classmethod
    def callback_failed(cls, message: str = "Error status : 502.") -> StorageResponse:
        """203: stored, but the vendor's server could not be told."""
        return cls(refusal(203, "CallbackFailed", message), stored=True)

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
        """An error in XML, with or without a namespace."""
        reply = refusal(status, code, message, namespace=namespace)
        if retry_after is not None:
            reply = FakeResponse(status, {**reply.headers, "Retry-After": str(retry_after)}, reply.body)
        return cls(reply, early, then)

    @classmethod
    def expired(
        cls, *, early: bool = False, then: Literal["stay", "close", "reset", "drain"] = "stay"
    ) -> StorageResponse:
        """403: the policy expired."""
        return cls.refused(403, "AccessDenied", _EXPIRED, early=early, then=then)

    @classmethod
    def html(cls, status: int = 502) -> StorageResponse:
        """A gateway's or a content network's page."""
        page = f"<html><body><h1>{status} gateway</h1></body></html>"
        return cls(FakeResponse(status, {"Content-Type": "text/html"}, page.encode()))

    @classmethod
    def empty(cls, status: int = 403) -> StorageResponse:
        """A status and nothing else."""
        return cls(FakeResponse(status))

    @classmethod
    def huge(cls, status: int = 400, size: int = 16 * 1024 * 1024) -> StorageResponse:
        """An error of `size` bytes."""
        start = b"<Error><Code>InternalError</Code><Message>"
        return cls(FakeResponse(status, {"Content-Type": "application/xml"}, start + b"x" * (size - len(start))))

    @classmethod
    def silence(cls, *, stored: bool = False) -> StorageResponse:
        """No answer until the client gives up."""
        return cls(None, stored=stored)

    @classmethod
    def reset(cls, *, early: bool = False, stored: bool = False) -> StorageResponse:
        """The connection breaks, without an answer."""
        return cls(None, early, "reset", stored)


_EXPIRED = "Invalid according to Policy: Policy expired."


def refusal(status: int, code: str, message: str, *, namespace: bool = False) -> FakeResponse:
    """An error as the storage writes it."""
    text = (
        f"<Error{NAMESPACE if namespace else ''}><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        "<RequestId>000000000000000000FA4E00</RequestId><HostId>img.example.com</HostId></Error>"
    )
    return FakeResponse(status, {"Content-Type": "application/xml"}, text.encode())
