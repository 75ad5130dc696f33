"""One form on its way to the storage: its address, its fields in their order, its body."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from trustoo_api.models import ImageUploadCredentials

from ..errors import UploadError
from ..transport import HTTPRequest
from .form import FormBody, Progress
from .policy import FIELD_NAME, Policy
from .rules import StorageRules
from .source import Source

__all__ = ["FormPost", "ObjectOptions", "check_key", "form_post"]

_NEEDED = ("access_id", "policy", "signature")
_V4 = "x-oss-signature"
_OURS = ("key", "ossaccesskeyid", "policy", "signature", "callback", "file")


@dataclass(frozen=True, slots=True)
class ObjectOptions:
    """What the caller may say about the object, apart from its content.

    Attributes:
        name: of the object below the credentials' `dir`; None for a random one.
        fields: further form fields, such as `x-oss-meta-…`.
    """

    name: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.fields.items():
            if not FIELD_NAME.fullmatch(name) or name.lower() in _OURS:
                raise UploadError(f"A form field cannot be given the name {name!r}. Nothing was sent.")
            if not isinstance(value, str):
                raise UploadError(f"The form field {name} is {type(value).__name__} and not text. Nothing was sent.")
        if len({name.lower() for name in self.fields}) < len(self.fields):
            raise UploadError("A form field is given twice, in small and in capital letters. Nothing was sent.")


@dataclass(frozen=True, slots=True)
class FormPost:
    """A form on its way to the storage.

    Attributes:
        url: where it is posted to.
        key: the object's name.
        secrets: what an answer may quote and nobody may read.
        timeout: seconds for a piece of the form, or for the answer.
        after_fault: whether the connection broke when it was sent before.
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
        """Where the object lies when it is stored."""
        return f"{self.url.rstrip('/')}/{quote(self.key, safe='/')}"

    @property
    def http_request(self) -> HTTPRequest:
        """Method and headers; the body is streamed beside it."""
        headers = {"Content-Type": self.body.content_type, "Content-Length": str(self.body.length)}
        return HTTPRequest("POST", self.url, headers, timeout=self.timeout)


def form_post(
    credentials: ImageUploadCredentials,
    source: Source,
    options: ObjectOptions | None = None,
    rules: StorageRules | None = None,
    on_progress: Progress | None = None,
) -> FormPost:
    """The form for `source`. Raises UploadError when the credentials or their policy cannot be used for it."""
    options, rules = options or ObjectOptions(), rules or StorageRules()
    passed_on = _passed_on(credentials)
    needed = () if _V4 in passed_on else _NEEDED  # the newer signature has its members among those passed on
    missing = [name for name in ("host", "dir", "policy", *needed) if not _text(getattr(credentials, name))]
    if missing:
        raise UploadError(f"The upload credentials have no {', '.join(dict.fromkeys(missing))}; nothing was sent.")
    directory = _text(credentials.dir)
    key = check_key(directory + (_own_name(options.name) if options.name is not None else _random_name(source)))
    fields = {
        "key": key,
        "OSSAccessKeyId": _text(credentials.access_id),
        "policy": _text(credentials.policy),
        "Signature": _text(credentials.signature),
        "callback": _text(credentials.callback),
    }
    fields = {name: value for name, value in fields.items() if value} | passed_on
    if taken := {name.lower() for name in fields} & {name.lower() for name in options.fields}:
        raise UploadError(f"The upload credentials bring the form field {', '.join(sorted(taken))} themselves.")
    fields |= options.fields
    policy = Policy.read(fields["policy"])
    fields |= policy.missing(fields, source.content_type)
    policy.check(fields, source.size)
    _check_values(fields)
    known = (credentials.policy, credentials.signature, credentials.callback, *passed_on.values())
    return FormPost(
        rules.check(_text(credentials.host)),
        FormBody(fields, source, on_progress),
        key,
        source,
        frozenset(fields),
        tuple(filter(None, known)),
        rules.timeout,
    )


def check_key(key: str) -> str:
    """The object's name. Raises UploadError for names that the storage refuses: 1 to 1023 bytes of UTF-8, no slash
    or backslash in front; `${filename}` would be replaced by the storage."""
    size = len(key.encode("utf-8", "replace"))
    control = any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in key)
    if not 1 <= size <= 1023 or key[0] in "/\\" or control or "${" in key or not _is_text(key):
        raise UploadError(
            f"The object name {key[:80]!r} ({size} bytes) is none that the storage takes: 1 to 1023 bytes, no slash in "
            "front, no control characters, no ${. Nothing was sent."
        )
    return key


def _random_name(source: Source) -> str:
    return f"{uuid.uuid4().hex}{source.suffix}"


def _own_name(name: str) -> str:
    if not isinstance(name, str) or any(segment in ("", ".", "..") for segment in name.split("/")):
        raise UploadError(
            f"The object name {name!r} has an empty part, or one of dots, which no address leads to. Nothing was sent."
        )
    return name


def _passed_on(credentials: ImageUploadCredentials) -> dict[str, str]:
    """Members that the description does not know and the storage does: a newer signature, a security token."""
    found: dict[str, str] = {}
    for name, value in credentials.extra.items():
        spelled = name.lower().replace("_", "-")
        if spelled.startswith("x-oss-") and re.fullmatch(r"[a-z0-9-]{7,100}", spelled) and type(value) in (str, int):
            found[spelled] = str(value)
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_values(fields: Mapping[str, str]) -> None:
    broken = [name for name, value in fields.items() if not _is_text(value)]
    if broken:
        raise UploadError(f"The form field {', '.join(broken)} holds text that is not Unicode. Nothing was sent.")
