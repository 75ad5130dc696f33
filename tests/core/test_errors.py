"""Every error is a TrustooError, known codes have classes, errors can be pickled, and docs/errors.md names them all."""

from __future__ import annotations

import copy
import logging
import pickle
import re
import traceback
from pathlib import Path
from typing import Any

import pytest
import trustoo
from trustoo import (
    NO_RETRIES,
    APIError,
    ConfigurationError,
    HTTPStatusError,
    NetworkError,
    NotFoundError,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseDecodeError,
    ResponseError,
    TransportError,
    Trustoo,
    TrustooError,
    UnauthenticatedError,
    UploadError,
    oauth,
)
from trustoo import errors as module
from trustoo._redaction import redact
from trustoo_api.errors import UnexpectedResponseError
from trustoo_api.operations import CODES

from tests.support import local_server

SECRET = "EXAMPLE-secret"
RAW: dict[str, Any] = {"headers": {"set-cookie": SECRET}, "content": SECRET.encode()}
CONTEXT: dict[str, Any] = {"operation": "reviews.list", "status": 401, "request_id": "r", "excerpt": "e", **RAW}
PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


CODES_BY_NUMBER = {7, 14}
"""Codes that are not documented. Their classes follow from the numbering, which is that of gRPC."""


def test_each_known_code_has_a_class_and_no_other() -> None:
    codes = (set(CODES) - {0}) | CODES_BY_NUMBER
    assert sorted(kind.known_code or 0 for kind in APIError.__subclasses__()) == sorted(codes)
    assert all(APIError.of_code(code).known_code == code for code in codes)


def test_no_two_codes_and_no_two_classes_say_the_same() -> None:
    assert len({*CODES.values()}) == len(CODES)
    kinds = APIError.__subclasses__()
    assert len({kind.__doc__ for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("code", [2, 9, 15, 2000, -1])
def test_a_code_that_is_not_known_is_a_plain_api_error(code: int) -> None:
    assert APIError.of_code(code) is APIError


def test_all_errors_have_one_base_and_all_are_public() -> None:
    kinds = {thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, Exception)}
    public = {getattr(trustoo, name) for name in trustoo.__all__ if isinstance(getattr(trustoo, name), type)}
    assert kinds <= public
    assert all(issubclass(kind, TrustooError | Warning) for kind in kinds)
    assert set(module.__all__) <= set(trustoo.__all__)


def test_an_api_error_says_what_happened_and_what_to_do() -> None:
    error = UnauthenticatedError(code=16, message="no", **CONTEXT)
    assert str(error).startswith("reviews.list: code 16 (no), HTTP 401, request id r. Check that the public")
    bare = APIError(code=99, message="", **{**CONTEXT, "request_id": None})
    assert str(bare) == "reviews.list: code 99, HTTP 401, request id unknown."


@pytest.mark.parametrize("said", ["the connection broke", "The connection broke."])
def test_an_unknown_outcome_quotes_its_cause_in_one_sentence(said: str) -> None:
    error = OutcomeUnknownError.of("reviews.create", NetworkError(said, maybe_sent=True))
    assert f"no clear response ({said.removesuffix('.')}). It may have been carried out" in str(error)


ERRORS: list[TrustooError] = [
    ConfigurationError("m"),
    OutcomeUnknownError("m", operation="reviews.create"),
    TransportError("m", maybe_sent=True),
    NetworkError("m", maybe_sent=False),
    RequestTimeoutError("m", maybe_sent=True),
    HTTPStatusError("m", **CONTEXT),
    ResponseDecodeError("m", **CONTEXT),
    UploadError("m", status=403, code="AccessDenied", request_id="r", stored_url="u"),
    UnexpectedResponseError("m", code=None, status=500, **RAW),
    *(APIError.of_code(code)(code=code, message="m", **CONTEXT) for code in (1, 3, 4, 5, 6, 7, 8, 13, 14, 16, 99)),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "way", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy], ids=["pickle", "copy", "deep"]
)
def test_errors_can_be_pickled_and_copied_with_all_they_hold(error: TrustooError, way: Any) -> None:
    again = way(error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    "error", [error for error in ERRORS if isinstance(error, ResponseError)], ids=lambda error: type(error).__name__
)
def test_errors_of_a_response_have_its_headers_and_content_and_do_not_show_them(
    error: ResponseError, caplog: pytest.LogCaptureFixture
) -> None:
    assert (error.headers, error.content) == (RAW["headers"], RAW["content"])
    logging.getLogger("trustoo").error("failed: %s %r", error, error, exc_info=error)
    shown = "".join([caplog.text, str(error), repr(error), repr(error.args), *traceback.format_exception(error)])
    assert SECRET not in shown


