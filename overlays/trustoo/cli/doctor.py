"""`trustoo doctor`: checks credentials, connection and clock, and explains what fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import typer
from trustoo_api.models import ReviewPage
from trustoo_api.operations import CODES, HEADERS, REVIEWS_LIST, SPEC_VERSION

from .. import (
    CREDENTIAL_VARIABLES,
    WRONG_PRIVATE_TOKEN,
    Credentials,
    Settings,
    SigningProbe,
    Trustoo,
    __version__,
    check_base_url,
    check_connection,
    signing_probes,
)
from ..errors import APIError, ArgumentError, ConfigurationError, TransportError, TrustooError, UnauthenticatedError
from ..signing import LIFETIME
from .connection import Connection, connection
from .exits import Exit, command, exit_code, shown
from .output import AsJson, Output

__all__ = ["doctor"]

SHOWN = 4
"""The number of characters of a public token that are shown. No characters of other tokens are shown."""
LARGEST_OFFSET = 60
"""The largest difference between the clocks without a warning, in seconds."""
PROBED_REVIEWS = 20
"""The number of reviews in which --probe looks for two products."""


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
    probe: Annotated[
        bool, typer.Option("--probe", help="Also find out how the service signs special values. Sends four reads more.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Check tokens, connection and clock. The command only reads reviews, and prints no secrets."""
    if offline and probe:
        raise ArgumentError("Give --offline or --probe, not both: --probe sends requests.")
    output, findings = Output(as_json), []
    for finding in _examine(connection(context), offline, probe):
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


def _examine(about: Connection, offline: bool, probe: bool) -> Iterator[Finding]:
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
        call = _call(about, offset, usable)
        yield call
        if probe and usable != "hmac":
            yield Finding("signing", "skipped", "an access token is not signed; the probes need the shop's two tokens")
        elif probe and call.status != "ok":
            yield Finding("signing", "skipped", "the probes need a call that succeeds")
        elif probe:
            yield from _probe(about)


def _tokens(about: Connection, *, may_show: bool) -> Iterator[Finding]:
    for name, variable in CREDENTIAL_VARIABLES.items():
        given = about.public_token if name == "public_token" else None
        value, source = (given, "--public-token") if given else (os.environ.get(variable), variable)
        if source in about.from_profile:
            source = f"profile {about.profile}"
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
    detail = f"{about.address} responded in {checked.seconds:.2f} s (HTTP {checked.status}; any status will do)"
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


def _probe(about: Connection) -> Iterator[Finding]:
    """Ask how the service signs special values. The read with a wrong signature shows whether an answer counts."""
    public_token = Credentials.find({"public_token": about.public_token}).public_token
    wrong = Settings(public_token=public_token, private_token=WRONG_PRIVATE_TOKEN)
    with about.client() as shop, Trustoo(**about.settings | wrong) as stranger:
        page, problem = _read(shop, page_size=PROBED_REVIEWS)
        if page is None:
            yield Finding("signing", "skipped", f"needs a page of reviews: {problem and shown(problem)}")
            return
        is_checked = SigningProbe.is_checked(_read(stranger, page_size=1)[1])
        for probe in signing_probes([review.product_id for review in page.list]):
            yield _answer(probe, is_checked, *_read(shop, **probe.arguments))


def _answer(
    probe: SigningProbe, is_checked: bool | None, page: ReviewPage | None, error: TrustooError | None
) -> Finding:
    """What the result of one probe shows. Only a refusal is a failure."""
    is_accepted = SigningProbe.is_accepted(error)
    detail = [f"{probe.name}: {probe.learnt(is_accepted, is_checked)}"]
    if page is not None:
        found = [review.product_id for review in page.list]
        detail.append(probe.products_found(found, is_complete=len(found) < probe.arguments["page_size"]))
    if is_accepted is None and error is not None:
        detail.append(shown(error))
    text = " ".join(filter(None, detail))
    if is_accepted is False:
        return Finding("signing", "failed", text, Exit.FAILED)
    return Finding("signing", "ok" if is_accepted and is_checked else "warning", text)


def _read(shop: Trustoo, **arguments: Any) -> tuple[ReviewPage | None, TrustooError | None]:
    """One read of reviews: its page or its error."""
    try:
        return shop.reviews.list(**arguments), None
    except TrustooError as error:
        return None, error
