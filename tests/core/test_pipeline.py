"""One pipeline decides what is sent and what an answer means; here it is driven by hand, without I/O."""

from __future__ import annotations

import hmac
import json
import re
import warnings
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trustoo import (
    APIError,
    ArgumentError,
    ConfigurationError,
    HTTPStatusError,
    NetworkError,
    NotFoundError,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseDecodeError,
    TrustooError,
    UnauthenticatedError,
    UnverifiedOperationWarning,
)
from trustoo._config import check_base_url
from trustoo._redaction import excerpt
from trustoo.credentials import Credentials
from trustoo.errors import ResponseError
from trustoo_api.api.oauth import oauth_authorize, oauth_revoke, oauth_token
from trustoo_api.api.platform import platform_authorization_info, platform_cancel
from trustoo_api.api.reviews import reviews_create, reviews_delete, reviews_list
from trustoo_api.api.webhooks import webhooks_list
from trustoo_api.models import CreatedReview, OAuthToken
from trustoo_api.operations import BASE_URL, OPERATIONS
from trustoo_api.types import OperationRequest, Response, ResponseDecoder

from tests.support import (
    ACCESS,
    EVERYTHING,
    MERCHANT,
    PLATFORM,
    PRIVATE,
    PUBLIC,
    SHOP,
    STAMP,
    call,
    envelope,
    http_request_of,
    http_response,
    module_of,
    request_of,
    sent_body,
    session,
    steady,
)

LIST = reviews_list.build(page=1)
CREATE = reviews_create.build(rating=5, author="Zoë")
PAGE = {"page": {"page": 1}, "list": [{"id": 7}]}
BEARER = session(PLATFORM)
VISIT = session(Credentials(merchant_session=MERCHANT))
HTML = "<html><body>Sign in</body></html>"


def listed(content: object, status: int = 200, strict: bool = False) -> Response[Any]:
    return call(LIST, reviews_list.DECODER, http_response(content, status), session(strict=strict))[1]


def created(content: object, status: int = 200) -> Response[Any]:
    return call(CREATE, reviews_create.DECODER, http_response(content, status))[1]


def refused(content: object, status: int = 200, strict: bool = False) -> ResponseError:
    with pytest.raises(ResponseError) as caught:
        listed(content, status, strict)
    return caught.value


# --- what is sent


def test_what_is_signed_is_what_is_sent() -> None:
    request = reviews_list.build(keyword="a b&c=d/é+%", sources=["王", ""], page=2, extra_query={"zone": "~"})
    http_request = http_request_of(request)
    sent = parse_qsl(urlsplit(http_request.url).query, keep_blank_values=True, strict_parsing=True)
    pairs = sorted([*sent, ("timestamp", STAMP)], key=lambda pair: pair[0])
    message = "&".join(f"{name}={value}" for name, value in pairs).encode()
    assert http_request.headers["Sign"] == hmac.digest(PRIVATE.encode(), message, "sha256").hex()
    assert (http_request.headers["Timestamp"], http_request.headers["Public-Token"]) == (STAMP, PUBLIC)
    assert sorted(sent) == sorted(
        [("keyword", "a b&c=d/é+%"), ("sources", "王"), ("sources", ""), ("page", "2"), ("zone", "~")]
    )


def test_the_signed_body_is_the_sent_body() -> None:
    http_request = http_request_of(reviews_create.build(rating=5, author="Zoë 王", extra_query={"k": ""}))
    content = sent_body(http_request)
    assert json.loads(content) == {"rating": 5, "author": "Zoë 王"}
    message = b"k=&timestamp=1700465771|" + content
    assert http_request.headers["Sign"] == hmac.digest(PRIVATE.encode(), message, "sha256").hex()


def test_the_timestamp_is_a_header_and_no_parameter() -> None:
    assert "timestamp" not in http_request_of(LIST).url


def test_only_a_body_has_a_content_type() -> None:
    assert http_request_of(CREATE).headers["Content-Type"] == "application/json"
    assert "Content-Type" not in http_request_of(LIST).headers
    assert {http_request_of(CREATE).headers["Accept"], http_request_of(LIST).headers["Accept"]} == {"application/json"}


