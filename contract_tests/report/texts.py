"""Cleans the texts of a run: removes secrets, this machine's paths, and invisible characters."""

import os
import re
from xml.etree import ElementTree

from trustoo._redaction import MASK, redact
from trustoo_api.operations import HEADERS, SECRETS

from contract_tests.support.shop import TOKENS
from contract_tests.support.spec import ROOT

LIMIT = 6000
"""The number of characters that are shown of a message."""

# Not the signature. It is the keyed digest of one request, and only readers who see it can tell if it is wrong.
_CREDENTIALS = [HEADERS["publicToken"], "Authorization"]
_NAMES = "|".join(map(re.escape, sorted({*SECRETS, *_CREDENTIALS, "public_token"})))
# As Python writes them ('private_token': '...' and private_token='...'), and as HTTP does.
_QUOTED = re.compile(rf"""(['"]?\b(?:{_NAMES})['"]?\s*[:=]\s*b?)(?:'[^'\n]*'?|"[^"\n]*"?)""", re.IGNORECASE)
_HEADER = re.compile(rf"(\b(?:{'|'.join(_CREDENTIALS)})\s*:\s*)[^'\"\s][^\n]*", re.IGNORECASE)
_BEARER = re.compile(r"(\bBearer\s+)[\w.~+/=-]+")
_VARIABLE = re.compile(r"TRUSTOO_.*(TOKEN|SECRET|SESSION)")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TERMINAL = re.compile(r"\x1b\[[0-9;]*m")


def secrets() -> list[str]:
    """Values that must not be shown: the tokens of the tests, and the client's tokens in the environment."""
    known = [value for tokens in TOKENS.values() for value in tokens.values()]
    return known + [value for name, value in os.environ.items() if _VARIABLE.match(name)]


def clean(text: str, limit: int = LIMIT) -> str:
    """`text` without secrets, cut to `limit` characters. The last characters of a cut text are a note."""
    text = _TERMINAL.sub("", text)
    for pattern in (_QUOTED, _HEADER, _BEARER):
        text = pattern.sub(rf"\1{MASK}", text)
    text = redact(text, secrets())
    text = text.replace(f"{ROOT}{os.sep}", "").replace(str(ROOT), ".").replace(os.path.expanduser("~"), "~")
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = _INVISIBLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    if len(text) > limit:
        note = f"… ({len(text)} characters)"
        text = text[: limit - len(note)] + note
    return text


def clean_junit(document: bytes) -> bytes:
    """pytest's JUnit XML with clean messages."""
    root = ElementTree.fromstring(document)
    # hypothesis puts encoded statistics there, which cannot be checked for secrets
    for suite in root.iter("testsuite"):
        for properties in suite.findall("properties"):
            suite.remove(properties)
    for element in root.iter():
        element.text = clean(element.text, 100_000) if element.text else element.text
        for name, value in element.attrib.items():
            element.set(name, clean(value, 100_000) if name in ("message", "value") else value)
        element.attrib.pop("hostname", None)
    return b'<?xml version="1.0" encoding="utf-8"?>' + ElementTree.tostring(root, encoding="unicode").encode()
