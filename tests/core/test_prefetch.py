"""Pages are fetched ahead in threads and tasks that nobody has to wait for.

Which pages a walk requests and returns is in contract_tests/world/test_prefetched_walks.py.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from math import ceil
from typing import Any

import pytest
from trustoo import AsyncTrustoo, CallEvent, PaginationError, RetryPolicy, Trustoo
from trustoo._prefetch import _Thread
from trustoo.pagination import PageCursor
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo_api.api.reviews import reviews_list

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.servers import Conversation, response_bytes, served
from contract_tests.world.pages import ids, listing, page_number, reviews, server
from tests.support import PRIVATE, PUBLIC, http_response

TOKENS: dict[str, Any] = {"public_token": PUBLIC, "private_token": PRIVATE}
PAGES = listing(reviews(*range(60)), 5)
RESPOND = server(PAGES)


def answer(request: HTTPRequest) -> HTTPResponse:
    outcome = RESPOND(request)
    assert isinstance(outcome, HTTPResponse)
    return outcome


class Memory:
    """A transport without a socket. It calls `before` with the number of a page, in the thread of the call."""

    def __init__(self, before: Callable[[int], HTTPResponse | None] = lambda page: None) -> None:
        self.pages, self._before = list[int](), before

    def send(self, request: HTTPRequest) -> HTTPResponse:
        self.pages.append(page_number(request))
        return self._before(page_number(request)) or answer(request)

    def close(self) -> None: ...


class AsyncMemory:
    """The same for asyncio. The pages in `held` are not answered."""

    def __init__(self, *held: int) -> None:
        self.pages, self.held = list[int](), held

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        self.pages.append(page_number(request))
        await (asyncio.Event().wait() if page_number(request) in self.held else asyncio.sleep(0))
        return answer(request)

    async def close(self) -> None: ...


def shop_of(transport: Any, **settings: Any) -> Trustoo:
    return Trustoo(**TOKENS, transport=transport, **settings)


def async_shop_of(transport: Any, **settings: Any) -> AsyncTrustoo:
    return AsyncTrustoo(**TOKENS, transport=transport, **settings)


def page_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "trustoo-page"]


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    yield
    for thread in page_threads():
        thread.join(30)
    assert not page_threads()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """An event that is set at the end of the test, so that no thread waits for it any longer."""
    event = threading.Event()
    yield event
    event.set()


def held(gate: threading.Event) -> Callable[[int], None]:
    """A function that waits at the gate with all pages but the first two. Other processes do not wait."""
    process = os.getpid()

    def wait(page: int) -> None:
        if page > 2 and os.getpid() == process:
            gate.wait(60)

    return wait


# --- what the cursor decides


class Data:
    """A decoded page."""

    def __init__(self, *numbers: int, **about: int | None) -> None:
        self.list = [type("Item", (), {"id": str(number)}) for number in numbers]
        self.received, self.page = len(numbers), type("Page", (), about)


def cursor_after(*pages: Data, **options: Any) -> PageCursor[Any]:
    cursor = PageCursor[Any](lambda page: reviews_list.build(page=page), **options)
    for page in pages:
        for _ in cursor.consume(page):
            pass
    return cursor


FIRST, SECOND = Data(0, 1, 2, count=30, total_page=10), Data(3, 4, 5, count=30, total_page=10)


@pytest.mark.parametrize(
    ("pages", "options", "late", "ahead"),
    [
        ([], {"prefetch": 4}, 0, []),
        ([FIRST], {"prefetch": 1}, 0, []),
        ([FIRST], {"prefetch": 2}, 0, [3]),
        ([FIRST], {"prefetch": 4}, 0, [3, 4, 5]),
        ([FIRST], {"prefetch": 64}, 0, [3, 4, 5, 6, 7, 8, 9, 10]),
        ([FIRST], {"prefetch": 4}, 1, [3, 4]),
        ([FIRST], {"prefetch": 4}, 3, []),
        ([FIRST], {"prefetch": 4}, 9, []),
        ([FIRST], {"prefetch": 4, "limit": 6}, 0, []),
        ([FIRST], {"prefetch": 4, "limit": 7}, 0, [3]),
        ([FIRST], {"prefetch": 4, "limit": 99}, 0, [3, 4, 5]),
        ([FIRST, SECOND], {"prefetch": 4}, 0, [4, 5, 6]),
        ([FIRST, Data(3, 4, 5, count=31, total_page=11)], {"prefetch": 4}, 0, []),
        ([FIRST, Data(3, 4, 5, count=30, total_page=11)], {"prefetch": 4}, 0, []),
        ([FIRST, Data(2, 3, 4, count=30, total_page=10)], {"prefetch": 4}, 0, []),
        ([Data(0, 1, 2, count=30)], {"prefetch": 4}, 0, []),
        ([Data(0, 1, 2, total_page=10)], {"prefetch": 4}, 0, []),
        ([Data(0, 1, 2, count=31, total_page=10)], {"prefetch": 4}, 0, []),
        ([Data(0, 1, 2, count=27, total_page=10)], {"prefetch": 4}, 0, []),
        ([Data(0, 1, 2, count=28, total_page=10)], {"prefetch": 4}, 0, [3, 4, 5]),
        ([Data(count=30, total_page=10)], {"prefetch": 4}, 0, []),
    ],
)
def test_pages_are_fetched_ahead_while_the_list_is_steady(
    pages: list[Data], options: dict[str, Any], late: int, ahead: list[int]
) -> None:
    assert list(cursor_after(*pages, **options).pages_ahead(late)) == ahead


def test_a_list_is_steady_again_after_a_page_like_the_one_before() -> None:
    third = Data(5, 6, 7, count=31, total_page=11)
    cursor = cursor_after(FIRST, Data(2, 3, 4, count=31, total_page=11), third, prefetch=3)
    assert (cursor.is_steady, list(cursor.pages_ahead())) == (True, [5, 6])


def test_after_a_page_that_was_not_read_to_its_end_no_page_is_fetched_ahead() -> None:
    cursor = cursor_after(FIRST, SECOND, prefetch=3, strict=True)
    assert list(cursor.pages_ahead()) == [4, 5]
    with pytest.raises(PaginationError, match="fell by 1 "):
        list(cursor.consume(Data(6, 7, 8, count=29, total_page=10)))
    assert (cursor.page, cursor.is_steady, list(cursor.pages_ahead())) == (3, False, [])
    resumed = list(cursor.consume(Data(6, 7, 8, count=29, total_page=10)))  # it is told once
    assert [item.id for item in resumed] == ["6", "7", "8"]


@pytest.mark.parametrize(
    ("page", "agrees"),
    [
        (SECOND, True),
        (Data(4, 5, count=30, total_page=10), True),
        (Data(3, 4, 5, count=31, total_page=10), False),
        (Data(3, 4, 5, count=30, total_page=11), False),
        (Data(3, 4, 5, count=30), False),
        (Data(3, 4, 5), False),
    ],
)
def test_a_page_that_was_fetched_ahead_states_the_totals_of_the_page_before(page: Data, agrees: bool) -> None:
    assert cursor_after(FIRST, prefetch=4).agrees(page) is agrees


@pytest.mark.parametrize(
    ("ended", "prefetch"),
    [
        ({"status": 200, "code": 0}, 4),
        ({"status": 200, "code": 5, "error": "NotFoundError"}, 4),
        ({"status": 404, "error": "HTTPStatusError"}, 4),
        ({"error": "NetworkError"}, 4),
        ({"error": "CancelledError"}, 4),
        ({"status": 429, "error": "HTTPStatusError"}, 1),
        ({"status": 500, "error": "HTTPStatusError"}, 1),
        ({"status": 200, "code": 4, "error": "ServerDeadlineError"}, 1),
        ({"status": 200, "code": 13, "error": "InternalError"}, 1),
        ({"status": 200, "code": 14, "error": "UnavailableError"}, 1),
    ],
)
def test_a_busy_service_ends_fetching_ahead(ended: dict[str, Any], prefetch: int) -> None:
    cursor = cursor_after(FIRST, prefetch=4)
    cursor.note(CallEvent("reviews.list", "GET", "/reviews", 1, **ended))
    assert cursor.prefetch == prefetch


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 403, 404, 428, 429, 430, 499, 500, 502, 503, 504, 599])
def test_each_code_and_status_of_a_busy_service_ends_fetching_ahead_and_no_other_does(status: int) -> None:
    for code in (None, -1, *range(1, 18), 2000):
        cursor = cursor_after(FIRST, prefetch=4)
        cursor.note(CallEvent("reviews.list", "GET", "/reviews", 1, status=status, code=code, error="APIError"))
        is_busy = status == 429 or status >= 500 or code in (4, 13, 14)
        assert cursor.prefetch == (1 if is_busy else 4), code


# --- threads


def test_the_caller_does_not_notice_the_threads() -> None:
    where = ContextVar("where", default="nowhere")
    noted = list[tuple[str, bool]]()
    threads = set[str]()

    def hook(event: CallEvent) -> None:
        noted.append((where.get(), threading.current_thread() is threading.main_thread()))
        threads.add(threading.current_thread().name)

    with shop_of(Memory(), on_request=hook, on_response=hook, on_retry=hook) as shop:
        where.set("here")
        assert [review.id for review in shop.reviews.iterate(prefetch=4)] == ids(*range(60))
    assert {name for name, _ in noted} == {"here"}
    assert {is_main for _, is_main in noted} == {True, False}
    assert threads == {threading.main_thread().name, "trustoo-page"}, "a list of threads says whose they are"
    assert len(noted) == 2 * ceil(60 / 5)


def test_a_break_returns_at_once_and_close_waits_at_most_for_the_deadline(gate: threading.Event) -> None:
    shop = shop_of(Memory(held(gate)), deadline=0.5)
    began = time.monotonic()
    for review in shop.reviews.iterate(prefetch=4):
        if review.id == "5":
            break
    assert len(page_threads()) == 3
    assert time.monotonic() - began < 20
    shop.close()
    assert time.monotonic() - began < 30
    assert page_threads()


@pytest.mark.parametrize("is_set", [False, True], ids=["right", "set"])
def test_close_waits_until_the_attempts_in_flight_have_ended(is_set: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the wall clock is set meanwhile."""
    if is_set:
        set_clock_at_each_reading(monkeypatch)
    shop = shop_of(Memory(lambda page: time.sleep(0.1) if page > 2 else None))
    walk = shop.reviews.iterate(prefetch=4)
    assert [next(walk).id for _ in range(6)] == ids(*range(6))
    shop.close()
    assert not page_threads()
    assert [review.id for review in walk] == ids(*range(6, 60))


