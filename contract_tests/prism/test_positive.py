"""Every operation, called through the overlay with generated arguments: Prism accepts it, the wire is the case,
the signature verifies, and what the caller gets is what was answered."""

import json
import zlib
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from trustoo import ApiError, UndecodableResponse
from trustoo.errors import AnswerError
from trustoo_api.operations import HEADERS

from contract_tests.prism.falsehoods import refuses_although_valid
from contract_tests.support import options, scoreboard
from contract_tests.support.cases import body_of, describe, operation_of, schema, wire_query
from contract_tests.support.description import (
    SPEC,
    answer_pointer,
    bare_schema,
    data_schema,
    is_valid,
    parts,
    reading,
    same,
    seen_by_caller,
    shown,
)
from contract_tests.support.shop import CLOCK, TOKENS, Call, Shops, arguments, kinds, module
from contract_tests.support.signature import canonical, sign

positive = schema("positive")


@positive.parametrize()  # type: ignore[untyped-decorator]  # schemathesis does not type it
@pytest.mark.parametrize("column", ["positive", "dynamic"])
def test_a_valid_call_is_accepted_as_it_was_meant_and_its_answer_reads_as_it_was_given(
    case: Any, column: str, shops: Shops
) -> None:
    operation = operation_of(case)
    digest = zlib.crc32(describe(case).encode("utf-8", "surrogatepass"))
    shops.prefer = f"dynamic=true, seed={digest}" if column == "dynamic" else None
    credentials = kinds(operation)[digest % len(kinds(operation))]
    generated = module(operation)
    given = arguments(operation, case.query, body_of(case))
    calls = shops.both(lambda: generated.build(**given), generated.ANSWER, credentials)
    for call, style in zip(calls, ("sync", "async"), strict=True):
        try:
            check_wire(case, operation, credentials, call)
            if reason := refuses_although_valid(case, operation):
                assert isinstance(call.error, AnswerError), f"{call.error!r}, although {reason}"
                scoreboard.note(operation, reason)
                continue
            check_answer(operation, call)
        except AssertionError as error:
            raise AssertionError(
                f"{operation} ({style}, {column}): {error}\n  case: {describe(case)}\n"
                f"  sent: {call.sent and call.sent.url} {call.sent and call.sent.content!r}\n"
                f"  repeat: {options.repeat(operation)}"
            ) from error
        scoreboard.count(operation, column)


def check_wire(case: Any, operation: str, credentials: str, call: Call) -> None:
    """Method, path, query, body and headers are the case's, and the signature is right."""
    request = call.sent
    assert request is not None, f"nothing was sent: {call.error!r}"
    path, method, _ = parts(operation)
    url = str(request.url)
    assert (request.method, urlsplit(url).path) == (method, path)
    sent_query = [
        (unquote(name), unquote(value))
        for name, _, value in (pair.partition("=") for pair in urlsplit(url).query.split("&") if pair)
    ]
    assert sorted(sent_query) == sorted(wire_query(case)), "the query is not the case's"
    for name in {name for name, _ in sent_query}:
        ours, theirs = ([v for n, v in pairs if n == name] for pairs in (sent_query, wire_query(case)))
        assert ours == theirs, f"the values of {name} are in another order"
    body = body_of(case)
    if body is None:
        assert request.content == b"", "a body was sent where there is none"
        assert "Content-Type" not in request.headers
    else:
        assert same(json.loads(request.content), body), "the body is not the case's"
        assert request.headers["Content-Type"] == "application/json"
    check_credentials(url, credentials, call)


def check_credentials(url: str, credentials: str, call: Call) -> None:
    """Exactly the headers of the kind of credentials are there, and a signature is right."""
    assert call.sent is not None
    found = {name: call.sent.headers.get(name) for name in (*HEADERS.values(), "Authorization")}
    expected: dict[str, str | None] = dict.fromkeys(found)
    if credentials == "hmac":
        tokens = TOKENS["hmac"]
        message = canonical(url, str(CLOCK), call.sent.content)
        expected["Public-Token"], expected["Timestamp"] = tokens["public_token"], str(CLOCK)
        expected["Sign"] = sign(tokens["private_token"], message)
    elif credentials == "bearer":
        expected["Authorization"] = f"Bearer {TOKENS['bearer']['access_token']}"
    elif credentials == "merchant_session":
        expected["Authorization"] = TOKENS["merchant_session"]["merchant_session"]
    assert found == expected, f"credentials on the wire: {found}, expected {expected}"


def check_answer(operation: str, call: Call) -> None:
    """The value that the caller got, or the error, is what the answer says."""
    reply = call.received
    assert reply is not None, f"no answer: {call.error!r}"
    assert 200 <= reply.status_code < 400, f"Prism refused: HTTP {reply.status_code} {reply.text[:500]}"
    raw: Any = json.loads(reply.content) if reply.content else None
    redirect = SPEC.redirect_to(parts(operation)[2])
    if reply.status_code >= 300:
        raw = {"code": 0, "data": {redirect: reply.headers["Location"]}}
    else:
        assert is_valid(answer_pointer(operation), raw), f"Prism's own answer is not valid: {shown(raw)}"
    if raw.get("code"):
        assert isinstance(call.error, ApiError), f"{call.error!r} for {shown(raw)}"
        assert call.error.code == raw["code"]
        return
    expected_schema, data = (
        (data_schema(operation), raw.get("data")) if "code" in raw else (bare_schema(operation), raw)
    )
    if expected_schema is not None and data is None and isinstance(call.error, UndecodableResponse):
        assert "data" not in raw, f"{call.error!r} for {shown(raw)}"
        return
    assert call.error is None, f"{call.error!r} for {shown(raw)}"
    if expected_schema is None or data_schema(operation) is None or data is None:
        assert call.value in (None, []), f"{call.value!r} for {shown(raw)}"
        return
    actual, expected = seen_by_caller(expected_schema, call.value), reading(expected_schema, data)
    assert same(actual, expected), f"the caller sees {shown(actual)}, the answer says {shown(expected)}"
