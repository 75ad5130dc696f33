"""What the client costs, in counts that are the same on every machine; a test that fails names what came in.

Times are measured by `make bench` and shown in docs/performance.md.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import pytest
import trustoo
import trustoo_api
from trustoo import Trustoo
from trustoo.transport import Headers, HTTPRequest, HTTPResponse, TransportName

from contract_tests.support.servers import Conversation, response_bytes, served
from tests.support import PRIVATE, PUBLIC, envelope

OURS = ("trustoo", "trustoo_api")
SLOW = {
    *("asyncio", "ssl", "socket", "email", "http", "subprocess", "tempfile", "xml", "concurrent", "unittest"),
    *("datetime", "decimal", "hashlib", "hmac", "json", "logging", "random", "uuid"),
}
"""Modules of the standard library that take milliseconds to import, and that a client does without until it sends."""
WITH_CALL = {"httpcore": {"certifi", "httpcore", "h11", "anyio"}, "pyreqwest": {"pyreqwest"}}
"""What a first call may import beside msgspec and our own packages."""
LOADED = """
import sys
before = set(sys.modules)
{program}
print(*sorted(set(sys.modules) - before))
"""
DATACLASSES = """
import sys
{program}
for module in [module for name, module in sys.modules.items() if name.startswith("trustoo")]:
    classes = [found for found in vars(module).values() if isinstance(found, type)]
    print(*[found.__name__ for found in classes if "__dataclass_fields__" in vars(found)])
"""


def words(program: str) -> set[str]:
    """The words that a fresh interpreter prints for `program`."""
    line = [sys.executable, "-I", "-c", program]
    return set(subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stdout.split())


def loaded_by(program: str) -> set[str]:
    """The modules that a fresh interpreter imports for `program`."""
    return words(LOADED.format(program=program))


def foreign(modules: set[str]) -> set[str]:
    """The packages among `modules` that are neither the standard library's nor our own."""
    roots = {module.split(".")[0] for module in modules}
    return {root for root in roots - sys.stdlib_module_names - {*OURS} if not root.startswith("_")}


MADE = f"import trustoo; shop = trustoo.Trustoo(public_token={PUBLIC!r}, private_token={PRIVATE!r}"
CALLED = f"{MADE}, base_url={{address!r}}, transport={{library!r}}); shop.reviews.list(page=1); shop.close()"


def test_importing_loads_the_errors_and_the_signature_and_no_client() -> None:
    modules = loaded_by("import trustoo")
    ours = {"trustoo", "trustoo._version", "trustoo.errors", "trustoo.signing", "trustoo_api", "trustoo_api.errors"}
    assert {module for module in modules if module.startswith(OURS)} == ours
    # dataclasses imports inspect, which takes as long as all of this.
    assert {module.split(".")[0] for module in modules} & (SLOW | {"dataclasses", "inspect", "urllib"}) == set()


def test_names_that_load_at_their_first_use_are_listed_and_others_are_missing() -> None:
    program = "import trustoo; print(*dir(trustoo)); print(*[hasattr(trustoo, name) for name in ('Trustoo', 'Trusto')])"
    assert words(program) >= {*trustoo.__all__, "True", "False"}


def test_importing_and_constructing_loads_nothing_that_only_a_call_needs() -> None:
    modules = loaded_by(f"{MADE})")
    assert foreign(modules) == set()
    assert {module.split(".")[0] for module in modules} & SLOW == set()
    parts = ["oauth", "otel", "upload", "webhooks", "testing", "pagination"]
    parts += ["_pipeline", "_prefetch", "_redaction", "_response"]
    parts += [f"transport.{name}" for name in get_args(TransportName)]
    assert [module for module in modules if module.startswith(tuple(f"trustoo.{part}" for part in parts))] == []
    light = {"", ".api", ".errors", ".operation", ".operations"}
    assert {module for module in modules if module.startswith("trustoo_api")} == {
        f"trustoo_api{name}" for name in light
    }


@pytest.mark.parametrize("library", WITH_CALL)
def test_a_first_call_loads_its_transport_and_no_other(library: str) -> None:
    with served(always(envelope({"page": {}, "list": []}))) as server:
        modules = loaded_by(CALLED.format(address=server.address, library=library))
    assert (
        foreign(modules) - WITH_CALL[library] - {"msgspec", "typing_extensions", "sniffio", "exceptiongroup"} == set()
    )
    # asyncio takes as long as httpcore. html and json are for unexpected responses; pyreqwest itself imports json.
    unwanted = {"httpcore": {"json"}, "pyreqwest": {"httpcore", "ssl"}}
    assert ({"asyncio", "html", "httpx"} | unwanted[library]) & modules == set()


