"""The plan of one upload, and the form that it makes with credentials."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trustoo_api.models import ImageUploadCredentials
from trustoo_api.operations import MEDIA_IMAGE_UPLOAD_CREDENTIALS

from ..errors import ResponseDecodeError, UploadError
from ..retry import RetryPolicy
from .content_type import with_extension
from .form import Form, Progress
from .image import ImageFile
from .policy import Policy
from .rules import StorageRules
from .source import Source

__all__ = ["UploadPlan", "check_key"]

_REQUIRED = ("access_id", "policy", "signature")
_V4 = "x-oss-signature"


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """The plan of one upload: what is stored, where, and how often it is tried.

    Attributes:
        image: the caller's options.
        source: the bytes to send.
        server_time: returns the Unix time in seconds by the service's clock, as far as that clock is known.
    """

    image: ImageFile
    source: Source
    rules: StorageRules = field(default_factory=StorageRules)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    server_time: Callable[[], float] = time.time
    on_progress: Progress | None = None

    def form(self, credentials: ImageUploadCredentials) -> Form:
        """Return the form for the source.

        Raises:
            UploadError: if the credentials or their policy do not allow the upload.
            ResponseDecodeError: if the credentials were received from the service, and lack a member that is needed.
        """
        passed_on = _passed_on(credentials)
        required = (
            () if _V4 in passed_on else _REQUIRED
        )  # the members of the newer signature are in the passed-on fields
        missing = [
            name for name in ("host", "dir", "policy", *required) if not _text_or_empty(getattr(credentials, name))
        ]
        if missing:
            problem = f"The upload credentials have no {', '.join(dict.fromkeys(missing))}. Nothing was sent."
            if credentials.origin_ is None:
                raise UploadError(problem)
            raise ResponseDecodeError(problem, operation=MEDIA_IMAGE_UPLOAD_CREDENTIALS.id)
        directory = _text_or_empty(credentials.dir)
        own = self.image.fields or {}
        name = uuid.uuid4().hex if self.image.name is None else _checked_name(self.image.name)
        key = check_key(directory + with_extension(name, self.source.content_type))
        fields = {
            "key": key,
            "OSSAccessKeyId": _text_or_empty(credentials.access_id),
            "policy": _text_or_empty(credentials.policy),
            "Signature": _text_or_empty(credentials.signature),
            "callback": _text_or_empty(credentials.callback),
        }
        fields = {name: value for name, value in fields.items() if value} | passed_on
        if taken := {name.lower() for name in fields} & {name.lower() for name in own}:
            names = ", ".join(sorted(taken))
            raise UploadError(f"fields= cannot have the field {names}, which the credentials have. Nothing was sent.")
        fields |= own
        policy = Policy.read(fields["policy"])
        fields |= policy.missing(fields, self.source.content_type)
        policy.check(fields, self.source.known_size)
        _check_values(fields)
        secrets = tuple(
            filter(None, (credentials.policy, credentials.signature, credentials.callback, *passed_on.values()))
        )
        url = self.rules.check(_text_or_empty(credentials.host))
        return Form(url, fields, self.source, self.on_progress, secrets)


def check_key(key: str) -> str:
    """Return the object's name. Raises UploadError for names that the storage refuses or changes.

    A name has 1 to 1023 bytes of UTF-8 and does not begin with a slash. The storage replaces `${filename}`.
    """
    size = len(key.encode("utf-8", "replace"))
    control = any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in key)
    if not 1 <= size <= 1023 or key[0] in "/\\" or control or "${" in key or not _is_unicode(key):
        raise UploadError(
            f"The storage does not accept the object name {key[:80]!r} ({size} bytes): it must have 1 to 1023 bytes, "
            "no slash at the beginning, no control characters and no '${'. Nothing was sent."
        )
    return key


def _checked_name(name: str) -> str:
    if not isinstance(name, str) or any(segment in ("", ".", "..") for segment in name.split("/")):
        raise UploadError(
            f"The object name {name!r} has an empty part, '.' or '..', which URLs cannot have. Nothing was sent."
        )
    return name


def _passed_on(credentials: ImageUploadCredentials) -> dict[str, str]:
    """Return members that the storage knows but the OpenAPI spec does not: a newer signature, a security token."""
    found: dict[str, str] = {}
    for name, value in credentials.extra.items():
        spelled = name.lower().replace("_", "-")
        if spelled.startswith("x-oss-") and re.fullmatch(r"[a-z0-9-]{7,100}", spelled) and type(value) in (str, int):
            found[spelled] = str(value)
    return found


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_values(fields: Mapping[str, str]) -> None:
    broken = [name for name, value in fields.items() if not _is_unicode(value)]
    if broken:
        raise UploadError(f"The form field {', '.join(broken)} has text that is not Unicode. Nothing was sent.")
