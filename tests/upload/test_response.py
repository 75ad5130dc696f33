"""Every response of the storage gives an image or an error with the cause and the remedy, and without a secret."""

from __future__ import annotations

import time
import traceback
import tracemalloc
from typing import Any

import pytest
from trustoo import UploadCallbackError, UploadError, UploadRejectedError
from trustoo.upload import UploadedImage
from trustoo.upload.response import may_succeed_later, needs_new_credentials, parse_upload_response, read_error

from tests.support import http_response
from tests.upload.conftest import GIVEN, PNG, a_form, options

XML = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<Error{}><Code>AccessDenied</Code><Message>Invalid according to Policy:\n"
    "  Policy expired.</Message><RequestId>oss-1</RequestId><HostId>h</HostId><EC>0006-00000213</EC></Error>"
)
SUCCESSES = (200, 201, 202, 204, 206, 299)


def xml(code: str, message: str = "") -> bytes:
    return f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>oss-1</RequestId></Error>".encode()


def refused(content: Any, status: int = 400, headers: Any = None, **other: Any) -> UploadError:
    with pytest.raises(UploadRejectedError) as caught:
        parse_upload_response(a_form(**other), http_response(content, status, headers))
    return caught.value


# --- stored


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, b'{"Status":"OK"}', {"Status": "OK"}),
        (200, b'"text"', "text"),
        (200, b"", None),
        (200, b"<html>", None),
        (200, b"[" * 100_000, None),
        (200, b"\xff", None),
        (204, b"", None),
        (201, b"<PostResponse><Key>k</Key></PostResponse>", None),
        (202, b"", None),
        (206, b"", None),
        (299, b"", None),
    ],
)
def test_a_stored_image_is_a_success_whatever_the_body_says(status: int, content: bytes, said: object) -> None:
    post = a_form()
    image = parse_upload_response(post, http_response(content, status, {"X-Oss-Request-Id": "oss-3"}))
    assert image == UploadedImage(post.object_url, post.key, len(PNG), "image/png", said, "oss-3")


def test_only_a_redirect_requested_by_the_form_is_a_success() -> None:
    form = a_form(image=options(fields={"success_action_redirect": "https://a.test"}))
    assert parse_upload_response(form, http_response(b"", 303, {"Location": "https://a.test"})).key == form.key
    for post, status in ((a_form(), 303), (form, 301), (form, 302), (form, 307)):
        with pytest.raises(UploadRejectedError):
            parse_upload_response(post, http_response(b"", status))


@pytest.mark.parametrize("status", [*SUCCESSES, 203, 301, 302, 303, 307, 400, 401, 403, 404, 408, 429, 500, 502, 503])
@pytest.mark.parametrize("fields", [{}, {"success_action_redirect": "https://a.test"}], ids=["plain", "redirecting"])
def test_each_status_is_a_stored_image_a_failed_callback_or_a_refusal(status: int, fields: dict[str, str]) -> None:
    form, found = a_form(image=options(fields=fields)), http_response(xml("AccessDenied"), status)
    if status in SUCCESSES or (status == 303 and fields):
        assert parse_upload_response(form, found).key == form.key
        return
    with pytest.raises(UploadError) as caught:
        parse_upload_response(form, found)
    assert type(caught.value) is (UploadCallbackError if status == 203 else UploadRejectedError)


# --- refused


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"'])
def test_a_refusal_is_read_from_xml_with_and_without_namespace(namespace: str) -> None:
    error = refused(XML.format(namespace), 403, {"x-oss-request-id": "header"})
    assert (error.status, error.code, error.request_id, error.stored_url) == (403, "AccessDenied", "oss-1", None)
    assert error.message == "Invalid according to Policy: Policy expired."
    assert "with HTTP 403, AccessDenied: Invalid according to Policy: Policy expired." in str(error)
    assert str(error).endswith("Request id oss-1.")
    assert type(error) is UploadRejectedError


CODES = {
    "InvalidArgument": "missing, misplaced",
    "MalformedPOSTRequest": "was damaged on its way",
    "FieldItemTooLong": "longer than the storage allows",
    "InvalidPolicyDocument": "policy in the credentials is invalid",
    "EntityTooLarge": "image is larger",
    "EntityTooSmall": "image is smaller",
    "InvalidObjectName": "does not accept this object name",
    "SignatureDoesNotMatch": "credentials were changed",
    "InvalidAccessKeyId": "key in the credentials is not active",
    "FileAlreadyExists": "An object with this name exists",
    "MethodNotAllowed": "does not accept forms",
    "NoSuchBucket": "storage that does not exist",
    "QpsLimitExceeded": "Too many requests",
    "ServiceUnavailable": "storage is busy",
}


