"""Hooks and logs tell what happened to a call, and nothing of what was said in it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from trustoo import AsyncTrustoo, CallEvent, RetryPolicy, Trustoo, TrustooError
from trustoo._redaction import install_log_redaction
from trustoo._sansio import without_waiting
from trustoo_api.operations import BASE_URL

from tests.support import ACCESS, NOW, PRIVATE, PUBLIC, Recorder, async_shop, envelope, local_server, shop

LISTED = envelope({"page": {"count": 1}, "list": [{"id": 1, "content": "BODY-OF-DECODER"}]})
HTTPX: dict[str, Any] = {"transport": "httpx"}
Events = list[tuple[str, CallEvent]]
Outcome = httpx.Response | Exception


def answers(*outcomes: Outcome) -> Recorder:
    left = iter(outcomes)

    def answer(request: httpx.Request) -> httpx.Response:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Recorder(answer)


def said(content: object = LISTED, status: int = 200, **headers: str) -> httpx.Response:
    if isinstance(content, bytes | str):
        return httpx.Response(status, content=content, headers=headers)
    return httpx.Response(status, json=content, headers=headers)


def hooks(events: Events) -> dict[str, Callable[[CallEvent], None]]:
    def hook(name: str) -> Callable[[CallEvent], None]:
        return lambda event: events.append((name, event))

    return {f"on_{name}": hook(name) for name in ("request", "response", "retry")}


def told_by(*outcomes: Outcome, is_write: bool = False, **settings: Any) -> Events:
    """What the hooks of both clients hear, which is the same."""

    def call(client: Any) -> Any:
        return client.reviews.create(rating=5, author="AUTHOR") if is_write else client.reviews.list(keyword="KEYWORD")

    def again() -> list[Outcome]:
        return [said(one.content, one.status_code) if isinstance(one, httpx.Response) else one for one in outcomes]

    first: Events = []
    second: Events = []

    async def later() -> None:
        async with async_shop(answers(*again()), **hooks(second), **settings) as client:
            with contextlib.suppress(TrustooError):
                await call(client)

    with without_waiting():
        with shop(answers(*again()), **hooks(first), **settings) as client, contextlib.suppress(TrustooError):
            call(client)
        asyncio.run(later())
    assert [plain(events) for events in first] == [plain(events) for events in second]
    return first


def plain(events: tuple[str, CallEvent]) -> tuple[Any, ...]:
    """An event without the facts that every call shares or that time decides."""
    name, event = events
    return name, event.attempt, event.status, event.code, event.request_id, event.error


# --- what is told


def test_a_success_is_a_request_and_a_response() -> None:
    (first, request), (second, response) = told_by(said())
    assert (first, second) == ("request", "response")
    assert request == CallEvent("reviews.list", "GET", "/api/v1/openapi/get_reviews", 1, base_url=BASE_URL)
    assert response.seconds is not None
    assert response.seconds >= 0
    assert response == dataclasses.replace(request, status=200, code=0, request_id="0ab1", seconds=response.seconds)


def test_an_error_is_told_by_its_class() -> None:
    events = told_by(said({"code": 5, "message": "gone", "request_id": "r5"}, 404))
    assert [plain(one) for one in events] == [
        ("request", 1, None, None, None, None),
        ("response", 1, 404, 5, "r5", "NotFoundError"),
    ]
    assert events[1][1].pause is None


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (said("<html>", 404), ("response", 1, 404, None, None, "HTTPStatusError")),
        (said("<html>"), ("response", 1, 200, None, None, "ResponseDecodeError")),
        (said({"code": 0, "request_id": "r"}), ("response", 1, 200, None, "r", "ResponseDecodeError")),
        (httpx.ReadTimeout("x"), ("response", 1, None, None, None, "RequestTimeoutError")),
        (httpx.ReadError("x"), ("response", 1, None, None, None, "NetworkError")),
    ],
)
def test_every_kind_of_failure_is_told(outcome: Outcome, expected: tuple[Any, ...]) -> None:
    events = told_by(outcome, retry=RetryPolicy(attempts=1))
    assert [plain(one) for one in events] == [("request", 1, None, None, None, None), expected]
    assert events[1][1].seconds is not None


def test_a_retry_is_told_between_two_attempts_with_its_pause() -> None:
    events = told_by(said({"code": 13, "request_id": "r1"}), httpx.ReadError("x"), said())
    assert [plain(one) for one in events] == [
        ("request", 1, None, None, None, None),
        ("response", 1, 200, 13, "r1", "InternalError"),
        ("retry", 1, 200, 13, "r1", "InternalError"),
        ("request", 2, None, None, None, None),
        ("response", 2, None, None, None, "NetworkError"),
        ("retry", 2, None, None, None, "NetworkError"),
        ("request", 3, None, None, None, None),
        ("response", 3, 200, 0, "0ab1", None),
    ]
    for name, event in events:
        assert (event.pause is not None) is (name == "retry")
        assert event.pause is None or 0 <= event.pause <= 1


def test_the_last_failure_is_followed_by_no_retry() -> None:
    events = told_by(*[said({"code": 13})] * 2, retry=RetryPolicy(attempts=2))
    assert [name for name, _ in events] == ["request", "response", "retry", "request", "response"]


def test_a_healed_call_is_told_as_a_retry_without_pause() -> None:
    events = told_by(said({"code": 16, "time": int(NOW) + 5000}), said(envelope({"id": "1"})), is_write=True)
    assert [plain(one) for one in events] == [
        ("request", 1, None, None, None, None),
        ("response", 1, 200, 16, None, "UnauthenticatedError"),
        ("retry", 1, 200, 16, None, "UnauthenticatedError"),
        ("request", 2, None, None, None, None),
        ("response", 2, 200, 0, "0ab1", None),
    ]
    assert events[2][1].pause == 0.0


def test_a_write_without_an_answer_is_told_by_what_came_instead() -> None:
    events = told_by(httpx.ReadTimeout("x"), is_write=True)
    assert [plain(one) for one in events][1:] == [("response", 1, None, None, None, "RequestTimeoutError")]


def test_an_attempt_takes_as_long_as_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((10.0, 12.5, 100.0, 103.0))
    monkeypatch.setattr("trustoo.retry.time.monotonic", lambda: next(times))
    events: Events = []
    with (
        without_waiting(),
        shop(answers(said({"code": 13}), said()), on_response=hooks(events)["on_response"]) as client,
    ):
        client.reviews.list()
    assert [event.seconds for _, event in events] == [2.5, 3.0]


def test_an_event_has_exactly_the_allowed_facts_and_cannot_be_changed() -> None:
    assert [field.name for field in dataclasses.fields(CallEvent)] == [
        *("operation", "method", "path", "attempt", "status", "code", "request_id", "seconds", "error", "pause"),
        *("base_url", "call"),
    ]
    event = CallEvent("x", "GET", "/", 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.attempt = 2  # type: ignore[misc]
    assert not hasattr(event, "__dict__")


def test_a_refusal_before_sending_is_no_event() -> None:
    events: Events = []
    with shop(Recorder(), **hooks(events)) as client, pytest.raises(TrustooError):
        client.platform.disconnect()
    assert events == []


# --- logs


def test_the_log_says_the_same(caplog: pytest.LogCaptureFixture) -> None:
    recorder = answers(said({"code": 13, "request_id": "r1"}), said())
    with caplog.at_level(logging.DEBUG, "trustoo"), without_waiting(), shop(recorder) as client:
        client.reviews.list()
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "trustoo"]
    assert [level for level, _ in lines] == ["DEBUG", "DEBUG", "INFO", "DEBUG", "DEBUG"]
    assert lines[0][1] == "reviews.list: GET /api/v1/openapi/get_reviews, attempt 1"
    assert lines[1][1].startswith("reviews.list: attempt 1 took 0.")
    assert lines[1][1].endswith("HTTP 200, code 13, request id r1, InternalError")
    assert lines[2][1].startswith("reviews.list: attempt 1 failed with InternalError, the next one follows in ")
    assert lines[4][1].endswith("HTTP 200, code 0, request id 0ab1, success")


def test_nothing_is_printed_where_no_logging_is_set_up(capfd: pytest.CaptureFixture[str]) -> None:
    told_by(said({"code": 13}), said())
    assert capfd.readouterr() == ("", "")


def test_neither_events_nor_logs_hold_anything_that_was_said(caplog: pytest.LogCaptureFixture) -> None:
    events: Events = []
    private = ("KEYWORD", "AUTHOR", "BODY-OF-DECODER", "MESSAGE", "HEADER", PRIVATE, PUBLIC, ACCESS, "QUERY", "EMAIL")
    outcomes: list[Outcome] = [
        said(X_Header="HEADER"),
        said({"code": 5, "message": "MESSAGE", "data": "BODY-OF-DECODER"}),
        said("BODY-OF-DECODER", 502),
        said("BODY-OF-DECODER", 404),
        httpx.ReadError("MESSAGE"),
        said({"code": 16, "time": int(NOW) + 5000, "message": "MESSAGE"}),
        said(envelope({"id": "BODY-OF-DECODER"})),
        httpx.ReadTimeout("MESSAGE"),
    ]
    with (
        caplog.at_level(logging.DEBUG, "trustoo"),
        without_waiting(),
        shop(answers(*outcomes), **hooks(events), retry=RetryPolicy(attempts=1)) as client,
    ):
        for _ in range(5):
            with contextlib.suppress(TrustooError):
                client.reviews.list(keyword="KEYWORD", extra_query={"QUERY": "QUERY"})
        for _ in range(2):
            with contextlib.suppress(TrustooError):
                client.reviews.create(rating=5, author="AUTHOR", author_email="EMAIL@example.com")
    records = [record for record in caplog.records if record.name == "trustoo"]
    assert len(events) == len(records) == 17
    everything = repr(events) + "".join(f"{record.getMessage()}{vars(record)}" for record in records)
    for word in private:
        assert word not in everything


def test_the_request_id_and_the_code_in_events_are_what_they_say() -> None:
    events = told_by(said({"code": 5, "request_id": {"secret": "x"}, "message": "m"}))
    assert events[1][1].request_id is None


@pytest.fixture
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpx's logger as it is in a process that has not used a client of ours yet."""
    for name in ("httpx", "httpcore.http11", "httpcore.http2"):
        monkeypatch.setattr(logging.getLogger(name), "filters", [])


