"""What is measured beside calls: decoding, signing, imports, memory, and an iteration over a thousand pages."""

from __future__ import annotations

import hmac
import json
import subprocess
import sys
import time
from collections.abc import Callable

from trustoo.signing import canonical_string, signature
from trustoo_api.api.reviews.reviews_list import DECODER

from benchmarks.server import body

Turns = dict[str, Callable[[], float]]
TOKENS = "public_token='RVhBTVBMRS1QVUJMSUMtMQ==', private_token='EXAMPLE-private-token'"
# A plain install has none of these, which httpx imports where it finds them.
_PLAIN = "import sys\nfor n in ('click', 'rich', 'pygments'): sys.modules[n] = None\n"


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


def _in_a_process(program: str) -> str:
    line = [sys.executable, "-c", _PLAIN + program]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


def _seconds(program: str) -> Callable[[], float]:
    timed = f"import time\nbegan = time.process_time()\n{program}\nprint((time.process_time() - began) * 1000)"
    return lambda: float(_in_a_process(timed))


def imports() -> Turns:
    """Milliseconds of processor time in a fresh interpreter."""
    return {
        "httpx": _seconds("import httpx"),
        "msgspec": _seconds("import msgspec"),
        "trustoo": _seconds(f"import trustoo; trustoo.Trustoo({TOKENS})"),
    }


def first_calls(address: str) -> Turns:
    """The same with a first call of one review."""
    url = f"{address}/api/v1/openapi/get_reviews?page=1&page_size=1"

    def ours(transport: str) -> Callable[[], float]:
        made = f"trustoo.Trustoo(base_url={address!r}, transport={transport!r}, {TOKENS})"
        return _seconds(f"import trustoo; {made}.reviews.list(page=1, page_size=1)")

    return {
        "httpx": _seconds(f"import httpx; httpx.Client().get({url!r}).json()"),
        "trustoo": ours("httpcore"),
        "trustoo over pyreqwest": ours("pyreqwest"),
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
        return float(_in_a_process(f"{before}{call}\nprint(megabytes() - before)"))

    bare = "from pyreqwest.client import SyncClientBuilder; client = SyncClientBuilder().build(); "
    bare += f"client.get({address!r} + '/?page=1&page_size=1').build().send().bytes()"
    held = float(_in_a_process(f"{_RESIDENT}import httpx\nbefore = megabytes()\n{bare}\nprint(megabytes() - before)"))
    return {"trustoo": measured("httpcore"), "trustoo over pyreqwest": measured("pyreqwest"), "bare pyreqwest": held}


_WALK = """
import time, httpcore, trustoo
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
seen, walking, fetching, after_100 = 0, 0.0, 0.0, 0.0
began = time.perf_counter()
for review in shop.reviews.iterate(page_size=100):
    seen += 1
    if seen % 5000 == 0:  # fifty pages of ours, then fifty of the bare library
        walking += time.perf_counter() - began
        began = time.perf_counter()
        for page in range(50): raw(page + 1)
        fetching += time.perf_counter() - began
        if seen == 10000: after_100 = megabytes()
        began = time.perf_counter()
print(seen, fetching / walking, megabytes() - after_100)
"""


def pagination(address: str) -> dict[str, dict[str, float]]:
    """A hundred thousand reviews: the rate against the bare library's, and megabytes that grew after 100 pages."""
    found = {}
    for name, library in (("trustoo", "httpcore"), ("trustoo over pyreqwest", "pyreqwest")):
        program = f"{_RESIDENT}address, library = {address!r}, {library!r}\n" + _WALK.replace("TOKENS", TOKENS)
        seen, rate, grown = _in_a_process(program).split()
        found[name] = {"reviews": float(seen), "rate": float(rate), "grown": float(grown)}
    return found
