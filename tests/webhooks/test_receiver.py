"""From a request to its response: routes, repetitions, failing handlers and stores, WSGI and ASGI."""

from __future__ import annotations

import asyncio
import io
import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import httpx
import pytest
from trustoo.errors import ArgumentError, ConfigurationError
from trustoo.testing import Deliveries, SignedDelivery
from trustoo.webhooks import (
    AsgiApp,
    Claim,
    Delivery,
    MemoryReplayStore,
    Receiver,
    ReplayStore,
    SqliteReplayStore,
    WebhookResponse,
    WebhookVerifier,
    WsgiApp,
)

from tests.support import NOW, PRIVATE
from tests.webhooks.support import CREATED, SUCCESS, AsyncStore, deliveries, receiver

Post = Callable[[Receiver, str, SignedDelivery], WebhookResponse]


def post_plainly(to: Receiver, path: str, made: SignedDelivery) -> WebhookResponse:
    return to.receive("POST", path, made.headers, made.body)


def post_async(to: Receiver, path: str, made: SignedDelivery) -> WebhookResponse:
    return asyncio.run(to.receive_async("POST", path, made.headers, made.body))


def post_asgi(to: Receiver, path: str, made: SignedDelivery) -> WebhookResponse:
    async def post() -> WebhookResponse:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(AsgiApp(to)), base_url="https://a.example") as http:
            return _received(await http.post(path, headers=dict(made.headers), content=made.body))

    return asyncio.run(post())


def post_wsgi(to: Receiver, path: str, made: SignedDelivery) -> WebhookResponse:
    app: Any = validator(WsgiApp(to))
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="https://a.example") as http:
        return _received(http.post(path, headers=dict(made.headers), content=made.body))


def _received(response: httpx.Response) -> WebhookResponse:
    names = {"content-type": "Content-Type", "allow": "Allow"}
    assert int(response.headers["content-length"]) == len(response.content)
    return WebhookResponse(
        response.status_code,
        {n: response.headers[k] for k, n in names.items() if response.headers.get(k, "text/plain") != "text/plain"},
        response.content,
    )


every_way = pytest.mark.parametrize("post", [post_plainly, post_async, post_asgi, post_wsgi])


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ReplayStore:
    return MemoryReplayStore() if request.param == "memory" else SqliteReplayStore(tmp_path / "seen.sqlite3")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert PRIVATE not in caplog.text


# --- responses ---


@every_way
def test_a_delivery_is_handled_and_gets_the_documented_response(post: Post) -> None:
    seen: list[Delivery] = []
    made = deliveries().make({"list": [{"id": 5}]})
    assert post(receiver(seen.append), CREATED, made) == SUCCESS
    (delivery,) = seen
    assert (delivery.topic, delivery.request_id, delivery.items[0].id) == ("review/created", made.request_id, "5")


@every_way
def test_a_repetition_is_acknowledged_and_not_handled(post: Post, store: ReplayStore) -> None:
    seen: list[Delivery] = []
    to, source = receiver(seen.append, store=store), deliveries()
    made = source.make()
    same_bytes = source.make().with_headers(made.headers)
    for repetition in (made, made, same_bytes, source.again(made, late=-180)):
        assert post(to, CREATED, repetition) == SUCCESS
    assert len(seen) == 1
    # The request id is not signed: another one does not make the same bytes a new delivery.
    assert post(to, CREATED, made.with_headers({"Open-Trustoo-Webhook-RequestId": "EXAMPLE-new"})) == SUCCESS
    assert len(seen) == 1
    assert post(to, CREATED, source.make({"list": []})) == SUCCESS
    assert len(seen) == 2


