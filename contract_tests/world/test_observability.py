"""What a shop adds to its requests, and what its monitoring sees of them: headers, spans and durations."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import trustoo.otel
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from trustoo import (
    NO_RETRIES,
    APIError,
    AsyncTrustoo,
    CallEvent,
    ConfigurationError,
    HTTPStatusError,
    NetworkError,
    NotFoundError,
    OutcomeUnknownError,
    RetryPolicy,
    Trustoo,
    TrustooError,
)
from trustoo.testing import FakeTrustoo, Fault
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.support.pictures import GIF
from contract_tests.support.servers import Conversation, response_bytes, served
from contract_tests.support.shop import CLOCK, TOKENS
from contract_tests.world.client import Client, connected

Connect = Callable[..., Client]
PAGE = b'{"code": 0, "request_id": "0ab1", "data": {"id": "1", "page": {}, "list": [{"id": "1"}]}}'
KEY = "EXAMPLE-gateway-key"


def response(content: bytes = PAGE, status: int = 200) -> HTTPResponse:
    return HTTPResponse(status, Headers([]), content)


def always(content: bytes = PAGE, status: str = "200 OK") -> Callable[[Conversation], None]:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(content, status))

    return script


def received_headers(request: bytes) -> list[tuple[str, str]]:
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def list_reviews(shop: Any) -> Any:
    return shop.reviews.list()


# --- headers


def test_a_gateways_key_reaches_the_gateway_as_given(connect: Connect) -> None:
    given = {"X-Gateway-Key": f"{KEY} with spaces; and, marks", "x-empty": "", "Cookie": "a=b; c=d"}
    with served(always()) as server:
        shop = connect(server.address, headers=given)
        shop.call(list_reviews)
        shop.call(lambda client: client.reviews.create(rating=5, author="Zoë"))
    assert len(server.heard) == 2
    for heard in map(received_headers, server.heard):
        for name, value in given.items():
            assert [other for other in heard if other[0] == name.lower()] == [(name.lower(), value)]
        assert len(heard) == len(dict(heard)), "a header came twice"


def test_a_call_adds_headers_to_the_clients(client_of: Callable[..., Client]) -> None:
    client = client_of(lambda request: response(), headers={"X-Gateway-Key": KEY, "X-Tenant": "1"})
    client.call(lambda shop: shop.with_options(headers={"x-TENANT": "2", "X-Task": "3"}).reviews.list())
    client.call(lambda shop: shop.with_options(headers=None, timeout=5).reviews.list())
    client.call(list_reviews)
    added = [
        {name: value for name, value in request.headers.items() if name.lower().startswith("x-")}
        for request in client.requests
    ]
    plain = {"x-gateway-key": KEY, "x-tenant": "1"}
    assert added == [{**plain, "x-tenant": "2", "x-task": "3"}, plain, plain]


def test_every_attempt_and_every_page_has_the_headers(client_of: Callable[..., Client]) -> None:
    answers = iter(
        [
            response(b"", 503),
            response(b'{"code": 0, "data": {"page": {"total_page": 2, "count": 2}, "list": [{"id": "1"}]}}'),
            response(b'{"code": 0, "data": {"page": {"total_page": 2, "count": 2}, "list": [{"id": "2"}]}}'),
        ]
    )
    client = client_of(lambda request: next(answers), headers={"X-Gateway-Key": KEY})
    assert len(client.items(lambda shop: shop.reviews.iterate(page_size=1))) == 2
    assert [request.headers["x-gateway-key"] for request in client.requests] == [KEY] * 3


def test_a_header_that_is_changed_later_is_sent_as_it_was_given(client_of: Callable[..., Client]) -> None:
    mine = {"X-Tenant": "1"}
    client = client_of(lambda request: response(), headers=mine)
    mine["Authorization"] = "x"
    client.call(list_reviews)
    assert "authorization" not in map(str.lower, client.requests[0].headers)


OWN = (
    *("Accept", "Accept-Encoding", "Authorization", "User-Agent", "Public-Token", "Sign", "Timestamp", "Host"),
    *("Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect"),
    *("Content-Type", "Content-Length", "Content-Encoding", "Proxy-Authorization", "Proxy-Connection"),
)
UNUSABLE: list[Any] = [
    *({spelled: KEY} for name in OWN for spelled in (name, name.lower(), name.upper())),
    *({name: KEY} for name in ("", " ", "X Y", "X-Y:", "X-Y\r\nHost", "Ä", "X\0", "X(Y)", 1, None, b"X-Y")),
    *(
        {"X-Y": value}
        for value in (f"{KEY}\r\nHost: x", f"{KEY}\n", f" {KEY}", f"{KEY} ", f"\t{KEY}", f"{KEY}ä", f"{KEY}\0", "\x7f")
    ),
    *({"X-Y": value} for value in (None, 1, True, b"x", [KEY], {KEY: KEY})),
    {"X-Y": KEY, "x-y": KEY},
    *(KEY, [("X-Y", KEY)], {KEY}, 1, True, object()),
]


@pytest.mark.parametrize("headers", UNUSABLE)
def test_headers_that_cannot_be_sent_are_refused_when_they_are_given(headers: Any, style: str) -> None:
    make: Any = Trustoo if style == "sync" else AsyncTrustoo
    for give, others in ((make, TOKENS["hmac"]), (make(**TOKENS["hmac"]).with_options, {})):
        with pytest.raises(ConfigurationError, match=r"^headers") as caught:
            give(**others, headers=headers)
        assert KEY not in str(caught.value)


def test_the_values_of_headers_are_shown_nowhere(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    events: list[CallEvent] = []
    quoting = f'{{"code": 5, "message": "no {KEY}", "data": "{KEY}"}}'.encode()
    with served(always(quoting, "404 Not Found")) as server, caplog.at_level(logging.DEBUG):
        client = connect(server.address, headers={"X-Gateway-Key": KEY}, on_request=lambda event: events.append(event))
        with pytest.raises(NotFoundError) as caught:
            client.call(list_reviews)
    assert KEY.encode() in server.heard[0]
    shown = [client.shop, client.shop._config, events, caught.value, caught.value.excerpt]
    shown += [vars(record) for record in caplog.records]
    assert KEY not in repr(shown) + str(caught.value)


def test_short_values_of_headers_do_not_hide_the_words_of_a_response(client_of: Callable[..., Client]) -> None:
    client = client_of(lambda request: response(b"prod is down, 1 day", 404), headers={"X-Env": "prod", "X-N": "1"})
    with pytest.raises(HTTPStatusError, match="prod is down, 1 day"):
        client.call(list_reviews)


def test_the_object_storage_gets_no_header_of_the_shop(style: str) -> None:
    fake, forms = FakeTrustoo(), list[httpx.Request]()

    def store(request: httpx.Request) -> httpx.Response:
        forms.append(request)
        return fake.storage.handle_request(request)

    async def store_async(request: httpx.Request) -> httpx.Response:
        forms.append(request)
        return await fake.storage.handle_async_request(request)

    if style == "sync":
        with httpx.Client(transport=httpx.MockTransport(store)) as storage:
            shop = fake.client(headers={"X-Gateway-Key": KEY}, storage_client=storage)
            shop.media.upload_image(GIF)
    else:

        async def upload() -> None:
            async with httpx.AsyncClient(transport=httpx.MockTransport(store_async)) as storage:
                shop = fake.async_client(headers={"X-Gateway-Key": KEY}, storage_client=storage)
                await shop.media.upload_image(GIF)

        asyncio.run(upload())
    assert fake.received[0].headers["x-gateway-key"] == KEY
    assert len(forms) == 1
    assert "x-gateway-key" not in forms[0].headers


def test_a_hook_adds_headers_to_each_attempt(client_of: Callable[..., Client]) -> None:
    answers = iter([response(b"", 503), response()])

    def on_request(event: CallEvent) -> Mapping[str, str]:
        return {"X-Attempt": str(event.attempt), "X-Tenant": "2"}

    client = client_of(lambda request: next(answers), headers={"x-tenant": "1"}, on_request=on_request)
    client.call(list_reviews)
    sent = [(request.headers["x-attempt"], request.headers["x-tenant"]) for request in client.requests]
    assert sent == [("1", "2"), ("2", "2")]


@pytest.mark.parametrize("headers", [{"Sign": "x"}, {"X-Y": "a\r\nSign: x"}, {"authorization": "x"}, "x", 1])
def test_a_hook_never_adds_a_header_that_the_client_writes(headers: Any, client_of: Callable[..., Client]) -> None:
    client = client_of(lambda request: response(), on_request=lambda event: headers)
    with suppress(ConfigurationError):
        client.call(list_reviews)
    for request in client.requests:
        names = [name.lower() for name in request.headers]
        assert len(set(names)) == len(names)
        assert "authorization" not in names
        assert request.headers["Sign"] != "x"
        assert "\r" not in "".join(request.headers.values())


def test_events_tell_which_call_they_belong_to(client_of: Callable[..., Client]) -> None:
    events: list[CallEvent] = []
    hooks = {name: lambda event: events.append(event) for name in ("on_request", "on_response", "on_retry")}
    answers = iter([response(b"", 503), response(), response()])
    client = client_of(lambda request: next(answers), base_url="http://shop.example/prefix", **hooks)
    client.call(list_reviews)
    client.call(list_reviews)
    first, second = (event.call for event in (events[0], events[-1]))
    assert [event.call for event in events] == [first] * 5 + [second] * 2
    assert first != second
    assert {event.base_url for event in events} == {"http://shop.example/prefix"}


# --- OpenTelemetry


class Seen:
    """An SDK that keeps spans and metrics in memory, and the settings that report to it."""

    def __init__(self) -> None:
        self._exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self._tracers, self._meters = TracerProvider(), MeterProvider([self._reader])
        self._tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = self._tracers.get_tracer("the shop's program")

    def hooks(self, **own: Any) -> Any:
        return trustoo.otel.hooks(tracer_provider=self._tracers, meter_provider=self._meters, **own)

    @property
    def spans(self) -> list[ReadableSpan]:
        """The ended spans of calls."""
        return [span for span in self._exporter.get_finished_spans() if span.kind is trace.SpanKind.CLIENT]

    @property
    def durations(self) -> list[HistogramDataPoint]:
        """The values of the only metric."""
        data = self._reader.get_metrics_data()
        assert data is not None
        ((metric,),) = ([*scope.metrics] for resource in data.resource_metrics for scope in resource.scope_metrics)
        assert (metric.name, metric.unit) == ("http.client.request.duration", "s")
        return [point for point in metric.data.data_points if isinstance(point, HistogramDataPoint)]

    def close(self) -> None:
        self._tracers.shutdown()
        self._meters.shutdown()


@pytest.fixture
def seen() -> Iterator[Seen]:
    seen = Seen()
    yield seen
    seen.close()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def traceparent(span: ReadableSpan) -> str:
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


def test_a_call_is_a_span_over_every_transport(connect: Connect, seen: Seen) -> None:
    with served(always()) as server:
        shop = connect(f"{server.address}/prefix", **seen.hooks())
        with seen.tracer.start_as_current_span("nightly export") as parent:
            shop.call(lambda client: client.reviews.list(keyword="SECRET-WORD"))
    (span,) = seen.spans
    path = "/prefix/api/v1/openapi/get_reviews"
    assert span.name == f"GET {path}"
    assert attributes(span) == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": urlsplit(server.address).port,
        "url.full": f"{server.address}{path}",
        "url.template": path,
        "http.response.status_code": 200,
        "trustoo.operation": "reviews.list",
        "trustoo.code": 0,
        "trustoo.request_id": "0ab1",
    }
    assert span.status.status_code is trace.StatusCode.UNSET
    assert span.parent == parent.get_span_context()
    assert dict(received_headers(server.heard[0]))["traceparent"] == traceparent(span)


def test_every_attempt_is_a_span_over_every_transport(connect: Connect, seen: Seen) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(PAGE) if len(server.heard) == 3 else response_bytes(b"busy", "503 Busy"))

    with served(script) as server:
        connect(server.address, **seen.hooks()).call(list_reviews)
    assert [attributes(span).get("http.request.resend_count") for span in seen.spans] == [None, 1, 2]
    assert [attributes(span)["http.response.status_code"] for span in seen.spans] == [503, 503, 200]
    assert [attributes(span).get("error.type") for span in seen.spans] == ["HTTPStatusError", "HTTPStatusError", None]
    error, unset = trace.StatusCode.ERROR, trace.StatusCode.UNSET
    assert [span.status.status_code for span in seen.spans] == [error, error, unset]
    sent = [dict(received_headers(request))["traceparent"] for request in server.heard]
    assert sent == [traceparent(span) for span in seen.spans]


def test_a_connection_that_breaks_ends_the_span_over_every_transport(connect: Connect, seen: Seen) -> None:
    with served(lambda talk: talk.hear()) as server:
        shop = connect(server.address, retry=NO_RETRIES, **seen.hooks())
        with pytest.raises(NetworkError):
            shop.call(list_reviews)
    (span,) = seen.spans
    assert attributes(span)["error.type"] == "NetworkError"
    assert "http.response.status_code" not in attributes(span)
    assert span.status.status_code is trace.StatusCode.ERROR


PARALLEL = 20


def test_the_spans_of_parallel_calls_do_not_mix(connect: Connect, seen: Seen) -> None:
    everybody = threading.Barrier(PARALLEL)

    def script(talk: Conversation) -> None:
        while talk.hear():
            everybody.wait(20)  # all calls are on their way before the first call ends
            talk.say(response_bytes(PAGE))

    def keyword(request: bytes) -> str:
        return parse_qs(urlsplit(request.split()[1].decode()).query)["keyword"][0]

    with served(script) as server:
        client = connect(server.address, timeout=30, **seen.hooks())
        parents = dict[str, int]()

        def call(name: str) -> None:
            with seen.tracer.start_as_current_span(name) as parent:
                parents[name] = parent.get_span_context().span_id
                client.shop.reviews.list(keyword=name)

        async def call_async(name: str) -> None:
            with seen.tracer.start_as_current_span(name) as parent:
                parents[name] = parent.get_span_context().span_id
                await client.shop.reviews.list(keyword=name)

        async def call_all() -> None:
            await asyncio.gather(*map(call_async, names))

        names = [f"call-{number}" for number in range(PARALLEL)]
        if isinstance(client.shop, Trustoo):
            with ThreadPoolExecutor(PARALLEL) as pool:
                list(pool.map(call, names))
        else:
            client.call(lambda shop: call_all())
    sent = {keyword(request): dict(received_headers(request))["traceparent"] for request in server.heard}
    spans = {traceparent(span): span for span in seen.spans}
    assert len(spans) == len(sent) == PARALLEL
    for name, parent_id in parents.items():
        span = spans[sent[name]]
        assert span.parent is not None
        assert span.parent.span_id == parent_id
        assert attributes(span)["http.response.status_code"] == 200


@pytest.mark.parametrize(
    ("outcome", "error", "expected"),
    [
        (response(b'{"code": 5, "request_id": "r5"}', 404), NotFoundError, {"http.response.status_code": 404}),
        (response(b'{"code": 5, "request_id": "r5"}'), NotFoundError, {"http.response.status_code": 200}),
        (response(b"<html>", 502), HTTPStatusError, {"http.response.status_code": 502}),
        (NetworkError("broken", maybe_sent=True), NetworkError, {}),
    ],
)
def test_a_call_that_fails_ends_its_span(
    outcome: Any, error: type[TrustooError], expected: dict[str, Any], client_of: Callable[..., Client], seen: Seen
) -> None:
    with pytest.raises(error):
        client_of(lambda request: outcome, retry=NO_RETRIES, **seen.hooks()).call(list_reviews)
    (span,) = seen.spans
    assert span.status.status_code is trace.StatusCode.ERROR
    found = attributes(span)
    assert found["error.type"] == error.__name__
    assert {name: found[name] for name in found if name == "http.response.status_code"} == expected
    if error is NotFoundError:
        assert (found["trustoo.code"], found["trustoo.request_id"]) == (5, "r5")


def test_each_code_is_an_attribute_of_its_span(client_of: Callable[..., Client], seen: Seen) -> None:
    codes = [-1, *range(1, 18), 2000]
    for code in codes:
        client = client_of(
            lambda request, code=code: response(b'{"code": %d}' % code), retry=NO_RETRIES, **seen.hooks()
        )
        with pytest.raises(APIError):
            client.call(list_reviews)
    assert [attributes(span)["trustoo.code"] for span in seen.spans] == codes


def test_a_write_whose_outcome_is_unknown_ends_its_span(client_of: Callable[..., Client], seen: Seen) -> None:
    client = client_of(lambda request: NetworkError("broken", maybe_sent=True), **seen.hooks())
    with pytest.raises(OutcomeUnknownError):
        client.call(lambda shop: shop.reviews.create(rating=5, author="Zoë"))
    assert [span.name for span in seen.spans] == ["POST /api/v1/openapi/create_review"]


class Interrupted(BaseException):
    """Ctrl-C, without the handling that asyncio has for it."""


def interrupt(request: HTTPRequest) -> HTTPResponse:
    raise Interrupted


def test_a_call_that_is_interrupted_ends_its_span(client_of: Callable[..., Client], seen: Seen) -> None:
    client = client_of(interrupt, **seen.hooks())
    with pytest.raises(Interrupted):
        client.call(list_reviews)
    (span,) = seen.spans
    assert attributes(span)["error.type"] == "Interrupted"
    assert span.status.status_code is trace.StatusCode.ERROR


@pytest.mark.parametrize("transport", ["httpcore", "httpx", "aiohttp", "pyreqwest"])
def test_a_call_that_is_cancelled_ends_its_span(transport: str, seen: Seen) -> None:
    def never_respond(talk: Conversation) -> None:
        talk.hear()
        server.stop.wait(20)

    async def cancel(shop: AsyncTrustoo) -> None:
        call = asyncio.create_task(shop.reviews.list())
        while not server.heard:
            await asyncio.sleep(0.005)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    with (
        served(never_respond) as server,
        connected("async", base_url=server.address, transport=transport, timeout=0.5, **seen.hooks()) as client,
    ):
        client.call(cancel)
    (span,) = seen.spans
    assert attributes(span)["error.type"] == "CancelledError"
    assert [point.count for point in seen.durations] == [1]


def test_the_second_attempt_after_a_wrong_clock_counts_as_resent(client_of: Callable[..., Client], seen: Seen) -> None:
    answers = iter([response(b'{"code": 16, "time": %d}' % (CLOCK + 5000)), response()])
    client_of(lambda request: next(answers), **seen.hooks()).call(list_reviews)
    assert [attributes(span).get("http.request.resend_count") for span in seen.spans] == [None, 1]


def test_durations_fill_the_advised_buckets(client_of: Callable[..., Client], seen: Seen) -> None:
    events: list[CallEvent] = []
    answers = iter([response(b"", 503), response(), response()])
    client = client_of(lambda request: next(answers), **seen.hooks(on_response=events.append))
    client.call(list_reviews)
    client.call(list_reviews)
    shared = {
        "http.request.method": "GET",
        "server.address": "rapi.trustoo.io",
        "server.port": 443,
        "url.template": "/api/v1/openapi/get_reviews",
    }
    failed, succeeded = sorted(seen.durations, key=lambda point: point.count)
    assert dict(failed.attributes or {}) == {
        **shared,
        "http.response.status_code": 503,
        "error.type": "HTTPStatusError",
    }
    assert dict(succeeded.attributes or {}) == {**shared, "http.response.status_code": 200}
    assert (failed.count, succeeded.count) == (1, 2)
    assert failed.sum == events[0].seconds
    assert tuple(failed.explicit_bounds) == (
        *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
    )


@pytest.mark.parametrize(
    ("base_url", "address", "port"),
    [
        ("https://api.example", "api.example", 443),
        ("http://api.example", "api.example", 80),
        ("http://api.example:8080/prefix", "api.example", 8080),
        ("http://[::1]:8080", "::1", 8080),
    ],
)
def test_the_servers_address_and_port_are_told(
    base_url: str, address: str, port: int, client_of: Callable[..., Client], seen: Seen
) -> None:
    client_of(lambda request: response(), base_url=base_url, **seen.hooks()).call(list_reviews)
    found = attributes(seen.spans[0])
    assert (found["server.address"], found["server.port"]) == (address, port)
    assert found["url.full"] == f"{base_url}/api/v1/openapi/get_reviews"


def test_spans_hold_nothing_that_was_said(client_of: Callable[..., Client], seen: Seen) -> None:
    said = ("SECRET-WORD", "EXAMPLE-client-secret", "MESSAGE", "AUTHOR", KEY, *TOKENS["hmac"].values())
    refusal = response(b'{"code": 3, "message": "MESSAGE SECRET-WORD", "data": "SECRET-WORD"}')
    client = client_of(lambda request: refusal, headers={"X-Gateway-Key": KEY}, **seen.hooks())
    for call in (
        lambda shop: shop.reviews.list(keyword="SECRET-WORD"),
        lambda shop: shop.platform.authorization_info(
            client_id="me", client_secret="EXAMPLE-client-secret", shop_id="SECRET-WORD"
        ),
        lambda shop: shop.reviews.create(rating=5, author="AUTHOR", content="SECRET-WORD"),
    ):
        with pytest.raises(TrustooError):
            client.call(call)
    assert len(seen.spans) == 3
    shown = "".join(span.to_json() for span in seen.spans) + repr(seen.durations)
    assert [word for word in said if word in shown] == []


def test_a_shops_own_hooks_are_called_too(client_of: Callable[..., Client], seen: Seen) -> None:
    events: list[CallEvent] = []

    def on_request(event: CallEvent) -> Mapping[str, str]:
        events.append(event)
        return {"X-Task": "3"}

    client = client_of(lambda request: response(), **seen.hooks(on_request=on_request, on_response=events.append))
    client.call(list_reviews)
    assert [event.status for event in events] == [None, 200]
    assert client.requests[0].headers["x-task"] == "3"
    assert client.requests[0].headers["traceparent"] == traceparent(seen.spans[0])


def test_a_single_call_can_be_traced(client_of: Callable[..., Client], seen: Seen) -> None:
    client = client_of(lambda request: response())
    client.call(lambda shop: shop.with_options(**seen.hooks()).reviews.list())
    client.call(list_reviews)
    assert len(seen.spans) == 1
    assert ["traceparent" in request.headers for request in client.requests] == [True, False]


def test_a_call_whose_start_was_not_seen_is_no_span(client_of: Callable[..., Client], seen: Seen) -> None:
    client = client_of(lambda request: response(), **seen.hooks())
    client.call(lambda shop: shop.with_options(on_request=None).reviews.list())
    assert seen.spans == []


def test_a_platform_traces_its_shops(seen: Seen) -> None:
    fake = FakeTrustoo()
    merchants = fake.add_platform()
    platform = fake.platform_client(**seen.hooks())
    url = platform.authorize_url("kettles", scope="read_reviews")
    platform.exchange(platform.callback(merchants.return_url(parse_qs(urlsplit(url).query)["state"][0], "/callback")))
    platform.shop("kettles").reviews.list()
    found = [attributes(span)["trustoo.operation"] for span in seen.spans]
    assert found[-1] == "reviews.list"
    assert "oauth.token" in found


def test_faults_of_a_shop_are_traced_through_the_fake_service(seen: Seen) -> None:
    fake = FakeTrustoo()
    fake.fail(Fault.refused(), times=2)
    fake.client(retry=RetryPolicy(base=0), **seen.hooks()).reviews.list()
    assert [attributes(span).get("error.type") for span in seen.spans] == ["ConnectError", "ConnectError", None]
