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
from trustoo.transport import AsyncNamedTransport, HTTPRequest, HTTPResponse, NamedTransport, TransportName
from trustoo.transport.named import check_name
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
        transport: the transport that sends the forms, such as "async aiohttp".
        directory: the test's own, where its objects are; ends with a slash.
        sent: how many forms went out.
        statuses: what they were answered with, in order.
    """

    server: Seaweed
    transport: str
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
        if not self.transport.startswith("async"):
            with self._shop() as shop:
                return shop.media.upload_image(file, **more)

        async def run() -> UploadedImage:
            async with self._async_shop() as shop:
                return await shop.media.upload_image(file, **more)

        return asyncio.run(run())

    def several(self, files: Sequence[Any], **more: Any) -> list[UploadOutcome]:
        """`upload_images`, in the same way."""
        images = [ImageFile(file, fields=S3_FIELDS) for file in files]
        if not self.transport.startswith("async"):
            with self._shop() as shop:
                return shop.media.upload_images(images, **more)

        async def run() -> list[UploadOutcome]:
            async with self._async_shop() as shop:
                return await shop.media.upload_images(images, **more)

        return asyncio.run(run())

    def _shop(self) -> Trustoo:
        shop = Trustoo(http_client=httpx.Client(transport=self.service.transport), **settings(self.service))
        shop._storage = _Counted(NamedTransport(self._name()), self)
        return shop

    def _async_shop(self) -> AsyncTrustoo:
        api = httpx.AsyncClient(transport=self.service.transport)
        shop = AsyncTrustoo(http_client=api, **settings(self.service))
        shop._storage = _AsyncCounted(AsyncNamedTransport(self._name()), self)
        return shop

    def _name(self) -> TransportName:
        name: Any = self.transport.removeprefix("async ")
        return check_name(name)


@dataclass
class _Counted:
    """A transport that counts what it sends and notes the statuses."""

    transport: NamedTransport
    uploads: Uploads

    def send(self, request: HTTPRequest) -> HTTPResponse:
        self.uploads.sent += 1
        response = self.transport.send(request)
        self.uploads.statuses.append(response.status)
        return response

    def close(self) -> None:
        self.transport.close()


@dataclass
class _AsyncCounted:
    transport: AsyncNamedTransport
    uploads: Uploads

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        self.uploads.sent += 1
        response = await self.transport.send(request)
        self.uploads.statuses.append(response.status)
        return response

    async def close(self) -> None:
        await self.transport.close()


def settings(service: FakeTrustoo) -> Any:
    """What a client needs beside its HTTP clients."""
    return {
        "base_url": "https://fake.trustoo.invalid",
        "public_token": service.tokens.public_token,
        "private_token": service.tokens.private_token,
        "storage_rules": RULES,
    }
