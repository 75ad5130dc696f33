"""Decodes one input without I/O and checks the result.

The result must be a complete value with readable parts, or a documented error that is correct.
"""

import json
import pickle
import re
import warnings
from collections import Counter
from datetime import timedelta
from functools import cache
from itertools import accumulate
from typing import Any
from zlib import crc32

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from trustoo import NO_RETRIES, APIError, HTTPStatusError, OutcomeUnknownError, TrustooError
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
from contract_tests.support.samples import sample
from contract_tests.support.shop import CLOCK, TOKENS, kinds
from contract_tests.support.spec import (
    SPEC,
    attribute,
    bare_schema,
    data_schema,
    instant,
    reading,
    same,
    seen_by_caller,
    shown,
)

DOCUMENTED = (APIError, HTTPStatusError, ResponseDecodeError, OutcomeUnknownError)
"""The errors that a call may raise after a response arrived."""
READABLE = 900
"""Levels of nesting that can be read on every version of Python.

Deeper nesting may be refused. The refusal may come with the call. It may also come only when a caller reads the value,
because skipping a value needs less stack than reading the value.
"""
DIGITS = 4000
"""Integers with this many digits or more are kept as text, because Python refuses to read such integers."""


@cache
def _call(operation: str) -> tuple[OperationRequest, ResponseDecoder[Any]]:
    make, decoder = sample(operation)
    return make(), decoder


def decode(operation: str, given_input: Input) -> Response[Any]:
    """Return the response that a session decodes from the input. Raises the errors of the session."""
    request, decoder = _call(operation)
    tokens: dict[str, Any] = dict(TOKENS.get(kinds(operation)[0], {}))
    clock = SkewCorrectedClock(lambda: CLOCK)
    session = Pipeline(Config(Credentials(**tokens), "http://127.0.0.1", retry=NO_RETRIES, clock=clock))
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


def check(operation: str, given_input: Input) -> str:
    """Check one input. Returns "value" or the name of the documented error. Raises AssertionError with the problem."""
    try:
        return _check(operation, given_input)
    except (ResponseDecodeError, _TooDeepError) as error:
        if nesting(given_input.content) <= READABLE:
            raise AssertionError(f"a value whose parts cannot be read: {error}") from error
        return "ResponseDecodeError"


def nesting(content: bytes) -> int:
    """Return the depth of nested brackets. Brackets in strings do not count."""
    brackets = re.sub(rb'"(?:[^"\\]|\\.)*"|[^][{}]', b"", content)
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)


def _check(operation: str, given_input: Input) -> str:
    error: Exception
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unverified)
        try:
            response = decode(operation, given_input)
        except DOCUMENTED as error:
            _check_error(operation, given_input, error)
            return next(kind.__name__ for kind in DOCUMENTED if isinstance(error, kind))
        except Exception as error:
            raise AssertionError(f"undocumented {type(error).__name__}: {error}") from error
        try:
            _check_response(operation, given_input, response)
        except (AssertionError, ResponseDecodeError, _TooDeepError):
            raise
        except Exception as error:
            raise AssertionError(f"a value whose parts cannot be read: {type(error).__name__}: {error}") from error
    return "value"


# --- errors


def _check_error(operation: str, given_input: Input, error: TrustooError) -> None:
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
        return
    if isinstance(error, APIError):
        said = _loads(given_input.content.decode("utf-8", "replace")).get("code")
        assert said == error.code != 0, f"the response says code {said}, the error {error.code}"
        return
    assert not successful, f"{type(error).__name__} for HTTP {given_input.status}"


def _location(operation: str, given_input: Input) -> str | None:
    """Return the URL of a documented redirect, else None."""
    if OPERATIONS[operation].redirect_to is None or not 300 <= given_input.status < 400:
        return None
    return dict(given_input.headers).get("location")


def _successful(operation: str, given_input: Input) -> bool:
    return 200 <= given_input.status < 300 or _location(operation, given_input) is not None


def _loads(text: str) -> Any:
    """Return JSON as the standard library reads it, but refuse constants such as NaN. Raises _TooDeepError."""
    try:
        return json.loads(
            text, parse_int=lambda digits: int(digits) if len(digits) < DIGITS else digits, parse_constant=_refuse
        )
    except RecursionError:
        raise _TooDeepError("JSON is nested too deeply for the standard library") from None


class _TooDeepError(Exception): ...


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON, and was read")