def test_few_classes_of_a_first_call_are_dataclasses() -> None:
    """Python writes and compiles the methods of a dataclass in each process. This takes half a millisecond a class."""
    with served(always(envelope({"page": {}, "list": []}))) as server:
        program = CALLED.format(address=server.address, library="httpcore")
        found = words(DATACLASSES.format(program=program))
    assert found == {"CallEvent", "Config", "Credentials", "HTTPRequest", "HTTPResponse", "RetryPolicy"}


def always(content: bytes) -> Any:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(content))

    return script


class Canned:
    """A transport that has the response at hand."""

    def __init__(self, content: bytes) -> None:
        self.content, self.sent = content, list[HTTPRequest]()

    def send(self, http_request: HTTPRequest) -> HTTPResponse:
        self.sent.append(http_request)
        return HTTPResponse(200, Headers(tuple), self.content)

    def close(self) -> None: ...


def canned(content: bytes) -> tuple[Trustoo, Canned]:
    transport = Canned(content)
    return Trustoo(public_token=PUBLIC, private_token=PRIVATE, clock=lambda: 1.7e9, transport=transport), transport


FOLDERS = tuple(str(Path(str(package.__file__)).parent) for package in (trustoo, trustoo_api))


def test_a_warm_call_makes_few_python_calls_and_none_of_them_deep() -> None:
    """Everything between `shop.reviews.list()` and the socket, and back: building, signing, sending, parsing."""
    page = envelope({"page": {"page": 1}, "list": [{"id": 1001, "rating": 5, "author": "Zoë", "product_id": 19}]})
    settings: Any = {"public_token": PUBLIC, "private_token": PRIVATE, "transport": "httpcore"}
    calls, depths = Counter[str](), Counter[int]()

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(FOLDERS):
            calls[frame.f_code.co_qualname] += 1
            depths[sum(one.f_code.co_filename.startswith(FOLDERS) for one in stack(frame))] += 1

    with served(always(page)) as server, Trustoo(base_url=server.address, **settings) as client:
        for _ in range(2):
            client.reviews.list()
        sys.setprofile(profile)
        try:
            client.reviews.list()
        finally:
            sys.setprofile(None)
    assert calls.total() <= 40, f"{calls.total()} calls: {calls.most_common()}"
    assert max(depths) <= 7, f"{max(depths)} deep"


def stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


@pytest.mark.parametrize(("size", "bound"), [(0, 50), (100, 50 + 100 * 13)])
def test_an_answer_holds_few_blocks_of_memory(size: int, bound: int) -> None:
    texts = {name: f"{name} of somebody" for name in ("author", "title", "content", "product_title", "created_at")}
    items = [{"id": str(number), "rating": 5, "media": [{"url": f"u{number}"}], **texts} for number in range(size)]
    client, _ = canned(envelope({"page": {"page": 1}, "list": items}))
    client.reviews.list(page=1)
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        page = client.reviews.list(page=1)
        held = sys.getallocatedblocks() - before
    finally:
        gc.enable()
    assert len(page.list) == size
    assert held <= bound, f"{held} blocks for {size} reviews"


def test_a_thousand_calls_leave_nothing_behind() -> None:
    client, transport = canned(envelope({"page": {"page": 1}, "list": [{"id": "1", "rating": 5}]}))
    for _ in range(50):
        client.reviews.list(page=1)
    transport.sent.clear()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(1000):
        client.reviews.list(page=1)
        transport.sent.clear()
    gc.collect()
    assert sys.getallocatedblocks() - before < 200


def test_a_call_that_succeeds_makes_no_garbage_for_the_collector() -> None:
    client, transport = canned(envelope({"page": {"page": 1}, "list": [{"id": "1", "rating": 5}]}))
    client.reviews.list(page=1)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            client.reviews.list(page=1)
        transport.sent.clear()
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("library", ["httpx", "httpcore", "pyreqwest"])
def test_a_walk_sends_one_request_a_page_over_one_connection(library: Any) -> None:
    def script(talk: Conversation) -> None:
        while request := talk.hear():
            page = int(request.split(b"page=")[1].split(b"&")[0].split(b" ")[0])
            items = [{"id": f"{page}-{number}"} for number in range(10)]
            data = {"page": {"page": page, "page_size": 10, "total_page": 5, "count": 50}, "list": items}
            talk.say(response_bytes(envelope(data)))

    settings: Any = {"public_token": PUBLIC, "private_token": PRIVATE, "transport": library}
    with served(script) as server, Trustoo(base_url=server.address, **settings) as client:
        assert len(list(client.reviews.iterate(page_size=10))) == 50
    assert (len(server.heard), server.connections) == (5, 1)
