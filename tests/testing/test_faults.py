"""What goes wrong on demand: the error that the caller sees, and what the service did meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from trustoo import (
    ArgumentError,
    ConfigurationError,
    ConnectError,
    HTTPStatusError,
    InternalError,
    NetworkError,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseDecodeError,
    TrustooError,
)
from trustoo.testing import FakeResponse, FakeTrustoo, Fault, without_waiting

from tests.testing.test_service import signed

NOW = 1_700_465_771.9
ALWAYS = 1000
BODY = b'{"author":"a","rating":5}'
PATHS = {"reviews.list": ("GET", "get_reviews", b""), "reviews.create": ("POST", "create_review", BODY)}


@dataclass(frozen=True)
class Case:
    fault: Fault
    raised: type[httpx.TransportError] | None
    read: type[TrustooError]
    """What a read raises."""
    write: type[TrustooError] | None
    """What a write raises; None: a client may judge the answer of a write in its own way."""
    received: int
    processed: int
    status: int = 200


CASES = {
    "refused": Case(Fault.refused(), httpx.ConnectError, ConnectError, ConnectError, 0, 0),
    "reset while sending": Case(Fault.reset_while_sending(), httpx.WriteError, NetworkError, OutcomeUnknownError, 0, 0),
    "timeout": Case(Fault.timeout(processed=False), httpx.ReadTimeout, RequestTimeoutError, OutcomeUnknownError, 1, 0),
    "timeout afterwards": Case(
        Fault.timeout(processed=True), httpx.ReadTimeout, RequestTimeoutError, OutcomeUnknownError, 1, 1
    ),
    "reset": Case(Fault.reset(), httpx.ReadError, NetworkError, OutcomeUnknownError, 1, 1),
    "truncated after": Case(
        Fault.truncated(after=9), httpx.RemoteProtocolError, NetworkError, OutcomeUnknownError, 1, 1
    ),
    "truncated": Case(Fault.truncated(), httpx.RemoteProtocolError, NetworkError, OutcomeUnknownError, 1, 1),
    "garbage": Case(Fault.garbage(), None, ResponseDecodeError, OutcomeUnknownError, 1, 1),
    "status": Case(Fault.status(503), None, HTTPStatusError, None, 1, 0, 503),
    "status afterwards": Case(Fault.status(504, processed=True), None, HTTPStatusError, None, 1, 1, 504),
    "html": Case(Fault.html(), None, HTTPStatusError, None, 1, 0, 502),
    "html afterwards": Case(Fault.html(520, processed=True), None, HTTPStatusError, None, 1, 1, 520),
    "code": Case(Fault.code(13), None, InternalError, None, 1, 0),
    "code afterwards": Case(Fault.code(13, processed=True), None, InternalError, None, 1, 1),
}


@pytest.fixture
def fake() -> FakeTrustoo:
    return FakeTrustoo(clock=lambda: NOW)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with without_waiting():
        yield


def send(fake: FakeTrustoo, operation: str = "reviews.list") -> httpx.Response:
    """One request past the client, which may try again."""
    method, path, body = PATHS[operation]
    with httpx.Client(transport=fake.transport) as http:
        url = f"https://fake.trustoo.invalid/api/v1/openapi/{path}"
        return http.request(method, url, headers=signed(body=body), content=body)


@pytest.mark.parametrize("operation", PATHS)
@pytest.mark.parametrize("name", CASES)
def test_one_request_meets_the_fault_and_the_next_does_not(fake: FakeTrustoo, name: str, operation: str) -> None:
    case = CASES[name]
    fake.fail(case.fault)
    if case.raised:
        with pytest.raises(httpx.TransportError, match=f"FakeTrustoo: {case.fault.name}") as caught:
            send(fake, operation)
        assert type(caught.value) is case.raised
        assert caught.value.request.url.path.endswith(PATHS[operation][1])
    else:
        answer = send(fake, operation)
        assert answer.status_code == case.status
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == int(NOW)
    assert [received.operation for received in fake.received] == [operation] * case.received
    assert fake.processed[operation] == fake.processed.total() == case.processed
    assert send(fake, operation).json()["code"] == 0
    assert (len(fake.received), fake.processed[operation]) == (case.received + 1, case.processed + 1)


@pytest.mark.parametrize("name", CASES)
def test_a_read_ends_in_the_documented_error(fake: FakeTrustoo, name: str) -> None:
    case = CASES[name]
    fake.fail(case.fault, times=ALWAYS)
    with pytest.raises(TrustooError) as caught:
        fake.client().reviews.list()
    assert type(caught.value) is case.read
    with pytest.raises(TrustooError) as caught:
        asyncio.run(fake.async_client().reviews.list())  # type: ignore[arg-type, unused-ignore]
    assert type(caught.value) is case.read
    assert fake.processed["reviews.list"] == len(fake.received) * case.processed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.write])
def test_a_write_ends_in_the_documented_error(fake: FakeTrustoo, name: str) -> None:
    case = CASES[name]
    fake.fail(case.fault, times=ALWAYS)
    with pytest.raises(TrustooError) as caught:
        fake.client().reviews.create(rating=5, author="Zoë")
    assert type(caught.value) is case.write
    assert (len(fake.received), fake.processed["reviews.create"]) == (case.received, case.processed)


def test_statuses_carry_retry_after_when_asked(fake: FakeTrustoo) -> None:
    for fault in (Fault.status(503, retry_after=2), Fault.status(429, retry_after="Fri"), Fault.status(500)):
        fake.fail(fault)
    answers = [send(fake) for _ in range(3)]
    assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers] == [
        (503, "2"),
        (429, "Fri"),
        (500, None),
    ]
    assert not any(answer.content.startswith(b"{") for answer in answers)


def test_pages_of_a_gateway_are_html(fake: FakeTrustoo) -> None:
    fake.fail(Fault.html(502))
    answer = send(fake)
    assert (answer.headers["Content-Type"], answer.text[:6]) == ("text/html", "<html>")


def test_codes_come_in_an_envelope_with_the_status_for_errors(fake: FakeTrustoo) -> None:
    fake.error_status = 500
    fake.fail(Fault.code(4))
    fake.fail(Fault.code(14))
    for code, message in ((4, "Time ran out before the operation was finished."), (14, "unknown code")):
        answer = send(fake)
        said: dict[str, Any] = answer.json()
        assert (answer.status_code, said["code"], said["message"], said["time"]) == (500, code, message, int(NOW))
        assert len(said["request_id"]) == 32


def test_faults_wait_in_line_and_for_their_operation(fake: FakeTrustoo) -> None:
    fake.fail(Fault.status(501), operation="reviews.create")
    fake.fail(Fault.status(502), times=2)
    fake.fail(Fault.status(503))
    seen = [send(fake).status_code, send(fake, "reviews.create").status_code]
    seen += [send(fake).status_code for _ in range(3)]
    assert seen == [502, 501, 502, 503, 200]


@pytest.mark.parametrize("times", [0, -1])
def test_a_fault_happens_once_at_least(fake: FakeTrustoo, times: int) -> None:
    with pytest.raises(ArgumentError, match="times must be 1 or more"):
        fake.fail(Fault.refused(), times=times)
    with pytest.raises(ArgumentError, match="The operation 'x' is unknown"):
        fake.fail(Fault.refused(), operation="x")


def test_a_request_that_is_refused_is_not_processed_although_its_answer_is_lost(fake: FakeTrustoo) -> None:
    fake.fail(Fault.reset())
    with pytest.raises(httpx.ReadError), httpx.Client(transport=fake.transport) as http:
        http.get("https://fake.trustoo.invalid/api/v1/openapi/get_reviews")
    assert (len(fake.received), fake.processed.total()) == (1, 0)


def test_a_reply_in_line_is_lost_with_the_answer(fake: FakeTrustoo) -> None:
    fake.respond_once("reviews.list", FakeResponse(418))
    fake.fail(Fault.timeout(processed=False))
    fake.fail(Fault.truncated())
    for error in (httpx.ReadTimeout, httpx.RemoteProtocolError):
        with pytest.raises(error):
            send(fake)
    assert send(fake).status_code == 200


def test_faults_strike_requests_to_unknown_paths_too(fake: FakeTrustoo) -> None:
    fake.fail(Fault.status(500), operation="reviews.list")
    fake.fail(Fault.status(503))
    assert fake.handle("GET", "/nothing", {}, b"").status == 503
    assert fake.handle("GET", "/nothing", {}, b"").status == 404
    assert send(fake).status_code == 500


@pytest.mark.parametrize("after", [0, 1, 20, 10_000])
def test_an_answer_breaks_off_after_its_headers_and_so_many_bytes(fake: FakeTrustoo, after: int) -> None:
    whole = send(fake).content
    fake.fail(Fault.truncated(after=after))
    method, path, body = PATHS["reviews.list"]
    arrived = b""
    with httpx.Client(transport=fake.transport) as http:
        url = f"https://fake.trustoo.invalid/api/v1/openapi/{path}"
        with http.stream(method, url, headers=signed(body=body)) as answer:
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
            assert int(answer.headers["Content-Length"]) == len(whole)
            parts = answer.iter_raw()
            if after:
                arrived = next(parts)
            with pytest.raises(httpx.RemoteProtocolError, match="response breaks off"):
                next(parts)
    assert len(arrived) == min(after, len(whole) - 1)
    assert arrived[:8] == whole[: len(arrived)][:8]
    assert fake.processed == {"reviews.list": 2}


def test_a_reply_may_break_off_too(fake: FakeTrustoo) -> None:
    fake.respond_once("reviews.list", FakeResponse(200, {}, b"{}", breaks_off_after=5))
    with pytest.raises(httpx.RemoteProtocolError):
        send(fake)


@pytest.mark.parametrize("given", [{"breaks_off_after": -1, "processed": True}, {"breaks_off_after": 1}])
def test_only_the_answer_of_a_processed_request_breaks_off(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="breaks_off_after must be 0 or more, and processed must be True"):
        Fault("cut", **given)


def test_own_faults_can_be_made(fake: FakeTrustoo) -> None:
    fake.fail(Fault("proxy", reached=False, error=httpx.ProxyError))
    fake.fail(Fault("teapot", response=FakeResponse(418)))
    with pytest.raises(httpx.ProxyError):
        send(fake)
    assert (send(fake).status_code, len(fake.received)) == (418, 1)
    with pytest.raises(ConfigurationError, match="needs an error, a response, a response_code or breaks_off_after"):
        Fault("nothing")