@pytest.mark.parametrize("library", ["httpcore", "httpx", "pyreqwest"])
@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b'{"code":5,"message":"no"}', 200, NotFoundError),
        (b"<html>EXAMPLE-secret", 404, HTTPStatusError),
        (b"EXAMPLE-secret", 200, ResponseDecodeError),
    ],
)
def test_a_calls_error_has_the_headers_and_the_content_and_can_be_pickled(
    content: bytes, status: int, kind: type[ResponseError], library: Any
) -> None:
    with (
        local_server(content, status, {"X-Example": SECRET}) as (address, _),
        Trustoo(base_url=address, access_token="EXAMPLE-access-token", transport=library, retry=NO_RETRIES) as shop,
        pytest.raises(kind) as caught,
    ):
        shop.reviews.list()
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert (error.status, error.content, error.headers["x-example"]) == (status, content, SECRET)


# --- the page about errors


def public_errors() -> dict[str, type[Exception]]:
    """The error classes that users can import, by name."""
    found = {name: getattr(package, name) for package in (trustoo, oauth) for name in package.__all__}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, TrustooError)}


def test_the_tree_of_the_page_is_the_tree_of_the_classes() -> None:
    block = re.search(r"^```text\n(TrustooError\n.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert block is not None
    known, parents, seen = public_errors(), list[type[Exception]](), list[str]()
    for line in block[1].splitlines():
        indentation, name, bases = re.fullmatch(r"([ │├└─]*)(\w+)(?: \(also ([\w, ]+)\))?", line).groups()  # type: ignore[union-attr]
        kind, depth = known[name], len(indentation) // 4
        assert kind.__base__ is (parents[depth - 1] if depth else Exception), name
        assert [base.__name__ for base in kind.__bases__[1:]] == (bases.split(", ") if bases else []), name
        parents[depth:] = [kind]
        seen.append(name)
    assert sorted(seen) == sorted(known)


def test_the_tables_of_the_page_name_every_error_class_and_no_other() -> None:
    rows = re.findall(r"^\| (?:\d+ \| )?`(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(public_errors())
    named = re.findall(r"`(\w+(?:Error|Warning))`", PAGE.read_text(encoding="utf-8"))
    assert set(named) <= {
        *public_errors(),
        "PaginationWarning",
        "UnexpectedShapeWarning",
        "UnverifiedOperationWarning",
        "ValueError",
        "TypeError",
        "OSError",
    }


# --- redaction


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("client_secret='EXAMPLE x', a=1", "client_secret=***, a=1"),
        ('client_secret="EXAMPLE"&b=2', "client_secret=***&b=2"),
        ("client_secret=EXAMPLE&b=2", "client_secret=***&b=2"),
        ("client_secret='EXAMPLE", "client_secret=***"),
        ("my_client_secret=1", "my_client_secret=1"),
    ],
)
def test_the_value_of_a_secret_parameter_is_masked_in_quotes_too(said: str, shown: str) -> None:
    assert redact(said) == shown


def test_a_blank_secret_masks_nothing() -> None:
    assert redact("private_token is blank.", [" ", "", "\t"]) == "private_token is blank."


@pytest.mark.parametrize(
    ("code", "status", "is_transient"),
    [
        (4, 200, True),
        (13, 200, True),
        (14, 200, True),
        (8, 200, False),
        (3, 429, False),
        (3, 499, False),
        (3, 500, True),
    ],
)
def test_causes_inside_the_service_may_pass(code: int, status: int, is_transient: bool) -> None:
    error = APIError.of_code(code)(code=code, message="", operation="reviews.list", status=status, request_id=None)
    assert error.is_transient is is_transient


@pytest.mark.parametrize("code", [-1, *range(1, 18), 2000])
def test_only_three_codes_and_the_statuses_from_500_on_are_transient(code: int) -> None:
    for status in (200, 201, 302, 400, 401, 403, 404, 408, 429, 499, 500, 502, 503, 504, 599):
        error = APIError.of_code(code)(code=code, message="", operation="reviews.list", status=status, request_id=None)
        assert error.is_transient is (code in (4, 13, 14) or status in (500, 502, 503, 504, 599)), status
