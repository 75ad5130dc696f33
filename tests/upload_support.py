"""What the tests of uploads share: invented credentials, a storage that records, clients that post to it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

import httpx
import pytest
from trustoo.retry import RetryPolicy
from trustoo_api.models import ImageUploadCredentials

from tests.support import Recorder, async_shop, envelope, read, shop

DIRECTORY = "EXAMPLE-shop/2026/6/17/"
PNG = b"\x89PNG\r\n\x1a\n" + b"EXAMPLE"


def policy(*conditions: object, expiration: str = "2030-01-01T00:00:00Z") -> str:
    """A policy in base64."""
    return base64.b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode()).decode()


GIVEN = {
    "access_id": "EXAMPLE-ID",
    "host": "https://img.example.test",
    "expire": "1893456000",
    "signature": "EXAMPLE/signature+w==",
    "policy": policy(["starts-with", "$key", DIRECTORY]),
    "dir": DIRECTORY,
    "callback": "eyJFWEFNUExFIjoxfQ==",
}


def credentials(**other: object) -> ImageUploadCredentials:
    """Upload credentials; None leaves a member out."""
    found: ImageUploadCredentials = read(ImageUploadCredentials, {**GIVEN, **other})
    return found


def parts(content_type: str, content: bytes) -> dict[str, bytes]:
    """A form's parts by name, in their order, read by Python's own parser of messages."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    found = {}
    for part in message.get_payload():
        assert not isinstance(part, str)
        found[str(part.get_param("name", header="Content-Disposition"))] = part.get_payload(decode=True)
    return found  # type: ignore[return-value]  # decoded payloads are bytes


def parts_of(request: httpx.Request) -> dict[str, bytes]:
    """The parts of a recorded form."""
    return parts(request.headers["content-type"], request.content)


class Storage(Recorder):
    """A storage that answers each form alike, or as `says` says."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        super().__init__(answer or (lambda request: httpx.Response(200, content=b'{"Status":"OK"}')))

    def answers(self, *outcomes: httpx.Response | Exception) -> Storage:
        """From now on the forms meet these, in their order; the last one stays."""
        left = list(outcomes)

        def answer(request: httpx.Request) -> httpx.Response:
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, Exception):
                raise outcome
            return httpx.Response(outcome.status_code, headers=outcome.headers, content=outcome.content)

        self._answer = answer
        return self


def api(*given: dict[str, object], time: int = 1700465772) -> Recorder:
    """The service, which hands out these credentials, in their order; the last ones again and again."""
    left = [{**GIVEN, **other} for other in given] or [dict(GIVEN)]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=envelope(left.pop(0) if len(left) > 1 else left[0], time=time))

    return Recorder(answer)


def run(call: str, api: Recorder, storage: Storage, *given: Any, settings: Any = None, **more: Any) -> Any:
    """A call of `media` in threads."""
    with (
        httpx.Client(transport=httpx.MockTransport(storage)) as posting,
        shop(api, storage_client=posting, **{"retry": FAST, **(settings or {})}) as client,
    ):
        return getattr(client.media, call)(*given, **more)


def run_async(call: str, api: Recorder, storage: Storage, *given: Any, settings: Any = None, **more: Any) -> Any:
    """The same with asyncio."""

    async def task() -> Any:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(storage.later)) as posting,
            async_shop(api, storage_client=posting, **{"retry": FAST, **(settings or {})}) as client,
        ):
            return await getattr(client.media, call)(*given, **more)

    return asyncio.run(task())


FAST = RetryPolicy(base=0)
BOTH = pytest.mark.parametrize("run", [run, run_async], ids=["sync", "async"])