def test_a_page_that_is_dropped_is_not_tried_again() -> None:
    busy = http_response(b"", 503, {"Retry-After": "30"})
    transport = Memory(lambda page: busy if page > 2 else None)
    shop = shop_of(transport, retry=RetryPolicy(attempts=9, budget=600))
    walk = shop.reviews.iterate(prefetch=4)
    assert [next(walk).id for _ in range(6)] == ids(*range(6))
    began = time.monotonic()
    while len(transport.pages) < 5:
        time.sleep(0.01)
    del walk
    shop.close()
    assert time.monotonic() - began < 20
    assert sorted(transport.pages) == [1, 2, 3, 4, 5]


def test_without_a_thread_one_page_is_fetched_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with shop_of(Memory()) as shop, monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert [review.id for review in shop.reviews.iterate(prefetch=4)] == ids(*range(60))
        assert not shop._running


def test_an_interrupted_wait_drops_the_pages_and_the_walk_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(thread: _Thread) -> None:
        raise KeyboardInterrupt

    transport = Memory()
    with shop_of(transport) as shop:
        walk = shop.reviews.iterate(prefetch=4)
        found = [next(walk).id for _ in range(10)]
        with monkeypatch.context() as patched:
            patched.setattr(_Thread, "page", interrupt)
            with pytest.raises(KeyboardInterrupt):
                next(walk)
        assert found + [review.id for review in walk] == ids(*range(60))
    assert transport.pages.count(3) == 2


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, OSError])
def test_every_error_of_a_page_that_is_fetched_ahead_reaches_the_walk(error: type[BaseException]) -> None:
    def fail(page: int) -> None:
        if page == 4:
            raise error("mine")

    with shop_of(Memory(fail)) as shop:
        walk = shop.reviews.iterate(prefetch=4)
        assert [next(walk).id for _ in range(15)] == ids(*range(15))
        with pytest.raises(error, match="mine"):
            next(walk)
    assert not shop._running


