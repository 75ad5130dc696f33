"""Writes the body and the headers of a request in the form that the OpenAPI spec states."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

from .values import JSON, FilePart, text_of

if TYPE_CHECKING:
    from .types import OperationRequest


def encode_body(request: "OperationRequest") -> tuple[bytes | None, str]:
    """The bytes of the body and their content type. (None, "") if the request has no body.

    Raises ArgumentError, and what msgspec raises for values that are not JSON.
    """
    if request.body is None:
        return None, ""
    if request.media_type == "application/json":
        return msgspec.json.encode(request.body), request.media_type
    pairs = list(_pairs(request.body))
    if request.media_type == "application/x-www-form-urlencoded":
        return urlencode([(name, text_of(name, value)) for name, value in pairs]).encode(), request.media_type
    boundary = os.urandom(16).hex()
    parts = [_part(boundary, name, value) for name, value in pairs]
    return b"".join((*parts, f"--{boundary}--\r\n".encode())), f"multipart/form-data; boundary={boundary}"


def _pairs(body: dict[str, JSON]) -> Iterator[tuple[str, JSON]]:
    """Names and values. A list becomes repeated names."""
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item


def _part(boundary: str, name: str, value: JSON) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if not isinstance(value, FilePart):
        return f"{head}\r\n\r\n{text_of(name, value)}\r\n".encode()
    head += f'; filename="{_quoted(value.name)}"\r\nContent-Type: {value.content_type}\r\n\r\n'
    return head.encode() + value.content + b"\r\n"


def _quoted(text: str) -> str:
    """A name inside quotes, as browsers write it."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def header_fields(request: "OperationRequest") -> dict[str, str]:
    """The headers of the operation's own header and cookie parameters."""
    headers = {name.lower(): value for name, value in request.headers}
    if request.cookies:
        headers["cookie"] = "; ".join(f"{name}={quote(value, safe='')}" for name, value in request.cookies)
    return headers


def deprecations(request: "OperationRequest") -> list[str]:
    """A sentence for each deprecated thing that the request uses."""
    operation = request.operation
    found = [f"{operation.id} is deprecated."] if operation.deprecated else []
    if operation.deprecated_arguments:
        sent = {name.partition("[")[0] for name, _ in (*request.query, *request.headers, *request.cookies)} | {*(request.body or {})}
        used = [name for name in operation.deprecated_arguments if name in sent]
        found += [f"The argument {name} of {operation.id} is deprecated." for name in used]
    return found
