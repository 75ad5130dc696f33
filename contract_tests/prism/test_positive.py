"""Every operation, called through the overlay with generated arguments: Prism, or the fake, accepts it, the wire is
the case, the signature verifies, and what the caller gets is what was answered."""

import zlib
from typing import Any

import pytest
from trustoo.errors import APIError, ResponseError

from contract_tests.fake import differences
from contract_tests.prism import known_prism_bugs
from contract_tests.prism.checks import check_response, check_wire
from contract_tests.support import options, scoreboard
from contract_tests.support.cases import body_of, describe, operation_of, path_values, schema
from contract_tests.support.shop import Shops, arguments, kinds, module

positive = schema("positive")
known = differences if options.against == "fake" else known_prism_bugs
ANSWERS = ["positive"] if options.against == "fake" else ["positive", "dynamic"]


@positive.parametrize()  # type: ignore[untyped-decorator]  # schemathesis does not type it
@pytest.mark.parametrize("column", ANSWERS)
def test_a_valid_call_is_accepted_as_it_was_meant_and_its_response_reads_as_it_was_given(
    case: Any, column: str, shops: Shops
) -> None:
    operation = operation_of(case)
    digest = zlib.crc32(describe(case).encode("utf-8", "surrogatepass"))
    shops.prefer = f"dynamic=true, seed={digest}" if column == "dynamic" else None
    credentials = kinds(operation)[digest % len(kinds(operation))]
    generated = module(operation)
    given = arguments(operation, {**(case.query or {}), **path_values(case)}, body_of(case))
    calls = shops.both(lambda: generated.build(**given), generated.DECODER, credentials)
    for call, style in zip(calls, ("sync", "async"), strict=True):
        try:
            check_wire(case, operation, credentials, call)
            if refusal := known.refuses_although_valid(case, operation):
                assert isinstance(call.error, ResponseError), f"{call.error!r}, although {refusal.reason}"
                code = call.error.code if isinstance(call.error, APIError) else None
                assert refusal.code in (None, code), f"{call.error!r}, although {refusal}"
                scoreboard.note(operation, refusal.reason)
                continue
            check_response(operation, call)
        except AssertionError as error:
            raise AssertionError(
                f"{operation} ({style}, {column}): {error}\n  case: {describe(case)}\n"
                f"  sent: {call.sent and call.sent.url} {call.sent and call.sent.content!r}\n"
                f"  repeat: {options.repeat(operation)}"
            ) from error
        scoreboard.count(operation, column)
