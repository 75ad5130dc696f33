"""The fake object storage stores what the upload helper sends, and refuses what OSS is documented to refuse."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from trustoo import UploadError
from trustoo.form import FormBody, read_source
from trustoo.testing import FakeTrustoo

PNG = b"\x89PNG\r\n\x1a\n" + b"EXAMPLE" * 1000
FILE_HEADER = b'Content-Disposition: form-data; name="file"'
FIELDS = ("key", "OSSAccessKeyId", "policy", "Signature", "callback")


def test_an_uploaded_image_is_stored_whole_and_can_be_attached_to_a_review(tmp_path: Path) -> None:
    fake = FakeTrustoo()
    image = tmp_path / "kettle.png"
    image.write_bytes(PNG)
    with fake.client() as shop:
        photo = shop.media.upload_image(image)
        shop.reviews.create(rating=5, author="Zoë", media=[photo])
    (stored,) = fake.storage.uploads
    assert (tuple(stored.fields), stored.content, stored.content_type) == (FIELDS, PNG, "image/png")
    assert photo.callback == {"Status": "OK"}
    assert fake.received[-1].json["media"] == [photo.to_dict()]


def test_the_asyncio_client_uploads_the_same() -> None:
    fake = FakeTrustoo()

    async def run() -> None:
        async with fake.async_client() as shop:
            await shop.media.upload_image(PNG)

    asyncio.run(run())
    (stored,) = fake.storage.uploads
    assert (tuple(stored.fields), stored.content) == (FIELDS, PNG)


def test_credentials_that_were_not_handed_out_are_refused() -> None:
    fake = FakeTrustoo()
    sample = dict(fake.storage._credentials)
    fake.answer("media.image_upload_credentials", {**sample, "signature": "EXAMPLE-other"})
    with fake.client() as shop, pytest.raises(UploadError) as caught:
        shop.media.upload_image(PNG)
    assert (caught.value.status, caught.value.code) == (403, "SignatureDoesNotMatch")
    fake.answer("media.image_upload_credentials", {**sample, "dir": "EXAMPLE-elsewhere/"})
    with fake.client() as shop, pytest.raises(UploadError) as caught:
        shop.media.upload_image(PNG)
    assert (caught.value.status, caught.value.code) == (403, "AccessDenied")
    assert fake.storage.uploads == []


def _form(fake: FakeTrustoo, **changes: str) -> dict[str, str]:
    sample: Any = fake.storage._credentials
    fields = {"key": f"{sample['dir']}x.png", "OSSAccessKeyId": sample["access_id"], "policy": sample["policy"]}
    return {**fields, "Signature": sample["signature"], **changes}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'name="policy"', b'name="Policy"'),
        (b'name="policy"', b'name="key"'),
        (b'filename="file"', b"filename*=utf-8''file"),
        (
            b'Content-Disposition: form-data; name="file"',
            b'Content-Type: x\r\nContent-Disposition: form-data; name="file"',
        ),
        (b"--\r\n", b"--"),
    ],
    ids=["case", "twice", "filename*", "header order", "end"],
)
def test_a_malformed_form_is_refused(old: bytes, new: bytes) -> None:
    fake = FakeTrustoo()
    body = FormBody(_form(fake), read_source(PNG))
    content = b"".join(body)
    assert old in content
    with httpx.Client(transport=fake.storage) as client:
        headers = {"Content-Type": body.content_type}
        assert client.post("https://img.example.com/", headers=headers, content=content).status_code == 204
        broken = content.replace(old, new, 1) if old != b"--\r\n" else content[:-2]
        answer = client.post("https://img.example.com/", headers=headers, content=broken)
    assert answer.status_code == 400
    assert "MalformedPOSTRequest" in answer.text
    assert len(fake.storage.uploads) == 1


def test_a_form_whose_file_is_not_last_is_refused() -> None:
    fake = FakeTrustoo()
    body = FormBody(_form(fake), read_source(PNG))
    boundary = body.content_type.partition("boundary=")[2]
    late = f'--{boundary}\r\nContent-Disposition: form-data; name="callback"\r\n\r\nx\r\n'.encode()
    content = b"".join(body)
    end = f"--{boundary}--\r\n".encode()
    with httpx.Client(transport=fake.storage) as client:
        answer = client.post(
            "https://img.example.com/",
            headers={"Content-Type": body.content_type},
            content=content.removesuffix(end) + late + end,
        )
    assert answer.status_code == 400


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 405), ("POST", "/object", 405)])
def test_only_posts_to_the_bucket_are_taken(method: str, path: str, status: int) -> None:
    with httpx.Client(transport=FakeTrustoo().storage) as client:
        assert client.request(method, f"https://img.example.com{path}").status_code == status
