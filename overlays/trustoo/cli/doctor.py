"""`trustoo doctor`: checks credentials, connection and clock, and explains what fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer
from trustoo_api.operations import CODES, HEADERS, REVIEWS_LIST, SPEC_VERSION

from .. import CREDENTIAL_VARIABLES, Credentials, __version__, check_base_url, check_connection
from ..errors import APIError, ConfigurationError, TransportError, TrustooError, UnauthenticatedError
from ..signing import LIFETIME
from .connection import Connection, connection
from .exits import Exit, command, exit_code, shown
from .output import AsJson, Output

__all__ = ["doctor"]

SHOWN = 4
"""The number of characters of a public token that are shown. No characters of other tokens are shown."""
LARGEST_OFFSET = 60
"""The largest difference between the clocks without a warning, in seconds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `code`: the exit code that this result causes."""

    check: str
    status: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    code: int = 0


@command
def doctor(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Check only the settings, and send nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Check tokens, connection and clock. The command reads at most one review, and prints no secrets."""
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
    yield Finding("versions", "ok", f"trustoo {__version__}, OpenAPI spec {SPEC_VERSION}, Python {python}")
    # Until the credentials are checked, the value of the public token may be the private token.
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
    offset = yield from _connection(about)
    if offset is False or not usable:
        yield Finding("call", "skipped", "needs valid credentials and a connection")
    else:
        yield _call(about, offset, usable)


def _tokens(about: Connection, *, may_show: bool) -> Iterator[Finding]:
    for name, variable in CREDENTIAL_VARIABLES.items():
        given = about.public_token if name == "public_token" else None
        value, source = (given, "--public-token") if given else (os.environ.get(variable), variable)
        if value is None:
            yield Finding(name, "skipped", f"not set ({variable})")
        else:
            is_shown = may_show and name == "public_token" and len(value) > 2 * SHOWN
            start = f", begins with {value[:SHOWN]!r}" if is_shown else ""
            yield Finding(name, "ok", f"from {source}, {len(value)} characters{start}")


def _credentials(about: Connection) -> tuple[str | None, Finding]:
    """The kind of the credentials, None if they are invalid; and the finding."""
    if about.shop is not None:
        try:
            with about.platform() as platform:
                token = platform.token(about.shop)
        except TrustooError as error:
            return None, Finding("credentials", "failed", shown(error), exit_code(error))
        if token is None:
            detail = f"no token of {about.shop!r} is saved; run: trustoo oauth login --shop {about.shop}"
            return None, Finding("credentials", "failed", detail, Exit.USAGE)
        return "bearer", Finding("credentials", "ok", f"the saved access token of {about.shop!r}")
    try:
        kind = Credentials.find({"public_token": about.public_token}).kind_for(REVIEWS_LIST)
    except ConfigurationError as error:
        return None, Finding("credentials", "failed", shown(error), Exit.USAGE)
    found = {"hmac": "public and private token, which do not look swapped", "bearer": "an access token"}
    return kind, Finding("credentials", "ok", found[kind])


def _connection(about: Connection) -> Generator[Finding, None, float | Literal[False] | None]:
    """Yield findings about the connection and the clock.

    Returns the offset of the server's clock in seconds; None if the offset is unknown, False if no response arrived.
    """
    try:
        checked = check_connection(about.address, timeout=about.timeout)
    except TransportError as error:
        yield Finding("connection", "failed", f"{about.address} does not respond: {shown(error)}", Exit.UNREACHABLE)
        yield Finding("clock", "skipped", "the server's time is unknown")
        return False
    detail = f"{about.address} responded with HTTP {checked.status} in {checked.seconds:.2f} s"
    yield Finding("connection", "ok", detail)
    if checked.clock_offset is None:
        yield Finding("clock", "skipped", "the response has no date")
    else:
        yield _clock(checked.clock_offset)
    return checked.clock_offset


def _clock(offset: float) -> Finding:
    if abs(offset) <= LARGEST_OFFSET:
        return Finding("clock", "ok", f"within {max(1, round(abs(offset)))} s of the server's clock")
    detail = f"this machine's clock is {abs(offset):.0f} s {'behind' if offset > 0 else 'ahead of'} the server's"
    if abs(offset) <= LIFETIME:
        return Finding("clock", "warning", f"{detail}; a signature is valid for {LIFETIME} s")
    return Finding("clock", "failed", f"{detail}; a signature is valid for {LIFETIME} s: set the clock", Exit.FAILED)


def _call(about: Connection, offset: float | None, kind: str) -> Finding:
    try:
        with about.client() as shop:
            response = shop.reviews.with_raw_response.list(page_size=1)
    except UnauthenticatedError as error:
        return Finding("call", "failed", f"{shown(error)} {_explain_refusal(offset, kind)}", Exit.REFUSED)
    except TrustooError as error:
        detail = shown(error)
        if isinstance(error, APIError):
            detail += " The credentials were accepted." if error.code in CODES else ""
        return Finding("call", "failed", detail, exit_code(error))
    return Finding("call", "ok", f"{REVIEWS_LIST.id} succeeded, request id {response.request_id or 'unknown'}")


def _explain_refusal(offset: float | None, kind: str) -> str:
    """The likely cause of code 16, based on the other findings."""
    start = f"Code {UnauthenticatedError.known_code} here:"
    if kind == "bearer":
        return f"{start} the access token is wrong, has expired, or lacks {' and '.join(REVIEWS_LIST.scopes)}."
    if offset is not None and abs(offset) > LIFETIME:
        return (
            f"{start} the clock is wrong, see above. The client corrected the time and tried again, so also check the "
            "tokens."
        )
    clock = "the clock is right" if offset is not None else "the clock could not be compared"
    return (
        f"{start} {clock} and the tokens do not look swapped, so the tokens belong to different shops, or the "
        f"private token was reset. A proxy may also remove the headers {', '.join(HEADERS.values())}."
    )
