"""Decodes one input without I/O and checks the result.

The result must be a complete value with readable parts, or a documented error that is correct.
"""

import copy
import json
import pickle
import re
import warnings
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any
from zlib import crc32

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from trustoo import NO_RETRIES, APIError, HTTPStatusError, OutcomeUnknownError, TrustooError, UnexpectedShapeWarning
from trustoo import UnverifiedOperationWarning as Unverified
from trustoo._clock import SkewCorrectedClock
from trustoo._config import Config
from trustoo._pipeline import Pipeline
from trustoo.credentials import Credentials
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo_api.errors import ResponseDecodeError
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Model, OperationRequest, Response, ResponseDecoder

from contract_tests.properties.inputs import Input, inputs
from contract_tests.properties.misbehaviour import may_be_processed
from contract_tests.support import tolerance
from contract_tests.support.options import PYTHON
from contract_tests.support.samples import sample
from contract_tests.support.shop import CLOCK, TOKENS, kinds
from contract_tests.support.spec import (
    SPEC,
    attribute,
    bare_schema,
    data_schema,
    reading,
    same,
    seen_by_caller,
    shown,
    types_of,
)
from contract_tests.support.tolerance import UNREADABLE, NotJSONError, TooDeepError, loads

DOCUMENTED = (APIError, HTTPStatusError, ResponseDecodeError, OutcomeUnknownError)
"""The errors that a call may raise after a response arrived."""
READABLE = 900
"""Levels of nesting that can be read on every version of Python.

Deeper nesting may be refused. The refusal may come with the call. It may also come only when a caller reads the value,
because skipping a value needs less stack than reading the value.
"""


@cache
def _call(operation: str) -> tuple[OperationRequest, ResponseDecoder[Any]]:
    make, decoder = sample(operation)
    return make(), decoder


def decode(operation: str, given_input: Input, strict: bool = False) -> Response[Any]:
    """Return the response that a session decodes from the input. Raises the errors of the session."""
    request, decoder = _call(operation)
    tokens: dict[str, Any] = dict(TOKENS.get(kinds(operation)[0], {}))
    clock = SkewCorrectedClock(lambda: CLOCK)
    session = Pipeline(Config(Credentials(**tokens), "http://127.0.0.1", retry=NO_RETRIES, clock=clock, strict=strict))
    headers = httpx.Headers([(name.encode(), value.encode("latin-1")) for name, value in given_input.headers])
    effects = session.execute(request, decoder)
    try:
        step = next(effects)
        for _ in range(2):  # the second time after the clock was corrected
            assert isinstance(step, HTTPRequest), f"it wants to wait: {step!r}"
            step = effects.send(HTTPResponse(given_input.status, headers, given_input.content))
    except StopIteration as done:
        response: Response[Any] = done.value
        return response
    raise AssertionError("The session wants to send the request a third time.")


def check(operation: str, given_input: Input, strict: bool = False) -> str:
    """Check one input. Returns "value" or the name of the documented error. Raises AssertionError with the problem."""
    try:
        return _check(operation, given_input, strict)
    except (ResponseDecodeError, TooDeepError) as error:
        if nesting(given_input.content) <= READABLE:
            raise AssertionError(f"a value whose parts cannot be read: {error}") from error
        return "ResponseDecodeError"


def nesting(content: bytes) -> int:
    """Return the depth of nested brackets. Brackets in strings do not count."""
    brackets = re.sub(rb'"(?:[^"\\]|\\.)*"|[^][{}]', b"", content)
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)


def _check(operation: str, given_input: Input, strict: bool) -> str:
    error: Exception
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unverified)
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        try:
            response = decode(operation, given_input, strict)
        except DOCUMENTED as error:
            _check_error(operation, given_input, error, strict)
            return next(kind.__name__ for kind in DOCUMENTED if isinstance(error, kind))
        except Exception as error:
            raise AssertionError(f"undocumented {type(error).__name__}: {error}") from error
        try:
            _check_response(operation, given_input, response, strict)
        except (AssertionError, ResponseDecodeError, TooDeepError):
            raise
        except Exception as error:
            raise AssertionError(f"a value whose parts cannot be read: {type(error).__name__}: {error}") from error
    return "value"


# --- errors