# --- values


def _check_response(operation: str, given_input: Input, response: Response[Any]) -> None:
    assert _successful(operation, given_input), f"a value for HTTP {given_input.status}"
    location = _location(operation, given_input)
    if location is not None:
        text = response.headers["location"]
        raw: Any = {"code": 0, "data": {OPERATIONS[operation].redirect_to: text}}
    else:
        # If an operation has no data, the client does not read the content.
        errors = "replace" if data_schema(operation) is None else "strict"
        raw = _loads(given_input.content.decode("utf-8", errors))
    assert isinstance(raw, dict), "a value, although the response is no object"
    schema, data = (data_schema(operation), raw.get("data")) if "code" in raw else (bare_schema(operation), raw)
    code = raw.get("code", 0)
    assert type(code) in (int, float), f"a value, although code {code!r}"
    assert code == 0, f"a value, although code {code!r}"
    assert schema is not None or "code" in raw, "a value, although the response has no code"
    value = response.parsed
    if data_schema(operation) is None or data is None:
        assert value in (None, []), f"{value!r}, although there is no data"
        return
    for model, part in _side_by_side(value, data):
        _check_model(model, part)
    if given_input.kind == "good" and location is None:
        assert schema is not None
        actual, expected = seen_by_caller(schema, value), reading(schema, data)
        assert same(actual, expected), f"the caller sees {shown(actual)}, the response says {shown(expected)}"
    if given_input.original is not None:
        original = decode(operation, Input("good", given_input.status, given_input.headers, given_input.original))
        assert known(value) == known(original.parsed), f"an unknown member changes {original.parsed!r} to {value!r}"


def _side_by_side(value: Any, data: Any) -> list[tuple[Model, Any]]:
    if isinstance(value, list):
        assert isinstance(data, list), "a list, although the response has none"
        assert len(value) == len(data), "the list has another length"
        return list(zip(value, data, strict=True))
    return [(value, data)]


def _check_model(model: Model, data: Any) -> None:
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
    http_requests = type(model).__struct_encode_fields__
    unknown = {name: item for name, item in data.items() if name not in http_requests}
    assert json.dumps(model.extra) == json.dumps(unknown), f"extra is {model.extra!r}, not {unknown!r}"
    twin = pickle.loads(pickle.dumps(model))
    assert twin == model, "pickling changes the model"
    assert json.dumps(twin.to_dict()) == shape, "pickling changes the model"
    assert model != object()
    assert f"{model}" == repr(model) == repr(twin)
    for wire, about in SPEC.properties(SPEC.document["components"]["schemas"][type(model).__name__]).items():
        name, part = attribute(wire), data.get(wire)
        value = getattr(model, name)
        if SPEC.resolve(about).get("format") == "instant":
            _check_date(name, value, part)
            _check_part(f"{name}_text", getattr(model, f"{name}_text"), part)
        elif isinstance(value, list):
            assert len(value) == len(part or []), f"{name} has another length"
            for item, item_data in zip(value, part or [], strict=True):
                _check_part(name, item, item_data)
        else:
            plain = part is None or type(part) is int
            _check_part(name, value, reading(about, part) if plain else part)


def _check_date(name: str, value: Any, text: Any) -> None:
    assert value is None or value.utcoffset() == timedelta(0), f"{name} is {value!r}, which is not in UTC"
    if (documented := instant(text)) is not None:
        assert value == documented, f"{name} is {value!r}, the response says {text!r}"


def _check_part(name: str, value: Any, expected: Any) -> None:
    if isinstance(value, Model):
        _check_model(value, expected)
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


def explore(operation: str, kind: str, number: int, start: int) -> Counter[str]:
    """Check `number` inputs of one kind, generated from the seed `start`. Returns how often each result occurred.

    Raises AssertionError for the smallest input with a problem, with the command that checks this input again.
    """
    counts: Counter[str] = Counter()

    @seed(crc32(f"{start}/{operation}/{kind}".encode()))
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
            counts[check(operation, given_input)] += 1
        except AssertionError as error:
            raise AssertionError(
                f"{operation}: {error}\n  input ({given_input.kind}): HTTP {given_input.status} "
                f"{dict(given_input.headers)} {given_input.content[:500]!r}\n"
                f"  repeat: python -m contract_tests.properties.fuzz --only {operation} --replay {given_input.token()}"
            ) from error

    inspect()
    return counts
