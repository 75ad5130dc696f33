"""Uploads through the client, sync or with asyncio: credentials from the fake service, forms to a real server."""

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from trustoo import AsyncTrustoo, Trustoo
from trustoo.testing import FakeTrustoo
from trustoo.upload import ImageFile, StorageRules, UploadedImage, UploadOutcome
from trustoo_api.models import ImageUploadCredentials

from contract_tests.oss.server import KEY_ID, Seaweed, sign

OPERATION = "media.image_upload_credentials"
RULES = StorageRules(http=True, ip_address=True, port=True, path=True)
"""What opens the server's address: plain http, an IP address, a port, the bucket as a path."""
S3_FIELDS = {"AWSAccessKeyId": KEY_ID}
"""S3's name for `OSSAccessKeyId`: the one field that the server asks for beside the form that OSS takes."""


def credentials(url: str, directory: str, *conditions: Any, expires_in: float = 600, **other: str) -> dict[str, str]:
    """Credentials as the service hands them out, for the bucket at `url`.

    Args:
        conditions: of the policy. Default: one, that the key begins with `directory`.
        expires_in: seconds from now.
        other: members to replace.
    """
    ends = datetime.now(UTC) + timedelta(seconds=expires_in)
    document = {
        "expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": list(conditions) or [["starts-with", "$key", directory]],
    }
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    given = {
        "access_id": KEY_ID,
        "host": url,
        "expire": str(int(ends.timestamp())),
        "signature": sign(policy),
        "policy": policy,
        "dir": directory,
        "callback": base64.b64encode(b'{"callbackUrl":""}').decode(),
    }
    return given | other


@dataclass
class Uploads:
    """A shop whose images go to the server.

    Attributes:
        directory: the test's own, where its objects are; ends with a slash.
        sent: how many forms went out.
        statuses: what they were answered with, in order.
    """

    server: Seaweed
    is_async: bool
    directory: str
    service: FakeTrustoo = field(default_factory=FakeTrustoo)
    sent: int = 0
    statuses: list[int] = field(default_factory=list)

    def hand_out(self, *given: dict[str, str]) -> None:
        """The credentials that the service gives from now on, in turn; the last ones again and again."""
        left = list(given)
        self.service.respond(OPERATION, lambda received: left.pop(0) if len(left) > 1 else left[0])

    def credentials(self, *conditions: Any, **other: Any) -> dict[str, str]:
        """Credentials for the test's own directory."""
        return credentials(self.server.url, other.pop("directory", self.directory), *conditions, **other)

    def kept(self, **other: Any) -> ImageUploadCredentials:
        """The same as a caller has them who fetched them before."""
        given: Any = self.credentials(**other)
        return ImageUploadCredentials(**given)

    @property
    def fetched(self) -> int:
        """How often credentials were fetched."""
        return self.service.processed[OPERATION]

    def one(self, file: Any, **more: Any) -> UploadedImage:
        """`upload_image`, with the one field that S3 asks for."""
        more["fields"] = S3_FIELDS | more.get("fields", {})
        if not self.is_async:
            with self._shop() as shop:
                return shop.media.upload_image(file, **more)

        async def run() -> UploadedImage:
            async with self._async_shop() as shop:
                return await shop.media.upload_image(file, **more)

        return asyncio.run(run())

    def several(self, files: Sequence[Any], **more: Any) -> list[UploadOutcome]:
        """`upload_images`, in the same way."""
        images = [ImageFile(file, fields=S3_FIELDS) for file in files]
        if not self.is_async:
            with self._shop() as shop:
                return shop.media.upload_images(images, **more)

        async def run() -> list[UploadOutcome]:
            async with self._async_shop() as shop:
                return await shop.media.upload_images(images, **more)

        return asyncio.run(run())

    def _shop(self) -> Trustoo:
        storage = httpx.Client(event_hooks={"request": [self._sends], "response": [self._hears]}, **HTTP)
        return Trustoo(
            http_client=httpx.Client(transport=self.service.transport), storage_client=storage, **settings(self.service)
        )

    def _async_shop(self) -> AsyncTrustoo:
        async def sends(request: httpx.Request) -> None:
            self._sends(request)

        async def hears(response: httpx.Response) -> None:
            self._hears(response)

        storage = httpx.AsyncClient(event_hooks={"request": [sends], "response": [hears]}, **HTTP)
        api = httpx.AsyncClient(transport=self.service.transport)
        return AsyncTrustoo(http_client=api, storage_client=storage, **settings(self.service))

    def _sends(self, request: httpx.Request) -> None:
        self.sent += 1

    def _hears(self, response: httpx.Response) -> None:
        self.statuses.append(response.status_code)


HTTP: Any = {"trust_env": False, "limits": httpx.Limits(max_keepalive_connections=0)}
"""As the client that uploads have by default: each form has a connection of its own."""


def settings(service: FakeTrustoo) -> Any:
    """What a client needs beside its HTTP clients."""
    return {
        "base_url": "https://fake.trustoo.invalid",
        "public_token": service.tokens.public_token,
        "private_token": service.tokens.private_token,
        "storage_rules": RULES,
    }