def test_a_client_closes_although_ctrl_c_came_when_a_page_was_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(thread: threading.Thread) -> None:
        raise KeyboardInterrupt

    with shop_of(Memory()) as shop, monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupt)
        with pytest.raises(KeyboardInterrupt):
            list(shop.reviews.iterate(prefetch=4))
        assert not shop._running


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_fetches_the_pages_itself(gate: threading.Event) -> None:
    shop = shop_of(Memory(held(gate)))
    walk = shop.reviews.iterate(prefetch=4)
    found = [next(walk).id for _ in range(10)]
    if not (child := os.fork()):
        code = 1
        try:
            code = 0 if found + [review.id for review in walk] == ids(*range(60)) else 2
            shop.close()
        finally:
            os._exit(code)
    end = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.05)
    if done == (0, 0):
        os.kill(child, 9)
    assert done == (child, 0)
    gate.set()
    assert found + [review.id for review in walk] == ids(*range(60))


# --- asyncio


def test_a_walk_continues_in_another_event_loop() -> None:
    shop = async_shop_of(AsyncMemory())
    walk = shop.reviews.iterate(prefetch=4)

    async def some(most: int) -> list[str | None]:
        found = []
        async for review in walk:
            found.append(review.id)
            if len(found) == most:
                break
        return found

    assert [name for _ in range(4) for name in asyncio.run(some(17))] == ids(*range(60))


