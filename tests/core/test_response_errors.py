"""What an error says beside its code: scopes that may be missing, pauses that were asked for."""

import pytest
from trustoo import APIError, HTTPStatusError
from trustoo._response import parse_response
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import ResponseDecoder

from tests.support import http_response


def error_of(operation: str, kind: str, content: object, status: int = 200, **headers: str) -> APIError:
    with pytest.raises(APIError) as caught:
        parse_response(
            http_response(content, status, headers),
            ResponseDecoder(),
            operation=OPERATIONS[operation],
            credentials_kind=kind,
            secrets=tuple,
            now=0.0,
        )
    return caught.value


@pytest.mark.parametrize(("code", "status"), [(16, 200), (7, 200), (3, 403)])
def test_a_refused_access_token_names_the_scope_that_it_may_lack(code: int, status: int) -> None:
    said = str(error_of("reviews.list", "bearer", {"code": code}, status))
    assert "may be expired, or lack the scope read_reviews" in said
    assert "private token" not in said


def test_where_no_scope_is_documented_that_is_said() -> None:
    assert "is not documented" in str(error_of("orders.list", "bearer", {"code": 16}))


def test_a_refused_signature_speaks_of_tokens_and_clock_and_not_of_scopes() -> None:
    said = str(error_of("reviews.list", "hmac", {"code": 16}))
    assert "swapped" in said
    assert "clock" in said
    assert "scope" not in said


def test_a_refused_token_request_speaks_of_the_client_and_the_code_and_not_of_shop_tokens() -> None:
    said = str(error_of("oauth.token", "", {"code": 16}))
    assert "client_secret" in said
    assert "A code is accepted once." in said
    assert "private token" not in said


@pytest.mark.parametrize(("status", "advice"), [(404, "Check base_url."), (429, "rate= limits them.")])
def test_a_status_without_an_envelope_is_followed_by_advice(status: int, advice: str) -> None:
    with pytest.raises(HTTPStatusError, match=rf"HTTP {status}: some text\..* {advice}$"):
        error_of("reviews.list", "hmac", "some text", status)


def test_other_refusals_of_an_access_token_name_no_scope() -> None:
    assert "scope" not in str(error_of("reviews.list", "bearer", {"code": 5}))


@pytest.mark.parametrize("code", [-1, *range(1, 18), 2000])
def test_only_codes_7_and_16_and_status_403_speak_of_the_access_token(code: int) -> None:
    for status in (200, 400, 401, 403, 404, 429, 500, 503):
        said = str(error_of("reviews.list", "bearer", {"code": code}, status))
        assert ("lack the scope read_reviews" in said) is (code in (7, 16) or status == 403), status


def test_the_pause_that_an_answer_asks_for_is_kept() -> None:
    assert error_of("reviews.list", "hmac", {"code": 13}, 503, **{"Retry-After": "7"}).retry_after == 7
    assert error_of("reviews.list", "hmac", {"code": 13}).retry_after is None