@pytest.mark.parametrize("code", CODES)
def test_a_known_code_has_its_remedy_in_the_message(code: str) -> None:
    error = refused(xml(code, "No."))
    assert CODES[code] in error.remedy
    assert error.remedy in str(error)


@pytest.mark.parametrize(
    ("code", "message", "remedy"),
    [
        ("AccessDenied", "Invalid according to Policy: Policy expired.", "expired before the whole form"),
        ("AccessDenied", "Invalid according to Policy: Policy Condition failed: x", "does not meet the credentials"),
        ("AccessDenied", "Bucket is private", None),
        ("InDebt", "", None),
        ("", "", None),
    ],
)
def test_denials_have_the_known_remedy_or_none(code: str, message: str, remedy: str | None) -> None:
    error = refused(xml(code, message), 403)
    assert (remedy in error.remedy) if remedy else error.remedy == ""
    assert error.code == (code or None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html><body>Bad <b>gateway</body>", "Bad <b>gateway"),
        ("<html><head/><body>Valid</body></html>", "Valid"),
        ("", "an empty response"),
        (" \r\n ", "an empty response"),
        ('{"error": "no"}', '{"error": "no"}'),
        ("<?xml version='1.0' encoding='none-such'?><Error/>", "none-such"),
        ("<?xml version='1.0' encoding='utf-32'?><Error/>", "utf-32"),
        ("<Error><Code>AccessDenied", "AccessDenied"),
        (b"\xff\xfe\x00", "�"),
    ],
)
@pytest.mark.parametrize("status", [302, 400, 403, 502])
def test_a_refusal_that_is_not_xml_is_quoted(status: int, content: Any, said: str) -> None:
    error = refused(content, status, {"x-oss-request-id": "oss-5"})
    assert said in str(error)
    assert (error.status, error.code, error.message, error.remedy, error.request_id) == (status, None, "", "", "oss-5")


def test_a_code_without_message_and_request_id() -> None:
    error = refused("<Error><Code>InternalError</Code></Error>", 500)
    assert str(error) == "The storage refused the image with HTTP 500, InternalError. Request id unknown."
    assert (error.message, error.request_id) == ("", None)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), (None, None), ("soon", None), ("0", 0.0)])
def test_retry_after_is_an_attribute_of_the_error(text: str | None, seconds: float | None) -> None:
    headers = {} if text is None else {"Retry-After": text}
    assert refused(xml("ServiceUnavailable"), 503, headers).retry_after == seconds


# --- stored, and the vendor's server was not told


def test_a_failed_callback_names_the_stored_url() -> None:
    post = a_form()
    with pytest.raises(
        UploadCallbackError, match=r"is stored at https://img.*Error status : 502\. It was not"
    ) as caught:
        parse_upload_response(
            post, http_response(xml("CallbackFailed", "Error status : 502."), 203, {"x-oss-request-id": "oss-4"})
        )
    error = caught.value
    assert (error.status, error.code, error.message) == (203, "CallbackFailed", "Error status : 502.")
    assert (error.request_id, error.stored_url) == ("oss-1", post.object_url)
    assert "not uploaded again" in error.remedy


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b"<html><body>x</body></html>"])
def test_status_203_is_a_failed_callback_whatever_the_body_says(content: bytes) -> None:
    post = a_form()
    with pytest.raises(UploadCallbackError, match="its callback failed") as caught:
        parse_upload_response(post, http_response(content, 203, {"x-oss-request-id": "oss-4"}))
    error = caught.value
    assert (error.code, error.stored_url, error.request_id) == ("CallbackFailed", post.object_url, "oss-4")


# --- secrets and bombs

SECRETS: dict[str, Any] = {
    **{name: GIVEN[name] for name in ("policy", "signature", "callback")},
    "x_oss_security_token": "EXAMPLE-token/+==",
    "x-oss-signature": "EXAMPLE-v4-signature",
}


@pytest.mark.parametrize(
    "form",
    [
        "<p>{}</p>",
        '{{"said": "{}"}}',
        "<Error><Code>SignatureDoesNotMatch</Code><Message>No {}</Message></Error>",
        "<Error><Code>{}</Code><Message>No</Message></Error>",
        "<Error><Code>No</Code><RequestId>{}</RequestId></Error>",
        "<Error><Code>No</Code><StringToSign>{}</StringToSign></Error>",
    ],
)
@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("status", [203, 403])
def test_secrets_of_an_upload_are_never_quoted(form: str, name: str, status: int) -> None:
    with pytest.raises(UploadError) as caught:
        parse_upload_response(a_form(**SECRETS), http_response(form.format(SECRETS[name]), status))
    error = caught.value
    shown = [str(error), repr(error), *traceback.format_exception(error), *map(str, vars(error).values())]
    assert not [text for text in shown if SECRETS[name] in text]


