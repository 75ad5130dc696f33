"""The fake storage stores what the client sends, refuses what OSS is reported to refuse, and answers as it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from trustoo import (
    ArgumentError,
    RetryPolicy,
    UploadCallbackError,
    UploadInterruptedError,
    UploadRejectedError,
)
from trustoo.testing import FakeResponse, FakeTrustoo, StorageResponse, without_waiting
from trustoo.testing.storage_protocol import Keys
from trustoo.upload import StorageRules, UploadedImage
from trustoo.upload.form import Form
from trustoo.upload.source import read_source

from contract_tests.support.pictures import GIF, jpeg, png

PNG = png(700_000)
FIELDS = ("key", "OSSAccessKeyId", "policy", "Signature", "callback")
IMPATIENT = StorageRules(http=True, ip_address=True, port=True, timeout=0.5)
PATIENT = RetryPolicy(attempts=2, base=0)
NOW = 1_790_000_000


def upload(fake: FakeTrustoo, file: Any = PNG, **settings: Any) -> UploadedImage:
    with fake.client(**settings) as shop:
        return shop.media.upload_image(file)


def upload_async(fake: FakeTrustoo, file: Any = PNG, **settings: Any) -> UploadedImage:
    async def run() -> UploadedImage:
        async with fake.async_client(**settings) as shop:
            return await shop.media.upload_image(file)

    return asyncio.run(run())


def upload_over_port(fake: FakeTrustoo, file: Any = PNG, **settings: Any) -> UploadedImage:
    with fake.storage.serve():
        return upload(fake, file, **settings)


def upload_async_over_port(fake: FakeTrustoo, file: Any = PNG, **settings: Any) -> UploadedImage:
    with fake.storage.serve():
        return upload_async(fake, file, **settings)


Upload = Callable[..., UploadedImage]
PORT = pytest.mark.parametrize("upload", [upload_over_port, upload_async_over_port], ids=["sync", "async"])
EVERY = pytest.mark.parametrize(
    "upload",
    [upload, upload_async, upload_over_port, upload_async_over_port],
    ids=["sync", "async", "sync over a port", "async over a port"],
)


# --- what the client sends is stored


@EVERY
def test_an_uploaded_image_is_stored_whole(upload: Upload, tmp_path: Path) -> None:
    fake = FakeTrustoo()
    image = tmp_path / "kettle.png"
    image.write_bytes(PNG)
    photo = upload(fake, image)
    (stored,) = fake.storage.uploads
    assert (tuple(stored.fields), stored.content, stored.content_type) == (FIELDS, PNG, "image/png")
    assert (stored.fields["key"], photo.callback) == (photo.key, {"Status": "OK"})


def test_an_uploaded_image_can_be_attached_to_a_review() -> None:
    fake = FakeTrustoo()
    with fake.client() as shop:
        photo = shop.media.upload_image(PNG)
        shop.reviews.create(rating=5, author="Zoë", media=[photo])
    assert fake.received[-1].json["media"] == [photo.to_dict()]


def test_credentials_name_the_day_and_live_as_long_as_they_are_told() -> None:
    fake = FakeTrustoo(clock=lambda: NOW)
    fake.storage.lifetime = 60
    given = fake.storage.credentials()
    assert (given["dir"], given["expire"]) == ("EXAMPLE-dir/2026/9/21/", str(NOW + 60))


# --- forms that the storage is reported to choke on


URL = "https://img.example.com"


def _form(fake: FakeTrustoo, **changes: str) -> dict[str, str]:
    given = fake.storage.credentials()
    fields = {"key": f"{given['dir']}x.png", "OSSAccessKeyId": given["access_id"], "policy": given["policy"]}
    return {**fields, "Signature": given["signature"], **changes}


def _post(fake: FakeTrustoo, body: Form, change: Callable[[bytes], bytes], **headers: str) -> httpx.Response:
    content = b"".join(body)
    with httpx.Client(transport=fake.storage) as client:
        sent = {"Content-Type": body.headers["Content-Type"], **headers}
        good = client.post(
            "https://img.trustoo.io/", headers={"Content-Type": body.headers["Content-Type"]}, content=content
        )
        assert good.status_code == 204
        answer = client.post("https://img.trustoo.io/", headers=sent, content=change(content))
    assert len(fake.storage.uploads) == 1
    return answer


FILE = b'Content-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: image/png'


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'name="policy"', b'name="Policy"', "InvalidArgument"),
        (b'name="Signature"', b'name="signature"', "InvalidArgument"),
        (b'name="policy"', b'name="key"', "MalformedPOSTRequest"),
        (b'; filename="file"', b"; filename=\"file\"; filename*=utf-8''file", "FieldItemTooLong"),
        (b'; filename="file"', b"", "MalformedPOSTRequest"),
        (FILE, b"Content-Type: image/png\r\n" + FILE.split(b"\r\n")[0], "MalformedPOSTRequest"),
        (FILE, FILE + b"\r\nContent-Length: 9", "MalformedPOSTRequest"),
        (b'name="file"', b'name="File"', "InvalidArgument"),
        (b'name="key"', b'name="' + b"k" * 8193 + b'"', "FieldItemTooLong"),
        (b"--\r\n", b"--", "MalformedPOSTRequest"),
    ],
    ids=[
        *("wrong case", "signature in small letters", "twice", "filename*", "no filename", "header order"),
        *("length of a part", "File", "long name", "end"),
    ],
)
def test_a_form_that_the_storage_chokes_on_is_refused(old: bytes, new: bytes, code: str) -> None:
    fake = FakeTrustoo()

    def change(content: bytes) -> bytes:
        assert old in content
        return content[:-2] if old == b"--\r\n" else content.replace(old, new, 1)

    answer = _post(fake, Form(URL, _form(fake), read_source(PNG)), change)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True), answer.text


@pytest.mark.parametrize(
    ("moved", "code"), [("key", "InvalidArgument"), ("policy", "MalformedPOSTRequest"), ("callback", "Malformed")]
)
def test_what_comes_after_the_file_is_lost_and_refused(moved: str, code: str) -> None:
    fake = FakeTrustoo()
    body = Form(URL, _form(fake, callback="e30="), read_source(GIF))
    boundary = b"--" + body.headers["Content-Type"].partition("boundary=")[2].encode()

    def change(content: bytes) -> bytes:
        parts = content.split(boundary)[1:-1]
        late = [part for part in parts if f'name="{moved}"'.encode() in part]
        assert len(late) == 1
        return boundary + boundary.join([part for part in parts if part not in late] + late) + boundary + b"--\r\n"

    content = b"".join(body)
    with httpx.Client(transport=fake.storage) as client:
        headers = {"Content-Type": body.headers["Content-Type"]}
        answer = client.post("https://img.trustoo.io/", headers=headers, content=change(content))
    assert (answer.status_code, code in answer.text) == (400, True), answer.text
    assert fake.storage.uploads == []


def test_a_second_file_is_refused() -> None:
    fake = FakeTrustoo()
    body = Form(URL, _form(fake), read_source(GIF))
    boundary = b"--" + body.headers["Content-Type"].partition("boundary=")[2].encode()

    def change(content: bytes) -> bytes:
        file = content.split(boundary)[-2]
        return content.replace(boundary + b"--\r\n", boundary + file + boundary + b"--\r\n")

    assert "IncorrectNumberOfFilesInPOSTRequest" in _post(fake, body, change).text


@pytest.mark.parametrize(
    ("kind", "code"),
    [("multipart/form-data", "RequestIsNotMultiPart"), ("multipart/form-data, boundary=x", "RequestIsNotMultiPart")],
)
def test_a_content_type_without_a_boundary_is_refused(kind: str, code: str) -> None:
    fake = FakeTrustoo()
    answer = _post(
        fake,
        Form(URL, _form(fake), read_source(GIF)),
        lambda content: content,
        **{"Content-Type": kind},
    )
    assert (answer.status_code, code in answer.text) == (400, True)


def test_a_form_without_a_length_is_refused() -> None:
    fake = FakeTrustoo()
    body = Form(URL, _form(fake), read_source(GIF))
    with httpx.Client(transport=fake.storage) as client:
        headers = {"Content-Type": body.headers["Content-Type"]}
        answer = client.post("https://img.trustoo.io/", headers=headers, content=iter([b"".join(body)]))
    assert (answer.status_code, "MissingContentLength" in answer.text) == (411, True)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 405), ("POST", "/object", 405)])
def test_only_posts_to_the_bucket_are_taken(method: str, path: str, status: int) -> None:
    with httpx.Client(transport=FakeTrustoo().storage) as client:
        assert client.request(method, f"https://img.trustoo.io{path}").status_code == status


# --- credentials and policies


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"signature": "EXAMPLE-other"}, 403, "SignatureDoesNotMatch"),
        ({"access_id": "EXAMPLE-other"}, 403, "InvalidAccessKeyId"),
        ({"policy": "e30="}, 403, "SignatureDoesNotMatch"),
    ],
)
def test_credentials_that_were_not_handed_out_are_refused(change: dict[str, str], status: int, code: str) -> None:
    fake = FakeTrustoo()
    fake.respond("media.image_upload_credentials", {**fake.storage.credentials(), **change})
    with pytest.raises(UploadRejectedError) as caught:
        upload(fake)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert fake.storage.uploads == []


def test_a_key_that_was_replaced_is_refused_and_new_credentials_help() -> None:
    fake = FakeTrustoo()
    with fake.client() as shop:
        kept = shop.media.image_upload_credentials()
        fake.storage.keys = Keys("EXAMPLE-new-id", "EXAMPLE-new-secret")
        shop.media.upload_image(PNG, credentials=kept)
    assert fake.storage.uploads[0].fields["OSSAccessKeyId"] == "EXAMPLE-new-id"
    assert (fake.storage.forms, fake.processed["media.image_upload_credentials"]) == (2, 2)


@EVERY
def test_credentials_that_expire_on_the_way_are_replaced_once(upload: Upload) -> None:
    """As the documented example: their lifetime is nothing."""
    fake = FakeTrustoo(clock=lambda: NOW)
    fake.storage.lifetime = 0
    with pytest.raises(UploadRejectedError) as caught:
        upload(fake)
    assert (caught.value.status, caught.value.code, "expired" in caught.value.message) == (403, "AccessDenied", True)
    assert (fake.storage.forms, fake.processed["media.image_upload_credentials"]) == (2, 2)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (["content-length-range", 1, 10], "EntityTooLarge"),
        (["content-length-range", 10**6, 10**7], "EntityTooSmall"),
        (["starts-with", "$key", "EXAMPLE-elsewhere/"], "AccessDenied"),
        (["in", "$content-type", ["image/gif"]], "AccessDenied"),
        ({"x-oss-object-acl": "private"}, "AccessDenied"),
    ],
)
def test_the_storage_judges_by_the_policy_apart_from_the_client(condition: Any, code: str) -> None:
    fake = FakeTrustoo()
    fake.storage.conditions.append(condition)
    body = Form(URL, _form(fake), read_source(PNG))
    with httpx.Client(transport=fake.storage) as client:
        headers = {"Content-Type": body.headers["Content-Type"]}
        answer = client.post("https://img.trustoo.io/", headers=headers, content=b"".join(body))
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (["eq", "$success_action_status", "201"], ("success_action_status", "201")),
        (["starts-with", "$content-type", "image/"], ("Content-Type", "image/png")),
        ({"x-oss-object-acl": "private"}, ("x-oss-object-acl", "private")),
        ({"bucket": "EXAMPLE"}, None),
        (["content-length-range", 1, 10**7], None),
    ],
)
def test_a_policy_that_the_client_can_meet_is_met(condition: Any, field: tuple[str, str] | None) -> None:
    fake = FakeTrustoo()
    fake.storage.has_callback = False
    fake.storage.conditions.append(condition)
    upload(fake)
    fields = dict(fake.storage.uploads[0].fields)
    assert field is None or fields[field[0]] == field[1]


# --- every answer, and what the client makes of it


@EVERY
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (StorageResponse.of_json({"id": 7}), {"id": 7}),
        (StorageResponse.no_content(), None),
        (StorageResponse.created(), None),
    ],
    ids=["200", "204", "201"],
)
def test_a_success_in_any_form_is_one(upload: Upload, answer: StorageResponse, said: object) -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(answer)
    photo = upload(fake)
    assert photo.callback == said
    assert [stored.fields["key"] for stored in fake.storage.uploads] == [photo.key]


@EVERY
def test_a_failed_callback_stores_once_and_says_where(upload: Upload) -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.callback_failed())
    with pytest.raises(UploadCallbackError, match=r"Error status : 502\.") as caught:
        upload(fake)
    (stored,) = fake.storage.uploads
    assert str(caught.value.stored_url).endswith(stored.fields["key"])
    assert fake.storage.forms == 1


@EVERY
@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (StorageResponse.refused(403, "AccessDenied", "No."), 403, "AccessDenied"),
        (StorageResponse.refused(403, "InDebt", "No.", namespace=True), 403, "InDebt"),
        (StorageResponse.html(404), 404, None),
        (StorageResponse.empty(403), 403, None),
        (StorageResponse.huge(400), 400, None),
        (StorageResponse.refused(405, "MethodNotAllowed"), 405, "MethodNotAllowed"),
    ],
    ids=["xml", "namespace", "html", "empty", "huge", "405"],
)
def test_a_refusal_in_any_form_is_one(upload: Upload, answer: StorageResponse, status: int, code: str | None) -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(answer)
    with pytest.raises(UploadRejectedError) as caught:
        upload(fake)
    assert (caught.value.status, caught.value.code, len(str(caught.value)) < 1000) == (status, code, True)
    assert (fake.storage.forms, fake.storage.uploads) == (1, [])


def test_the_storage_refuses_without_a_namespace_unless_it_is_told_to() -> None:
    for answer, start in (
        (StorageResponse.callback_failed(), b"<Error><Code>CallbackFailed</Code>"),
        (StorageResponse.refused(403, "InDebt"), b"<Error><Code>InDebt</Code>"),
        (StorageResponse.refused(403, "InDebt", namespace=True), b"<Error xmlns="),
    ):
        assert answer.response is not None
        assert answer.response.body.startswith(start)
    form = {"key": "a.png", "policy": "EXAMPLE", "OSSAccessKeyId": "EXAMPLE", "signature": "EXAMPLE"}
    with FakeTrustoo().storage.serve() as address:
        refused = httpx.post(address, data=form, files={"file": b"x"}, trust_env=False)
    assert (refused.is_error, refused.content.startswith(b"<Error><Code>")) == (True, True)


@PORT
@pytest.mark.parametrize("then", ["stay", "close", "reset", "drain"])
def test_an_early_refusal_is_a_refusal_or_an_interruption_that_names_it(upload: Upload, then: Any) -> None:
    """64 KiB of 20 MB were read when the answer comes. A client that still writes may lose it with the connection."""
    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.refused(403, "InDebt", "No.", early=True, then=then), times=9)
    with pytest.raises((UploadRejectedError, UploadInterruptedError)) as caught:
        upload(fake, jpeg(20_000_000), storage_rules=IMPATIENT, retry=PATIENT)
    if isinstance(caught.value, UploadRejectedError):
        assert (caught.value.status, caught.value.code) == (403, "InDebt")
    else:
        assert then != "drain"
        assert "may have refused the form before it read all" in str(caught.value)
    assert fake.storage.uploads == []


@PORT
def test_an_upload_whose_credentials_expire_early_is_sent_again(upload: Upload) -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.expired(early=True, then="close"))
    photo = upload(fake, jpeg(20_000_000))
    assert fake.storage.forms == 2
    assert [stored.fields["key"] for stored in fake.storage.uploads] == [photo.key]


@EVERY
@pytest.mark.parametrize(
    "answer",
    [
        StorageResponse.reset(stored=True),
        StorageResponse.refused(503, "ServiceUnavailable", retry_after=1),
        StorageResponse.html(502),
    ],
    ids=["reset", "503", "502"],
)
def test_what_may_pass_is_tried_again_under_the_same_key(upload: Upload, answer: StorageResponse) -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(answer)
    with without_waiting():
        photo = upload(fake)
    assert fake.storage.forms == 2
    assert {stored.fields["key"] for stored in fake.storage.uploads} == {photo.key}
    assert fake.processed["media.image_upload_credentials"] == 1


@PORT
def test_silence_ends_with_the_timeout(upload: Upload) -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.silence(), times=3)
    with without_waiting(), pytest.raises(UploadInterruptedError, match="did not respond"):
        upload(fake, storage_rules=IMPATIENT)
    assert fake.storage.forms == 3


def test_half_a_form_is_none() -> None:
    fake = FakeTrustoo()
    with fake.storage.serve() as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1000) == b""
    assert (fake.storage.forms, fake.storage.uploads) == (1, [])


def test_a_response_can_close_the_connection_without_being_early() -> None:
    fake = FakeTrustoo()
    fake.storage.respond_next(StorageResponse.refused(403, "AccessDenied", then="close"))
    with fake.storage.serve() as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nform")
            received = b""
            while piece := connection.recv(65536):
                received += piece
    assert received.startswith(b"HTTP/1.1 403 ")


def test_a_form_without_a_length_gets_one_response_and_the_end_of_its_connection() -> None:
    """Its content is not read, so it must not be taken for the next request."""
    with FakeTrustoo().storage.serve() as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while piece := connection.recv(65536):
                received += piece
    assert received.count(b"HTTP/1.1 ") == 1


def test_a_response_of_each_status_ends_without_the_end_of_its_connection() -> None:
    fake = FakeTrustoo()
    with fake.storage.serve() as address, httpx.Client(timeout=5) as client:
        for status in (200, 201, 203, 303, 400, 401, 403, 404, 429, 500, 502, 503):
            fake.storage.respond_next(StorageResponse(FakeResponse(status, {}, b"EXAMPLE")))
            found = client.post(address, content=b"form")
            assert (found.status_code, found.headers.get("content-length"), found.content) == (status, "7", b"EXAMPLE")
        fake.storage.respond_next(StorageResponse.no_content())
        assert "content-length" not in client.post(address, content=b"form").headers  # RFC 9110, 8.6


def test_serving_ends_with_its_block() -> None:
    fake = FakeTrustoo()
    with fake.storage.serve() as address:
        assert fake.storage.credentials()["host"] == address
    assert fake.storage.credentials()["host"] == "https://img.trustoo.io"
    with httpx.Client() as client, pytest.raises(httpx.ConnectError):
        client.post(address)


def test_an_answer_is_ordered_at_least_once() -> None:
    with pytest.raises(ArgumentError, match="times must be 1 or more"):
        FakeTrustoo().storage.respond_next(StorageResponse.silence(), times=0)


@pytest.mark.parametrize(("size", "status"), [(2 * 1024**2, 204), (2 * 1024**2 + 1, 400)])
def test_a_field_may_have_two_mebibytes(size: int, status: int) -> None:
    fake = FakeTrustoo()
    body = Form(URL, _form(fake, **{"x-oss-meta-a": "a" * size}), read_source(GIF))
    with httpx.Client(transport=fake.storage) as client:
        headers = {"Content-Type": body.headers["Content-Type"]}
        answer = client.post("https://img.trustoo.io/", headers=headers, content=b"".join(body))
    assert (answer.status_code, "FieldItemTooLong" in answer.text) == (status, status == 400)


def test_the_directory_is_named_by_the_day_in_utc() -> None:
    """At this time another day has begun in the zone of the tests."""
    fake = FakeTrustoo(clock=datetime(2026, 9, 21, 23, 30, tzinfo=UTC).timestamp)
    assert fake.storage.credentials()["dir"] == "EXAMPLE-dir/2026/9/21/"