@every_way
@pytest.mark.parametrize("error", [RuntimeError, StopIteration, KeyError, OSError])
def test_a_delivery_whose_handler_fails_is_repeated(
    post: Post, store: ReplayStore, error: type[Exception], logged: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    def handler(delivery: Delivery) -> None:
        tries.append(delivery.request_id)
        if len(tries) < 3:
            raise error("broken on purpose")

    to, made = receiver(handler, store=store), deliveries().make()
    assert [post(to, CREATED, made).status for _ in range(5)] == [500, 500, 200, 200, 200]
    assert len(tries) == 3
    assert "The handler of review/created failed" in logged.text
    assert post(to, CREATED, made).body == SUCCESS.body


@every_way
@pytest.mark.parametrize(
    ("damage", "status"),
    [
        (SignedDelivery.tampered_body, 401),
        (SignedDelivery.tampered_signature, 401),
        (lambda made: made.with_headers({"Open-Trustoo-Webhook-Sign": None}), 401),
        (lambda made: made.with_headers({"Open-Trustoo-Webhook-Timestamp": "x"}), 401),
        (lambda made: deliveries().make(late=901), 401),
        (lambda made: deliveries().make(late=-902), 401),
        (lambda made: deliveries().make(b"[]"), 400),
    ],
)
def test_refusals_have_no_body_and_leave_no_trace(
    post: Post, damage: Callable[[SignedDelivery], SignedDelivery], status: int, logged: pytest.LogCaptureFixture
) -> None:
    seen: list[Delivery] = []
    to, made = receiver(seen.append), deliveries().make()
    assert post(to, CREATED, damage(made)) == WebhookResponse(status)
    assert "was refused as" in logged.text
    assert not seen
    assert post(to, CREATED, made) == SUCCESS, "a refused request does not use up the id"


@every_way
@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/webhooks/review-updated", f"{CREATED}/", "/review/created", "//x"]
)
def test_unknown_paths_are_not_found(post: Post, path: str) -> None:
    assert post(receiver(print), path, deliveries().make()) == WebhookResponse(404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "post"])
def test_methods_other_than_post_are_refused(method: str) -> None:
    assert receiver(print).receive(method, CREATED, {}, b"") == WebhookResponse(405, {"Allow": "POST"})


@every_way
def test_a_body_over_the_limit_is_refused(post: Post) -> None:
    seen: list[Delivery] = []
    to = receiver(seen.append)
    space = (1 << 20) - len(b'{"list":[]}')
    assert post(to, CREATED, deliveries().make(b'{"list":[]}' + b" " * space)) == SUCCESS
    assert post(to, CREATED, deliveries().make(b'{"list":[]}' + b" " * (space + 1))) == WebhookResponse(413)
    assert len(seen) == 1


# --- paths ---


def test_one_path_for_each_topic() -> None:
    seen: list[str | None] = []
    topics = ["review/created", "review/deleted", "customer_event/created"]
    to = Receiver(
        WebhookVerifier(PRIVATE, clock=lambda: NOW),
        {topic: lambda delivery: seen.append(delivery.topic) for topic in topics},
        paths={"review/deleted": "/gone"},
    )
    assert [to.path(topic) for topic in topics] == [CREATED, "/gone", "/webhooks/customer-event-created"]
    made = deliveries().make()
    for topic in topics:  # the same bytes are another event at another address
        assert post_plainly(to, to.path(topic), made) == SUCCESS
    assert seen == topics
    assert receiver(print, prefix="/").path("review/created") == "/review-created"
    with pytest.raises(ArgumentError, match="no handler for 'review/updated'"):
        to.path("review/updated")


