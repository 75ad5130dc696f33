"""Uploads one large picture in a process of its own, and tells by how much the process grew.

    python -m contract_tests.oss.large (sync|async|held) SIZE < credentials.json

`held` makes all bytes before it sends them: what a client that does not stream would need. Prints one line of JSON: the
object's address, and `grown`, the growth of the peak memory in bytes over that of a small upload just before.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
from trustoo import AsyncTrustoo, Trustoo
from trustoo.testing import FakeTrustoo
from trustoo.upload import UploadedImage

from contract_tests.oss.picture import Picture
from contract_tests.oss.uploads import OPERATION, S3_FIELDS, settings

FIRST = 8 * 1024**2
"""Bytes of the small upload, which loads what is loaded once and fills the buffers."""


def peak() -> int:
    """The most memory that this process has had resident, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux: getrusage would begin with the peak of the process that started this one
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def upload(service: FakeTrustoo, size: int, hold: bool) -> UploadedImage:
    """With the client that uploads have by default."""
    picture: Any = b"".join(Picture(size)) if hold else Picture(size)
    with Trustoo(http_client=httpx.Client(transport=service.transport), **settings(service)) as shop:
        return shop.media.upload_image(picture, size=size, fields=S3_FIELDS)


async def upload_async(service: FakeTrustoo, size: int) -> UploadedImage:
    """The same with asyncio."""
    api = httpx.AsyncClient(transport=service.transport)
    async with AsyncTrustoo(http_client=api, **settings(service)) as shop:
        return await shop.media.upload_image(Picture(size), size=size, fields=S3_FIELDS)


async def _grown_async(service: FakeTrustoo, size: int) -> tuple[UploadedImage, int]:
    await upload_async(service, FIRST)
    before = peak()
    image = await upload_async(service, size)
    return image, peak() - before


def _grown(service: FakeTrustoo, size: int, hold: bool) -> tuple[UploadedImage, int]:
    upload(service, FIRST, hold=False)
    before = peak()
    image = upload(service, size, hold)
    return image, peak() - before


def main(how: str, size: int) -> None:
    """Upload, and print what came of it."""
    service = FakeTrustoo()
    service.respond(OPERATION, json.load(sys.stdin))
    image, grown = asyncio.run(_grown_async(service, size)) if how == "async" else _grown(service, size, how == "held")
    print(json.dumps({"url": image.object_url, "grown": grown}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
