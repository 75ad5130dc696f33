"""Cold starts: what a fresh interpreter spends on importing a library, and on the first call of its client.

Each program is a process of its own. It measures its own processor time, without the start of the interpreter.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import NamedTuple

TOKENS = "public_token='RVhBTVBMRS1QVUJMSUMtMQ==', private_token='EXAMPLE-private-token'"
CONSTRUCTED = "trustoo, with a client"
HTTPS = "trustoo, with the certificates for https"
LIMIT = "bare httpcore and msgspec"
STDLIB = "what a client needs of the standard library"
Turns = dict[str, Callable[[], float]]

_BYTECODE = tempfile.TemporaryDirectory(prefix="trustoo-bytecode-")


class _Program(NamedTuple):
    imports: str
    call: str
    hidden: tuple[str, ...] = ("click", "pygments", "rich")
    """Packages that a plain installation does not have. The library imports them where it finds them."""


_CLIENT = f"base_url=address, transport=library, {TOKENS}"
_REQUESTS = ("aiohttp", "anyio", "httpx")
"""The clients that stripe imports where it finds them. It uses requests."""
_PROGRAMS = {
    "httpx": _Program("import httpx", "httpx.get(url).json()"),
    "trustoo": _Program("import trustoo", f"trustoo.Trustoo({_CLIENT}).reviews.list(page=1, page_size=1)"),
    "requests": _Program("import requests", "requests.get(url).json()"),
    "stripe": _Program(
        "import stripe",
        "stripe.StripeClient('EXAMPLE', base_addresses={'api': address}).v1.reviews.list({'limit': 1})",
        _REQUESTS,
    ),
    "hcloud": _Program(
        "import hcloud", "hcloud.Client('EXAMPLE', address).request('GET', '/servers', params={'per_page': 1})"
    ),
    LIMIT: _Program("import httpcore, msgspec", "msgspec.json.decode(httpcore.request('GET', url).content)"),
}
_ASYNC_PROGRAMS = {
    "httpx": _Program(
        "import httpx", "async with httpx.AsyncClient() as client: return (await client.get(url)).json()"
    ),
    "trustoo": _Program(
        "import trustoo",
        f"async with trustoo.AsyncTrustoo({_CLIENT}) as shop: return await shop.reviews.list(page=1, page_size=1)",
    ),
    "aiohttp": _Program(
        "import aiohttp",
        "async with aiohttp.ClientSession() as session, session.get(url) as response: return await response.json()",
    ),
}


def imports() -> Turns:
    """Milliseconds of importing each library. `CONSTRUCTED` and `STDLIB` show where the time of a client goes."""
    turns = {name: _milliseconds(program.imports, program.hidden) for name, program in _PROGRAMS.items()}
    turns[CONSTRUCTED] = _milliseconds(f"import trustoo; trustoo.Trustoo({TOKENS})")
    turns[STDLIB] = _milliseconds("import dataclasses, threading, typing, urllib.parse")
    return turns


def first_calls(address: str) -> Turns:
    """Milliseconds of importing each library and fetching one review.

    `HTTPS` also loads the certificates, as httpx does for any address. `LIMIT` shows what the libraries of this client
    take.
    """
    turns = {name: _milliseconds(_first_call(one, address), one.hidden) for name, one in _PROGRAMS.items()}
    ours = _PROGRAMS["trustoo"]
    for library in ("httpx", "pyreqwest"):
        turns[f"trustoo over {library}"] = _milliseconds(_first_call(ours, address, library), ours.hidden)
    certificates = "from trustoo.transport.connections import trusted_certificates; trusted_certificates()"
    turns[HTTPS] = _milliseconds(f"{_first_call(ours, address)}\n{certificates}")
    return turns


def first_async_calls(address: str) -> Turns:
    """The same with asyncio."""
    turns = {name: _milliseconds(_first_async_call(one, address), one.hidden) for name, one in _ASYNC_PROGRAMS.items()}
    ours = _ASYNC_PROGRAMS["trustoo"]
    for library in ("httpx", "aiohttp", "pyreqwest"):
        turns[f"trustoo over {library}"] = _milliseconds(_first_async_call(ours, address, library), ours.hidden)
    return turns


def _first_call(program: _Program, address: str, library: str = "httpcore") -> str:
    return f"{program.imports}\n{_names(address, library)}\n{program.call}"


def _first_async_call(program: _Program, address: str, library: str = "httpcore") -> str:
    main = f"async def main():\n    {program.call}"
    return f"import asyncio\n{program.imports}\n{_names(address, library)}\n{main}\nasyncio.run(main())"


def _names(address: str, library: str) -> str:
    url = f"{address}/api/v1/openapi/get_reviews?page=1&page_size=1"
    return f"address, url, library = {address!r}, {url!r}, {library!r}"


def _milliseconds(program: str, hidden: tuple[str, ...] = ()) -> Callable[[], float]:
    """A turn that gives the program's milliseconds of processor time."""
    timed = f"import time\nbegan = time.process_time()\n{program}\nprint((time.process_time() - began) * 1000)"
    run(timed, hidden)  # writes the bytecode, which an installed package has from the start
    return lambda: float(run(timed, hidden))


def run(program: str, hidden: tuple[str, ...] = ()) -> str:
    """What a program prints in a fresh interpreter, which cannot import the packages `hidden`."""
    start = f"import sys\nfor name in {hidden!r}: sys.modules[name] = None\n"
    line = [sys.executable, "-I", "-X", f"pycache_prefix={_BYTECODE.name}", "-c", start + program]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()