def test_method_and_address_are_the_operations() -> None:
    http_request = http_request_of(request_of("webhooks.list"), session(SHOP, "https://example.test/prefix/"))
    assert (http_request.method, http_request.url) == (
        "GET",
        "https://example.test/prefix/api/v1/openapi/get_shop_webhooks",
    )
    assert http_request_of(CREATE).method == "POST"


def test_the_clock_is_read_for_each_call() -> None:
    ticks = iter((10.9, 20.1))
    ticking = session(clock=lambda: next(ticks))
    assert [http_request_of(LIST, ticking).headers["Timestamp"] for _ in range(2)] == ["10", "20"]


def test_a_parameter_named_timestamp_is_refused() -> None:
    with pytest.raises(ArgumentError, match="timestamp"):
        http_request_of(reviews_list.build(extra_query={"timestamp": "1"}))


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (reviews_list.build(keyword="\ud800", page=1), "keyword"),
        (reviews_list.build(keyword="\ud800", sources=["a", "\udc00", "\udc00"]), "keyword, sources"),
        (reviews_list.build(extra_query={"\ud800": 1}), r"\ud800"),
    ],
)
def test_lone_surrogates_in_a_query_are_refused_by_name(request_: OperationRequest, name: str) -> None:
    for credentials in (SHOP, PLATFORM):
        with pytest.raises(ArgumentError, match=f"^{re.escape(name)} holds text that is not Unicode"):
            http_request_of(request_, session(credentials))


def test_lone_surrogates_in_a_body_are_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match=r"^author cannot be sent as JSON"):
        http_request_of(reviews_create.build(rating=5, author="\ud800"))


def test_a_missing_kind_of_credentials_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="access_token"):
        http_request_of(request_of("platform.disconnect"))


# --- what an answer means


def test_code_0_gives_the_data_with_what_surrounded_it() -> None:
    result = listed(envelope(PAGE))
    assert (result.parsed.list[0].id, result.request_id, result.status_code) == ("7", "0ab1", 200)
    assert result.content == envelope(PAGE)


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (200, HTML, ResponseDecodeError),
        (200, b"", ResponseDecodeError),
        (204, b"", ResponseDecodeError),
        (200, b"\xff\xfe", ResponseDecodeError),
        (200, "[]", ResponseDecodeError),
        (200, "null", ResponseDecodeError),
        (200, {}, ResponseDecodeError),
        (200, {"id": "1"}, ResponseDecodeError),
        (200, {"data": PAGE}, ResponseDecodeError),
        (200, {"code": None, "data": PAGE}, ResponseDecodeError),
        (200, {"code": False, "data": PAGE}, ResponseDecodeError),
        (200, {"code": 0}, ResponseDecodeError),
        (200, {"code": 0, "data": None}, ResponseDecodeError),
        (200, {"code": 0, "data": [[]]}, ResponseDecodeError),
        (200, {"code": 0, "data": "x"}, ResponseDecodeError),
        (200, b'{"code": 0, "data": {"x": ' + b"[" * 1000000 + b"]" * 1000000 + b"}}", ResponseDecodeError),
        (200, b"[" * 200000, ResponseDecodeError),
        (200, b'{"code": 1' + b"0" * 5000 + b"}", ResponseDecodeError),
        (200, {"code": 16}, UnauthenticatedError),
        (200, {"code": 2000, "message": "OK", "data": PAGE}, APIError),
        (200, {"code": -1}, APIError),
        (401, {"code": 16, "message": "no"}, UnauthenticatedError),
        (404, {"code": 5}, NotFoundError),
        (500, {"code": 5, "data": {"a": [1]}}, NotFoundError),
        (302, {"code": 16}, UnauthenticatedError),
        (401, HTML, HTTPStatusError),
        (502, HTML, HTTPStatusError),
        (500, b"", HTTPStatusError),
        (500, {"code": 0, "data": PAGE}, HTTPStatusError),
        (404, {}, HTTPStatusError),
        (404, "[]", HTTPStatusError),
        (500, b'{"code": ' + b"[" * 20000, HTTPStatusError),
        (302, b"", HTTPStatusError),
        (304, b"", HTTPStatusError),
        (101, b"", HTTPStatusError),
    ],
)
def test_status_and_code_decide_together(status: int, content: object, kind: type[ResponseError]) -> None:
    error = refused(content, status)
    assert type(error) is kind
    assert (error.operation, error.status) == ("reviews.list", status)
    assert "reviews.list" in str(error)
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("content", "unreadable"),
    [
        ({"code": "0", "data": PAGE}, ()),
        ({"code": 0, "data": []}, ()),
        ({"code": 0, "data": {"list": {}}}, ()),
        ({"code": 0, "data": {"list": [None]}}, ("ReviewPage.list",)),
        ({"code": 0, "data": {"list": [{"rating": "5"}]}}, ()),
        ({"code": 0, "data": {"list": [{"rating": "five"}]}}, ("Review.rating",)),
    ],
)
@pytest.mark.filterwarnings("ignore::trustoo.UnexpectedShapeWarning")
def test_an_odd_answer_is_read_and_is_an_error_if_strict(content: object, unreadable: tuple[str, ...]) -> None:
    assert listed(content).unreadable == unreadable
    error = refused(content, strict=True)
    assert type(error) is ResponseDecodeError
    assert error.content == http_response(content).content


