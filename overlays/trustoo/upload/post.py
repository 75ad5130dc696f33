"""The form of one upload, with its URL, its ordered fields and its body."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from trustoo_api.models import ImageUploadCredentials
from trustoo_api.operations import MEDIA_IMAGE_UPLOAD_CREDENTIALS

from ..errors import ResponseDecodeError, UploadError
from ..transport import HTTPRequest
from .content_type import with_extension
from .form import FormBody, Progress
from .policy import FIELD_NAME, Policy
from .rules import StorageRules
from .source import Source

__all__ = ["FormPost", "ObjectOptions", "check_key", "form_post"]

_REQUIRED = ("access_id", "policy", "signature")
_V4 = "x-oss-signature"
_RESERVED = (
    *("key", "ossaccesskeyid", "policy", "signature", "callback", "file"),
    *("content-type", "x-oss-content-type", "content-disposition"),  # the content decides how browsers treat the object
)


@dataclass(frozen=True, slots=True)
class ObjectOptions:
    """The caller's options for the object.

    Attributes:
        name: the object's name below the credentials' `dir`; None for a random name. It gets the extension of the
            content type.
        fields: additional form fields, such as `x-oss-meta-…`.
    """

    name: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.fields.items():
            if not FIELD_NAME.fullmatch(name) or name.lower() in _RESERVED:
                raise UploadError(
                    f"fields= cannot have the form field {name!r}: it is reserved or not a name. Nothing was sent."
                )
            if not isinstance(value, str):
                raise UploadError(f"The form field {name} must be text, not {type(value).__name__}. Nothing was sent.")
        if len({name.lower() for name in self.fields}) < len(self.fields):
            raise UploadError("fields= has the same field twice, in different case. Nothing was sent.")


@dataclass(frozen=True, slots=True)
class FormPost:
    """A form for the storage.

    Attributes:
        url: the URL that the form is posted to.
        key: the object's name.
        secrets: texts that must be redacted in a response.
        timeout: seconds for sending a piece of the form, and for receiving a piece of the response.
        after_fault: whether the connection broke during the previous attempt.
    """

    url: str
    body: FormBody
    key: str
    source: Source
    fields: frozenset[str]
    secrets: tuple[str, ...] = field(repr=False)
    timeout: float = 60.0
    after_fault: bool = False

    @property
    def object_url(self) -> str:
        """The URL of the stored object."""
        return f"{self.url.rstrip('/')}/{quote(self.key, safe='/')}"

    @property
    def http_request(self) -> HTTPRequest:
        """The request without its body, which is streamed."""
        headers = {"Content-Type": self.body.content_type, "Content-Length": str(self.body.length)}
        return HTTPRequest("POST", self.url, headers, timeout=self.timeout)


def form_post(
    credentials: ImageUploadCredentials,
    source: Source,
    options: ObjectOptions | None = None,
    rules: StorageRules | None = None,
    on_progress: Progress | None = None,
) -> FormPost:
    """Return the form for `source`.

    Raises:
        UploadError: if the credentials or their policy do not allow the upload.
        ResponseDecodeError: if the credentials were received from the service, and lack a member that is needed.
    """
    options, rules = options or ObjectOptions(), rules or StorageRules()
    passed_on = _passed_on(credentials)
    required = () if _V4 in passed_on else _REQUIRED  # the members of the newer signature are in the passed-on fields
    missing = [name for name in ("host", "dir", "policy", *required) if not _text_or_empty(getattr(credentials, name))]
    if missing:
        problem = f"The upload credentials have no {', '.join(dict.fromkeys(missing))}. Nothing was sent."
        if credentials.origin_ is None:
            raise UploadError(problem)
        raise ResponseDecodeError(problem, operation=MEDIA_IMAGE_UPLOAD_CREDENTIALS.id)
    directory = _text_or_empty(credentials.dir)
    name = uuid.uuid4().hex if options.name is None else _checked_name(options.name)
    key = check_key(directory + with_extension(name, source.content_type))
    fields = {
        "key": key,
        "OSSAccessKeyId": _text_or_empty(credentials.access_id),
        "policy": _text_or_empty(credentials.policy),
        "Signature": _text_or_empty(credentials.signature),
        "callback": _text_or_empty(credentials.callback),
    }
    fields = {name: value for name, value in fields.items() if value} | passed_on
    if taken := {name.lower() for name in fields} & {name.lower() for name in options.fields}:
        raise UploadError(
            f"fields= cannot have the field {', '.join(sorted(taken))}, which the credentials have. Nothing was sent."
        )
    fields |= options.fields
    policy = Policy.read(fields["policy"])
    fields |= policy.missing(fields, source.content_type)
    policy.check(fields, source.known_size)
    _check_values(fields)
    known = (credentials.policy, credentials.signature, credentials.callback, *passed_on.values())
    return FormPost(
        rules.check(_text_or_empty(credentials.host)),
        FormBody(fields, source, on_progress),
        key,
        source,
        frozenset(fields),
        tuple(filter(None, known)),
        rules.timeout,
    )


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
