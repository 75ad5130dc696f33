"""Removes secrets from all that a person may read: messages, excerpts, URLs, logs of HTTP libraries, tracebacks."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType

from trustoo_api.operations import SECRETS

__all__ = ["MASK", "drop_frames", "excerpt", "install_log_redaction", "redact"]

MASK = "***"
_NAMES = "|".join(map(re.escape, sorted(SECRETS))).encode()
_PATTERNS = (
    # The text of a secret member in JSON, even if the text was cut. Numbers stay, because `code` can be an
    # authorization code (text) or the envelope's result (a number).
    re.compile(rb'"(?:%b)"\s*+:\s*+"(?P<secret>[^"\\]*+(?:\\.[^"\\]*+)*+)' % _NAMES, re.DOTALL),
    # The value of a secret parameter in a query string, or in quotes, as in a line of Python.
    re.compile(rb"""(?<![\w-])(?:%b)=(?P<secret>"[^"]*+"?|'[^']*+'?|[^&\s"']*+)""" % _NAMES),
    # The user name and the password in a URL.
    re.compile(rb"://(?P<secret>[^/\s@]*+)@"),
    # The value of a header, in a list of pairs of bytes, as httpcore logs headers.
    re.compile(
        rb"b'(?=[\w-]*(?:cookie|auth|token|secret|session|sign|key))[\w-]++', "
        rb"b(?P<secret>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")",
        re.IGNORECASE | re.DOTALL,
    ),
)
_JSON_ESCAPE = re.compile(
    rb"\\u([0-9a-fA-F]{4})(?:(?<=[dD][89abAB]..)\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|\\([^u])", re.DOTALL
)
_URL_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})")
_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_MOST_LEVELS = 24
"""How often a text is unescaped. JSON can be text inside JSON, and inside or around a URL."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without the values of secret members and parameters, user names in URLs, and the `secrets`.

    Secrets are found in JSON escapes and in percent-encoding, also if these are nested. The time is linear in the size.
    """
    return _masked(text.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "surrogatepass")


def excerpt(content: bytes | str, secrets: Iterable[str] = (), limit: int = 300) -> str:
    """Return the start of a text for people to read: at most `limit` characters, cut after redaction."""
    secrets, end = tuple(secrets), 64 * limit
    content = content[
        : end + 1024 + 16 * max(map(len, secrets), default=0)
    ]  # enough for a secret that begins at the end
    content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    text = " ".join(_masked(content, secrets, end).decode("utf-8", "replace").split())
    return text if len(text) <= limit else f"{text[:limit]}…"


def _masked(content: bytes, secrets: Iterable[str], end: int | None = None) -> bytes:
    """The start of the content, up to `end`. A secret that begins before `end` is masked as a whole."""
    patterns, end = [*_PATTERNS], len(content) if end is None else min(end, len(content))
    known = {spelled for secret in secrets if secret.strip() for spelled in (secret, secret.replace(" ", "+"))}
    if known:
        encoded = (spelled.encode("utf-8", "surrogatepass") for spelled in known)
        longest_first = b"|".join(map(re.escape, sorted(encoded, key=len, reverse=True)))
        patterns.append(re.compile(b"(?P<secret>%b)" % longest_first))
    spans = [
        (places[found.start("secret")], places[found.end("secret")])
        for level, places in _levels(content)
        for pattern in patterns
        for found in pattern.finditer(level)
    ]
    pieces, done = list[bytes](), 0
    for start, stop in sorted(spans):
        if start >= end:
            break
        if stop > max(start, done):
            if start >= done:
                pieces += content[done:start], MASK.encode()
            done = stop
    return b"".join((*pieces, content[done:end]))


def _levels(content: bytes) -> Iterator[tuple[bytes, Sequence[int]]]:
    """The content, and the content with its escapes undone once, twice, …; each with the places of its bytes."""
    levels: list[tuple[bytes, Sequence[int]]] = [(content, range(len(content) + 1))]
    seen = {content}
    for level, places in levels:
        yield level, places
        for escapes, character in _ESCAPES if len(levels) < _MOST_LEVELS else ():
            unescaped, starts = _unescape(level, places, escapes, character)
            if unescaped not in seen:
                seen.add(unescaped)
                levels.append((unescaped, starts))


def _unescape(
    level: bytes, places: Sequence[int], escapes: re.Pattern[bytes], character: Callable[[re.Match[bytes]], bytes]
) -> tuple[bytes, Sequence[int]]:
    pieces, starts, done = list[bytes](), list[int](), 0
    for escape in escapes.finditer(level):
        pieces += level[done : escape.start()], (value := character(escape))
        starts += places[done : escape.start()]
        starts += [places[escape.start()]] * len(value)
        done = escape.end()
    return b"".join((*pieces, level[done:])), [*starts, *places[done:]] if done else places


def _json_character(escape: re.Match[bytes]) -> bytes:
    unit, low, plain = escape.groups()
    if plain:
        return _CONTROLS.get(plain, plain)
    units = bytes.fromhex((unit + (low or b"")).decode())
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _url_character(escape: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escape[1].decode())


_ESCAPES = ((_JSON_ESCAPE, _json_character), (_URL_ESCAPE, _url_character))


_HTTP_LOGGERS = ("httpx", *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))


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


_SENDING = {"trustoo", "trustoo_api", "httpx", "httpcore", "h11", "anyio", "aiohttp", *sys.stdlib_module_names}
"""The packages whose frames hold requests and responses."""


def drop_frames(error: BaseException) -> None:
    """Remove this package, the HTTP libraries and the standard library from the tracebacks of an error and its causes.

    The local variables of these frames are requests, responses and credentials, and programs that report errors send
    local variables. The frames of the caller's own code stay, as do the frames that the error has yet to pass.
    """
    chain = [error]
    for one in chain:
        frames, entry = list[TracebackType](), one.__traceback__
        while entry is not None:
            frames.append(entry)
            entry = entry.tb_next
        kept: TracebackType | None = None
        for entry in reversed(frames):
            if str(entry.tb_frame.f_globals.get("__name__")).partition(".")[0] not in _SENDING:
                kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
        one.__traceback__ = kept
        chain += [cause for cause in (one.__cause__, one.__context__) if cause is not None and cause not in chain]
