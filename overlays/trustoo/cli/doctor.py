"""`trustoo doctor`: do the credentials, the clock and the connection work, and if not, why."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import httpx
import typer
from trustoo_api.operations import CODES, HEADERS, REVIEWS_LIST, SPEC_VERSION

from .._clock import http_date
from .._config import check_base_url
from .._redaction import redact
from .._response import UNAUTHENTICATED
from .._version import __version__
from ..credentials import ENVIRONMENT, Credentials
from ..errors import APIError, ConfigurationError, TrustooError, UnauthenticatedError
from ..signing import LIFETIME
from .connection import Connection, connection
from .exits import Exit, command, exit_code, shown
from .output import AsJson, Output

__all__ = ["doctor"]

SHOWN = 4
"""Characters of a public token that are shown. Nothing is shown of the others."""
NOTICEABLE = 60
"""Seconds of clock difference that are worth a warning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `code` is the exit code that it asks for."""

    check: str
    status: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    code: int = 0


@command
def doctor(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Look at settings only, and send nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Check tokens, clock and connection. Reads one review at most, and prints no secret."""
    output, findings = Output(as_json), []
    for finding in _examine(connection(context), offline):
        findings.append(finding)
        if not as_json:
            _show(output, finding)
    code = next((finding.code for finding in findings if finding.code), int(Exit.DONE))
    if as_json:
        output.json({"healthy": not code, "exit_code": code, "checks": [asdict(finding) for finding in findings]})
    return code


def _show(output: Output, finding: Finding) -> None:
    styles = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}
    if output.is_rich:
        output.text(f"{finding.status:8} ", styles[finding.status], f"{finding.check}: {finding.detail}")
    else:
        output.text("\t".join([finding.status, finding.check, finding.detail]))


def _examine(about: Connection, offline: bool) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("versions", "ok", f"trustoo {__version__}, API description {SPEC_VERSION}, Python {python}")
    # Before the credentials were looked at, what is set as the public token may well be the private one.
    usable, finding = _credentials(about)
    yield from _tokens(about, may_show=usable is not None)
    yield finding
    try:
        check_base_url(about.address)
    except ConfigurationError as error:
        yield Finding("address", "failed", shown(error), Exit.USAGE)
        offline = True
    if offline:
        for check in ("connection", "clock", "call"):
            yield Finding(check, "skipped", "nothing is sent")
        return
    skew = yield from _connection(about)
    if skew is False or not usable:
        yield Finding("call", "skipped", "needs usable credentials and a connection")
    else:
        yield _call(about, skew, usable)


def _tokens(about: Connection, *, may_show: bool) -> Iterator[Finding]:
    for name, variable in ENVIRONMENT.items():
        given = about.public_token if name == "public_token" else None
        value, source = (given, "--public-token") if given else (os.environ.get(variable), variable)
        if value is None:
            yield Finding(name, "skipped", f"not set ({variable})")
        else:
            is_shown = may_show and name == "public_token" and len(value) > 2 * SHOWN
            start = f", begins with {value[:SHOWN]!r}" if is_shown else ""
            yield Finding(name, "ok", f"from {source}, {len(value)} characters{start}")


def _credentials(about: Connection) -> tuple[str | None, Finding]:
    """The kind of credentials that can be used, None for none; and what is wrong with them, or not."""
    if about.shop is not None:
        try:
            with about.platform() as platform:
                token = platform.token(about.shop)
        except TrustooError as error:
            return None, Finding("credentials", "failed", shown(error), exit_code(error))
        if token is None:
            detail = f"no token of {about.shop!r} is saved; trustoo oauth login --shop {about.shop} gets one"
            return None, Finding("credentials", "failed", detail, Exit.USAGE)
        return "bearer", Finding("credentials", "ok", f"the saved access token of {about.shop!r}")
    try:
        kind = Credentials.find({"public_token": about.public_token}).kind_for(REVIEWS_LIST)
    except ConfigurationError as error:
        return None, Finding("credentials", "failed", shown(error), Exit.USAGE)
    means = {"hmac": "public and private token, which do not look swapped", "bearer": "an access token"}
    return kind, Finding("credentials", "ok", means[kind])


def _connection(about: Connection) -> Generator[Finding, None, float | Literal[False] | None]:
    """Yields what came of asking for the address's root, unsigned; returns the server's clock minus ours in seconds,
    None where it is not known, False where no answer came."""
    before = time.time()
    try:
        with httpx.Client(timeout=about.timeout) as client:
            answer = client.get(about.address)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        said = redact(str(error)) or type(error).__name__
        yield Finding("connection", "failed", f"{about.address} gives no answer: {said}", Exit.UNREACHABLE)
        yield Finding("clock", "skipped", "the server's time is not known")
        return False
    took = time.time() - before
    yield Finding("connection", "ok", f"{about.address} answered HTTP {answer.status_code} in {took:.2f} s")
    server = http_date(answer.headers.get("date", ""))
    if server is None:
        yield Finding("clock", "skipped", "the answer has no date")
        return None
    skew = server + 0.5 - (before + took / 2)  # a Date header has whole seconds
    yield _clock(skew)
    return skew


def _clock(skew: float) -> Finding:
    if abs(skew) <= max(2, NOTICEABLE):
        return Finding("clock", "ok", f"within {max(1, round(abs(skew)))} s of the server's")
    said = f"this machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} the server's"
    if abs(skew) <= LIFETIME:
        return Finding("clock", "warning", f"{said}; a signature lives {LIFETIME} s")
    return Finding("clock", "failed", f"{said}, more than a signature lives ({LIFETIME} s): set it right", Exit.FAILED)


def _call(about: Connection, skew: float | None, kind: str) -> Finding:
    try:
        with about.client() as shop:
            answer = shop.reviews.with_raw_response.list(page_size=1)
    except UnauthenticatedError as error:
        return Finding("call", "failed", f"{shown(error)} {_code_16(skew, kind)}", Exit.REFUSED)
    except TrustooError as error:
        detail = shown(error)
        if isinstance(error, APIError):
            detail += " The credentials were accepted." if error.code in CODES else ""
        return Finding("call", "failed", detail, exit_code(error))
    return Finding("call", "ok", f"{REVIEWS_LIST.id} succeeded, request id {answer.request_id or 'unknown'}")


def _code_16(skew: float | None, kind: str) -> str:
    """What code 16 means in view of what is known here."""
    begin = f"Code {UNAUTHENTICATED} here:"
    if kind == "bearer":
        return f"{begin} the access token is wrong, has expired, or lacks {' and '.join(REVIEWS_LIST.scopes)}."
    if skew is not None and abs(skew) > LIFETIME:
        return f"{begin} the clock, see above. The client corrects it and tried again, so look at the tokens, too."
    clock = "the clock is right" if skew is not None else "the clock could not be compared"
    return (
        f"{begin} {clock} and the tokens do not look swapped, so the two belong to different shops or the private "
        f"token was reset. Something on the way may also remove the headers {', '.join(HEADERS.values())}."
    )