@pytest.mark.parametrize(
    ("handlers", "settings", "problem"),
    [
        ({}, {}, "There is no handler for any topic"),
        ({"a/b": print}, {"paths": {"a/c": "/x"}}, "There is no handler for a/c"),
        ({"a/b": print}, {"paths": {"a/b": "x"}}, "The path 'x' must begin with a slash"),
        ({"a/b": print, "a/c": print}, {"prefix": "x"}, "The path 'x/a-b' must begin with a slash"),
        ({"a/b": print, "a-b": print}, {}, "Two topics have the same path"),
        ({"a/b": print, "c": print}, {"paths": {"a/b": "/x", "c": "/x"}}, "Two topics have the same path"),
        ({"a/b": None, "c": None}, {}, "The handler of 'a/b' must be a function"),
    ],
)
def test_invalid_arguments_of_a_receiver_are_refused(handlers: Any, settings: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Receiver(WebhookVerifier(PRIVATE), handlers, **{"unknown_topics": True, **settings})


@pytest.mark.parametrize("settings", [{"lease": 0}, {"kept": -1}, {"threads": None}, {"limit": True}])
def test_numbers_of_a_receiver_are_above_0(settings: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be a number above 0"):
        receiver(print, **settings)


# --- coroutine functions and threads ---


class Waiter:
    def __init__(self) -> None:
        self.seen: list[Delivery] = []

    async def __call__(self, delivery: Delivery) -> None:
        await asyncio.sleep(0)
        self.seen.append(delivery)


@pytest.mark.parametrize(
    "wrap", [lambda waiter: waiter, lambda waiter: waiter.__call__, lambda waiter: partial(waiter.__call__)]
)
def test_coroutine_functions_are_awaited_and_refused_by_receive_and_wsgi(wrap: Any) -> None:
    waiter = Waiter()
    to, made = receiver(wrap(waiter)), deliveries().make()
    assert post_asgi(to, CREATED, made) == post_async(to, CREATED, made) == SUCCESS
    assert len(waiter.seen) == 1
    with pytest.raises(ConfigurationError, match="receive_async"):
        post_plainly(to, CREATED, made)
    with pytest.raises(ConfigurationError, match="AsgiApp"):
        WsgiApp(to)


def test_a_coroutine_returned_by_a_plain_function_is_awaited_or_refused(logged: pytest.LogCaptureFixture) -> None:
    waiter = Waiter()
    to, made = receiver(lambda delivery: waiter(delivery)), deliveries().make()
    assert post_plainly(to, CREATED, made).status == 500
    assert "Use receive_async" in logged.text
    assert post_async(to, CREATED, made) == SUCCESS
    assert len(waiter.seen) == 1


def test_plain_handlers_of_asgi_run_in_a_thread() -> None:
    threads: list[int] = []
    assert (
        post_asgi(receiver(lambda delivery: threads.append(threading.get_ident())), CREATED, deliveries().make())
        == SUCCESS
    )
    assert threads != [threading.get_ident()]
    assert (
        post_wsgi(receiver(lambda delivery: threads.append(threading.get_ident())), CREATED, deliveries().make())
        == SUCCESS
    )
    assert threads[1] == threading.get_ident()


def test_a_repetition_during_the_handling_gets_503(store: ReplayStore) -> None:
    started, go_on = threading.Event(), threading.Event()
    seen: list[Delivery] = []

    def slow(delivery: Delivery) -> None:
        seen.append(delivery)
        started.set()
        assert go_on.wait(20)

    to, made = receiver(slow, store=store), deliveries().make()
    responses: list[WebhookResponse] = []
    thread = threading.Thread(target=lambda: responses.append(post_plainly(to, CREATED, made)))
    thread.start()
    assert started.wait(20)
    assert post_plainly(to, CREATED, made) == WebhookResponse(503), (
        "an acknowledgement would lose it, should the handler fail"
    )
    go_on.set()
    thread.join(20)
    assert responses == [SUCCESS]
    assert post_plainly(to, CREATED, made) == SUCCESS
    assert len(seen) == 1


def test_a_cancelled_request_forgets_its_delivery(store: ReplayStore) -> None:
    waiting = True
    seen: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        if waiting:
            await asyncio.Event().wait()
        seen.append(delivery)

    to, made = receiver(handler, store=store), deliveries().make()

    async def called_off() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await to.receive_async("POST", CREATED, made.headers, made.body)

    asyncio.run(called_off())
    waiting = False
    assert post_async(to, CREATED, made) == SUCCESS
    assert len(seen) == 1


def test_an_interrupt_is_raised_and_forgets_its_delivery(store: ReplayStore) -> None:
    def handler(delivery: Delivery) -> None:
        raise KeyboardInterrupt

    made = deliveries().make()
    with pytest.raises(KeyboardInterrupt):
        post_plainly(receiver(handler, store=store), CREATED, made)
    seen: list[Delivery] = []
    assert post_plainly(receiver(seen.append, store=store), CREATED, made) == SUCCESS
    assert len(seen) == 1


# --- stores ---


class Broken:
    def __init__(self, where: str) -> None:
        self.where = where

    def _maybe(self, where: str) -> None:
        if self.where == where:
            raise OSError("disk full")

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        self._maybe("claim")
        return "new"

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        self._maybe("settle")
        return True

    def forget(self, *keys: str, owner: str) -> None:
        self._maybe("forget")


@pytest.mark.parametrize(
    ("where", "fails", "status", "handled"),
    [("claim", False, 500, 0), ("settle", False, 200, 1), ("forget", True, 500, 1)],
)
def test_errors_of_the_store_are_logged_and_never_raised(
    where: str, fails: bool, status: int, handled: int, logged: pytest.LogCaptureFixture
) -> None:
    seen: list[Delivery] = []

    def handler(delivery: Delivery) -> None:
        seen.append(delivery)
        if fails:
            raise ValueError("broken on purpose")

    for post in (post_plainly, post_async):
        assert post(receiver(handler, store=Broken(where)), CREATED, deliveries().make()).status == status
    assert len(seen) == 2 * handled
    assert "The replay store failed" in logged.text


def test_the_methods_of_a_store_may_be_coroutine_functions() -> None:
    seen: list[Delivery] = []
    to, made = receiver(seen.append, store=AsyncStore()), deliveries().make()
    assert to.is_async
    assert [post_async(to, CREATED, made) for _ in range(2)] == [SUCCESS, SUCCESS]
    assert len(seen) == 1


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def stores(tmp_path: Path, clock: Clock) -> list[MemoryReplayStore | SqliteReplayStore]:
    return [MemoryReplayStore(clock=clock), SqliteReplayStore(tmp_path / "a.sqlite3", clock=clock)]


def claim(store: ReplayStore, *keys: str, owner: str = "me", seconds: float = 60) -> Claim:
    return store.claim(*keys, owner=owner, seconds=seconds)


def settle(store: ReplayStore, *keys: str, owner: str = "me", seconds: float = 86400) -> bool:
    return store.settle(*keys, owner=owner, seconds=seconds)


def test_claims_and_settled_keys_run_out(tmp_path: Path) -> None:
    clock = Clock()
    for store in stores(tmp_path, clock):
        clock.now = 1000.0
        assert [claim(store, "a", "b"), claim(store, "c", seconds=10)] == ["new", "new"]
        clock.now += 9.9
        assert [claim(store, key, owner="other") for key in "abc"] == ["busy"] * 3
        clock.now += 0.1
        assert [claim(store, key, owner="other") for key in "abc"] == ["busy", "busy", "new"]
        clock.now += 50
        assert claim(store, "a", "b", owner="other") == "new", "the process that had it died"
        assert settle(store, "a", "b", owner="other", seconds=100)
        clock.now += 99.9
        assert (claim(store, "a"), claim(store, "new", "b"), claim(store, "new")) == ("done", "done", "new")
        clock.now += 0.1
        assert claim(store, "a") == "new"


def test_stores_remove_old_keys(tmp_path: Path) -> None:
    clock = Clock()
    for store in stores(tmp_path, clock):
        clock.now = 1000.0
        for number in range(50):
            clock.now += 1
            claim(store, str(number))
            settle(store, str(number), seconds=10)
        claim(store, "last")
        if isinstance(store, SqliteReplayStore):
            connection = sqlite3.connect(store.path)
            assert connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0] <= 12
            connection.close()
        else:
            assert len(store) <= 12
    small = MemoryReplayStore(size=3)
    for key in "abcde":
        claim(small, key)
        settle(small, key)
    assert len(small) == 3
    assert [claim(small, "e"), claim(small, "d"), claim(small, "a")] == ["done", "done", "new"]


@pytest.mark.parametrize("size", [0, -1, None, True, float("nan")])
def test_the_size_of_a_store_is_above_0(size: Any) -> None:
    with pytest.raises(ConfigurationError, match="size must be a number above 0"):
        MemoryReplayStore(size=size)


@pytest.mark.parametrize("path", ["", ":memory:", "missing/folder/a.sqlite3", "nul\x00", "text.txt"])
def test_files_that_are_not_a_store_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "text.txt").write_text("no database, certainly not " * 100)
    with pytest.raises(ConfigurationError):
        SqliteReplayStore(str(tmp_path / path) if path not in ("", ":memory:") else path)


