"""Calls that break the schema: the client cannot build them, or the server refuses them and the client says so.

What the server, Prism or the fake, accepts must be valid after all (most of this API's parameters are open), or one
of its known leniencies; each is counted with its reason.
"""

import inspect
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from trustoo.errors import ResponseError
from trustoo_api.types import OperationRequest

from contract_tests.fake import differences
from contract_tests.prism import known_prism_bugs
from contract_tests.support import options, scoreboard
from contract_tests.support.cases import body_of, describe, operation_of, schema, wire_query
from contract_tests.support.shop import Shops, kinds, module

negative = schema("negative")
known = differences if options.against == "fake" else known_prism_bugs


# Most of what is drawn for some operations is valid, and is left out. The report counts the cases that remain.
@negative.parametrize()  # type: ignore[untyped-decorator]  # schemathesis does not type it
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_an_invalid_call_is_refused_or_valid_after_all(case: Any, shops: Shops) -> None:
    shops.prefer = None
    operation = operation_of(case)
    repeat = f"\n  case: {describe(case)}\n  repeat: {options.repeat(operation)}"
    scoreboard.count(operation, "negative")
    if (cannot := why_it_cannot_be_built(case, operation)) is not None:
        scoreboard.note(operation, f"the client cannot build it: {cannot}")
        scoreboard.count(operation, "refused")
        return
    generated = module(operation)

    def as_given() -> OperationRequest:
        """The case's values as they are, past the typed arguments."""
        declared = generated.build.__globals__[operation.replace(".", "_").upper()]
        return OperationRequest(
            operation=declared._replace(method=case.method),
            path=case.formatted_path,
            query=tuple(wire_query(case)),
            body=body_of(case),
            unverified=True,
        )

    for call in shops.both(as_given, generated.DECODER, kinds(operation)[0]):
        assert call.received is not None, f"{call.error!r}{repeat}"
        if call.received.status_code >= 400:
            assert isinstance(call.error, ResponseError), f"{call.error!r} for {call.received.status_code}{repeat}"
            refused = True
        else:
            assert call.error is None, f"{call.error!r}{repeat}"
            reason = known.accepts_although_invalid(case, operation)
            assert reason is not None, f"The {options.against} accepted it and nothing explains why.{repeat}"
            scoreboard.note(operation, reason)
            refused = False
    scoreboard.count(operation, "refused", int(refused))


def why_it_cannot_be_built(case: Any, operation: str) -> str | None:
    """What keeps the client from building the case, None when nothing does."""
    if case.method != case.operation.method.upper():
        return None
    body = body_of(case)
    if case.media_type not in (None, "application/json"):
        return "it sends JSON only"
    if "extra_body" in inspect.signature(module(operation).build).parameters:
        if not isinstance(body, dict):
            return "the body is not an object"
    elif body is not None:
        return "the operation has no body"
    elif any(name.lower() == "content-type" for name in case.headers or {}):
        return "it sends a content type only with a body"
    given = set(case.query or {}) | set(body or {})
    signature = inspect.signature(module(operation).build).parameters
    needed = {name for name, parameter in signature.items() if parameter.default is inspect.Parameter.empty}
    if missing := needed - given:
        with pytest.raises(TypeError):
            module(operation).build(**dict.fromkeys(needed - missing))
        return "a required argument is missing"
    return None
