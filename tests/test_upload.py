"""An upload posts one form to the storage, without the API's credentials, and says what came of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from trustoo import ConnectionFailed, HttpError, Trustoo, TrustooError, UploadError
from trustoo import upload as module
from trustoo.form import read_source
from trustoo.upload import FormPost, UploadedImage, check_host, check_key, form_post, judge
from trustoo_api.api.reviews import reviews_create
from trustoo_api.models import ImageUploadCredentials

from tests.support import (
    PRIVATE,
    PUBLIC,
    Heard,
    Recorder,
    async_shop,
    envelope,
    local_server,
    read,
    reply,
    shop,
)

GIVEN = {
    "access_id": "EXAMPLE-ID",
    "host": "https://img.example.test",
    "expire": "1781682923",
    "signature": "EXAMPLE/signature+w==",
    "policy": "eyJFWEFNUExFIjoi+/8ifQ==",
    "dir": "test79198486784/2026/6/17/",
    "callback": "eyJjYWxsYmFja1VybCI6IiJ9",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"EXAMPLE"
XML = (
    "<Error{}><Code>AccessDenied</Code><Message>Invalid according to Policy:\n  Policy expired.</Message>"
    "<RequestId>oss-1</RequestId><HostId>h</HostId><EC>0006-00000213</EC></Error>"
)


def credentials(**other: object) -> Any:
    return read(ImageUploadCredentials, {**GIVEN, **other})


def a_post(**other: object) -> FormPost:
    return form_post(credentials(**other), read_source(PNG))


def parts(content_type: str, content: bytes) -> dict[str, bytes]:
    """A form's parts by name, in their order."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    found = {}
    for part in message.get_payload():
        assert not isinstance(part, str)
        found[str(part.get_param("name", header="Content-Disposition"))] = part.get_payload(decode=True)
    return found  # type: ignore[return-value]


def upload(recorder: Recorder, file: Any = PNG, **more: Any) -> UploadedImage:
    with shop(recorder) as client:
        return client.media.upload_image(file, **more)


def upload_async(recorder: Recorder, file: Any = PNG, **more: Any) -> UploadedImage:
    async def run() -> UploadedImage:
        async with async_shop(recorder) as client:
            return await client.media.upload_image(file, **more)

    return asyncio.run(run())


