"""docs/observability.md: its Python runs as written, and each cell of its table is what the tools really see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aioresponses
import pytest
import respx
import trustoo.otel
import vcr  # type: ignore[import-untyped]
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from trustoo import CallEvent, NotFoundError
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from vcr.errors import CannotOverwriteExistingCassetteException  # type: ignore[import-untyped]

from contract_tests.support.servers import Conversation, Served, response_bytes, served
from contract_tests.world.client import connected, in_memory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:python|py)\n(.*?)```", PAGE, re.DOTALL)
"""The page's Python. Blocks of tools that have no complete types are called `py`, because type checkers refuse them."""
MOCKING = PAGE.index("## Mocking")
RECEIVED = {"code": 0, "request_id": "0ab1", "data": {"page": {}, "list": [{"id": "1"}]}}
TOKENS = {"TRUSTOO_PUBLIC_TOKEN": "EXAMPLE-public-token", "TRUSTOO_PRIVATE_TOKEN": "EXAMPLE-private-token"}


@contextmanager
def service() -> Iterator[Served]:
    """The real service, as far as these tests know one."""

    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(json.dumps(RECEIVED).encode()))

    with served(script) as server:
        yield server


def run(folder: Path, server: Served, *arguments: str, **variables: str) -> str:
    """Run Python in another process, because Sentry and global providers change the process. Returns its output."""
    environment = os.environ | TOKENS | variables | {"TRUSTOO_BASE_URL": server.address, "PYTHONPATH": str(ROOT)}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "TRUSTOO_TRANSPORT"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- the page's Python

BEFORE = """
import functools, json
import sentry_sdk
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, reader, envelopes = InMemorySpanExporter(), InMemoryMetricReader(), []
tracers = TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(tracers)
metrics.set_meter_provider(MeterProvider([reader]))

class Memory(sentry_sdk.Transport):
    def capture_envelope(self, envelope):
        envelopes.append(envelope)

sentry_sdk.init = functools.partial(sentry_sdk.init, dsn="http://EXAMPLE@127.0.0.1:9/1", transport=Memory)
"""
AFTER = """
sentry_sdk.capture_message("an error of the program")
(event,) = [envelope.get_event() for envelope in envelopes if envelope.get_event()]
(metric,) = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
print(json.dumps({
    "spans": [json.loads(span.to_json()) for span in exporter.get_finished_spans()],
    "metric": [metric.name, metric.unit, metric.data.data_points[0].count],
    "breadcrumbs": [crumb for crumb in event["breadcrumbs"]["values"] if crumb["category"] == "trustoo"],
}))
"""


def test_the_examples_that_watch_run(tmp_path: Path) -> None:
    programs = [block for block in BLOCKS if PAGE.index(block) < MOCKING]
    assert len(programs) == 4
    (tmp_path / "program.py").write_text("\n".join([BEFORE, *programs, AFTER]), encoding="utf-8")
    with service() as server:
        lines = run(tmp_path, server, "program.py", GATEWAY_KEY="EXAMPLE-gateway-key").splitlines()
        first, second, third, fourth = (request.decode().lower() for request in server.heard)
    assert "\r\nx-gateway-key: example-gateway-key\r\n" in first
    assert "\r\nx-task: nightly-export\r\n" in first
    assert re.search(r"\r\nx-request-id: \d+-1\r\n", second)
    assert re.fullmatch(r"\d+ reviews\.list 200 None 0ab1", lines[0])
    found = json.loads(lines[1])
    (span,) = found["spans"]
    assert span["name"] == "GET /api/v1/openapi/get_reviews"
    trace_id, span_id = (span["context"][name].removeprefix("0x") for name in ("trace_id", "span_id"))
    assert f"\r\ntraceparent: 00-{trace_id}-{span_id}-" in third
    assert "traceparent" not in fourth
    assert found["metric"] == ["http.client.request.duration", "s", 1]
    (breadcrumb,) = found["breadcrumbs"]
    assert (breadcrumb["data"]["operation"], breadcrumb["data"]["status"]) == ("reviews.list", 200)