@pytest.mark.parametrize("data", [[], {}, "no", "", 5, 1.5, None, True, [[1]], {"list": 5}, {"list": [None]}])
@pytest.mark.parametrize("code", [-1, *range(1, 18), 2000])
def test_an_error_is_an_error_whatever_its_data_is(code: int, data: object) -> None:
    for operation in ("reviews.list", "reviews.create", "reviews.delete", "webhooks.list", "oauth.token"):
        for status, strict in ((200, False), (200, True), (500, False)):
            response = http_response({"code": code, "message": "gone", "request_id": "r1", "data": data}, status)
            with pytest.raises((APIError, OutcomeUnknownError)) as caught:
                call(request_of(operation), module_of(operation).DECODER, response, session(strict=strict))
            told = caught.value.response if isinstance(caught.value, OutcomeUnknownError) else caught.value
            assert isinstance(told, APIError)
            assert (told.code, told.message, told.request_id) == (code, "gone", "r1")


@pytest.mark.parametrize("code", [-1, *range(1, 18), 2000])
def test_a_code_is_the_same_number_in_each_spelling(code: int) -> None:
    for spelling in (code, str(code), float(code)):
        for status in (200, 400, 500):
            assert getattr(refused({"code": spelling, "data": PAGE}, status), "code", None) == code


@pytest.mark.parametrize("data", [[], {}, "no", 5, None, True, {"id": 1}])
def test_data_that_nobody_reads_may_be_anything(data: object) -> None:
    request = reviews_delete.build(id="1")
    assert call(request, reviews_delete.DECODER, http_response(envelope(data)))[1].parsed is None


@pytest.mark.parametrize(
    "more", [{"message": 5}, {"message": None}, {"time": "late"}, {"request_id": 7}, {"request_id": [1]}, {"new": {}}]
)
def test_the_rest_of_the_envelope_never_fails_a_call(more: dict[str, object]) -> None:
    result = listed(envelope(PAGE, **more))
    assert len(result.parsed.list) == 1
    assert result.request_id == ("0ab1" if "request_id" not in more else None)
    assert refused({"code": 16, **more}).request_id is None


def test_an_api_error_tells_all_it_knows() -> None:
    error = refused({"code": 16, "message": "bad sign", "request_id": "r9"}, 401)
    assert isinstance(error, UnauthenticatedError)
    assert (error.code, error.message, error.request_id, error.status) == (16, "bad sign", "r9", 401)
    assert str(error).startswith("reviews.list: code 16 (bad sign), HTTP 401, request id r9. Check that")
    assert json.loads(error.excerpt) == {"code": 16, "message": "bad sign", "request_id": "r9"}