def _check_error(operation: str, given_input: Input, error: TrustooError, strict: bool) -> None:
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), repr(twin)) == (str(error), repr(error)), "pickling changes the error"
    successful, write = _successful(operation, given_input), OPERATIONS[operation].is_write
    if is_open := isinstance(error, OutcomeUnknownError):
        assert error.response is not None
        error = error.response
    code = error.code if isinstance(error, APIError | ResponseDecodeError) else None
    expected = write and may_be_processed(given_input.status, code)
    assert is_open == expected, f"{error!r}, and the outcome is {'' if is_open else 'not '}unknown"
    if isinstance(error, ResponseDecodeError):
        assert successful, f"ResponseDecodeError for HTTP {given_input.status}"
        if given_input.kind in ("good", "unknown added"):
            raw = json.loads(given_input.content)
            without_data = "code" in raw and "data" not in raw
            assert without_data, f"a good response is refused: {error}"
        if not strict:
            _check_refusal(operation, given_input, error)
        return
    if isinstance(error, APIError):
        said = tolerance.code(loads(given_input.content))
        assert said == error.code != 0, f"the response says code {said}, the error {error.code}"
        return
    assert not successful, f"{type(error).__name__} for HTTP {given_input.status}"


def _check_refusal(operation: str, given_input: Input, error: Exception) -> None:
    """Fail if a tolerant client refused a success: an envelope with code 0 and data of the declared kind."""
    try:
        raw = loads(given_input.content)
    except NotJSONError:
        return
    if tolerance.code(raw) != 0 or nesting(given_input.content) > READABLE:
        return
    schema, data = data_schema(operation), raw.get("data")
    assert schema is not None, f"a success without data is refused: {error}"
    assert not OPERATIONS[operation].is_write, f"a write that was carried out is refused: {error}"
    kinds = dict if "object" in types_of(schema) else list
    assert not isinstance(data, kinds), f"a response is refused whose data can be read: {error}"


def _location(operation: str, given_input: Input) -> str | None:
    """Return the URL of a documented redirect, else None."""
    if OPERATIONS[operation].redirect_to is None or not 300 <= given_input.status < 400:
        return None
    return dict(given_input.headers).get("location")


def _successful(operation: str, given_input: Input) -> bool:
    return 200 <= given_input.status < 300 or _location(operation, given_input) is not None


# --- values


def _check_response(operation: str, given_input: Input, response: Response[Any], strict: bool) -> None:
    assert _successful(operation, given_input), f"a value for HTTP {given_input.status}"
    location = _location(operation, given_input)
    if location is not None:
        text = response.headers["location"]
        raw: Any = {"code": 0, "data": {OPERATIONS[operation].redirect_to: text}}
    else:
        raw = loads(given_input.content)
    assert isinstance(raw, dict), "a value, although the response is no object"
    schema, data = (data_schema(operation), raw.get("data")) if "code" in raw else (bare_schema(operation), raw)
    code = 0 if "code" not in raw else tolerance.code(raw)
    assert code == 0, f"a value, although code {raw['code']!r}"
    assert schema is not None or "code" in raw, "a value, although the response has no code"
    value = response.parsed
    if data_schema(operation) is None:
        assert value is None, f"{value!r}, although the operation has no data"
        return
    assert schema is not None
    if not isinstance(data, dict if "object" in types_of(schema) else list):
        _check_without_data(schema, value, data, OPERATIONS[operation].is_write)
        return
    for model, part in _side_by_side(value, data):
        _check_model(model, part, strict)
    if strict:
        assert response.unreadable == (), f"{response.unreadable} cannot be read, although the client is strict"
    if given_input.kind == "good" and location is None:
        actual, expected = seen_by_caller(schema, value), reading(schema, data)
        assert same(actual, expected), f"the caller sees {shown(actual)}, the response says {shown(expected)}"
    if given_input.original is not None:
        original = decode(
            operation, Input("good", given_input.status, given_input.headers, given_input.original), strict
        )
        assert known(value) == known(original.parsed), f"an unknown member changes {original.parsed!r} to {value!r}"


def _check_without_data(schema: Any, value: Any, data: Any, is_write: bool) -> None:
    """Check the result of a success whose data is missing, null or of another kind."""
    if isinstance(value, list):
        assert value == [], f"{value!r}, although there is no data"
        assert data is None or data == {}, f"a result, although the data is {data!r}"
        return
    assert isinstance(value, Model)
    assert value.to_dict() == {}, f"{value!r}, although there is no data"
    is_empty_page = data == [] and tolerance.is_listing(schema)
    assert is_write or is_empty_page, f"a result, although the data is {data!r}"
    if data not in (None, []):
        assert value.unreadable == ("data",), f"data is not in {value.unreadable}"


def _side_by_side(value: Any, data: Any) -> list[tuple[Model, Any]]:
    if isinstance(value, list):
        assert isinstance(data, list), "a list, although the response has none"
        return list(zip(value, [item for item in data if isinstance(item, dict)], strict=True))
    return [(value, data)]


