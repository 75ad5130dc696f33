"""Keeps secrets out of everything a person may read: messages, excerpts, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from trustoo_api.operations import SECRETS

__all__ = ["MASK", "excerpt", "redact"]

MASK = "***"
_NAMES = "|".join(map(re.escape, sorted(SECRETS)))
# The text of a secret member in JSON, cut or not (numbers stay: `code` names a grant and the envelope's result),
# and the value of a secret parameter in a query string.
_JSON_MEMBER = re.compile(rf'("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"?')
# The same in JSON that stands as text inside JSON.
_INNER_MEMBER = re.compile(rf'(\\+"(?:{_NAMES})\\+"\s*:\s*\\+")(?:[^"\\]|\\+[^"\\])*')
_USER = re.compile(r"(://)[^/\s@]*@")
# The value of a parameter, also where it stands in quotes, as in a line of Python.
_PARAMETER = re.compile(rf"""((?<![\w-])(?:{_NAMES})=)(?:"[^"]*"?|'[^']*'?|[^&\s"']*)""")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the values of secret members and parameters, user names in URLs and the given `secrets`."""
    plain = [secret for secret in secrets if secret]
    spelled = {
        *plain,
        *(quote(secret, "", errors="replace") for secret in plain),
        *(s.replace("/", "\\/") for s in plain),
    }
    for secret in sorted(spelled, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _INNER_MEMBER.sub(rf"\1{MASK}", _JSON_MEMBER.sub(rf'\1"{MASK}"', text))
    return _USER.sub(rf"\1{MASK}@", _PARAMETER.sub(rf"\1{MASK}", text))


def excerpt(content: bytes, secrets: Iterable[str] = (), limit: int = 300) -> str:
    """The start of an answer for people to read, redacted before it is cut; at most `limit` characters."""
    text = " ".join(redact(content[: 64 * limit].decode("utf-8", "replace"), secrets).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