def test_an_undecodable_answer_names_the_place_and_keeps_the_request_id() -> None:
    error = refused({"code": 0, "request_id": "r2", "data": {"list": [{}, {"rating": "five"}]}}, strict=True)
    assert "$.data.list[1].rating" in str(error)
    assert error.request_id == "r2"


def test_an_undecodable_answer_to_a_write_says_that_it_may_have_worked() -> None:
    with pytest.raises(OutcomeUnknownError, match="may have been carried out") as caught:
        created(HTML)
    assert isinstance(caught.value.response, ResponseDecodeError)
    assert caught.value.response.code is None
    assert "may have been carried out" not in str(refused(HTML))


def test_long_answers_are_cut_in_messages() -> None:
    error = refused("x" * 100_000, 502)
    assert len(error.excerpt) <= 301
    assert len(str(error)) < 400


def test_an_excerpt_says_when_it_was_cut() -> None:
    assert excerpt(b"x" * 300) == "x" * 300
    assert excerpt(b"x" * 301) == "x" * 300 + "…"


def test_white_space_of_an_answer_is_collapsed_in_its_excerpt() -> None:
    assert refused("a\r\n\t b", 502).excerpt == "a b"


def test_a_redirect_is_explained_and_not_followed() -> None:
    with pytest.raises(HTTPStatusError, match="check base_url"):
        call(LIST, reviews_list.DECODER, http_response(b"", 301, {"Location": "https://elsewhere.test"}))


# --- answers of a form of their own


@pytest.mark.parametrize("identifier", ["9", 9])
@pytest.mark.parametrize("bare", [True, False])
def test_a_created_reviews_id_is_text_in_every_known_form(identifier: object, bare: bool) -> None:
    data = {"id": identifier, "new": 1}
    result = created(data if bare else envelope(data)).parsed
    assert isinstance(result, CreatedReview)
    assert (result.id, result.extra, result.to_dict()) == ("9", {"new": 1}, data)


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": [1]}, {"identifier": "9"}, [], "9"])
def test_nothing_else_passes_for_a_created_review(answer: object) -> None:
    with pytest.raises(OutcomeUnknownError) as caught:
        created(json.dumps(answer))
    assert isinstance(caught.value.response, ResponseDecodeError)


def test_a_created_review_without_data_is_no_failure() -> None:
    for content in ({"code": 0}, {"code": 0, "data": None}):
        assert created(content).parsed == CreatedReview()


def test_revoking_may_be_answered_by_an_empty_object() -> None:
    request = request_of("oauth.revoke")
    for content in ({}, {"code": 0}, envelope({})):
        assert call(request, oauth_revoke.DECODER, http_response(content))[1].parsed is None


def test_revoking_is_not_answered_by_any_other_object() -> None:
    with pytest.raises(OutcomeUnknownError):
        call(request_of("oauth.revoke"), oauth_revoke.DECODER, http_response({"status": "ok"}))


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {"oauth.revoke"}))
@pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
def test_an_empty_object_is_undecodable_elsewhere(operation: str) -> None:
    credentials = EVERYTHING["hmac" not in OPERATIONS[operation].credentials]
    with pytest.raises(OutcomeUnknownError if OPERATIONS[operation].is_write else ResponseDecodeError):
        call(request_of(operation), module_of(operation).DECODER, http_response({}), session(credentials))


def test_a_token_is_read_with_and_without_an_envelope() -> None:
    token = {"access_token": "EXAMPLE-a", "refresh_token": "EXAMPLE-r", "new": 7200}
    for content in (token, envelope(token)):
        result = call(request_of("oauth.token"), oauth_token.DECODER, http_response(content))[1].parsed
        assert isinstance(result, OAuthToken)
        assert (result.access_token, result.extra) == ("EXAMPLE-a", {"new": 7200})