def test_a_file_from_before_claims_had_owners_is_read(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.sqlite3")
    connection.execute("CREATE TABLE deliveries (key TEXT PRIMARY KEY, done INTEGER, until REAL)")
    older = "INSERT OR REPLACE INTO deliveries (key, done, until) VALUES (?, ?, ?)"
    connection.executemany(older, [("done", True, 2000), ("busy", False, 2000), ("old", False, 900)])
    connection.commit()
    store = SqliteReplayStore(tmp_path / "a.sqlite3", clock=Clock())
    assert [claim(store, key) for key in ("done", "busy", "old")] == ["done", "busy", "new"]
    assert not settle(store, "busy")
    connection.execute(older, ("mixed", False, 2000))  # a process that was not updated yet
    connection.commit()
    connection.close()
    assert claim(store, "mixed") == "busy"


def test_threads_share_a_store(store: ReplayStore) -> None:
    won: list[str] = []

    def race() -> None:
        owner = str(threading.get_ident())
        for number in range(20):
            if claim(store, f"id {number}", f"signed {number}", owner=owner) == "new":
                won.append(str(number))
                settle(store, f"id {number}", f"signed {number}", owner=owner)

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won, key=int) == [str(number) for number in range(20)]


def test_a_claim_is_atomic_between_threads() -> None:
    class Slow(str):
        def __hash__(self) -> int:
            time.sleep(0.01)  # others get their turn wherever the store looks a key up
            return super().__hash__()

    store, claims = MemoryReplayStore(), []
    threads = [
        threading.Thread(target=lambda n=n: claims.append(claim(store, Slow("id"), owner=str(n)))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(claims) == ["busy"] * 7 + ["new"]


RACE = """
import sys
from trustoo.webhooks import SqliteReplayStore
store = SqliteReplayStore(sys.argv[1])
for number in range(40):
    if store.claim(f"id {number}", owner=sys.argv[2], seconds=60) == "new":
        print(number)
        store.settle(f"id {number}", owner=sys.argv[2], seconds=60)
"""


def test_processes_share_a_store(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACE, str(tmp_path / "a.sqlite3")]
    running = [subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True) for n in range(4)]
    said = [process.communicate(timeout=60)[0].split() for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert sorted(int(number) for numbers in said for number in numbers) == list(range(40))


# --- apps ---

Event = dict[str, Any]


async def ask(app: AsgiApp, events: list[Event], **scope: Any) -> list[Event]:
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(event: Any) -> None:
        sent.append(event)

    await app({"type": "http", "method": "POST", "path": CREATED, "headers": [], **scope}, receive, send)
    return sent


def test_asgi_reads_pieces_and_ignores_incomplete_requests() -> None:
    seen: list[Delivery] = []
    app, made = AsgiApp(receiver(seen.append)), deliveries().make()
    headers = [(name.lower().encode(), value.encode()) for name, value in made.headers.items()]
    first: Event = {"type": "http.request", "body": made.body[:9], "more_body": True}
    assert asyncio.run(ask(app, [first, {"type": "http.disconnect"}], headers=headers)) == []
    assert not seen
    start, _ = asyncio.run(ask(app, [first, {"type": "http.request", "body": made.body[9:]}], headers=headers))
    assert (start["status"], len(seen)) == (200, 1)


def test_asgi_reads_no_more_than_it_must() -> None:
    app = AsgiApp(receiver(print, limit=10))
    piece: Event = {"type": "http.request", "body": b"x" * 6, "more_body": True}
    events = [dict(piece) for _ in range(5)]
    assert asyncio.run(ask(app, events))[0]["status"] == 413
    assert len(events) == 3
    assert asyncio.run(ask(app, [], headers=[(b"content-length", b"11")]))[0]["status"] == 413
    assert asyncio.run(ask(app, [], path="/x"))[0]["status"] == 404
    assert asyncio.run(ask(app, [], method="GET"))[0]["status"] == 405


@pytest.mark.parametrize(
    ("root", "path"), [("/webhooks", CREATED), ("/api", f"/api{CREATED}"), ("", CREATED), ("/api", CREATED)]
)
def test_asgi_below_a_mount_point(root: str, path: str) -> None:
    made = deliveries().make()
    headers = [(name.lower().encode(), value.encode()) for name, value in made.headers.items()]
    events: list[Event] = [{"type": "http.request", "body": made.body}]
    app = AsgiApp(receiver(lambda delivery: None))
    assert asyncio.run(ask(app, events, headers=headers, root_path=root, path=path))[0]["status"] == 200


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_asgi_supports_only_http(kind: str) -> None:
    with pytest.raises(NotImplementedError, match=f"does not support the ASGI protocol {kind}"):
        asyncio.run(ask(AsgiApp(receiver(print)), [], type=kind))


def wsgi(made: SignedDelivery, **environ: Any) -> int:
    status: list[str] = []
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in made.headers.items()}
    about = {"REQUEST_METHOD": "POST", "PATH_INFO": CREATED, "wsgi.input": io.BytesIO(made.body)}
    app = WsgiApp(receiver(lambda delivery: None))
    app({**about, **given, **environ}, lambda line, headers: status.append(line))
    return int(status[0].split()[0])


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": "65"}, 200),
        ({"CONTENT_LENGTH": "65", "SCRIPT_NAME": "/webhooks", "PATH_INFO": "/review-created"}, 200),
        ({"CONTENT_LENGTH": "65", "SCRIPT_NAME": "/app"}, 200),
        ({"wsgi.input_terminated": True}, 200),
        ({}, 401),
        ({"CONTENT_LENGTH": ""}, 401),
        ({"CONTENT_LENGTH": "64"}, 401),
        ({"CONTENT_LENGTH": "-1"}, 401),
        ({"CONTENT_LENGTH": "much"}, 401),
        ({"CONTENT_LENGTH": "9999999"}, 413),
        ({"CONTENT_LENGTH": "9" * 50}, 413),
        ({"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"x" * (2 << 20))}, 413),
        ({"REQUEST_METHOD": "GET"}, 405),
    ],
)
def test_wsgi_reads_the_whole_input_of_the_server(environ: Any, status: int) -> None:
    made = deliveries().make()
    assert len(made.body) == 65
    assert wsgi(made, **environ) == status


def test_a_processed_delivery_is_remembered_for_a_day_by_default() -> None:
    clock = Clock()
    seen: list[Delivery] = []
    to, made = receiver(seen.append, store=MemoryReplayStore(clock=clock)), deliveries().make()
    for later, handled in ((0, 1), (24 * 3600 - 1, 1), (1, 2)):
        clock.now += later
        assert post_plainly(to, CREATED, made) == SUCCESS
        assert len(seen) == handled


def test_a_delivery_for_tests_is_compact_json_in_utf_8() -> None:
    assert Deliveries(PRIVATE).make({"list": [{"author": "Zoë"}]}).body == '{"list":[{"author":"Zoë"}]}'.encode()
