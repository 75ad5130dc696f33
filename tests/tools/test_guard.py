"""A request that Prism cannot bear costs only itself: `contract_tests/prism/guard.cjs`."""

import http.client
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import node
from tools.mock.engines import GUARD
from tools.mock.server import PrismMock

SPEC = Path(__file__).parent / "data" / "mock-spec.yaml"
FORM = {"Content-Type": "multipart/form-data; boundary=B"}


@dataclass(frozen=True)
class Response:
    status: int
    guarded: bool
    body: bytes


def ask(
    server: PrismMock,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """One request, sent as it stands: an HTTP library would repair some of these paths and headers."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Response(response.status, response.headers.get("x-prism-guard") == "crash", response.read())
    finally:
        connection.close()


def part(disposition: str, content_type: str | None = "image/png") -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"--B\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\nabc\r\n--B--\r\n".encode()


@pytest.fixture(scope="module")
def kettles() -> Iterator[PrismMock]:
    with PrismMock(SPEC, engine="npm", check_client=False) as server:
        yield server


# The shapes that guard.cjs names.
CRASHES: dict[str, tuple[str, str, bytes | None, dict[str, str]]] = {
    "escape that is not UTF-8": ("GET", "/v1/files/%FF/content", None, {}),
    "lone percent sign": ("GET", "/v1/files/%/content", None, {}),
    "Accept without a type": ("GET", "/v1/kettles", None, {"Accept": ";;"}),
    "part without a type": ("POST", "/v1/files", part('name="file"; filename="a.bin"', None), FORM),
    "file name with ;": ("POST", "/v1/files", part('name="file"; filename="a;b.bin"'), FORM),
    "file name with =": ("POST", "/v1/files", part('name="file"; filename="a=b.bin"'), FORM),
    "field name with ;": ("POST", "/v1/files", part('name="a;b"; filename="b.bin"'), FORM),
}


@pytest.mark.parametrize("shape", CRASHES)
def test_a_request_that_would_end_prism_costs_only_itself(kettles: PrismMock, shape: str) -> None:
    method, path, body, headers = CRASHES[shape]
    pid = kettles.pid
    response = ask(kettles, method, path, body, headers)
    assert (response.status, response.guarded) == (500, True)
    assert ask(kettles, "GET", "/v1/kettles").status == 200
    assert not kettles.ensure_alive()
    assert (kettles.pid, kettles.restarts) == (pid, 0)
    assert f"prism-guard: survived {method} {path}: " in kettles.log.read_text(encoding="utf-8")


def test_a_crash_is_answered_to_the_request_that_caused_it(kettles: PrismMock) -> None:
    def both(turn: int) -> int:
        method, path, body, headers = list(CRASHES.values())[turn % len(CRASHES)]
        if turn % 2:
            return ask(kettles, method, path, body, headers).status
        return ask(kettles, "GET", "/v1/kettles").status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(both, range(80)))
    assert statuses == [200, 500] * 40
    assert kettles.restarts == 0


def test_the_log_keeps_queries_out(kettles: PrismMock) -> None:
    ask(kettles, "GET", "/v1/files/%FF/content?token=EXAMPLE-SECRET")
    assert "EXAMPLE-SECRET" not in kettles.log.read_text(encoding="utf-8")


def test_prism_does_not_watch_the_description() -> None:
    script = "require('chokidar').watch('x').on('ready', () => console.log('calm'))"
    line = [node.find_node().executable, "-r", str(GUARD), "-e", script]
    assert subprocess.run(line, capture_output=True, timeout=20, check=True).stdout == b"calm\n"
