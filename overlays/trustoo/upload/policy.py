"""The policy in upload credentials. The policy is checked before a form is sent.

The format is that of Alibaba's form uploads. A policy is the base64 text of a JSON object with `expiration` and
`conditions`. Unknown conditions are ignored here, and the storage checks them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from trustoo_api.models import ImageUploadCredentials
from trustoo_api.types import instant

from .._redaction import MASK
from ..errors import UploadError
from .source import MAX_BYTES

__all__ = ["FIELD_NAME", "Policy", "expires_at"]

FIELD_NAME = re.compile(r"[!#-\[\]-~]{1,100}")
"""Field names that need no quoting in a form. They have no quotation mark, no backslash and no space."""
_NOT_FIELDS = ("bucket", "file", "policy", "signature", "ossaccesskeyid", "success_action_redirect")
"""Names in conditions that are not form fields to add or to check. Only the storage knows the bucket."""
_SECRET = ("callback", "x-oss-credential", "x-oss-security-token", "x-oss-signature")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one field.

    Attributes:
        operator: "eq", "starts-with", "in", "not-in".
        field: in small letters, without a leading dollar sign.
    """

    operator: str
    field: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        wanted = [MASK] if self.field in _SECRET else list(self.values)
        value = wanted if self.operator in ("in", "not-in") else wanted[0]
        return msgspec.json.encode([self.operator, f"${self.field}", value]).decode()

    def holds(self, value: str | None) -> bool:
        """Return whether a field with this value meets the condition. None means that the field is missing."""
        if self.operator == "not-in":
            return value not in self.values
        if value is None:
            return self.values == ("",)  # every text begins with ""; the storage decides about a missing field
        if self.operator == "starts-with":
            return value.startswith(self.values[0])
        return value in self.values


@dataclass(frozen=True, slots=True)
class Policy:
    """The known parts of a policy.

    Attributes:
        expiration: the Unix time in seconds; None if the expiration is missing or unreadable.
        conditions: the conditions on fields.
        sizes: the smallest and largest size of the file in bytes, for each condition on the size.
    """

    expiration: float | None
    conditions: tuple[Condition, ...]
    sizes: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, text: str) -> Policy:
        """Return the policy from its base64 text, or an empty policy if the text cannot be read."""
        try:
            document = msgspec.json.decode(base64.b64decode(text, validate=True))
        except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            return cls(None, (), ())
        stated = document.get("expiration")
        ends = instant(stated) if isinstance(stated, str) else None
        listed = document.get("conditions")
        conditions = listed if isinstance(listed, list) else []
        return cls(
            ends.timestamp() if ends is not None else None,
            tuple(found for condition in conditions for found in _conditions(condition)),
            tuple(found for condition in conditions if (found := _sizes(condition)) is not None),
        )

    def missing(self, fields: Mapping[str, str], content_type: str) -> dict[str, str]:
        """Return the fields that `fields` lacks and that the policy requires with a known value."""
        known = {name.lower() for name in fields}
        added: dict[str, str] = {}
        for condition in self.conditions:
            impossible = condition.field in _NOT_FIELDS or not FIELD_NAME.fullmatch(condition.field)
            if condition.field in known or impossible:
                continue
            if condition.field in ("content-type", "x-oss-content-type"):
                added[_SPELLED.get(condition.field, condition.field)] = content_type
            elif condition.operator == "eq":
                added[condition.field] = condition.values[0]
        return added

    def check(self, fields: Mapping[str, str], size: int) -> None:
        """Raise UploadError for a file or a field that the storage would refuse."""
        for smallest, largest in self.sizes:
            if not smallest <= size <= largest:
                raise UploadError(
                    f"The image has {size} bytes. The policy of the upload credentials allows {smallest} to "
                    f"{largest}. Nothing was sent."
                )
        if size > MAX_BYTES:
            raise UploadError(f"The image has {size} bytes. The storage allows at most {MAX_BYTES}. Nothing was sent.")
        values = {name.lower(): value for name, value in fields.items()}
        for condition in self.conditions:
            if condition.field not in _NOT_FIELDS and not condition.holds(values.get(condition.field)):
                had = MASK if condition.field in _SECRET else _shown(values.get(condition.field))
                raise UploadError(
                    f"The form does not meet the condition {condition} of the upload credentials' policy: "
                    f"{condition.field} is {had}. Nothing was sent."
                )


_SPELLED = {"content-type": "Content-Type"}


def expires_at(credentials: ImageUploadCredentials) -> float | None:
    """Return the Unix time at which the credentials expire: the policy's expiration, else `expire`, else None."""
    policy = Policy.read(credentials.policy) if isinstance(credentials.policy, str) else None
    if policy is not None and policy.expiration is not None:
        return policy.expiration
    stated = credentials.expire
    return float(stated) if isinstance(stated, str) and stated.isascii() and stated.isdigit() else None


def _conditions(condition: Any) -> Iterator[Condition]:
    if isinstance(condition, dict):  # {"field": "value"} means eq
        for name, value in condition.items():
            if isinstance(value, str):
                yield Condition("eq", _field(name), (value,))
    elif isinstance(condition, list) and len(condition) == 3 and all(isinstance(part, str) for part in condition[:2]):
        operator, name, value = condition[0].lower(), _field(condition[1]), condition[2]
        if operator in ("eq", "starts-with") and isinstance(value, str):
            yield Condition(operator, name, (value,))
        elif operator in ("in", "not-in") and isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield Condition(operator, name, tuple(value))


def _sizes(condition: Any) -> tuple[int, int] | None:
    if not isinstance(condition, list) or len(condition) != 3 or condition[0] != "content-length-range":
        return None
    try:
        smallest, largest = (int(bound) for bound in condition[1:] if not isinstance(bound, bool | float))
    except (TypeError, ValueError):
        return None
    return (smallest, largest) if smallest <= largest else None


def _field(name: str) -> str:
    return name.removeprefix("$").lower()


def _shown(value: str | None) -> str:
    return "missing" if value is None else repr(value if len(value) <= 100 else f"{value[:100]}…")