def test_a_cancelled_walk_leaves_no_task_and_continues() -> None:
    async def run() -> list[str | None]:
        transport = AsyncMemory(3, 4)
        async with async_shop_of(transport) as shop:
            walk = shop.reviews.iterate(prefetch=4)
            found = [(await anext(walk)).id for _ in range(10)]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(walk)
            await asyncio.sleep(0.01)
            assert len(asyncio.all_tasks()) == 1
            transport.held = ()
            return found + [review.id async for review in walk]

    assert asyncio.run(run()) == ids(*range(60))


def test_closing_an_asyncio_client_ends_the_tasks() -> None:
    async def run() -> None:
        shop = async_shop_of(AsyncMemory(3, 4, 5))
        walk = shop.reviews.iterate(prefetch=4)
        assert [(await anext(walk)).id for _ in range(10)] == ids(*range(10))
        assert len(asyncio.all_tasks()) == 4
        await shop.close()
        assert len(asyncio.all_tasks()) == 1
        assert not shop._running

    with asyncio.Runner() as runner:
        runner.run(run())


# --- the end of a process

PROGRAM = """
import asyncio
from trustoo import AsyncTrustoo, Trustoo
settings = {{"public_token": {public!r}, "private_token": {private!r}}}
settings |= {{"base_url": {address!r}, "transport": {transport!r}}}

def walk():
    shop = Trustoo(**settings)
    for review in shop.reviews.iterate(prefetch=4):
        if review.id == "5":
            break
    return shop

async def walk_async():
    shop = AsyncTrustoo(**settings)
    async for review in shop.reviews.iterate(prefetch=4):
        if review.id == "5":
            break

if {style!r} == "sync":
    kept = walk()
else:
    asyncio.run(walk_async())
print("done")
"""


@pytest.mark.parametrize(
    ("style", "transport"),
    [
        *(("sync", name) for name in ("httpcore", "httpx", "pyreqwest")),
        *(("async", name) for name in ("httpcore", "httpx", "aiohttp", "pyreqwest")),
    ],
)
def test_a_process_ends_while_pages_are_in_flight(style: str, transport: str) -> None:
    def script(talk: Conversation) -> None:
        while request := talk.hear():
            page = int(request.split(b"page=")[1].split(b"&")[0].split(b" ")[0])
            if page > 2:
                talk.hear()  # returns when the process has ended
                return
            talk.say(response_bytes(answer(HTTPRequest("GET", f"http://x/?page={page}", {}, None, 1.0)).content))

    with served(script) as found:
        program = PROGRAM.format(
            public=PUBLIC, private=PRIVATE, address=found.address, style=style, transport=transport
        )
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")


# --- costs


def test_a_walk_holds_at_most_its_pages_and_a_hash_of_each_id() -> None:
    pages, size = 600, 10

    def respond(request: HTTPRequest) -> HTTPResponse:
        page = page_number(request)
        items = [{"id": f"{page}-{number}", "content": "x" * 100} for number in range(size)]
        about = {"page": page, "page_size": size, "count": pages * size, "total_page": pages}
        return http_response({"code": 0, "data": {"page": about, "list": items}})

    class Forgetful(Memory):
        def send(self, request: HTTPRequest) -> HTTPResponse:
            return respond(request)

    with shop_of(Forgetful()) as shop:
        walk = shop.reviews.iterate(prefetch=4)
        for _ in range(100 * size):
            next(walk)
        tracemalloc.start()
        try:
            seen = sum(1 for _ in walk)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert seen == (pages - 100) * size
    assert peak < 512 * 1024 + 200 * seen


def test_a_walk_without_prefetch_loads_none_of_it() -> None:
    program = (
        "import sys; from contract_tests.world.pages import listing, reviews, server; from trustoo import Trustoo\n"
        "class Memory:\n"
        "    send = staticmethod(server(listing(reviews(*range(60)), 5)))\n"
        "    def close(self): ...\n"
        f"shop = Trustoo(public_token={PUBLIC!r}, private_token={PRIVATE!r}, transport=Memory())\n"
        "assert len(list(shop.reviews.iterate())) == 60\n"
        "print('trustoo._prefetch' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=True)
    assert ended.stdout == "False\n"