def test_the_attributes_of_the_page_are_those_of_spans_and_durations() -> None:
    outcomes = iter([(503, b""), (404, b'{"code": 5, "request_id": "0ab1"}')])

    def respond(request: HTTPRequest) -> HTTPResponse:
        status, content = next(outcomes)
        return HTTPResponse(status, Headers([]), content)

    exporter, tracers, reader = InMemorySpanExporter(), TracerProvider(), InMemoryMetricReader()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    hooks = trustoo.otel.hooks(tracer_provider=tracers, meter_provider=MeterProvider([reader]))
    with in_memory("sync", respond, **hooks) as client, pytest.raises(NotFoundError):
        client.call(lambda shop: shop.reviews.list())
    spans = {name for span in exporter.get_finished_spans() for name in span.attributes or {}}
    metrics: Any = reader.get_metrics_data()
    points = metrics.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    durations = {name for point in points for name in point.attributes}

    table = PAGE.partition("| attribute |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.*`) \| (yes|no) \| (yes|no) \|", table, re.MULTILINE)
    cells = [(name, *row[1:]) for row in rows for name in re.findall(r"`(.+?)`", row[0])]
    assert {name for name, span, _ in cells if span == "yes"} == spans
    assert {name for name, _, duration in cells if duration == "yes"} == durations


