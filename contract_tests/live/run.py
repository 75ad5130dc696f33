"""Makes the planned calls and keeps what may be kept of each response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from trustoo import (
    NO_RETRIES,
    WRONG_PRIVATE_TOKEN,
    ResponseDecodeError,
    SigningProbe,
    Trustoo,
    TrustooError,
)
from trustoo.credentials import Credentials

from contract_tests.support.shop import module

from .differences import Difference, Findings, compare_response
from .guard import Guard
from .plan import NeedsProducts, NeedsSecondPage, Step
from .semantics import Exchange, semantic_differences
from .shapes import Shape, shape_of

__all__ = ["Outcome", "Result", "Run"]

# The numbers of a protocol, not of a shop; larger ones are not shown.
_LARGEST_CODE = 999
UNAUTHENTICATED = 16


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    step: Step
    kind: str
    """The credentials it was sent with: "hmac", "bearer" or "none"."""
    status: int | None
    code: int | None
    """The envelope's; None where there is none or it is no number of a protocol."""
    failure: TrustooError | None
    """The client's error, whose text may quote the response; None for a value."""
    findings: Findings = field(default_factory=Findings)
    shape: Shape | None = None
    probe: SigningProbe | None = None
    """The signing probe that the call is."""

    @property
    def operation(self) -> str:
        """The operationId."""
        return self.step.operation.id

    @property
    def error(self) -> str:
        """The client's error class; "" for a value."""
        return "" if self.failure is None else type(self.failure).__name__

    @property
    def is_as_described(self) -> bool:
        """Whether the call gave a value without a difference. A control must be refused."""
        if self.step.is_control:
            return SigningProbe.is_checked(self.failure) is True and not self.differences
        return self.failure is None and not self.differences

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


@dataclass(frozen=True)
class Answer:
    """What a signing probe shows."""

    question: str
    is_accepted: bool | None
    learnt: str


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
        return not self.stopped and all(one.is_as_described for one in self.outcomes)

    @property
    def answers(self) -> list[Answer]:
        """What the signing probes show, in their order."""
        controls = [one.failure for one in self.outcomes if one.step.is_control]
        is_checked = SigningProbe.is_checked(controls[0]) if controls else None
        return [
            Answer(one.probe.name, is_accepted, one.probe.learnt(is_accepted, is_checked))
            for one in self.outcomes
            if one.probe is not None
            for is_accepted in [SigningProbe.is_accepted(one.failure)]
        ]


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
        self.received: list[httpx.Response] = []
        """The JSON responses, with all their values: for a recording, which replaces the values."""

        def client(private_token: str | None) -> Trustoo:
            return Trustoo(
                public_token=credentials.public_token,
                private_token=private_token,
                access_token=credentials.access_token,
                base_url=base_url,
                retry=NO_RETRIES,
                strict=True,  # each difference from the OpenAPI spec shall show
                timeout=timeout,
                http_client=http,
                storage_client=http,  # uploads go through the guard too, which admits none
            )

        self.client = client(credentials.private_token)
        self._stranger = self.client if self._bearer else client(WRONG_PRIVATE_TOKEN)

    def through(self, steps: list[Step], left_out: Mapping[str, str]) -> Result:
        """Make the calls; a refusal of the credentials, a failed connection or HTTP 429 ends the run."""
        result, responses = Result(left_out=dict(left_out)), dict[str, Any]()
        try:
            for step in steps:
                arguments = step.arguments_after(responses)
                if isinstance(arguments, str):
                    result.left_out[step.name] = arguments
                    continue
                outcome = self._call(step, arguments, responses)
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

    def _call(self, step: Step, arguments: Mapping[str, Any], responses: dict[str, Any]) -> Outcome:
        """The outcome. `responses` takes in the JSON response, which stays in memory for calls that need its ids."""
        self._received, error = None, None
        operation, probe = step.operation, None
        if isinstance(step.need, NeedsProducts):
            probe = step.need.probe(responses)
        generated = module(operation.id)
        try:
            client = self._stranger if step.is_control else self.client
            client.send(generated.build(**arguments), generated.DECODER)
        except TrustooError as problem:
            error = problem
        kind = "none" if not operation.credentials else "bearer" if self._bearer else "hmac"
        if self._received is None:
            return Outcome(step, kind, None, None, error, probe=probe)
        status = self._received.status_code
        try:
            response = json.loads(self._received.content)
        except (ValueError, RecursionError, httpx.StreamError):  # a body that broke off cannot be read
            return Outcome(step, kind, status, None, error, probe=probe)
        self.received.append(self._received)
        first_page = responses.get(step.need.listing) if isinstance(step.need, NeedsSecondPage) else None
        exchange = Exchange(arguments, response, self._received.headers, first_page, bool(probe and probe.products))
        findings = compare_response(operation.id, response)
        findings.differences.update(semantic_differences(exchange))
        if isinstance(error, ResponseDecodeError) and not findings.differences:
            findings.differences.add(Difference("", "not readable", "the client cannot read the response"))
        if step.is_control and SigningProbe.is_checked(error) is False:
            findings.differences.add(Difference("", "signature not checked", "a wrong signature was accepted"))
        responses[step.name] = response
        return Outcome(step, kind, status, _code(response), error, findings, shape_of(response), probe)


def _code(response: Any) -> int | None:
    code = response.get("code") if isinstance(response, dict) else None
    return code if type(code) is int and 0 <= code <= _LARGEST_CODE else None


def _reason_to_stop(outcome: Outcome) -> str:
    if outcome.refused and outcome.probe is None and not outcome.step.is_control:
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
