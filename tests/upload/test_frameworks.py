"""The file objects of web frameworks and HTTP clients are uploaded as they are."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.request import urlopen

import aiohttp
import httpx
import pytest
from fastapi import FastAPI, UploadFile
from trustoo import UploadError
from trustoo.testing import FakeTrustoo
from werkzeug.datastructures import FileStorage

from contract_tests.support.pictures import JPEG, png
from tests.support import local_server

LARGE = png(3_000_000)
"""Larger than what frameworks keep in memory."""


@pytest.fixture
def fake() -> FakeTrustoo:
    return FakeTrustoo()


def app(fake: FakeTrustoo) -> FastAPI:
    """A program whose users upload photos."""
    app = FastAPI()

    @app.post("/sync")
    def upload(photo: UploadFile) -> str:
        return fake.client().media.upload_image(photo).key  # type: ignore[arg-type]  # its read is asynchronous

    @app.post("/async")
    async def upload_async(photo: UploadFile) -> str:
        return (await fake.async_client().media.upload_image(photo)).key

    @app.post("/several")
    async def upload_several(photos: list[UploadFile]) -> list[str]:
        outcomes = await fake.async_client().media.upload_images(photos)
        return [outcome.image.key if outcome.image else str(outcome.error) for outcome in outcomes]

    @app.post("/read")
    async def upload_after_reading(photo: UploadFile) -> str:
        await photo.read()
        try:
            await fake.async_client().media.upload_image(photo)
        except UploadError as error:
            return str(error)
        return ""

    return app


def post(fake: FakeTrustoo, path: str, files: Any) -> httpx.Response:
    """A form that a user posts to the program."""

    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app(fake)), base_url="http://app") as client:
            return await client.post(path, files=files)

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/sync", "/async"])
@pytest.mark.parametrize("photo", [JPEG, LARGE], ids=["in memory", "in a file"])
def test_an_upload_file_of_fastapi(fake: FakeTrustoo, path: str, photo: bytes) -> None:
    response = post(fake, path, {"photo": ("../evil.html", photo, "text/html")})
    assert response.status_code == 200, response.text
    (upload,) = fake.storage.uploads
    assert upload.content == photo
    assert upload.fields["key"] == response.json()
    assert upload.fields["key"].endswith((".jpeg", ".png"))


def test_several_upload_files_of_fastapi(fake: FakeTrustoo) -> None:
    files = [("photos", (f"{number}.jpg", content)) for number, content in enumerate((JPEG, LARGE, b"<html>"))]
    first, second, third = post(fake, "/several", files).json()
    assert (first[-5:], second[-4:]) == (".jpeg", ".png")
    assert third.startswith("'2.jpg' is not an image")
    assert {upload.content for upload in fake.storage.uploads} == {JPEG, LARGE}


def test_an_upload_file_that_was_read_before_gets_advice(fake: FakeTrustoo) -> None:
    response = post(fake, "/read", {"photo": ("a.jpg", JPEG)})
    assert "was read to its end already. Call seek(0) before the upload" in response.json()


def test_a_file_of_flask(fake: FakeTrustoo) -> None:
    fake.client().media.upload_image(FileStorage(io.BytesIO(JPEG), filename="a.html", name="photo"))
    assert [upload.content for upload in fake.storage.uploads] == [JPEG]


@pytest.fixture(params=[JPEG, LARGE], ids=["small", "large"])
def photo(request: pytest.FixtureRequest) -> bytes:
    content: bytes = request.param
    return content


@pytest.fixture
def url(photo: bytes) -> Iterator[str]:
    """The address of a server that has the photo."""
    with local_server(photo) as (address, _):
        yield f"{address}/photo"


AIOHTTP: dict[str, Callable[[aiohttp.ClientResponse], Any]] = {
    "content": lambda response: response.content,
    "iter_chunked": lambda response: response.content.iter_chunked(1000),
    "iter_any": lambda response: response.content.iter_any(),
}


@pytest.mark.parametrize("options", [{}, {"strip_metadata": False}], ids=["stripped", "streamed"])
@pytest.mark.parametrize("how", AIOHTTP)
def test_a_response_of_aiohttp(fake: FakeTrustoo, url: str, photo: bytes, how: str, options: Any) -> None:
    async def copy() -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            size = response.content_length if options else None
            await fake.async_client().media.upload_image(AIOHTTP[how](response), size=size, **options)

    asyncio.run(copy())
    assert [upload.content for upload in fake.storage.uploads] == [photo]


def test_the_response_of_aiohttp_itself_gets_an_upload_error(fake: FakeTrustoo, url: str) -> None:
    async def copy() -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            with pytest.raises(UploadError, match=r"cannot be read: .*argument"):
                await fake.async_client().media.upload_image(response)  # type: ignore[arg-type]

    asyncio.run(copy())


def test_an_async_file_needs_the_async_client(fake: FakeTrustoo) -> None:
    class AsyncFile:
        async def read(self, size: int, /) -> bytes:
            return b""

    with pytest.raises(UploadError, match="Only AsyncTrustoo can read an async file"):
        fake.client().media.upload_image(AsyncFile())  # type: ignore[arg-type]


def test_responses_of_other_clients(fake: FakeTrustoo, url: str, photo: bytes) -> None:
    media = fake.client().media
    with urlopen(url, timeout=5) as response:
        media.upload_image(response)
    with urlopen(url, timeout=5) as response:
        media.upload_image(iter(partial(response.read, 8192), b""))
    with httpx.stream("GET", url) as streamed:
        media.upload_image(streamed.iter_bytes())

    async def copy() -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
            await fake.async_client().media.upload_image(response.aiter_bytes())

    asyncio.run(copy())
    assert [upload.content == photo for upload in fake.storage.uploads] == [True] * 4