BOTH = pytest.mark.parametrize("upload", [upload, upload_async], ids=["sync", "async"])
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A storage in the place of the real one; it answers `storage.says`."""
    recorder = Recorder(lambda request: httpx.Response(200, content=b'{"Status":"OK"}'))

    def one(proxy: str | None) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(recorder))

    def one_later(proxy: str | None) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(recorder.later))

    monkeypatch.setattr(module, "httpx", SimpleNamespace(Client=one, AsyncClient=one_later))
    return recorder


# --- the whole way


@BOTH
def test_an_upload_fetches_credentials_and_posts_the_form(upload: Any, storage: Recorder) -> None:
    api = Recorder(envelope(GIVEN))
    image = upload(api)
    assert [request.url.path for request in api.requests] == ["/api/v1/openapi/get_image_upload_policy_token"]
    (form,) = storage.requests
    assert (form.method, form.url.host, form.url.raw_path) == ("POST", "img.example.test", b"/")
    found = parts(form.headers["content-type"], form.content)
    assert list(found) == ["key", "OSSAccessKeyId", "policy", "Signature", "callback", "file"]
    assert found["key"].decode() == image.key
    assert [found[name].decode() for name in ("OSSAccessKeyId", "policy", "Signature", "callback")] == [
        GIVEN[name] for name in ("access_id", "policy", "signature", "callback")
    ]
    assert found["file"] == PNG
    assert (image.callback, image.object_url) == ({"Status": "OK"}, f"https://img.example.test/{image.key}")


@BOTH
def test_the_length_is_announced_and_the_timeouts_allow_for_the_callback(upload: Any, storage: Recorder) -> None:
    upload(Recorder(envelope(GIVEN)))
    form = storage.requests[0]
    assert form.headers["content-length"] == str(len(form.content))
    assert "transfer-encoding" not in form.headers
    assert form.extensions["timeout"] == {"connect": 10, "write": 60, "read": 60, "pool": 10}


@BOTH
def test_the_storage_never_sees_the_apis_credentials(upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_server(b"", 204, {"x-oss-request-id": "oss-2"}) as (address, heard):
        monkeypatch.setattr(module, "check_host", lambda host: host)
        image = upload(Recorder(envelope({**GIVEN, "host": address})))
    storage: Heard = heard[0]
    assert set(storage.headers) == {
        *("host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length")
    }
    assert PRIVATE.encode() not in storage.content
    assert PUBLIC not in str(storage.headers)
    assert (storage.method, storage.path, image.request_id, image.callback) == ("POST", "/", "oss-2", None)
    assert parts(storage.headers["content-type"], storage.content)["file"] == PNG


@BOTH
def test_redirects_of_the_storage_are_not_followed(upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_server(b"", 307, {"Location": "/elsewhere"}) as (address, heard):
        monkeypatch.setattr(module, "check_host", lambda host: host)
        with pytest.raises(UploadError, match="HTTP 307"):
            upload(Recorder(envelope({**GIVEN, "host": address})))
    assert len(heard) == 1


@BOTH
def test_a_large_file_arrives_whole(upload: Any, storage: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "照片 é.PNG"
    path.write_bytes(PNG * 100_000)
    image = upload(Recorder(envelope(GIVEN)), path)
    form = storage.requests[0]
    assert parts(form.headers["content-type"], form.content)["file"] == path.read_bytes()
    assert image.key.endswith(".png")
    assert "照片".encode() not in form.content


@BOTH
def test_the_given_content_type_is_the_file_parts(upload: Any, storage: Recorder) -> None:
    upload(Recorder(envelope(GIVEN)), content_type="image/avif")
    assert b'filename="file"\r\nContent-Type: image/avif\r\n\r\n' in storage.requests[0].content


@BOTH
@pytest.mark.parametrize("file", [b"", "missing.png", ".", 5])
def test_a_file_that_cannot_be_sent_fails_before_any_request(upload: Any, file: Any, tmp_path: Path) -> None:
    api = Recorder(envelope(GIVEN))
    with pytest.raises(UploadError):
        upload(api, tmp_path / file if isinstance(file, str) else file)
    assert api.requests == []


@BOTH
def test_a_file_that_shrinks_while_it_is_sent_is_told(upload: Any, storage: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG * 2)

    def shrink(request: httpx.Request) -> httpx.Response:
        path.write_bytes(PNG)
        return httpx.Response(200, content=envelope(GIVEN))

    with pytest.raises(UploadError, match="became shorter while it was sent"):
        upload(Recorder(shrink), path)


@BOTH
def test_failing_to_get_credentials_is_the_apis_error(upload: Any, storage: Recorder) -> None:
    with pytest.raises(HttpError):
        upload(Recorder(lambda request: httpx.Response(502)))
    assert storage.requests == []


@BOTH
@pytest.mark.parametrize("fault", [httpx.ReadTimeout("late"), httpx.ConnectError("refused"), httpx.ReadError("")])
def test_a_storage_that_does_not_answer_is_an_upload_error(upload: Any, storage: Recorder, fault: Exception) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault

    storage._answer = fail
    with pytest.raises(UploadError, match="No answer from the storage") as caught:
        upload(Recorder(envelope(GIVEN)))
    assert (caught.value.status, caught.value.stored_url) == (None, None)
    assert isinstance(caught.value.__cause__, TrustooError)
    assert len(storage.requests) == 1


def test_a_storage_that_hangs_up_is_an_upload_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with local_server() as (address, _):
        pass
    monkeypatch.setattr(module, "check_host", lambda host: host)
    with pytest.raises(UploadError, match="No answer") as caught:
        upload(Recorder(envelope({**GIVEN, "host": address})))
    assert isinstance(caught.value.__cause__, ConnectionFailed)


@BOTH
def test_an_uploaded_image_is_taken_as_media_of_a_review(upload: Any, storage: Recorder) -> None:
    photo = upload(Recorder(envelope(GIVEN)))
    item = {
        "url": f"https://img.example.test/{photo.key}?x-oss-process=style/trustoo_big",
        "thumbnail_url": f"https://img.example.test/{photo.key}?x-oss-process=style/trustoo_small",
        "type": 1,
        "is_published": 1,
    }
    assert photo.to_dict() == item
    assert reviews_create.build(rating=5, author="a", media=[photo]).body == {
        "rating": 5,
        "author": "a",
        "media": [item],
    }


# --- the form


def test_each_upload_has_a_random_key_below_dir() -> None:
    keys = {a_post().key for _ in range(5)}
    assert len(keys) == 5
    assert all(re.fullmatch(re.escape(GIVEN["dir"]) + r"[0-9a-f]{32}\.png", key) for key in keys)


@pytest.mark.parametrize("name", ["access_id", "host", "dir", "policy", "signature"])
@pytest.mark.parametrize("value", [None, ""])
def test_credentials_without_a_needed_member_are_named(name: str, value: str | None) -> None:
    with pytest.raises(UploadError, match=f"have no {name}; nothing was sent"):
        a_post(**{name: value})


def test_credentials_without_a_callback_make_a_form_without_one() -> None:
    assert b'name="callback"' not in b"".join(a_post(callback=None).body)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("https://img.example.test", "https://img.example.test"),
        ("https://img.example.test/", "https://img.example.test/"),
        ("//img.example.test", "https://img.example.test"),
        ("HTTPS://img.example.test", "HTTPS://img.example.test"),
    ],
)
def test_a_plain_https_host_is_taken(host: str, url: str) -> None:
    assert check_host(host) == url
    assert a_post(host=host).object_url.startswith(f"{url.rstrip('/')}/test79198486784/2026/6/17/")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "img.example.test",
        "http://img.example.test",
        "ftp://img.example.test",
        "https://",
        "https://user@img.example.test",
        "https://user:password@img.example.test",
        "https://img.example.test:8443",
        "https://img.example.test:port",
        "https://img.example.test/path",
        "https://img.example.test?a=b",
        "https://img.example.test/?",
        "https://img.example.test#c",
        "https://img.example.test/#",
        "https://[::1",
        "https://img.example.test\\@evil.test",
        "file:///etc/passwd",
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    with pytest.raises(UploadError, match="no plain https address"):
        check_host(host)


@pytest.mark.parametrize("key", ["a", "d/é 照片.png", "x" * 1023, "é" * 511, "a$b{c}"])
def test_keys_that_the_storage_takes_are_taken(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "/a", "\\a", "x" * 1024, "é" * 512, "a\nb", "a\x00", "a${filename}", "\ud800"])
def test_keys_that_the_storage_refuses_are_refused(key: str) -> None:
    with pytest.raises(UploadError, match="object name"):
        check_key(key)


def test_the_object_url_is_percent_encoded() -> None:
    post = a_post(dir="a b/é?/")
    assert post.object_url.startswith("https://img.example.test/a%20b/%C3%A9%3F/")


# --- the answer


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, b'{"Status":"OK"}', {"Status": "OK"}),
        (200, b"", None),
        (200, b"<html>", None),
        (200, b"[" * 100_000, None),
        (204, b"", None),
        (201, b"<PostResponse><Key>k</Key></PostResponse>", None),
    ],
)
def test_a_stored_image_is_a_success_whatever_else_was_said(status: int, content: bytes, said: object) -> None:
    post = a_post()
    image = judge(post, reply(content, status, {"X-Oss-Request-Id": "oss-3"}))
    assert image == UploadedImage(post.object_url, post.key, said, "oss-3")


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"'])
def test_a_refusal_is_read_from_xml_with_and_without_namespace(namespace: str) -> None:
    with pytest.raises(UploadError) as caught:
        judge(a_post(), reply(XML.format(namespace), 403, {"x-oss-request-id": "header"}))
    error = caught.value
    assert (error.status, error.code, error.request_id, error.stored_url) == (403, "AccessDenied", "oss-1", None)
    assert "HTTP 403, AccessDenied: Invalid according to Policy: Policy expired." in str(error)


def test_a_failed_callback_says_where_the_image_lies_all_the_same() -> None:
    post = a_post()
    content = "<Error><Code>CallbackFailed</Code><Message>Error status : 502.</Message></Error>"
    with pytest.raises(UploadError, match=r"is stored at https://img.*Error status : 502\.") as caught:
        judge(post, reply(content, 203, {"x-oss-request-id": "oss-4"}))
    error = caught.value
    assert (error.status, error.code, error.request_id) == (203, "CallbackFailed", "oss-4")
    assert error.stored_url == post.object_url


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}"])
def test_status_203_is_a_failed_callback_whatever_it_says(content: bytes) -> None:
    post = a_post()
    with pytest.raises(UploadError, match="its callback failed") as caught:
        judge(post, reply(content, 203))
    assert (caught.value.code, caught.value.stored_url) == ("CallbackFailed", post.object_url)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html><body>Bad <b>gateway</body>", "Bad <b>gateway"),
        ("<html><head/><body>Valid</body></html>", "Valid"),
        ("", "an empty answer"),
        ('{"error": "no"}', '{"error": "no"}'),
        ("<?xml version='1.0' encoding='none-such'?><Error/>", "none-such"),
        ("<Error><Code>AccessDenied", "AccessDenied"),
        (b"\xff\xfe\x00", "�"),
    ],
)
@pytest.mark.parametrize("status", [302, 400, 403, 502])
def test_a_refusal_in_another_form_is_quoted(status: int, content: Any, said: str) -> None:
    with pytest.raises(UploadError) as caught:
        judge(a_post(), reply(content, status, {"x-oss-request-id": "oss-5"}))
    assert said in str(caught.value)
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (status, None, "oss-5")


def test_a_code_without_a_message_stands_alone() -> None:
    with pytest.raises(UploadError) as caught:
        judge(a_post(), reply("<Error><Code>InternalError</Code></Error>", 500))
    assert "None" not in str(caught.value)


@pytest.mark.parametrize(
    "form", ["<p>{}</p>", "<Error><Code>SignatureDoesNotMatch</Code><Message>{}</Message></Error>"]
)
@pytest.mark.parametrize("name", ["policy", "signature"])
@pytest.mark.parametrize("status", [203, 403])
def test_what_authorises_an_upload_is_never_quoted(form: str, name: str, status: int) -> None:
    with pytest.raises(UploadError) as caught:
        judge(a_post(), reply(form.format(GIVEN[name]), status))
    assert GIVEN[name] not in str(caught.value)


def test_repr_of_a_form_shows_no_secret() -> None:
    assert GIVEN["policy"] not in repr(a_post())
    assert GIVEN["signature"] not in repr(a_post())


def test_answers_of_any_form_give_an_image_or_an_upload_error() -> None:
    contents = (b"", b"{}", b"[1]", b"\x00", XML.format("").encode(), b"<a>" * 30_000, b"<!DOCTYPE x><x/>")
    for content in contents:
        for status in (200, 201, 204):
            assert isinstance(judge(a_post(), reply(content, status)), UploadedImage)
        for status in (202, 203, *range(205, 210), 301, 400, 403, 404, 500, 503):
            with pytest.raises(UploadError) as caught:
                judge(a_post(), reply(content, status))
            assert caught.value.status == status


def test_the_media_resource_of_a_client_can_upload() -> None:
    assert callable(Trustoo(public_token=PUBLIC, private_token=PRIVATE).media.upload_image)
