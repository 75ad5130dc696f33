"""Reads a form as strictly as the storage is reported to: what it chokes on is refused here, too.

Its parser is not complete: it wants `Content-Disposition` first in a part, one plain `filename`, the fields before the
file, and it forgets what comes after the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Form", "Malformed", "read_form"]

KNOWN = ("key", "policy", "OSSAccessKeyId", "Signature", "callback", "file")
LONGEST_NAME, LONGEST_VALUE, LONGEST_VALUES = 8 * 1024, 2 * 1024**2, 8 * 1024**2


class Malformed(Exception):
    """The form is refused. `code` is the storage's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Form:
    """A form that could be read: its fields in order, and the file."""

    fields: Mapping[str, str]
    content_type: str
    content: bytes = field(repr=False)


def read_form(content_type: str, body: bytes) -> Form:
    """The form in `body`. Raises Malformed."""
    found = re.fullmatch(r"multipart/form-data; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})", content_type)
    if found is None:
        raise Malformed("RequestIsNotMultiPartContent", "The Content-Type is not multipart/form-data with a boundary.")
    boundary = b"--" + found[1].encode()
    if not body.startswith(boundary + b"\r\n") or not body.endswith(b"\r\n" + boundary + b"--\r\n"):
        raise _malformed("it does not begin and end with the boundary")
    parts = body[len(boundary) + 2 : -len(boundary) - 6].split(b"\r\n" + boundary + b"\r\n")
    fields: dict[str, str] = {}
    total = 0
    for number, part in enumerate(parts):
        head, blank, content = part.partition(b"\r\n\r\n")
        name, filename, kind = _headers(head.decode("utf-8", "replace").split("\r\n"))
        if not blank:
            raise _malformed("a part has no end of its headers")
        if name != "file":
            total += len(content)
            _check_field(name, content, total, fields)
            fields[name] = content.decode("utf-8", "replace")
            continue
        after = parts[number + 1 :]
        if any(b'name="file"' in later.partition(b"\r\n\r\n")[0] for later in after):
            raise Malformed("IncorrectNumberOfFilesInPOSTRequest", "The form has more than one file.")
        if "key" not in fields:
            raise Malformed(
                "InvalidArgument",
                "The bucket POST must contain the specified 'key'. If it is specified, check the order of the fields.",
            )
        if after or filename is None:
            raise _malformed("the file is not the last part, or has no filename")
        return Form(fields, kind or "application/octet-stream", content)
    raise _malformed("it has no file")


def _headers(lines: list[str]) -> tuple[str, str | None, str | None]:
    disposition, *others = lines
    if "filename*" in disposition:
        raise Malformed("FieldItemTooLong", "Your name of form field is too long.")
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
        raise Malformed("FieldItemTooLong", "A name or value of a form field is too long.")
    if name in fields:
        raise _malformed(f"the field {name!r} stands twice")
    spelled = next((known for known in KNOWN if known.lower() == name.lower()), name)
    if spelled != name:
        raise Malformed("InvalidArgument", f"The field {spelled!r} is written {name!r}; names are case-sensitive.")


def _malformed(why: str) -> Malformed:
    return Malformed("MalformedPOSTRequest", f"The body of your POST request is not well-formed: {why}.")
