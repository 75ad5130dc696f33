"""Compares the behaviour of a client with a vector. The comparison leaves nothing out."""

from typing import Any
from urllib.parse import unquote_plus

from trustoo_api.models import Pagination
from trustoo_api.types import Listing, Model

from contract_tests.support.script import Sent
from contract_tests.support.spec import same, shown
from contract_tests.support.tolerance import loads
from contract_tests.vectors.forms import Expected, Failure, plain


def check_request(expected: Expected, sent: Sent) -> None:
    """Fail unless `sent` equals the expected request, byte by byte and in each of its parts."""
    path, _, query = sent.target.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")] if query else []
    assert (sent.method, path) == (expected.method, expected.path)
    assert [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs] == expected.query
    assert sent.target == expected.target
    assert sent.content.decode() == (expected.body or "")
    assert dict(sent.headers) == {name.lower(): value for name, value in expected.headers.items()}


def check_error(expected: Failure | None, error: BaseException | None) -> None:
    """Fail unless `error` is exactly the expected error and shows no secret."""
    if expected is None:
        assert error is None, f"{error!r}, and no error is expected"
        return
    assert type(error).__name__ == expected.class_, f"{error!r}, expected {expected.class_}"
    found = {name: getattr(error, name) for name in expected.attributes}
    assert same(found, expected.attributes), f"{found}, expected {expected.attributes}"
    for text in expected.says:
        assert text in str(error), f"{text!r} is not in {error}"
    check_hidden(expected.hides, error)


def check_hidden(secrets: list[str], error: BaseException | None) -> None:
    """Fail if an error shows one of the secrets to a person or a log. The causes of the error are also checked."""
    seen: list[str] = []
    while error is not None:
        seen += [str(error), repr(error), repr(shown_of(error)), repr(error.args), *getattr(error, "__notes__", ())]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for secret in secrets:
        assert not any(secret in text for text in seen), f"{secret!r} is in {seen}"


def shown_of(error: BaseException) -> dict[str, Any]:
    """Return the attributes of an error. The raw response is omitted, because it may hold secrets by documentation."""
    return {name: value for name, value in vars(error).items() if name not in ("content", "headers")}


def raw_data(content: bytes) -> Any:
    """Return the JSON that a value comes from: `data` of the envelope, or the whole JSON without an envelope."""
    whole = loads(content)
    return whole.get("data") if "code" in whole else whole


def check_value(value: Any, expected: Any, raw: Any) -> None:
    """Fail unless `value` equals the expected value of a vector, and `to_dict()` returns the received JSON."""
    if isinstance(expected, list):
        assert isinstance(value, list), f"{value!r}, expected a list"
        assert len(value) == len(expected), f"{len(value)} items, expected {len(expected)}"
        for item, item_expected, item_raw in zip(value, expected, raw or [], strict=True):
            check_value(item, item_expected, item_raw)
    elif isinstance(value, Model):
        _check_model(value, expected, raw)
    else:
        assert same(value, plain(expected)), f"{value!r}, expected {expected!r}"


def _check_model(model: Model, expected: Any, raw: Any) -> None:
    assert isinstance(expected, dict), f"{model!r}, expected {expected!r}"
    about = {name: item for name, item in expected.items() if name in ("$extra", "$null", "$missing")}
    named = {name: item for name, item in expected.items() if name not in about}
    public = [name for name in dir(type(model)) if name not in dir(Listing) and not name.startswith("_")]
    assert set(named) <= set(public), f"{type(model).__name__} has no {set(named) - set(public)}"
    for name in public:
        value = getattr(model, name)
        if name not in named:
            assert value is None or value == [] or value == Pagination(), f"{name} is {value!r}, and none is expected"
            continue
        try:
            check_value(value, named[name], raw.get(name))
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from None
    assert same(model.extra, about.get("$extra", {})), f"extra is {shown(model.extra)}"
    raw = {} if raw is None else raw
    assert same(model.to_dict(), raw), f"to_dict() is {shown(model.to_dict())}, received was {shown(raw)}"
    for name in about.get("$null", ()):
        assert model.has(name), f"{name} was sent as null, and is said to be missing"
        assert model[name] is None
    for name in about.get("$missing", ()):
        assert not model.has(name), f"{name} was not sent, and is said to be there"
