"""The contestants of the upload benchmark: each does what its user would write for one upload, its client made anew
included."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeAlias

import aiohttp
import httpx
import msgspec
import requests
from PIL import Image
from PIL.Image import Resampling
from trustoo import AsyncTrustoo, Trustoo
from trustoo.transport import TransportName
from trustoo.upload import StorageRules
from trustoo_api.models import ImageUploadCredentials
from trustoo_api.types import decode

__all__ = ["ASYNC", "CURL", "IDLE", "SLOW", "SYNC", "AsyncUpload", "Job"]

FIELDS = {"key": "bench/file.jpeg", "OSSAccessKeyId": "EXAMPLE", "policy": "e30=", "Signature": "EXAMPLE"}
PIECE = 64 * 1024
"""Bytes that the iterators give at a time."""
IDLE, CURL = "idle event loop", "curl -F"
SCALED = 2_000_000
"""Pixels of the images that are scaled down."""
LOCAL = StorageRules(http=True, ip_address=True, port=True)


class Job(msgspec.Struct, frozen=True):
    """One run.

    Attributes:
        paths: files to upload; more than one for the contestants with "images" in their name.
        pause: seconds that each read of the file takes longer than it needs to; 0: read the file as it is.
    """

    contestant: str
    url: str
    paths: list[str]
    pause: float = 0.0


class SlowFile(io.FileIO):
    """A file on a storage that takes its time: each read sleeps."""

    def __init__(self, path: str, pause: float) -> None:
        super().__init__(path)
        self._pause = pause

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(self._pause)
        return super().read(-1 if size is None else size) or b""

    def readinto(self, buffer: Any, /) -> int:
        time.sleep(self._pause)
        return super().readinto(buffer) or 0


Upload: TypeAlias = Callable[[Job], None]
AsyncUpload: TypeAlias = Callable[[Job], Coroutine[Any, Any, None]]


def _opened(job: Job) -> io.RawIOBase | io.BufferedReader:
    return SlowFile(job.paths[0], job.pause) if job.pause else open(job.paths[0], "rb")


def _iterated(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        yield from iter(partial(file.read, PIECE), b"")


async def _iterated_async(path: str) -> AsyncIterator[bytes]:
    for chunk in _iterated(path):
        yield chunk


def _credentials(url: str) -> ImageUploadCredentials:
    data = {"host": url, "dir": "bench/", "access_id": "EXAMPLE", "policy": "e30=", "signature": "EXAMPLE"}
    return decode(json.dumps(data).encode(), ImageUploadCredentials)


def _took(status: int) -> None:
    if status != 204:
        raise RuntimeError(f"The sink answered {status}.")


def ours_as_it_is(job: Job) -> None:
    with Trustoo(storage_rules=LOCAL) as shop:
        shop.media.upload_image(job.paths[0], strip_metadata=False, credentials=_credentials(job.url))


def ours_scaled(job: Job) -> None:
    with Trustoo(storage_rules=LOCAL) as shop:
        shop.media.upload_image(job.paths[0], max_pixels=SCALED, credentials=_credentials(job.url))


def pillow_scaled(job: Job) -> None:
    """What a program does without this client: scale with Pillow, send with httpx."""
    with Image.open(job.paths[0]) as image:
        factor, content = (SCALED / (image.width * image.height)) ** 0.5, io.BytesIO()
        scaled = image.resize((int(image.width * factor), int(image.height * factor)), Resampling.LANCZOS)
        scaled.save(content, "JPEG", quality=90)
    content.seek(0)
    _took(httpx.post(job.url, data=FIELDS, files={"file": ("file", content, "image/jpeg")}).status_code)


def ours(source: str, job: Job) -> None:
    with Trustoo(storage_rules=LOCAL) as shop:
        credentials, path = _credentials(job.url), job.paths[0]
        if source == "path":
            shop.media.upload_image(path, credentials=credentials)
        elif source == "file":
            with _opened(job) as file:
                shop.media.upload_image(file, credentials=credentials)
        else:
            shop.media.upload_image(_iterated(path), size=os.path.getsize(path), credentials=credentials)


async def ours_async(source: str, job: Job, transport: TransportName = "httpcore") -> None:
    async with AsyncTrustoo(storage_rules=LOCAL, transport=transport) as shop:
        credentials, path = _credentials(job.url), job.paths[0]
        if source == "path" and not job.pause:
            await shop.media.upload_image(path, credentials=credentials)
        elif source in ("path", "file"):
            with _opened(job) as file:
                await shop.media.upload_image(file, credentials=credentials)
        else:
            chunks = _iterated_async(path) if source == "async iterator" else _iterated(path)
            await shop.media.upload_image(chunks, size=os.path.getsize(path), credentials=credentials)


def httpx_files(job: Job) -> None:
    with _opened(job) as file:
        _took(httpx.post(job.url, data=FIELDS, files={"file": ("file", file, "image/jpeg")}).status_code)  # type: ignore[dict-item]


async def httpx_files_async(job: Job) -> None:
    with _opened(job) as file:
        async with httpx.AsyncClient() as client:
            response = await client.post(job.url, data=FIELDS, files={"file": ("file", file, "image/jpeg")})  # type: ignore[dict-item]
            _took(response.status_code)


def requests_files(job: Job) -> None:
    with _opened(job) as file:
        response = requests.post(job.url, data=FIELDS, files={"file": ("file", file, "image/jpeg")}, timeout=60)
        _took(response.status_code)


async def aiohttp_form(job: Job) -> None:
    with _opened(job) as file:
        form = aiohttp.FormData(FIELDS)
        form.add_field("file", file, filename="file", content_type="image/jpeg")
        async with aiohttp.ClientSession() as session, session.post(job.url, data=form) as response:
            _took(response.status)


def curl(job: Job) -> None:
    fields = [part for name, value in FIELDS.items() for part in ("-F", f"{name}={value}")]
    file = ["-F", f"file=@{job.paths[0]};filename=file;type=image/jpeg"]
    command = [shutil.which("curl") or "curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", *fields, *file, job.url]
    _took(int(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


async def idle(job: Job) -> None:
    """Nothing, for as long as an upload takes: what the watching task finds on a loop that has nothing to do."""
    await asyncio.sleep(0.5)


def images_one_by_one(job: Job) -> None:
    with Trustoo(storage_rules=LOCAL) as shop:
        credentials = _credentials(job.url)
        for path in job.paths:
            shop.media.upload_image(path, credentials=credentials)


def images_at_once(job: Job) -> None:
    with Trustoo(storage_rules=LOCAL) as shop:
        outcomes = shop.media.upload_images(job.paths, concurrency=8, credentials=_credentials(job.url))
        assert all(outcome.image for outcome in outcomes)


async def images_one_by_one_async(job: Job) -> None:
    async with AsyncTrustoo(storage_rules=LOCAL) as shop:
        credentials = _credentials(job.url)
        for path in job.paths:
            await shop.media.upload_image(path, credentials=credentials)


async def images_at_once_async(job: Job) -> None:
    async with AsyncTrustoo(storage_rules=LOCAL) as shop:
        outcomes = await shop.media.upload_images(job.paths, concurrency=8, credentials=_credentials(job.url))
        assert all(outcome.image for outcome in outcomes)


def images_httpx(job: Job) -> None:
    """One client, whose connection is used again."""
    with httpx.Client() as client:
        for path in job.paths:
            with open(path, "rb") as file:
                _took(client.post(job.url, data=FIELDS, files={"file": ("file", file, "image/jpeg")}).status_code)


SYNC: dict[str, Upload] = {
    "httpx files=": httpx_files,
    "ours, path": partial(ours, "path"),
    "ours, path, as it is": ours_as_it_is,
    "ours, file": partial(ours, "file"),
    "ours, iterator": partial(ours, "iterator"),
    "requests files=": requests_files,
    CURL: curl,
    "images: httpx files=, one client, one at a time": images_httpx,
    "images: ours, one at a time": images_one_by_one,
    "images: ours, 8 at once": images_at_once,
    "scaled: Pillow, then httpx": pillow_scaled,
    "scaled: ours": ours_scaled,
}
ASYNC: dict[str, AsyncUpload] = {
    "httpx async files=": httpx_files_async,
    "ours async, path": partial(ours_async, "path"),
    "ours async, file": partial(ours_async, "file"),
    "ours async, iterator": partial(ours_async, "iterator"),
    "ours async, async iterator": partial(ours_async, "async iterator"),
    "ours over aiohttp, path": partial(ours_async, "path", transport="aiohttp"),
    "aiohttp FormData": aiohttp_form,
    "images: ours async, one at a time": images_one_by_one_async,
    "images: ours async, 8 at once": images_at_once_async,
    IDLE: idle,
}
SLOW = ("httpx async files=", "ours async, file", "aiohttp FormData", IDLE)
"""Those whose event loop is watched while a slow file is read."""
