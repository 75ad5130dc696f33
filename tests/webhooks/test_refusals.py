"""Which requests reach a handler, whatever stands before their path; and that every refusal is logged and counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from fastapi import FastAPI
from trustoo.errors import ConfigurationError, WebhookError
from trustoo.testing import SignedDelivery
from trustoo.webhooks import HEADERS, AsgiApp, Delivery, MemoryReplayStore, Receiver, Refusal, WebhookVerifier, WsgiApp

from tests.support import NOW, PRIVATE
from tests.webhooks.support import CREATED, deliveries, receiver

TIMESTAMP, SIGN = HEADERS[1:3]
RAW = dict[str, Any]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "trustoo.webhooks")
    return caplog


def accepted(delivery: Delivery) -> None:
    """A handler."""


# --- paths ---


@pytest.mark.parametrize("before", ["", "/api", "/api/v2/hooks", "/webhooks", "/prod"])
def test_what_stands_before_the_path_does_not_matter(before: str) -> None:
    made = deliveries().make()
    assert receiver(accepted).receive("POST", before + CREATED, made.headers, made.body).status == 200


@pytest.mark.parametrize("path", ["/review-created", CREATED])
def test_a_proxy_or_a_mount_may_take_the_first_segments_away(path: str) -> None:
    made = deliveries().make()
    assert receiver(accepted).receive("POST", path, made.headers, made.body).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "review-created", "webhooks/review-created", "/webhooks", "/webhooks/", "/created", "/-created"),
        *(f"{CREATED}/", "/webhooks/review-create", "/webhooks/xreview-created", "/xwebhooks/review-creat"),
        *(f"{CREATED}?a", "/webhooks/REVIEW-CREATED", "/webhooks//review-created/", "/review-created/webhooks"),
    ],
)
def test_other_paths_have_no_topic(path: str) -> None:
    assert receiver(accepted).topic_at(path) is None


def test_the_longest_path_decides() -> None:
    topics = {"review/created": "/x", "review/updated": "/y/x", "review/deleted": "/z/y"}
    to = Receiver(WebhookVerifier(PRIVATE), dict.fromkeys(topics, accepted), paths=topics)
    found = {path: to.topic_at(path) for path in ("/x", "/y/x", "/z/y/x", "/z/x", "/y", "/z/y", "/q/z/y")}
    assert found == {
        "/x": "review/created",
        "/z/x": "review/created",
        "/y/x": "review/updated",
        "/z/y/x": "review/updated",
        "/y": "review/deleted",
        "/z/y": "review/deleted",
        "/q/z/y": "review/deleted",
    }


def test_a_path_that_could_be_of_two_topics_has_none() -> None:
    paths = {"review/created": "/a/x", "review/updated": "/b/x"}
    to = Receiver(WebhookVerifier(PRIVATE), dict.fromkeys(paths, accepted), paths=paths)
    assert [to.topic_at(path) for path in ("/x", "/c/x", "/a/x", "/q/b/x")] == [
        *(None, None, "review/created", "review/updated")
    ]


def asgi(app: Any, path: str, made: SignedDelivery, root_path: str = "", method: str = "POST") -> int:
    """The status for a request whose server states the root path."""
    sent: list[RAW] = []
    headers = [(name.lower().encode(), value.encode()) for name, value in made.headers.items()]
    scope = {"type": "http", "method": method, "path": path, "root_path": root_path, "headers": headers}
    http = {"http_version": "1.1", "query_string": b"", "scheme": "http", "server": ("a.example", 80)}

    async def receive() -> RAW:
        return {"type": "http.request", "body": made.body, "more_body": False}

    async def send(event: RAW) -> None:
        sent.append(event)

    asyncio.run(app({**scope, **http}, receive, send))
    status: int = sent[0]["status"]
    return status


MOUNTS = ["/webhooks", "/hooks", "/v2/hooks"]
PREFIXES = ["/webhooks", "", "/a/b"]


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_app_is_mounted_anywhere(mount: str, prefix: str) -> None:
    outer, to = FastAPI(), receiver(accepted, prefix=prefix)
    outer.mount(mount, AsgiApp(to))
    assert asgi(outer, f"{mount}/review-created", deliveries().make()) == 200
    assert asgi(outer, mount + to.path("review/created"), deliveries().make()) == 200


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_app_is_mounted_in_an_app_that_is_mounted(mount: str, prefix: str) -> None:
    outer, inner, to = FastAPI(), FastAPI(), receiver(accepted, prefix=prefix)
    inner.mount(mount, AsgiApp(to))
    outer.mount("/inner", inner)
    for path in (f"/inner{mount}/review-created", f"/inner{mount}{to.path('review/created')}"):
        assert asgi(outer, path, deliveries().make()) == 200


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("proxy", ["strips the prefix", "keeps the prefix"])
def test_an_app_behind_a_proxy_with_a_prefix(mount: str, prefix: str, proxy: str) -> None:
    """`uvicorn --root-path /api` states the root path, whether the proxy strips the prefix or not."""
    outer, to = FastAPI(), receiver(accepted, prefix=prefix)
    outer.mount(mount, AsgiApp(to))
    before = "/api" if proxy == "keeps the prefix" else ""
    for path in (f"{before}{mount}/review-created", f"{before}{mount}{to.path('review/created')}"):
        assert asgi(outer, path, deliveries().make(), "/api") == 200


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("script_name", ["", "/api", "/api/hooks", "/webhooks"])
def test_a_wsgi_app_below_any_script_name(prefix: str, script_name: str) -> None:
    to, made = receiver(accepted, prefix=prefix), deliveries().make()
    for path in ("/review-created", to.path("review/created")):
        assert wsgi(WsgiApp(to), made, SCRIPT_NAME=script_name, PATH_INFO=path) == 200


def test_a_wsgi_app_that_is_mounted_at_the_path_itself() -> None:
    assert wsgi(WsgiApp(receiver(accepted)), deliveries().make(), SCRIPT_NAME=CREATED, PATH_INFO="") == 200


def wsgi(app: WsgiApp, made: SignedDelivery, **environ: Any) -> int:
    status: list[str] = []
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in made.headers.items()}
    about = {"REQUEST_METHOD": "POST", "wsgi.input": BytesIO(made.body), "CONTENT_LENGTH": str(len(made.body))}
    app({**about, **headers, **environ}, lambda line, _: status.append(line))
    return int(status[0].split()[0])


# --- logs and counts ---


def broken(delivery: Delivery) -> None:
    raise ValueError("broken on purpose")


def busy() -> MemoryReplayStore:
    store = MemoryReplayStore()
    store.claim = lambda *keys, owner, seconds: "busy"  # type: ignore[method-assign]
    return store


def away() -> MemoryReplayStore:
    store = MemoryReplayStore()
    store.claim = broken  # type: ignore[method-assign, assignment]
    return store


Situation = tuple[str, str, Callable[[SignedDelivery], SignedDelivery], RAW]
SITUATIONS: dict[tuple[int, str, str], Situation] = {
    (404, "not_found", "No topic has the path '/nowhere'. The paths are /webhooks/review-created."): (
        *("POST", "/nowhere", lambda made: made, {}),
    ),
    (405, "method_not_allowed", "The method is 'PUT', not POST."): ("PUT", CREATED, lambda made: made, {}),
    (413, "too_large", "The body has more than 64 bytes"): ("POST", CREATED, lambda made: made, {"limit": 64}),
    (401, "bad_signature", "matches none of the secrets"): ("POST", CREATED, SignedDelivery.tampered_body, {}),
    (401, "missing_header", "Open-Trustoo-Webhook-Sign is missing"): (
        *("POST", CREATED, lambda made: made.with_headers({SIGN: None}), {}),
    ),
    (401, "bad_timestamp", "is not a Unix time"): (
        *("POST", CREATED, lambda made: made.with_headers({TIMESTAMP: "x"}), {}),
    ),
    (401, "stale", "old by this machine's clock"): ("POST", CREATED, lambda made: deliveries().make(late=1000), {}),
    (400, "unreadable", "does not match the OpenAPI spec"): (
        *("POST", CREATED, lambda made: deliveries().make(b"[]"), {}),
    ),
    (503, "busy", "is being handled"): ("POST", CREATED, lambda made: made, {"store": busy()}),
    (500, "store_failed", "The replay store failed"): ("POST", CREATED, lambda made: made, {"store": away()}),
    (500, "handler_failed", "The handler of review/created failed"): (
        *("POST", CREATED, lambda made: made, {"handler": broken}),
    ),
}


@pytest.mark.parametrize("style", ["function", "asyncio", "WSGI", "ASGI"])
@pytest.mark.parametrize("outcome", SITUATIONS, ids=lambda outcome: outcome[1])
def test_each_refusal_is_logged_and_counted_once(
    outcome: tuple[int, str, str], style: str, logged: pytest.LogCaptureFixture
) -> None:
    status, reason, text = outcome
    method, path, damage, settings = SITUATIONS[outcome]
    counted: list[Refusal] = []
    to = receiver(**{"handler": accepted, "on_refused": counted.append, **settings})
    made = damage(deliveries().make())
    if style == "function":
        found = to.receive(method, path, made.headers, made.body).status
    elif style == "asyncio":
        found = asyncio.run(to.receive_async(method, path, made.headers, made.body)).status
    elif style == "WSGI":
        found = wsgi(WsgiApp(to), made, REQUEST_METHOD=method, PATH_INFO=path)
    else:
        found = asgi(AsgiApp(to), path, made, method=method)
    assert found == status
    assert counted == [Refusal(status, reason, None if status == 404 else "review/created")]
    (record,) = logged.records
    assert record.levelno == (logging.ERROR if status == 500 else logging.WARNING)
    to_path = "" if status == 404 else f" to {CREATED}"
    assert record.getMessage().startswith(f"A request{to_path} was refused as {reason}: ")
    assert text in record.getMessage()


def test_an_accepted_delivery_is_not_counted_as_refused(logged: pytest.LogCaptureFixture) -> None:
    counted: list[Refusal] = []
    to, made = receiver(accepted, on_refused=counted.append), deliveries().make()
    assert [to.receive("POST", CREATED, made.headers, made.body).status for _ in range(2)] == [200, 200]
    assert counted == []
    assert [record.levelname for record in logged.records] == ["INFO"]


def test_a_path_in_the_log_cannot_forge_lines(logged: pytest.LogCaptureFixture) -> None:
    assert receiver(accepted).receive("POST", "/x\nINFO forged\x1b[2J" + "y" * 5000, {}, b"").status == 404
    assert "\n" not in logged.records[0].getMessage()
    assert "\x1b" not in logged.records[0].getMessage()
    assert len(logged.records[0].getMessage()) < 400


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_function_that_counts_may_fail(style: str, logged: pytest.LogCaptureFixture) -> None:
    def fails(refusal: Refusal) -> None:
        raise RuntimeError("broken on purpose")

    to = receiver(accepted, on_refused=fails)
    if style == "sync":
        assert to.receive("GET", CREATED, {}, b"").status == 405
    else:
        assert asyncio.run(to.receive_async("GET", CREATED, {}, b"")).status == 405
    assert "The function on_refused failed" in logged.text


async def counts_later(refusal: Refusal) -> None:
    """A hook that would need the event loop."""


@pytest.mark.parametrize("settings", [{}, {"store": MemoryReplayStore()}], ids=["alone", "store"])
@pytest.mark.parametrize("hook", [counts_later, 5])
def test_the_hook_is_a_plain_function(hook: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="on_refused must be a function"):
        receiver(accepted, on_refused=hook, **settings)


# --- bodies and headers that explain a refusal ---


def problem(body: Any, headers: Any) -> WebhookError:
    with pytest.raises(WebhookError) as caught:
        WebhookVerifier(PRIVATE, clock=lambda: NOW).verify(body, headers)
    return caught.value


def test_an_empty_body_is_told() -> None:
    error = problem(b"", deliveries().make().headers)
    assert error.reason == "bad_signature"
    assert "The body is empty: nothing was left to read" in str(error)
    assert "nothing was left" not in str(problem(b"{}", deliveries().make().headers))


def test_a_compressed_body_is_told() -> None:
    made = deliveries().make()
    error = problem(made.body + b" ", [*made.headers.items(), ("content-encoding", "gzip" + "x" * 90)])
    assert error.reason == "bad_signature"
    assert "The body has the Content-Encoding gzipxxxx" in str(error)
    assert len(str(error)) < 400


@pytest.mark.parametrize("body", [None, "text", 5, memoryview(b"{}")])
@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_body_that_is_not_bytes_is_refused(body: Any, style: str) -> None:
    """API Gateway passes None for a request without a body."""
    to, headers = receiver(accepted), deliveries().make().headers
    if style == "sync":
        assert to.receive("POST", CREATED, headers, body).status == 400
    else:
        assert asyncio.run(to.receive_async("POST", CREATED, headers, body)).status == 400


@pytest.mark.parametrize("headers", [None, 5, [("a",)]])
def test_headers_of_another_type_are_refused(headers: Any) -> None:
    assert receiver(accepted).receive("POST", CREATED, headers, b"{}").status == 401


def test_headers_that_a_server_joined_are_told() -> None:
    """WSGI servers and Django join the values of a repeated header."""
    made = deliveries().make()
    doubled = {name: f"{value},{value}" for name, value in made.headers.items()}
    error = problem(made.body, doubled)
    assert (error.reason, "Timestamp is given more than once" in str(error)) == ("missing_header", True)


# --- topics ---


@pytest.mark.parametrize("topic", ["review/create", "reviews/created", "Review/Created", "", "review-created"])
def test_topics_that_do_not_exist_are_refused(topic: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        receiver(accepted, topic)
    assert f"There is no topic {topic!r}. The topics are review/created, review/updated, review/deleted," in str(
        caught.value
    )
    assert receiver(accepted, topic, unknown_topics=True).path(topic)


def test_all_topics_of_the_spec_exist() -> None:
    topics = ("review/created", "review/updated", "review/deleted", "customer_event/created")
    assert Receiver(WebhookVerifier(PRIVATE), dict.fromkeys(topics, accepted)).path("customer_event/created")
