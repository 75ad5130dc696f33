"""Checks a call that Prism was right to accept: its request and its response."""

import json
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

from trustoo import APIError, ResponseDecodeError
from trustoo_api.operations import HEADERS

from contract_tests.support.cases import body_of, wire_query
from contract_tests.support.shop import CLOCK, TOKENS, Call
from contract_tests.support.signature import canonical, sign
from contract_tests.support.spec import (
    SPEC,
    bare_schema,
    data_schema,
    has_unparsed_text,
    is_valid,
    parts,
    reading,
    response_pointer,
    same,
    seen_by_caller,
    shown,
)


def check_wire(case: Any, operation: str, credentials: str, call: Call) -> None:
    """Method, path, query, body and headers are the case's, and the signature is right."""
    request = call.sent
    assert request is not None, f"nothing was sent: {call.error!r}"
    _, method, _ = parts(operation)
    url = str(request.url)
    assert (request.method, unquote(urlsplit(url).path)) == (method, unquote(case.formatted_path))
    sent_query = [
        (unquote_plus(name), unquote_plus(value))
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


def check_response(operation: str, call: Call) -> None:
    """The value that the caller got, or the error, matches the response."""
    response = call.received
    assert response is not None, f"no response: {call.error!r}"
    assert 200 <= response.status_code < 400, f"It was refused: HTTP {response.status_code} {response.text[:500]}"
    raw: Any = json.loads(response.content) if response.content else None
    redirect = SPEC.redirect_to(parts(operation)[2])
    if response.status_code >= 300:
        raw = {"code": 0, "data": {redirect: response.headers["Location"]}}
    else:
        assert is_valid(response_pointer(operation), raw), f"the server's own response is not valid: {shown(raw)}"
    if raw.get("code"):
        assert isinstance(call.error, APIError), f"{call.error!r} for {shown(raw)}"
        assert call.error.code == raw["code"]
        return
    expected_schema, data = (
        (data_schema(operation), raw.get("data")) if "code" in raw else (bare_schema(operation), raw)
    )
    if expected_schema is not None and data is None and isinstance(call.error, ResponseDecodeError):
        assert "data" not in raw, f"{call.error!r} for {shown(raw)}"
        return
    has_data = expected_schema is not None and data_schema(operation) is not None and data is not None
    expected = reading(expected_schema, data) if expected_schema is not None and has_data else None
    if call.strict and has_unparsed_text(expected):  # the mock invents texts for dates and numbers
        assert isinstance(call.error, ResponseDecodeError), f"{call.value!r} for {shown(raw)}"
        return
    assert call.error is None, f"{call.error!r} for {shown(raw)}"
    if expected_schema is None or not has_data:
        is_empty = call.value in (None, []) or call.value.to_dict() == {}
        assert is_empty, f"{call.value!r} for {shown(raw)}"
        return
    actual = seen_by_caller(expected_schema, call.value)
    assert same(actual, expected), f"the caller sees {shown(actual)}, the response says {shown(expected)}"
