"""Every error is a TrustooError, known codes have classes, and errors survive a trip to another process."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import trustoo
from trustoo import (
    APIError,
    ConfigurationError,
    HTTPStatusError,
    NetworkError,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseDecodeError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
    UploadError,
)
from trustoo import errors as module
from trustoo._redaction import redact
from trustoo_api.errors import UnexpectedResponseError
from trustoo_api.operations import CODES

CONTEXT: dict[str, Any] = {"operation": "reviews.list", "status": 401, "request_id": "r", "excerpt": "e"}


def test_each_known_code_has_a_class_and_no_other() -> None:
    kinds = APIError.__subclasses__()
    assert sorted(kind.known_code or 0 for kind in kinds) == sorted(set(CODES) - {0})
    assert all(APIError.of_code(code).known_code == code for code in set(CODES) - {0})


@pytest.mark.parametrize("code", [2, 7, 14, 2000, -1])
def test_a_code_that_is_not_known_is_a_plain_api_error(code: int) -> None:
    assert APIError.of_code(code) is APIError


def test_all_errors_have_one_base_and_all_are_public() -> None:
    kinds = {thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, Exception)}
    public = {getattr(trustoo, name) for name in trustoo.__all__ if isinstance(getattr(trustoo, name), type)}
    assert kinds - {module.ResponseError} <= public
    assert all(issubclass(kind, TrustooError) for kind in kinds - {trustoo.UnverifiedOperationWarning})
    assert set(module.__all__) <= set(trustoo.__all__)


def test_an_api_error_says_what_happened_and_what_to_do() -> None:
    error = UnauthenticatedError(code=16, message="no", **CONTEXT)
    assert str(error).startswith("reviews.list: code 16 (no), HTTP 401, request id r. Check that the public")
    bare = APIError(code=99, message="", **{**CONTEXT, "request_id": None})
    assert str(bare) == "reviews.list: code 99, HTTP 401, request id unknown."


ERRORS: list[TrustooError] = [
    ConfigurationError("m"),
    OutcomeUnknownError("m", operation="reviews.create"),
    TransportError("m", maybe_sent=True),
    NetworkError("m", maybe_sent=False),
    RequestTimeoutError("m", maybe_sent=True),
    HTTPStatusError("m", **CONTEXT),
    ResponseDecodeError("m", **CONTEXT),
    UploadError("m", status=403, code="AccessDenied", request_id="r", stored_url="u"),
    UnexpectedResponseError("m", code=None, status=500, content=b"x"),
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