@pytest.mark.usefixtures("fresh_log")
@pytest.mark.parametrize("own", [True, False])
def test_the_log_lines_of_httpx_mask_secrets_in_addresses(own: bool, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        local_server(envelope({})) as (address, heard),
        httpx.Client() as http,
        Trustoo(base_url=address, **(HTTPX if own else {"http_client": http})) as client,
    ):
        client.platform.authorization_info(client_id="me", client_secret="EXAMPLE-s3cr3t/+", shop_id="1")
    assert "client_secret=EXAMPLE-s3cr3t" in heard[0].path
    lines = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert any("client_secret=***" in line and "client_id=me" in line for line in lines)
    assert "s3cr3t" not in "".join(f"{record.getMessage()}{vars(record)}" for record in caplog.records)


@pytest.mark.usefixtures("fresh_log")
@pytest.mark.parametrize("own", [True, False])
def test_the_log_lines_of_httpx_mask_secrets_for_asyncio_too(own: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def call(address: str) -> None:
        async with (
            httpx.AsyncClient() as http,
            AsyncTrustoo(base_url=address, **(HTTPX if own else {"http_client": http})) as client,
        ):
            await client.platform.authorization_info(client_id="me", client_secret="EXAMPLE-s3cr3t", shop_id="1")

    with caplog.at_level(logging.DEBUG), local_server(envelope({})) as (address, _):
        asyncio.run(call(address))
    assert any(record.name == "httpx" for record in caplog.records)
    assert "s3cr3t" not in "".join(f"{record.getMessage()}{vars(record)}" for record in caplog.records)


@pytest.mark.usefixtures("fresh_log")
def test_other_log_lines_of_httpx_stay_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    install_log_redaction()
    install_log_redaction()
    assert len(logging.getLogger("httpx").filters) == 1
    with caplog.at_level(logging.INFO, "httpx"):
        logging.getLogger("httpx").info("%s took %d ms, %.1f", "https://x.test/?a=b", 5, 2.5)
        logging.getLogger("httpx").info("nothing to fill in")
        logging.getLogger("httpx").info("%(a)s", {"a": "b"})
    assert [record.getMessage() for record in caplog.records] == [
        "https://x.test/?a=b took 5 ms, 2.5",
        "nothing to fill in",
        "b",
    ]


# --- what hooks raise


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry"])
def test_what_a_hook_raises_is_logged_and_changes_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    def raising(event: CallEvent) -> None:
        raise RuntimeError("EXAMPLE-metrics are down")

    recorder = answers(said({"code": 13}), said())
    with without_waiting(), shop(recorder, **{name: raising}) as client:
        assert client.reviews.list().list[0].id == "1"
    assert len(recorder.requests) == 2
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert {record.getMessage() for record in logged} == {f"reviews.list: {name} failed. The call continues."}
    assert len(logged) == (1 if name == "on_retry" else 2)
    assert all(record.exc_info and "EXAMPLE-metrics" in str(record.exc_info[1]) for record in logged)
