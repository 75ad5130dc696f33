"""What the storage can answer to a form, as it is documented and reported to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from ..messages import Reply

__all__ = ["EARLY", "StorageAnswer", "refusal"]

EARLY = 64 * 1024
"""Bytes of a form after which an early answer comes."""
NAMESPACE = ' xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"'


@dataclass(frozen=True, slots=True)
class StorageAnswer:
    """One answer.

    Attributes:
        reply: None: nothing is answered.
        early: whether it comes after the first 64 KiB of the form, unread the rest.
        then: what happens to the connection: it stays open, is closed, is reset, or the rest of the form is read and
            thrown away before it is closed. Only a real connection can tell these apart (`FakeStorage.serve`).
        stored: whether the object is stored all the same.
    """

    reply: Reply | None
    early: bool = False
    then: Literal["stay", "close", "reset", "drain"] = "stay"
    stored: bool = False

    @classmethod
    def of_json(cls, value: object) -> StorageAnswer:
        """200: the answer of the vendor's server to the callback, passed on."""
        return cls(Reply(200, {"Content-Type": "application/json"}, json.dumps(value).encode()), stored=True)

    @classmethod
    def no_content(cls) -> StorageAnswer:
        """204: stored, and there was no callback."""
        return cls(Reply(204), stored=True)

    @classmethod
    def created(cls) -> StorageAnswer:
        """201: stored, told in XML."""
        xml = "<PostResponse><Bucket>EXAMPLE</Bucket><Key>EXAMPLE</Key><ETag>EXAMPLE</ETag></PostResponse>"
        return cls(Reply(201, {"Content-Type": "application/xml"}, xml.encode()), stored=True)

    @classmethod
    def callback_failed(cls, message: str = "Error status : 502.") -> StorageAnswer:
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
    ) -> StorageAnswer:
        """An error in XML, with or without a namespace."""
        reply = refusal(status, code, message, namespace=namespace)
        if retry_after is not None:
            reply = Reply(status, {**reply.headers, "Retry-After": str(retry_after)}, reply.body)
        return cls(reply, early, then)

    @classmethod
    def expired(
        cls, *, early: bool = False, then: Literal["stay", "close", "reset", "drain"] = "stay"
    ) -> StorageAnswer:
        """403: the policy expired."""
        return cls.refused(403, "AccessDenied", _EXPIRED, early=early, then=then)

    @classmethod
    def html(cls, status: int = 502) -> StorageAnswer:
        """A gateway's or a content network's page."""
        page = f"<html><body><h1>{status} gateway</h1></body></html>"
        return cls(Reply(status, {"Content-Type": "text/html"}, page.encode()))

    @classmethod
    def empty(cls, status: int = 403) -> StorageAnswer:
        """A status and nothing else."""
        return cls(Reply(status))

    @classmethod
    def huge(cls, status: int = 400, size: int = 16 * 1024 * 1024) -> StorageAnswer:
        """An error of `size` bytes."""
        start = b"<Error><Code>InternalError</Code><Message>"
        return cls(Reply(status, {"Content-Type": "application/xml"}, start + b"x" * (size - len(start))))

    @classmethod
    def silence(cls, *, stored: bool = False) -> StorageAnswer:
        """No answer until the client gives up."""
        return cls(None, stored=stored)

    @classmethod
    def reset(cls, *, early: bool = False, stored: bool = False) -> StorageAnswer:
        """The connection breaks, without an answer."""
        return cls(None, early, "reset", stored)


_EXPIRED = "Invalid according to Policy: Policy expired."


def refusal(status: int, code: str, message: str, *, namespace: bool = False) -> Reply:
    """An error as the storage writes it."""
    text = (
        f"<Error{NAMESPACE if namespace else ''}><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        "<RequestId>000000000000000000FA4E00</RequestId><HostId>img.example.com</HostId></Error>"
    )
    return Reply(status, {"Content-Type": "application/xml"}, text.encode())