def test_a_list_that_is_null_is_empty() -> None:
    assert call(request_of("webhooks.list"), webhooks_list.DECODER, http_response(envelope(None)))[1].parsed == []


def test_the_documented_redirect_of_authorize_is_its_result() -> None:
    to = "https://example.test/callback?code=a%2Fb%3D&state=s"
    outcome = http_response(b"", 302, {"Location": to})
    result = call(request_of("oauth.authorize"), oauth_authorize.DECODER, outcome, VISIT)[1]
    assert (result.status_code, result.parsed.redirect_url, result.content) == (302, to, b"")


def test_authorize_may_also_answer_in_json() -> None:
    outcome = http_response(envelope({"code": "c", "redirect_url": "https://example.test", "state": "s"}))
    result = call(request_of("oauth.authorize"), oauth_authorize.DECODER, outcome, VISIT)[1].parsed
    assert (result.redirect_url, result.state) == ("https://example.test", "s")


def test_a_redirect_without_location_is_an_error_for_authorize_too() -> None:
    with pytest.raises(HTTPStatusError):
        call(request_of("oauth.authorize"), oauth_authorize.DECODER, http_response(b"", 302), VISIT)


# --- when no answer comes


@pytest.mark.parametrize("kind", [NetworkError, RequestTimeoutError])
def test_a_write_that_was_perhaps_sent_has_an_unknown_outcome(kind: type[Any]) -> None:
    fault = kind("gone", maybe_sent=True)
    with pytest.raises(OutcomeUnknownError, match=r"reviews\.create was sent.*gone") as caught:
        call(CREATE, reviews_create.DECODER, fault)
    assert caught.value.__cause__ is fault


@pytest.mark.parametrize(("request_", "maybe_sent"), [(CREATE, False), (LIST, True), (LIST, False)])
def test_other_faults_reach_the_caller_as_they_are(request_: OperationRequest, maybe_sent: bool) -> None:
    fault = NetworkError("gone", maybe_sent=maybe_sent)
    with pytest.raises(NetworkError) as caught:
        call(request_, ResponseDecoder(), fault)
    assert caught.value is fault


# --- operations whose path is inferred


def test_an_unverified_write_needs_consent() -> None:
    operation = OPERATIONS["platform.cancel"]
    for request in (platform_cancel.build(), OperationRequest(operation, operation.path)):
        with pytest.raises(ArgumentError, match="unverified=True"):
            http_request_of(request, BEARER)


def test_an_unverified_operation_warns_once_a_client() -> None:
    for _ in range(2):
        client = session(PLATFORM)
        with pytest.warns(UnverifiedOperationWarning, match=r"platform\.cancel is inferred"):
            http_request_of(platform_cancel.build(unverified=True), client)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            http_request_of(platform_cancel.build(unverified=True), client)


def test_an_unverified_read_warns_and_needs_no_consent() -> None:
    with pytest.warns(UnverifiedOperationWarning, match=r"customers\.exclusions"):
        http_request_of(request_of("customers.exclusions"))


def test_verified_operations_neither_warn_nor_need_consent() -> None:
    for operation in OPERATIONS.values():
        if operation.evidence != "inferred":
            request = msgspec.structs.replace(request_of(operation.id), unverified=False)
            http_request_of(request, session(EVERYTHING["hmac" not in operation.credentials]))


# --- secrets


@pytest.mark.parametrize("status", [200, 400, 502])
@pytest.mark.parametrize(
    "text",
    [
        'no JSON: {"access_token": "LEAK"}',
        '{"client_secret":"LEAK',
        '{"private_token" : "LEA\\"K"}',
        "bad call /x?client_id=1&client_secret=LEAK&shop=2",
        "<p>bad call /x?client_id=1&amp;client_secret=LEAK&amp;shop=2</p>",
        'sent "client_secret=LEAK"',
        "client_secret=LEAK",
        "token=LEAK",
    ],
)
def test_secret_members_and_parameters_are_masked_in_excerpts(text: str, status: int) -> None:
    error = refused(text, status)
    assert "LEA" not in str(error) + error.excerpt
    assert "***" in error.excerpt


