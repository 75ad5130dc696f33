"""What is measured beside calls: decoding, signing, memory, and an iteration over a thousand pages."""

from __future__ import annotations

import hmac
import json
import sys
import time
from collections.abc import Callable

from trustoo.signing import canonical_string, signature
from trustoo_api.api.reviews.reviews_list import DECODER

from benchmarks.cold import TOKENS, Turns, run
from benchmarks.server import body


def repeated(work: Callable[[], object], times: int) -> Callable[[], float]:
    """A turn that gives the work's microseconds of processor time."""

    def measured() -> float:
        work()
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) / times * 1e6

    return measured


def decoding() -> Turns:
    """A page of 100 reviews into models, unknown members kept."""
    page = body(100)
    return {
        "json.loads": repeated(lambda: json.loads(page), 40),
        "trustoo": repeated(lambda: DECODER.value(DECODER.envelope(page)), 40),
    }


def signing_query() -> Turns:
    """Six parameters."""
    return _signing(tuple((f"name_{n}", f"value {n}") for n in range(6)), None)


def signing_body() -> Turns:
    """A body of a kilobyte."""
    return _signing((), b"x" * 1024)


def _signing(query: tuple[tuple[str, str], ...], content: bytes | None) -> Turns:
    key, stamp = "EXAMPLE-private-token", "1700000000"
    secret, message = key.encode(), canonical_string(query, stamp, content)
    return {
        "hmac.digest": repeated(lambda: hmac.digest(secret, message, "sha256"), 5000),
        "trustoo": repeated(lambda: signature(key, canonical_string(query, stamp, content)), 5000),
    }


_RESIDENT = """
import resource
def megabytes():
    with open("/proc/self/statm") as file: return int(file.read().split()[1]) * resource.getpagesize() / 1e6
"""


def memory(address: str) -> dict[str, float]:
    """Megabytes that a client which has made a call holds over an interpreter with httpx loaded; Linux only."""
    if sys.platform != "linux":
        return {}
    made = f"trustoo.Trustoo(base_url={address!r}, transport=library, {TOKENS})"
    call = f"import trustoo; shop = {made}; shop.reviews.list(page=1, page_size=1)"

    def measured(library: str) -> float:
        before = f"{_RESIDENT}import httpx\nbefore, library = megabytes(), {library!r}\n"
        return float(run(f"{before}{call}\nprint(megabytes() - before)"))

    bare = "from pyreqwest.client import SyncClientBuilder; client = SyncClientBuilder().build(); "
    bare += f"client.get({address!r} + '/?page=1&page_size=1').build().send().bytes()"
    held = float(run(f"{_RESIDENT}import httpx\nbefore = megabytes()\n{bare}\nprint(megabytes() - before)"))
    return {"trustoo": measured("httpcore"), "trustoo over pyreqwest": measured("pyreqwest"), "bare pyreqwest": held}


_WALK = """
import time, httpcore, trustoo
from trustoo_api.api.reviews.reviews_list import DECODER
shop = trustoo.Trustoo(base_url=address, transport=library, TOKENS)
url = address + "/api/v1/openapi/get_reviews?page=%d&page_size=100"
pool = httpcore.ConnectionPool()
if library == "pyreqwest":
    from pyreqwest.client import SyncClientBuilder
    client = SyncClientBuilder().build()
    raw = lambda page: bytes(client.get(url % page).build().send().bytes())
else:
    raw = lambda page: pool.request("GET", url % page).content
for page in range(1000): raw(page + 1)  # the server makes a page when it is first asked for
seen, walking, fetching, reading, after_100 = 0, 0.0, 0.0, 0.0, 0.0
began = time.perf_counter()
for review in shop.reviews.iterate(page_size=100):
    seen += 1
    if seen % 5000 == 0:  # fifty pages of ours, fifty of the bare library, and fifty with the reviews read
        walking += time.perf_counter() - began
        began = time.perf_counter()
        for page in range(50): raw(page + 1)
        fetching += time.perf_counter() - began
        began = time.perf_counter()
        for page in range(50):
            for _ in DECODER.value(DECODER.envelope(raw(page + 1))): pass
        reading += time.perf_counter() - began
        if seen == 10000: after_100 = megabytes()
        began = time.perf_counter()
print(seen, fetching / walking, fetching / reading, megabytes() - after_100)
"""


def pagination(address: str) -> dict[str, dict[str, float]]:
    """A hundred thousand reviews: the rate against the bare library's, and megabytes that grew after 100 pages.

    `limit` is the rate of the bare library if it also decodes the pages and returns the reviews one by one.
    """
    found = {}
    for name, library in (("trustoo", "httpcore"), ("trustoo over pyreqwest", "pyreqwest")):
        program = f"{_RESIDENT}address, library = {address!r}, {library!r}\n" + _WALK.replace("TOKENS", TOKENS)
        seen, rate, limit, grown = map(float, run(program).split())
        found[name] = {"reviews": seen, "rate": rate, "limit": limit, "grown": grown}
    return found