def test_the_examples_that_mock_run_and_vcr_replays(tmp_path: Path) -> None:
    mocks = [block for block in BLOCKS if PAGE.index(block) > MOCKING]
    assert len(mocks) == 5
    module = "\n".join(["from trustoo import Trustoo", *mocks])
    (tmp_path / "test_mocks.py").write_text(module, encoding="utf-8")
    with service() as server:
        for selected, result in (("test", "4 passed"), ("vcr", "1 passed")):
            command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_httpx", "-k", selected]
            assert result in run(tmp_path, server, *command, "test_mocks.py", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        assert len(server.heard) == 1, "only the recording reaches the service"
    cassette = (tmp_path / "reviews.yaml").read_text(encoding="utf-8").lower()
    assert "get_reviews" in cassette
    assert "example-public-token" not in cassette
    assert re.search(r"^\s+(sign|authorization):", cassette, re.MULTILINE) is None


# --- the table

ROWS = re.findall(r"^\| (.+?) \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$", PAGE, re.MULTILINE)
COLUMNS = ("httpcore", "httpx", "aiohttp", "pyreqwest")
CELLS = [
    (tool, style, transport, cell == "yes")
    for tool, *cells in ROWS
    for transport, cell in zip(COLUMNS, cells, strict=True)
    for style in (["async"] if transport == "aiohttp" else ["sync", "async"])
]
Call = Callable[..., str]
"""Calls `reviews.list` with additional settings, and returns the id of the first review. "1" comes from the service."""
MOCKED: Any = {"code": 0, "data": {"page": {}, "list": [{"id": "MOCK"}]}}


def spans_of(call: Call, **settings: Any) -> int:
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    if settings:
        call(**trustoo.otel.hooks(tracer_provider=tracers))
    else:
        HTTPXClientInstrumentor().instrument(tracer_provider=tracers)
        try:
            call()
        finally:
            HTTPXClientInstrumentor().uninstrument()
    return len(exporter.get_finished_spans())


def hooks_see(call: Call, request: pytest.FixtureRequest) -> bool:
    events: list[CallEvent] = []
    call(on_response=events.append)
    return len(events) == 1


def otel_sees(call: Call, request: pytest.FixtureRequest) -> bool:
    return spans_of(call, ours=True) == 1


def instrumentation_sees(call: Call, request: pytest.FixtureRequest) -> bool:
    return spans_of(call) == 1


def respx_sees(call: Call, request: pytest.FixtureRequest) -> bool:
    with respx.mock(assert_all_called=False) as router:
        router.get(path="/api/v1/openapi/get_reviews").respond(json=MOCKED)
        return call() == "MOCK"


def pytest_httpx_sees(call: Call, request: pytest.FixtureRequest) -> bool:
    request.getfixturevalue("httpx_mock").add_response(json=MOCKED)
    return call() == "MOCK"


def vcr_sees(call: Call, request: pytest.FixtureRequest) -> bool:
    missing = request.getfixturevalue("tmp_path") / "missing.yaml"
    with vcr.use_cassette(str(missing), record_mode="none"):
        try:
            return call() != "1"
        except CannotOverwriteExistingCassetteException:
            return True


def aioresponses_sees(call: Call, request: pytest.FixtureRequest) -> bool:
    names: dict[str, Any] = {"REVIEWS": MOCKED}
    exec(next(block for block in BLOCKS if "class Response" in block), names)
    with aioresponses.aioresponses() as mocked:
        mocked.get(re.compile(".*/get_reviews"), payload=MOCKED, response_class=names["Response"])
        return call() == "MOCK"


SENTRY = """
import json, sys
import sentry_sdk
from contract_tests.world.client import connected

seen = []

def before_breadcrumb(breadcrumb, hint):
    seen.append(breadcrumb["type"])
    return breadcrumb

class Memory(sentry_sdk.Transport):
    def capture_envelope(self, envelope): ...

sentry_sdk.init(dsn="http://EXAMPLE@127.0.0.1:9/1", transport=Memory, before_breadcrumb=before_breadcrumb)
found = {}
for combination in sys.argv[1:]:
    style, transport = combination.split()
    with connected(style, transport=transport) as client:
        client.call(lambda shop: shop.reviews.list())
    found[combination] = "http" in seen
    seen.clear()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def sentry_saw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Whether Sentry made a breadcrumb of a call, by style and transport."""
    with service() as server:
        combinations = sorted({f"{style} {transport}" for _, style, transport, _ in CELLS})
        found: dict[str, bool] = json.loads(run(tmp_path_factory.mktemp("sentry"), server, "-c", SENTRY, *combinations))
        assert len(server.heard) == len(combinations)
    return found


SEES: dict[str, Callable[[Call, pytest.FixtureRequest], bool]] = {
    'hooks and the logger "trustoo"': hooks_see,
    "`trustoo.otel`": otel_sees,
    "OpenTelemetry's instrumentation of httpx": instrumentation_sees,
    "respx": respx_sees,
    "pytest-httpx": pytest_httpx_sees,
    "VCR.py": vcr_sees,
    "aioresponses": aioresponses_sees,
}


def test_the_table_has_all_tools() -> None:
    assert {tool for tool, *_ in ROWS} == {*SEES, "Sentry"}


@pytest.mark.parametrize(("tool", "style", "transport", "expected"), [cell for cell in CELLS if cell[0] == "Sentry"])
def test_sentry_sees_the_transports_of_the_table(
    tool: str, style: str, transport: str, expected: bool, sentry_saw: dict[str, bool]
) -> None:
    assert sentry_saw[f"{style} {transport}"] is expected


@pytest.mark.httpx_mock(assert_all_responses_were_requested=False)
@pytest.mark.parametrize(("tool", "style", "transport", "expected"), [cell for cell in CELLS if cell[0] != "Sentry"])
def test_a_tool_sees_the_transports_of_the_table(
    tool: str, style: str, transport: str, expected: bool, request: pytest.FixtureRequest
) -> None:
    with service() as server:

        def call(**settings: Any) -> str:
            with connected(style, base_url=server.address, transport=transport, **settings) as client:
                found: str = client.call(lambda shop: shop.reviews.list()).list[0].id
            return found

        assert SEES[tool](call, request) is expected
        is_mock = f"### {tool}\n" in PAGE
        assert len(server.heard) == (0 if is_mock and expected else 1)
