"""Forms, refusals and responses of uploads equal the vectors, byte for byte, in threads and with asyncio."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from trustoo import NO_RETRIES, AsyncTrustoo, ResponseDecodeError, Trustoo, UploadError
from trustoo.upload import UploadedImage

from contract_tests.support.spec import SPEC

VECTORS = json.loads(Path(__file__).with_name("uploads.json").read_text(encoding="utf-8"))
FORM = VECTORS["form"]
UPLOAD_FORM: dict[str, Any] = SPEC.document["x-upload-form"]
TOKENS: dict[str, Any] = {"public_token": "RVhBTVBMRS1QVUJMSUMtMQ==", "private_token": "EXAMPLE-private-token"}
BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


FAULTS: dict[str, type[httpx.TransportError]] = {"no answer": httpx.ReadTimeout, "no connection": httpx.ConnectError}


def cases(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", VECTORS[kind], ids=[case["name"] for case in VECTORS[kind]])


class Storage:
    """Accepts forms and sends the given response."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.posted: list[tuple[httpx.Request, bytes]] = []
        self._answer = answer or {"status": 204, "headers": {}, "body": ""}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        self.posted.append((request, b"".join(request.stream)))
        return self._respond()

    async def later(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        self.posted.append((request, b"".join([piece async for piece in request.stream])))
        return self._respond()

    def _respond(self) -> httpx.Response:
        if "fault" in self._answer:
            raise FAULTS[self._answer["fault"]]("EXAMPLE")
        return httpx.Response(self._answer["status"], headers=self._answer["headers"], text=self._answer["body"])


def upload(storage: Storage, case: dict[str, Any], asynchronous: bool) -> UploadedImage:
    """Upload once with the public client and the credentials of the case."""
    given = json.dumps({"code": 0, "time": 1781682923, "data": case["credentials"]})
    file, arguments = bytes.fromhex(case["file"]), case["arguments"]

    def api(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=given)

    if not asynchronous:
        with (
            httpx.Client(transport=httpx.MockTransport(api)) as http,
            httpx.Client(transport=httpx.MockTransport(storage)) as posting,
            Trustoo(**TOKENS, retry=NO_RETRIES, http_client=http, storage_client=posting) as shop,
        ):
            return shop.media.upload_image(file, **arguments)

    async def run() -> UploadedImage:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(api)) as http,
            httpx.AsyncClient(transport=httpx.MockTransport(storage.later)) as posting,
            AsyncTrustoo(**TOKENS, retry=NO_RETRIES, http_client=http, storage_client=posting) as shop,
        ):
            return await shop.media.upload_image(file, **arguments)

    return asyncio.run(run())


def expected(case: dict[str, Any], boundary: str) -> bytes:
    """Return a pattern of the bytes of the expected form. Each {random} text matches 32 hexadecimal digits."""
    fields = [
        FORM["field"].format(boundary=boundary, name=name, value=value.replace("{random}", "\0"))
        for name, value in case["fields"]
    ]
    head = FORM["file_part"].format(boundary=boundary, content_type=case["content_type"])
    start = re.escape(("".join(fields) + head).encode()).replace(re.escape(b"\0"), rb"[0-9a-f]{32}")
    file, end = bytes.fromhex(case.get("sent", case["file"])), FORM["end"].format(boundary=boundary).encode()
    pattern: bytes = start + re.escape(file + end)
    return pattern


@BOTH
@cases("posts")
def test_the_form_equals_the_vector_byte_for_byte(case: dict[str, Any], asynchronous: bool) -> None:
    storage = Storage()
    image = upload(storage, case, asynchronous)
    ((request, form),) = storage.posted
    kind, _, boundary = request.headers["Content-Type"].partition("; boundary=")
    assert (kind, request.method, request.url) == ("multipart/form-data", "POST", case["credentials"]["host"])
    assert re.fullmatch(expected(case, boundary), form, re.DOTALL), form
    assert request.headers["Content-Length"] == str(len(form))
    assert not {"authorization", "public-token", "sign", "timestamp", "cookie"} & set(request.headers)
    key = case["fields"][0][1].replace("{random}", "\0")
    assert re.fullmatch(re.escape(key).replace("\0", "[0-9a-f]{32}"), image.key)


@cases("posts")
def test_the_vectors_have_the_form_of_the_spec(case: dict[str, Any]) -> None:
    members = {name: field.get("from") for name, field in UPLOAD_FORM["fields"].items()}
    assert list(members)[-1] == "file"
    given = case["credentials"]
    fields = dict(case["fields"])
    assert [name for name in fields if name in members] == [name for name in members if given.get(members[name])]
    for name in fields.keys() & members.keys() - {"key"}:
        assert fields[name] == given[members[name]]
    assert fields["key"].startswith(given[members["key"]])


@BOTH
@cases("refused")
def test_invalid_input_is_refused_before_anything_is_sent(case: dict[str, Any], asynchronous: bool) -> None:
    storage = Storage()
    with pytest.raises((UploadError, ResponseDecodeError), match=re.escape(case["says"])) as caught:
        upload(storage, case, asynchronous)
    assert type(caught.value).__name__ == case["error"]
    assert storage.posted == []


@BOTH
@cases("cases")
def test_a_response_has_the_outcome_in_the_vector(case: dict[str, Any], asynchronous: bool) -> None:
    storage = Storage(case["answer"])
    plain = VECTORS["posts"][0]
    if "value" in case:
        image = upload(storage, plain, asynchronous)
        assert {name: getattr(image, name) for name in case["value"]} == case["value"]
        return
    with pytest.raises(UploadError) as caught:
        upload(storage, plain, asynchronous)
    assert type(caught.value).__name__ == case["error"]["class"]
    attributes = case["error"]["attributes"]
    assert {name: getattr(caught.value, name) for name in attributes} == attributes
    assert len(storage.posted) == 1
    key = re.search(rb'name="key"\r\n\r\n([^\r]+)', storage.posted[0][1])
    assert key is not None
    where = f"https://img.example.com/{key[1].decode()}" if case.get("stored") else None
    assert caught.value.stored_url == where