def _check_model(model: Model, data: Any, strict: bool) -> None:
    """Check all methods and attributes of a model and of the models in it."""
    assert isinstance(model, Model)
    shape = json.dumps(data)
    assert json.dumps(model.to_dict()) == shape, f"to_dict() is {model.to_dict()!r}"
    assert list(model.keys()) == list(data), "keys() differ"
    assert json.dumps(dict(model)) == shape, "dict() differs"
    for name in data:
        assert model.has(name), f"has({name!r}) is False"
        assert name in model, f"{name!r} is not in the model"
        assert json.dumps(model[name]) == json.dumps(data[name]), f"[{name!r}] differs"
    assert not model.has("no such member")
    properties = SPEC.properties(SPEC.document["components"]["schemas"][type(model).__name__])
    unknown = {name: item for name, item in data.items() if name not in properties}
    assert json.dumps(model.extra) == json.dumps(unknown), f"extra is {model.extra!r}, not {unknown!r}"
    unreadable = {wire for wire, about in properties.items() if _check_member(model, wire, about, data, strict)}
    assert set(model.unreadable) == unreadable, f"{model.unreadable} cannot be read, expected {unreadable}"
    assert not (strict and unreadable), f"{unreadable} cannot be read, although the client is strict"
    twins = [pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)]
    for twin in twins:
        assert twin == model, "a copy differs from the model"
        assert json.dumps(twin.to_dict()) == shape, "a copy differs from the model"
        assert twin.unreadable == model.unreadable, "a copy differs from the model"
        assert f"{model}" == repr(model) == repr(twin)
    assert model != object()


def _check_member(model: Model, wire: str, about: Any, data: Any, strict: bool) -> bool:
    """Check one member. Returns whether it cannot be read."""
    name = attribute(wire)
    value, part = getattr(model, name), data.get(wire)
    is_page = wire == "page" and "object" in types_of(SPEC.resolve(about))
    if is_page and not isinstance(part, dict):
        assert isinstance(value, Model), f"{name} is {value!r}, and no page"
        assert value.to_dict() == {}, f"{name} is {value!r}, although the response has none"
        return part not in (None, [])
    expected = tolerance.reading(about, part)
    if SPEC.resolve(about).get("format") in ("instant", "decimal"):
        text = getattr(model, f"{name}_text")
        assert same(text, None if expected is UNREADABLE else expected), f"{name}_text is {text!r}, not {expected!r}"
        tolerance.check_parsed(about, name, text, value)
        assert not isinstance(value, datetime) or value.utcoffset() == timedelta(0), f"{name} is not in UTC: {value!r}"
        return expected is UNREADABLE or tolerance.is_unparsed(about, text, value)
    if expected is UNREADABLE:
        assert value is None or value == [], f"{name} is {value!r}, although the response says {part!r}"
        return True
    if strict and part is not None:
        kept = isinstance(part, dict | list | float) or (type(part) is int and isinstance(value, str))
        assert kept or same(expected, part), f"{part!r} is read as {value!r}, although the client is strict"
    if isinstance(value, list):
        assert len(value) == len(expected), f"{name} has another length"
        for item, item_expected in zip(value, expected, strict=True):
            _check_part(name, item, item_expected, strict)
    else:
        _check_part(name, value, expected, strict)
    return tolerance.left_out(about, part)


def _check_part(name: str, value: Any, expected: Any, strict: bool) -> None:
    if isinstance(value, Model):
        _check_model(value, expected, strict)
        return
    alike = type(value) is type(expected) or {type(value), type(expected)} == {int, float}
    assert alike, f"{name} is {value!r}, not {expected!r}"
    assert value == expected, f"{name} is {value!r}, not {expected!r}"


def _public(model: Model) -> dict[str, Any]:
    """Return attributes and properties by name. All of these are read."""
    inherited = set(dir(Model))
    return {
        name: getattr(model, name) for name in dir(type(model)) if name not in inherited and not name.startswith("_")
    }


def known(value: Any) -> Any:
    """Return the values that a caller sees in the known attributes. Unknown members are omitted."""
    if isinstance(value, list):
        return [known(item) for item in value]
    return {name: known(part) for name, part in _public(value).items()} if isinstance(value, Model) else value


# --- many inputs


def explore(operation: str, kind: str, number: int, start: int, strict: bool = False) -> Counter[str]:
    """Check `number` inputs of one kind, generated from the seed `start`. Returns how often each result occurred.

    Raises AssertionError for the smallest input with a problem, with the command that checks this input again.
    """
    counts: Counter[str] = Counter()

    @seed(crc32(f"{start}/{operation}/{kind}{'/strict' if strict else ''}".encode()))
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(inputs(operation, kind))
    def inspect(given_input: Input) -> None:
        try:
            counts[check(operation, given_input, strict)] += 1
        except AssertionError as error:
            raise AssertionError(
                f"{operation}: {error}\n  input ({given_input.kind}): HTTP {given_input.status} "
                f"{dict(given_input.headers)} {given_input.content[:500]!r}\n"
                f"  repeat: {PYTHON} -m contract_tests.properties.fuzz --only {operation} "
                f"{'--strict ' if strict else ''}--replay {given_input.token()}"
            ) from error

    inspect()
    return counts
