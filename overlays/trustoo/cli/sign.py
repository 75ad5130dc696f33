"""`trustoo sign`: shows a signature step by step, to compare it with the signature of other code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlsplit

import typer

from .. import CREDENTIAL_VARIABLES
from ..errors import ArgumentError, ConfigurationError
from ..signing import canonical_string, signature, signed_pairs
from .exits import Exit, command
from .files import oserror_context
from .output import AsJson, Output

__all__ = ["sign"]

Pairs = Sequence[tuple[str, str]]


@command
def sign(
    target: Annotated[
        str, typer.Argument(metavar="URL_OR_QUERY", help="A URL, or a query such as 'page=1&keyword=a'.")
    ] = "",
    method: Annotated[str, typer.Option(help="The HTTP method. It is shown, but not signed.")] = "",
    body: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A file with the exact bytes of the body. - means standard input."),
    ] = None,
    timestamp: Annotated[str | None, typer.Option(help="Unix time in seconds, as in the header. Default: now.")] = None,
    expect: Annotated[
        str | None, typer.Option(metavar="SIGNATURE", help="The signature of another program to compare with.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show how a request is signed, step by step. Nothing is sent.

    The private token comes from TRUSTOO_PRIVATE_TOKEN, or is typed at a terminal. The token is never printed. Query
    values are signed without percent-encoding, so the command first decodes the given URL or query.
    """
    output = Output(as_json)
    content = _body(body)
    stamp = timestamp if timestamp is not None else str(int(time.time()))
    query = parse_qsl(_query(target), keep_blank_values=True)
    if any(name == "timestamp" for name, _ in query):
        raise ArgumentError(
            "The query contains a timestamp. Use --timestamp instead, because the signature adds it to the query."
        )
    token = _private_token(may_ask=body != "-")
    message = canonical_string(query, stamp, content)
    made = signature(token, message)
    steps: dict[str, Any] = {
        **({"method": f"{method.upper()} (not signed)"} if method else {}),
        "timestamp": stamp,
        "query pairs": [f"{name}={value}" for name, value in query],
        "sorted with timestamp": [f"{name}={value}" for name, value in signed_pairs(query, stamp)],
        "joined": canonical_string(query, stamp).decode(),
        "body": f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}" if content else "none",
        "message": message.decode("utf-8", "backslashreplace"),
        "message SHA-256": hashlib.sha256(message).hexdigest(),
        "signature": made,
    }
    if expect is not None:
        steps["compared"] = _comparison(token, query, stamp, content, expect, made)
    output.record(steps)
    return Exit.DONE if expect is None or hmac.compare_digest(expect.strip().encode(), made.encode()) else Exit.FAILED


def _query(target: str) -> str:
    if "://" in target or target.startswith("/"):
        return urlsplit(target).query
    return target.removeprefix("?")


def _body(source: str | None) -> bytes:
    if source is None:
        return b""
    if source == "-":
        return sys.stdin.buffer.read()
    with oserror_context(Path(source)):
        return Path(source).read_bytes()


def _private_token(may_ask: bool) -> str:
    variable = CREDENTIAL_VARIABLES["private_token"]
    if token := os.environ.get(variable):
        return token
    if may_ask and sys.stdin.isatty():
        typed: str = typer.prompt("Private token (not shown)", hide_input=True, err=True)
        return typed.strip()
    raise ConfigurationError(f"The private token is missing: set {variable}, or type the token at a terminal.")


def _comparison(token: str, query: Pairs, stamp: str, body: bytes, expected: str, made: str) -> str:
    expected = expected.strip()
    if hmac.compare_digest(expected.encode(), made.encode()):
        return "the same"
    for mistake, candidate in _mistakes(token, query, stamp, body):
        if hmac.compare_digest(expected.encode(), candidate.encode()):
            return f"different: the other program {mistake}"
    return "different, but by no usual mistake: compare the other program's message with this message, byte by byte"


def _mistakes(token: str, query: Pairs, stamp: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The usual mistakes, each with the signature that it causes."""
    right = canonical_string(query, stamp, body)
    digest = hmac.digest(token.encode(), right, "sha256")
    yield "writes hex digits in capitals", digest.hex().upper()
    yield "writes the digest in Base64 and not in hex", base64.b64encode(digest).decode()
    unsorted = "&".join(f"{name}={value}" for name, value in (*query, ("timestamp", stamp))).encode()
    joined = canonical_string(query, stamp)
    without_stamp = "&".join(f"{name}={value}" for name, value in sorted(query, key=lambda pair: pair[0])).encode()
    tail = b"|" + body if body else b""
    messages = [
        ("does not sort the parameters by name", unsorted + tail),
        ("leaves the timestamp out of the message", without_stamp + tail),
        ("signs percent-encoded values", canonical_string(_encoded(query, quote), stamp, body)),
        ("signs values encoded for URLs with + for spaces", canonical_string(_encoded(query, _plus), stamp, body)),
        ("leaves the body out", joined),
        ("joins the body without |", joined + body),
        ("adds | without a body", joined + b"|"),
        ("signs a timestamp in milliseconds", canonical_string(query, f"{stamp}000", body)),
        ("signs the body without the line break at its end", canonical_string(query, stamp, body.rstrip(b"\r\n"))),
        ("signs the body with a line break after it", canonical_string(query, stamp, body + b"\n")),
    ]
    for mistake, message in messages:
        if message != right:
            yield mistake, signature(token, message)
    yield "has a line break at the end of the private token", signature(f"{token}\n", right)
    yield (
        "signs with plain SHA-256 over token and message, not with HMAC",
        hashlib.sha256(token.encode() + right).hexdigest(),
    )


def _encoded(query: Pairs, encode: Any) -> list[tuple[str, str]]:
    return [(name, encode(value, safe="")) for name, value in query]


def _plus(value: str, safe: str) -> str:
    return quote(value, safe=" ").replace(" ", "+")