@pytest.mark.parametrize(("credentials", "secret"), [(SHOP, PRIVATE), (PLATFORM, ACCESS)])
def test_the_clients_own_secrets_are_masked_wherever_they_stand(credentials: Credentials, secret: str) -> None:
    client = session(credentials)
    for content in (f"<b>{secret}</b>", json.dumps({"code": 16, "message": f"bad {secret}!"})):
        with pytest.raises(ResponseError) as caught:
            call(LIST, reviews_list.DECODER, http_response(content, 401), client)
        assert secret not in str(caught.value) + caught.value.excerpt + getattr(caught.value, "message", "")
        assert "***" in str(caught.value)


def test_a_secret_is_masked_before_the_excerpt_is_cut() -> None:
    assert refused("x" * 290 + PRIVATE, 502).excerpt == "x" * 290 + "***"


def test_secret_arguments_of_the_call_are_masked_however_the_answer_quotes_them() -> None:
    request = platform_authorization_info.build(client_id="me", client_secret="s3cr3t/Value", shop_id="1")
    for quoted in ("got s3cr3t/Value", r'{"echo": "{\"client_secret\":\"s3cr3t/Value\"}"}', "[s3cr3t%2FValue]"):
        with pytest.raises(HTTPStatusError) as caught:
            call(request, platform_authorization_info.DECODER, http_response(quoted, 400))
        assert "s3cr3t" not in str(caught.value) + caught.value.excerpt


def test_secret_members_of_the_body_are_masked_however_the_answer_quotes_them() -> None:
    request = oauth_token.build(client_id="me", client_secret="s3cr3t", code="C0de", grant_type="authorization_code")
    with pytest.raises(APIError) as caught:
        call(request, oauth_token.DECODER, http_response({"code": 3, "message": "unknown code C0de of s3cr3t"}))
    assert caught.value.message == "unknown code *** of ***"


# --- whatever comes


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["code", "data", "list", "id", "page"]), inner),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("code", "data", "message", "request_id", "id", "time"), DOCUMENTS)
)
CONTENT = st.binary() | DOCUMENTS.map(json.dumps).map(str.encode) | ENVELOPES.map(json.dumps).map(str.encode)


@settings(steady, max_examples=400)
@given(st.sampled_from(sorted(OPERATIONS)), CONTENT, st.integers(100, 599) | st.just(200), st.booleans())
def test_every_answer_gives_a_response_or_an_error_of_ours(
    operation: str, content: bytes, status: int, located: bool
) -> None:
    client = session(EVERYTHING["hmac" not in OPERATIONS[operation].credentials])
    outcome = http_response(content, status, {"Location": "/x"} if located else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        try:
            result = call(request_of(operation), module_of(operation).DECODER, outcome, client)[1]
        except TrustooError:
            return
    assert isinstance(result, Response)
    assert 200 <= status < 400


# --- base_url


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (BASE_URL, BASE_URL),
        ("https://example.test/", "https://example.test"),
        ("https://example.test/a/b//", "https://example.test/a/b"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("HTTPS://Example.test", "HTTPS://Example.test"),
    ],
)
def test_a_base_url_loses_its_trailing_slash_only(url: str, kept: str) -> None:
    assert check_base_url(url) == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rapi.trustoo.io",
        "//rapi.trustoo.io",
        "ftp://rapi.trustoo.io",
        "https://",
        "https:///path",
        "https://host:port",
        "https://host:99999",
        "https://host:0",
        "https://[::1",
        "https://user@host",
        "https://user:EXAMPLE-password@host",
        "https://host?a=b",
        "https://host?",
        "https://host#c",
        "https://host#",
        "https://ho st",
        "https://host/a b",
        "https://host\n",
        "\thttps://host",
        "https://host\x00",
        5,
        b"https://host",
        None,
    ],
)
def test_anything_else_is_refused_as_a_base_url(url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        check_base_url(url)
    assert "EXAMPLE-password" not in str(caught.value)
