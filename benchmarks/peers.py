"""The peers: this client over each transport, and other libraries that fetch the same pages.

The others do less: they do not sign, they decode into plain values, and they check nothing. Only the stock generated
client builds models. The limits are bare libraries that decode into the models of this client: no client over these
libraries can be faster.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpcore
import httpx
import requests
from pyreqwest.client import ClientBuilder, SyncClientBuilder
from trustoo import AsyncTrustoo, Trustoo
from trustoo_api.api.reviews.reviews_list import DECODER

ROOT = Path(__file__).parent.parent
PATH = "/api/v1/openapi/get_reviews"
HEADERS = {"Accept": "application/json", "Public-Token": "EXAMPLE", "Sign": "0" * 64, "Timestamp": "1700000000"}
TOKENS: Any = {"public_token": "RVhBTVBMRS1QVUJMSUMtMQ==", "private_token": "EXAMPLE-private-token"}


@dataclass(frozen=True)
class Peer:
    """One way to fetch a page: `call(size)`, and how to end it."""

    call: Callable[[int], Any]
    close: Callable[[], Any]


def ours(transport: Any) -> Callable[[str], Peer]:
    """This client over a transport."""

    def make(address: str) -> Peer:
        shop = Trustoo(base_url=address, transport=transport, **TOKENS)
        return Peer(lambda size: shop.reviews.list(page=1, page_size=size), shop.close)

    return make


def ours_async(transport: Any) -> Callable[[str], Peer]:
    """The same for asyncio."""

    def make(address: str) -> Peer:
        shop = AsyncTrustoo(base_url=address, transport=transport, **TOKENS)
        return Peer(lambda size: shop.reviews.list(page=1, page_size=size), shop.close)

    return make


def bare_httpx(address: str) -> Peer:
    client = httpx.Client()
    return Peer(lambda size: client.get(_url(address, size), headers=HEADERS).json(), client.close)


def bare_requests(address: str) -> Peer:
    client = requests.Session()
    return Peer(lambda size: client.get(_url(address, size), headers=HEADERS).json(), client.close)


def bare_pyreqwest(address: str) -> Peer:
    client = SyncClientBuilder().build()

    def call(size: int) -> Any:
        return json.loads(bytes(client.get(_url(address, size)).headers(HEADERS).build().send().bytes()))

    return Peer(call, client.close)


def limit_httpcore(address: str) -> Peer:
    connection = httpcore.HTTPConnection(httpcore.URL(address).origin)

    def call(size: int) -> Any:
        return _models(connection.request("GET", _url(address, size), headers=list(HEADERS.items())).content)

    return Peer(call, connection.close)


def limit_pyreqwest(address: str) -> Peer:
    client = SyncClientBuilder().build()

    def call(size: int) -> Any:
        return _models(bytes(client.get(_url(address, size)).headers(HEADERS).build().send().bytes()))

    return Peer(call, client.close)


def stock(address: str) -> Peer:
    """What openapi-python-client generates from the OpenAPI spec without this project's templates."""
    client = _stock("client").Client(base_url=address, headers=HEADERS)
    listing = _stock("api.reviews.reviews_list")
    return Peer(lambda size: listing.sync(client=client, page=1, page_size=size), client.get_httpx_client().close)


def bare_httpx_async(address: str) -> Peer:
    client = httpx.AsyncClient()

    async def call(size: int) -> Any:
        return (await client.get(_url(address, size), headers=HEADERS)).json()

    return Peer(call, client.aclose)


def bare_aiohttp(address: str) -> Peer:
    session = aiohttp.ClientSession()

    async def call(size: int) -> Any:
        async with session.get(_url(address, size), headers=HEADERS) as response:
            return json.loads(await response.read())

    return Peer(call, session.close)


def bare_pyreqwest_async(address: str) -> Peer:
    client = ClientBuilder().build()

    async def call(size: int) -> Any:
        return json.loads(bytes(await (await client.get(_url(address, size)).headers(HEADERS).build().send()).bytes()))

    return Peer(call, client.close)


def limit_httpcore_async(address: str) -> Peer:
    idle = list[httpcore.AsyncHTTPConnection]()

    async def call(size: int) -> Any:
        connection = idle.pop() if idle else httpcore.AsyncHTTPConnection(httpcore.URL(address).origin)
        response = await connection.request("GET", _url(address, size), headers=list(HEADERS.items()))
        idle.append(connection)
        return _models(response.content)

    async def close() -> None:
        for connection in idle:
            await connection.aclose()

    return Peer(call, close)


def limit_aiohttp_async(address: str) -> Peer:
    session = aiohttp.ClientSession()

    async def call(size: int) -> Any:
        async with session.get(_url(address, size), headers=HEADERS) as response:
            return _models(await response.read())

    return Peer(call, session.close)


def limit_pyreqwest_async(address: str) -> Peer:
    client = ClientBuilder().build()

    async def call(size: int) -> Any:
        response = await client.get(_url(address, size)).headers(HEADERS).build().send()
        return _models(bytes(await response.bytes()))

    return Peer(call, client.close)


def stock_async(address: str) -> Peer:
    client = _stock("client").Client(base_url=address, headers=HEADERS)
    listing = _stock("api.reviews.reviews_list")

    def call(size: int) -> Awaitable[Any]:
        answered: Awaitable[Any] = listing.asyncio(client=client, page=1, page_size=size)
        return answered

    return Peer(call, client.get_async_httpx_client().aclose)


SYNC: dict[str, Callable[[str], Peer]] = {
    "httpx": bare_httpx,
    "trustoo": ours("httpcore"),
    "trustoo over pyreqwest": ours("pyreqwest"),
    "trustoo over httpx": ours("httpx"),
    "requests": bare_requests,
    "pyreqwest": bare_pyreqwest,
    "limit of httpcore": limit_httpcore,
    "limit of pyreqwest": limit_pyreqwest,
    "stock client": stock,
}
ASYNC: dict[str, Callable[[str], Peer]] = {
    "httpx": bare_httpx_async,
    "trustoo": ours_async("httpcore"),
    "trustoo over httpx": ours_async("httpx"),
    "trustoo over aiohttp": ours_async("aiohttp"),
    "trustoo over pyreqwest": ours_async("pyreqwest"),
    "aiohttp": bare_aiohttp,
    "pyreqwest": bare_pyreqwest_async,
    "limit of httpcore": limit_httpcore_async,
    "limit of aiohttp": limit_aiohttp_async,
    "limit of pyreqwest": limit_pyreqwest_async,
    "stock client": stock_async,
}


def _models(content: bytes) -> Any:
    return DECODER.value(DECODER.envelope(content))


def _url(address: str, size: int) -> str:
    return f"{address}{PATH}?page=1&page_size={size}"


_FOLDER = tempfile.TemporaryDirectory(prefix="trustoo-stock-")


def _stock(module: str) -> Any:
    """A module of the stock client, which is generated at its first use."""
    folder = Path(_FOLDER.name)
    if not (folder / "stock_api").exists():
        settings = folder / "settings.yaml"
        settings.write_text("post_hooks: []\n")
        tool = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--config", str(settings)]
        line = [*tool, "--path", str(ROOT / "openapi.yaml"), "--output-path", str(folder / "stock_api")]
        subprocess.run(line, check=True, capture_output=True)
        sys.path.insert(0, str(folder))
    return importlib.import_module(f"stock_api.{module}")
