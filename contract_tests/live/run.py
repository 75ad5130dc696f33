"""Makes the planned calls and keeps what may be kept of each response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from trustoo import NO_RETRIES, Trustoo, TrustooError
from trustoo.credentials import Credentials
from trustoo_api.types import Operation

from contract_tests.support.shop import module

from .differences import Difference, Findings, compare_response
from .guard import Guard
from .plan import Step
from .shapes import Shape, shape_of

__all__ = ["Outcome", "Result", "Run"]

# The numbers of a protocol, not of a shop; larger ones are not shown.
_LARGEST_CODE = 999
UNAUTHENTICATED = 16


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    operation: str
    kind: str
    """The credentials it was sent with: "hmac", "bearer" or "none"."""
    status: int | None
    code: int | None
    """The envelope's; None where there is none or it is no number of a protocol."""
    error: str
    """The client's error class; "" for a value."""
    findings: Findings = field(default_factory=Findings)
    shape: Shape | None = None

    @property
    def signature(self) -> str:
        """Whether the service took the HMAC signature."""
        if self.kind != "hmac":
            return "not signed"
        if self.refused:
            return "refused"
        return "accepted" if self.status == 200 and self.code == 0 else "unclear"

    @property
    def refused(self) -> bool:
        """Whether the credentials were not accepted."""
        return self.kind != "none" and (self.status == 401 or self.code == UNAUTHENTICATED)

    @property
    def differences(self) -> list[Difference]:
        """In their one order."""
        return sorted(self.findings.differences)


@dataclass
class Result:
    """A whole run."""

    outcomes: list[Outcome] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Reads that were not called, and why."""
    stopped: str = ""
    """Why the run ended before its end."""

    @property
    def is_as_described(self) -> bool:
        """Whether every planned call gave a value without a difference."""
        return not self.stopped and not any(one.error or one.differences for one in self.outcomes)


class Run:
    """One pass through a plan.

    Args:
        credentials: shop tokens or an access token.
        base_url: where the service is.
        guard: the transport, which admits the plan's calls only.
        timeout: seconds without progress after which a call ends.
    """

    def __init__(self, credentials: Credentials, base_url: str, guard: Guard, timeout: float = 30.0) -> None:
        self._received: httpx.Response | None = None
        http = httpx.Client(transport=guard, event_hooks={"response": [self._keep]})
        self._http, self._bearer = http, bool(credentials.access_token)
        self.client = Trustoo(
            public_token=credentials.public_token,
            private_token=credentials.private_token,
            access_token=credentials.access_token,
            base_url=base_url,
            retry=NO_RETRIES,
            strict=True,  # each difference from the OpenAPI spec shall show
            timeout=timeout,
            http_client=http,
            storage_client=http,  # uploads go through the guard too, which admits none
        )

    def through(self, steps: list[Step], left_out: Mapping[str, str]) -> Result:
        """Make the calls; a refusal of the credentials, a failed connection or HTTP 429 ends the run."""
        result, responses = Result(left_out=dict(left_out)), dict[str, Any]()
        try:
            for step in steps:
                name = step.operation.id
                arguments = step.arguments_after(responses)
                if arguments is None:
                    assert step.need is not None
                    result.left_out[name] = f"{step.need.listing} gave no {step.need.member} to call it with"
                    continue
                outcome, responses[name] = self._call(step.operation, arguments)
                result.outcomes.append(outcome)
                if reason := _reason_to_stop(outcome):
                    result.stopped = reason
                    break
        except KeyboardInterrupt:
            result.stopped = "You stopped it."
        finally:
            self._http.close()
        return result

    def _keep(self, response: httpx.Response) -> None:
        self._received = response

    def _call(self, operation: Operation, arguments: Mapping[str, Any]) -> tuple[Outcome, Any]:
        """The outcome, and the JSON response, which stays in memory for calls that need an id of it."""
        self._received, error = None, ""
        generated = module(operation.id)
        try:
            self.client.send(generated.build(**arguments), generated.DECODER)
        except TrustooError as problem:
            error = type(problem).__name__  # and no word of its text: it may quote the response
        kind = "none" if not operation.credentials else "bearer" if self._bearer else "hmac"
        if self._received is None:
            return Outcome(operation.id, kind, None, None, error), None
        status = self._received.status_code
        try:
            response = json.loads(self._received.content)
        except (ValueError, RecursionError, httpx.HTTPError):
            return Outcome(operation.id, kind, status, None, error), None
        outcome = Outcome(
            operation.id,
            kind,
            status,
            _code(response),
            error,
            compare_response(operation.id, response),
            shape_of(response),
        )
        return outcome, response


def _code(response: Any) -> int | None:
    code = response.get("code") if isinstance(response, dict) else None
    return code if type(code) is int and 0 <= code <= _LARGEST_CODE else None


def _reason_to_stop(outcome: Outcome) -> str:
    if outcome.refused:
        what = "signature or tokens were" if outcome.kind == "hmac" else "access token was"
        remedy = (
            "Check that both tokens are this shop's and belong to this host; if they are, the rule in trustoo.signing "
            "is not the service's."
            if outcome.kind == "hmac"
            else "It may be expired, lack a scope, or belong to another host."
        )
        code = "no code" if outcome.code is None else f"code {outcome.code}"
        return f"The {what} refused at {outcome.operation} (HTTP {outcome.status}, {code}). {remedy}"
    if outcome.status == 429:
        return f"The service asked for fewer requests at {outcome.operation} (HTTP 429). Try later, with a lower rate."
    if outcome.status is None:
        return f"No response arrived at {outcome.operation} ({outcome.error}). Check the host and the network."
    return ""