def test_other_spellings_of_a_secret_are_not_quoted() -> None:
    percent, escaped = "EXAMPLE%2Fsignature%2Bw%3D%3D", "EXAMPLE\\/signature+w=="
    error = refused(f"<p>{percent} {escaped}</p>")
    assert (percent in str(error), escaped in str(error)) == (False, False)


BOMB = "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>{}]><Error><Code>&a9;</Code></Error>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)
QUADRATIC = f"<!DOCTYPE x [<!ENTITY a '{'a' * 30_000}'>]><Error><Code>{'&a;' * 10_000}</Code></Error>"
OUTSIDE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><Error><Code>&a;</Code></Error>"


@pytest.mark.parametrize(
    "content",
    [BOMB, QUADRATIC, OUTSIDE, "<a>" * 30_000, "<Error><Message>" + "x" * 10_000_000, b"<" * 1_000_000],
    ids=["entities", "quadratic", "external entity", "depth", "10 MB", "angles"],
)
def test_a_malicious_response_costs_little(content: Any) -> None:
    given = http_response(content, 400)
    began = time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(UploadRejectedError) as caught:
            parse_upload_response(a_form(), given)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 1000
    assert peak < 12_000_000
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("content", [OUTSIDE, "<!DOCTYPE Error SYSTEM 'file:///none'><Error><Code>A</Code></Error>"])
def test_external_entities_are_not_read(content: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        assert read_error(content.encode(encoding)) == {}


# --- what is done about it


@pytest.mark.parametrize(
    ("status", "code", "message", "wanted"),
    [
        (403, "InvalidAccessKeyId", "", True),
        (403, "InvalidSecurityToken", "", True),
        (403, "AccessKeyIdAndSecurityTokenNotMatch", "", True),
        (403, "SecurityTokenExpired", "", True),
        (403, "RequestTimeTooSkewed", "", True),
        (403, "AccessDenied", "Invalid according to Policy: Policy expired.", True),
        (403, "AccessDenied", "POLICY EXPIRED", True),
        (403, "AccessDenied", "Policy Condition failed", False),
        (403, "SignatureDoesNotMatch", "", False),
        (403, "SomethingElse", "expired", False),
        (400, "InvalidAccessKeyId", "", False),
        (401, "InvalidAccessKeyId", "", False),
        (None, "InvalidAccessKeyId", "", False),
        (403, None, "expired", False),
    ],
)
def test_only_expired_credentials_are_replaced(status: int, code: str | None, message: str, wanted: bool) -> None:
    assert needs_new_credentials(UploadRejectedError("x", status=status, code=code, message=message)) is wanted


@pytest.mark.parametrize("status", [None, 200, 203, 303, 400, 401, 404, 429, 500, 502, 503])
def test_only_status_403_asks_for_other_credentials(status: int | None) -> None:
    for code in ("InvalidAccessKeyId", "SecurityTokenExpired", "AccessDenied"):
        for number in (status, 403):
            error = UploadRejectedError("x", status=number, code=code, message="Policy expired.")
            assert needs_new_credentials(error) is (number == 403)


@pytest.mark.parametrize("after_fault", [False, True])
@pytest.mark.parametrize(
    ("status", "code", "passes"),
    [
        *((429, None, True), (500, "InternalError", True), (502, None, True), (503, "QpsLimitExceeded", True)),
        *((400, "RequestTimeout", True), (400, "InvalidArgument", False), (403, "AccessDenied", False)),
        *((203, "CallbackFailed", False), (None, None, False), (404, None, False), (499, None, False)),
    ],
)
def test_what_may_succeed_later(status: int | None, code: str | None, passes: bool, after_fault: bool) -> None:
    assert may_succeed_later(UploadError("x", status=status, code=code), after_fault=after_fault) is passes


def test_a_damaged_form_is_retried_only_after_a_connection_fault() -> None:
    error = UploadRejectedError("x", status=400, code="MalformedPOSTRequest")
    assert may_succeed_later(error, after_fault=True)
    assert not may_succeed_later(error, after_fault=False)


def test_every_response_gives_an_image_or_an_upload_error() -> None:
    contents = (b"", b"{}", b"[1]", b"\x00", XML.format("").encode(), b"<a>" * 30_000, b"<!DOCTYPE x><x/>")
    for content in contents:
        for status in SUCCESSES:
            assert isinstance(parse_upload_response(a_form(), http_response(content, status)), UploadedImage)
        for status in (203, 301, 302, 303, 400, 403, 404, 500, 503):
            with pytest.raises(UploadError) as caught:
                parse_upload_response(a_form(), http_response(content, status))
            assert caught.value.status == status
