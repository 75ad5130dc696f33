"""Removes secrets from all text that a person may read: messages, excerpts, URLs and the logs of HTTP libraries."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote

from trustoo_api.operations import SECRETS

__all__ = ["MASK", "excerpt", "install_log_redaction", "redact"]

MASK = "***"
_NAMES = "|".join(map(re.escape, sorted(SECRETS)))
# The text of a secret member in JSON, even if the text was cut. Numbers stay, because `code` can be an authorization
# code (text) or the envelope's result (a number).
_JSON_MEMBER = re.compile(rf'("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"?')
# The same in JSON that is text inside JSON.
_INNER_MEMBER = re.compile(rf'(\\+"(?:{_NAMES})\\+"\s*:\s*\\+")(?:[^"\\]|\\+[^"\\])*')
_USER = re.compile(r"(://)[^/\s@]*@")
# The value of a secret parameter in a query string, or in quotes, as in a line of Python.
_PARAMETER = re.compile(rf"""((?<![\w-])(?:{_NAMES})=)(?:"[^"]*"?|'[^']*'?|[^&\s"']*)""")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without the values of secret members and parameters, user names in URLs, and the `secrets`."""
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
    """Return the start of a response for people to read: at most `limit` characters, cut after redaction."""
    text = " ".join(redact(content[: 64 * limit].decode("utf-8", "replace"), secrets).split())
    return text if len(text) <= limit else f"{text[:limit]}…"


_HTTP_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")


class _Redacting(logging.Filter):
    """httpx logs the URL of each request, and httpcore logs the headers of each response. Both can contain secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg if isinstance(arg, int | float) else redact(str(arg)) for arg in record.args)
        if not record.args:
            record.msg = redact(str(record.msg))
        return True


_REDACTING = _Redacting()


def install_log_redaction() -> None:
    """Remove secrets from the log lines of httpx and httpcore. Calling it again changes nothing."""
    for name in _HTTP_LOGGERS:
        logging.getLogger(name).addFilter(_REDACTING)
