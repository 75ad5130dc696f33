"""One handler at a time for each delivery: claims have owners, are renewed while handlers run, and survive cancels."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustoo.webhooks.claims
from trustoo.errors import ConfigurationError
from trustoo.testing import SignedDelivery
from trustoo.webhooks import (
    Claim,
    Delivery,
    MemoryReplayStore,
    Receiver,
    Refusal,
    ReplayStore,
    SqliteReplayStore,
    WebhookResponse,
    WebhookVerifier,
)
from trustoo.webhooks.claims import HeldClaim, Renewals

from contract_tests.support.interleaving import interleavings
from tests.support import NOW, PRIVATE
from tests.webhooks.support import CREATED, SUCCESS, AsyncStore, deliveries, receiver

LEASE = 0.6


def post(to: Receiver, made: SignedDelivery) -> int:
    return to.receive("POST", CREATED, made.headers, made.body).status


async def post_async(to: Receiver, made: SignedDelivery) -> int:
    return (await to.receive_async("POST", CREATED, made.headers, made.body)).status


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "trustoo.webhooks")
    return caplog


# --- renewals ---


class Slow:
    """A handler that takes longer than the lease, as function or coroutine function."""

    def __init__(self, seconds: float = 2 * LEASE) -> None:
        self.seconds, self.running, self.most, self.calls = seconds, 0, 0, 0
        self._lock = threading.Lock()

    def _count(self, change: int) -> None:
        with self._lock:
            self.calls += change > 0
            self.running += change
            self.most = max(self.most, self.running)

    def sync(self, delivery: Delivery) -> None:
        self._count(1)
        time.sleep(self.seconds)
        self._count(-1)

    async def coroutine(self, delivery: Delivery) -> None:
        self._count(1)
        await asyncio.sleep(self.seconds)
        self._count(-1)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_slow_handler_keeps_its_delivery_in_threads(kind: str, tmp_path: Path) -> None:
    """Two receivers share the content of a store, as two processes do."""
    slow, memory = Slow(), MemoryReplayStore()
    stores: list[ReplayStore] = [
        memory if kind == "memory" else SqliteReplayStore(tmp_path / "a.sqlite3") for _ in range(2)
    ]
    receivers = [receiver(slow.sync, store=store, lease=LEASE) for store in stores]
    made = deliveries().make()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, receivers[0], made)
        statuses = []
        while not first.done():
            time.sleep(LEASE / 5)
            statuses.append(post(receivers[1], made))
        assert first.result() == 200
    assert set(statuses[:-1]) == {503}
    assert post(receivers[1], made) == 200
    assert (slow.calls, slow.most) == (1, 1)


@pytest.mark.parametrize("handler", ["sync", "coroutine"])
@pytest.mark.parametrize("store", ["sync", "async"])
def test_a_slow_handler_keeps_its_delivery_in_asyncio(handler: str, store: str) -> None:
    async def run() -> None:
        slow, memory = Slow(), MemoryReplayStore()
        receivers = [
            receiver(getattr(slow, handler), store=memory if store == "sync" else AsyncStore(memory), lease=LEASE)
            for _ in range(2)
        ]
        made, statuses = deliveries().make(), []
        first = asyncio.create_task(post_async(receivers[0], made))
        await asyncio.sleep(LEASE / 4)
        while not first.done():
            statuses.append(await post_async(receivers[1], made))
            await asyncio.sleep(LEASE / 5)
        assert (await first, set(statuses[:-1]), len(statuses) > 5) == (200, {503}, True)
        assert await post_async(receivers[1], made) == 200
        assert (slow.calls, slow.most) == (1, 1)

    asyncio.run(run())


def test_waiting_for_a_thread_keeps_the_delivery() -> None:
    """The second delivery waits longer than the lease until its handler runs."""

    async def run() -> None:
        slow = Slow(1.2 * LEASE)
        to = receiver(slow.sync, lease=LEASE, threads=1)
        first, second = deliveries().make(), deliveries().make({"list": []}, request_id="EXAMPLE-2")
        running = [asyncio.create_task(post_async(to, made)) for made in (first, second)]
        await asyncio.sleep(1.3 * LEASE)
        assert await post_async(to, second) == 503
        assert await asyncio.gather(*running) == [200, 200]
        assert (slow.calls, slow.most) == (2, 1)

    asyncio.run(run())


class Away(MemoryReplayStore):
    """A store whose server is away while `away` is true. Counts the claims."""

    away, claims = False, 0

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        self.claims += 1
        if self.away:
            raise OSError("The server is away.")
        return super().claim(*keys, owner=owner, seconds=seconds)


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_renewal_that_fails_is_logged_and_tried_again(style: str, logged: pytest.LogCaptureFixture) -> None:
    store, statuses = Away(), []

    def handler(delivery: Delivery) -> None:
        store.away = True
        time.sleep(LEASE / 2)
        store.away = False
        time.sleep(LEASE)
        statuses.append(post(other, made))

    made, other = deliveries().make(), receiver(print, store=store)
    if style == "sync":
        assert post(receiver(handler, store=store, lease=LEASE), made) == 200
    else:
        assert asyncio.run(post_async(receiver(handler, store=AsyncStore(store), lease=LEASE), made)) == 200
    assert statuses == [503]
    assert "was not renewed" in logged.text
    assert "The server is away" in logged.text


def test_nothing_is_renewed_after_the_handler() -> None:
    store = Away()
    to = receiver(lambda delivery: time.sleep(LEASE), store=store, lease=LEASE)
    assert post(to, deliveries().make()) == 200
    claims = store.claims
    assert claims > 2
    time.sleep(LEASE)
    assert store.claims == claims
    assert isinstance(to._renewals, Renewals)
    assert to._renewals._thread is None
    assert post(to, deliveries().make({"list": []}, request_id="EXAMPLE-2")) == 200
    assert store.claims > claims + 2, "the thread is started again"


def test_a_program_ends_while_a_renewal_is_awaited() -> None:
    program = """
import threading
from trustoo.webhooks import MemoryReplayStore
from trustoo.webhooks.claims import HeldClaim, Renewals
with Renewals(MemoryReplayStore(), 600).renewing(HeldClaim(("key",), "EXAMPLE-id")):
    print([thread.name for thread in threading.enumerate()])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.stdout == "['MainThread', 'trustoo-webhooks-renewals']\n"


class SlowRenewals(MemoryReplayStore):
    """A store whose renewals reach it late."""

    def __init__(self) -> None:
        super().__init__()
        self.owners, self.under_way, self.carried_out = set[str](), threading.Event(), threading.Event()

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        if owner not in self.owners:
            self.owners.add(owner)
            return super().claim(*keys, owner=owner, seconds=seconds)
        self.under_way.set()
        time.sleep(LEASE / 4)
        answer = super().claim(*keys, owner=owner, seconds=seconds)
        self.carried_out.set()
        return answer


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_renewal_under_way_does_not_claim_a_delivery_whose_handler_has_failed(style: str) -> None:
    store, handled = SlowRenewals(), list[Delivery]()

    def handler(delivery: Delivery) -> None:
        handled.append(delivery)
        if len(handled) == 1:
            assert store.under_way.wait(20)
            raise ValueError("broken on purpose")

    made = deliveries().make()
    if style == "sync":
        to = receiver(handler, store=store, lease=LEASE)
        statuses = [post(to, made), store.carried_out.wait(20), post(to, made)]
    else:
        to = receiver(handler, store=AsyncStore(store), lease=LEASE)

        async def run() -> list[int]:
            return [
                await post_async(to, made),
                await asyncio.to_thread(store.carried_out.wait, 20),
                await post_async(to, made),
            ]

        statuses = asyncio.run(run())
    assert statuses == [500, True, 200]


def test_a_handler_that_ends_while_another_claim_is_renewed_is_not_renewed_afterwards() -> None:
    """The thread renews one claim after the other, and the first renewal may take long."""
    claims = {name: HeldClaim((name,), f"EXAMPLE-{name}") for name in "ab"}
    started, ended, renewed = threading.Event(), threading.Event(), list[str]()

    class Store(MemoryReplayStore):
        def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
            renewed.append(keys[0])
            if len(renewed) == 1:
                started.set()
                assert ended.wait(20)
            return "new"

    renewals = Renewals(Store(), LEASE)
    blocks = {name: renewals.renewing(claim) for name, claim in claims.items()}
    for block in blocks.values():
        block.__enter__()
    assert started.wait(20)
    [first] = renewed
    other = "b" if first == "a" else "a"
    blocks[other].__exit__(None, None, None)
    ended.set()
    blocks[first].__exit__(None, None, None)
    thread = renewals._thread
    assert thread is not None
    thread.join(20)
    assert not thread.is_alive()
    assert other not in renewed


class Paused(MemoryReplayStore):
    """A store that the process of `frozen` does not reach, as if the process was paused."""

    frozen: str | None = None

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return "new" if owner == self.frozen else super().claim(*keys, owner=owner, seconds=seconds)


@pytest.mark.parametrize("outcome", ["succeeds", "fails"])
def test_a_process_that_was_paused_does_not_take_the_claim_of_the_next(
    outcome: str, logged: pytest.LogCaptureFixture
) -> None:
    """The first handler outlives its claim. The second gets the delivery. A third request must not get it too."""
    store, go_on, started = Paused(), threading.Event(), threading.Event()

    def first(delivery: Delivery) -> None:
        (store.frozen,) = {owner for _, owner, _ in store._keys.values()}
        started.set()
        assert go_on.wait(20)
        if outcome == "fails":
            raise ValueError("broken on purpose")

    statuses: list[int] = []

    def second(delivery: Delivery) -> None:
        go_on.set()
        paused.join(20)
        statuses.append(post(receiver(print, store=store), made))

    made = deliveries().make()
    to = receiver(first, store=store, lease=LEASE)
    paused = threading.Thread(target=lambda: statuses.append(post(to, made)))
    paused.start()
    assert started.wait(20)
    time.sleep(1.5 * LEASE)
    assert post(receiver(second, store=store), made) == 200
    assert statuses == [200 if outcome == "succeeds" else 500, 503]
    assert ("was processed twice, because its claim was lost" in logged.text) is (outcome == "succeeds")
    assert post(receiver(print, store=store), made) == 200


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_claim_that_was_lost_is_logged_while_the_handler_runs(style: str, logged: pytest.LogCaptureFixture) -> None:
    store = MemoryReplayStore()

    def handler(delivery: Delivery) -> None:
        for key in list(store._keys):
            store._keys[key] = (False, "another", time.monotonic() + 60)
        time.sleep(LEASE)

    to = receiver(handler, store=store if style == "sync" else AsyncStore(store), lease=LEASE)
    made = deliveries().make()
    assert (post(to, made) if style == "sync" else asyncio.run(post_async(to, made))) == 200
    assert "its claim was lost: 'busy'" in logged.text
    assert {owner for _, owner, _ in store._keys.values()} == {"another"}


# --- what stores answer ---


class Says(MemoryReplayStore):
    """A store whose methods return something else."""

    def __init__(self, **answers: Any) -> None:
        super().__init__()
        self.answers = answers

    def claim(self, *keys: str, owner: str, seconds: float) -> Any:
        return self.answers.get("claim", super().claim(*keys, owner=owner, seconds=seconds))

    def settle(self, *keys: str, owner: str, seconds: float) -> Any:
        return self.answers.get("settle", super().settle(*keys, owner=owner, seconds=seconds))


@pytest.mark.parametrize("answer", [b"new", b"done", None, True, 1, "NEW", "", "claimed", ["new"]])
@pytest.mark.parametrize("style", ["sync", "async"])
def test_an_unknown_answer_to_claim_is_an_error(answer: object, style: str, logged: pytest.LogCaptureFixture) -> None:
    """redis-py returns bytes by default."""
    seen: list[Delivery] = []
    refusals: list[Refusal] = []
    store = Says(claim=answer)
    to = receiver(seen.append, store=store if style == "sync" else AsyncStore(store), on_refused=refusals.append)
    made = deliveries().make()
    assert (post(to, made) if style == "sync" else asyncio.run(post_async(to, made))) == 500
    assert (seen, refusals) == ([], [Refusal(500, "store_failed", "review/created")])
    (record,) = logged.records
    assert record.levelno == logging.ERROR
    assert f"answered {answer!r} to claim" in record.getMessage()
    assert len(store) == 0, "the claim that the store may have made is forgotten"


@pytest.mark.parametrize(
    ("answer", "level"), [(1, None), (True, None), (0, "WARNING"), (None, "ERROR"), (b"1", "ERROR")]
)
def test_an_unknown_answer_to_settle_is_an_error(
    answer: object, level: str | None, logged: pytest.LogCaptureFixture
) -> None:
    assert post(receiver(lambda delivery: None, store=Says(settle=answer)), deliveries().make()) == 200
    assert [record.levelname for record in logged.records] == ([level] if level else [])


class Mixed(MemoryReplayStore):
    async def settle(self, *keys: str, owner: str, seconds: float) -> Any:  # type: ignore[override]  # on purpose
        return super().settle(*keys, owner=owner, seconds=seconds)


@pytest.mark.parametrize("store", [Mixed(), type("Late", (AsyncStore,), {"forget": MemoryReplayStore.forget})()])
def test_a_mixture_of_functions_and_coroutine_functions_is_refused(store: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"must all be functions .* or all be coroutine functions"):
        receiver(print, store=store)


@pytest.mark.parametrize("missing", ["claim", "settle", "forget"])
def test_a_store_without_a_method_is_refused(missing: str) -> None:
    with pytest.raises(ConfigurationError, match=f"The store Lacking has no method {missing}"):
        receiver(print, store=type("Lacking", (MemoryReplayStore,), {missing: None})())


# --- cancelled requests ---


@pytest.mark.parametrize("store", ["sync", "async"])
def test_a_handler_in_a_thread_finishes_after_its_request_was_cancelled(store: str) -> None:
    async def run() -> None:
        slow, memory = Slow(0.4), MemoryReplayStore()
        to = receiver(slow.sync, store=memory if store == "sync" else AsyncStore(memory))
        made = deliveries().make()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.15):
                await post_async(to, made)
        assert slow.running == 1
        assert await post_async(to, made) == 503, "the handler still runs"
        while slow.running:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
        assert (await post_async(to, made), slow.calls) == (200, 1)

    asyncio.run(run())


@pytest.mark.parametrize("store", ["sync", "async"])
def test_the_end_of_the_loop_waits_for_a_handler_in_a_thread(store: str) -> None:
    slow, memory = Slow(0.4), MemoryReplayStore()
    to = receiver(slow.sync, store=memory if store == "sync" else AsyncStore(memory), lease=LEASE)
    made = deliveries().make()

    async def run() -> None:
        task = asyncio.create_task(post_async(to, made))
        await asyncio.sleep(0.1)
        assert not task.done()

    asyncio.run(run())
    assert (asyncio.run(post_async(to, made)), slow.calls, slow.running) == (200, 1, 0)


def test_a_delivery_that_waits_for_a_thread_at_the_end_of_the_loop_is_forgotten() -> None:
    slow = Slow(0.3)
    to = receiver(slow.sync, threads=1)
    first, second = deliveries().make(), deliveries().make({"list": []}, request_id="EXAMPLE-2")

    async def run() -> None:
        tasks = [asyncio.create_task(post_async(to, made)) for made in (first, second)]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in tasks)

    asyncio.run(run())
    assert slow.calls == 1
    assert [asyncio.run(post_async(to, made)) for made in (first, second)] == [200, 200]
    assert slow.calls == 2


class Held(MemoryReplayStore):
    """A store that waits before one of its methods, until it is told to go on."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.method, self.started, self.go_on = method, threading.Event(), threading.Event()

    def _wait(self, method: str) -> None:
        if method == self.method:
            self.started.set()
            assert self.go_on.wait(20)

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        self._wait("claim")
        return super().claim(*keys, owner=owner, seconds=seconds)

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        self._wait("settle")
        return super().settle(*keys, owner=owner, seconds=seconds)


class HeldAsync(AsyncStore):
    """The same for asyncio."""

    store: Held

    async def _wait(self, method: str) -> None:
        if method == self.store.method:
            self.store.started.set()
            while not self.store.go_on.is_set():
                await asyncio.sleep(0.01)

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        await self._wait("claim")
        return await super().claim(*keys, owner=owner, seconds=seconds)

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        await self._wait("settle")
        return await super().settle(*keys, owner=owner, seconds=seconds)


@pytest.mark.parametrize(("method", "handled"), [("claim", 0), ("settle", 1)])
@pytest.mark.parametrize("store", ["sync", "async"])
def test_a_request_that_is_cancelled_while_the_store_works(method: str, handled: int, store: str) -> None:
    """A claim that was made meanwhile is forgotten. A processed delivery is settled."""

    async def handler(delivery: Delivery) -> None:
        seen.append(delivery)

    async def run() -> None:
        held = Held(method)
        to = receiver(handler, store=held if store == "sync" else HeldAsync(held))
        made = deliveries().make()
        task = asyncio.create_task(post_async(to, made))
        while not held.started.is_set():
            await asyncio.sleep(0.01)
        for _ in range(3):  # some libraries cancel again and again
            task.cancel()
            await asyncio.sleep(0.01)
        held.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(seen) == handled
        assert await post_async(to, made) == 200

    seen: list[Delivery] = []
    asyncio.run(run())
    assert len(seen) == 1


def test_a_store_that_hangs_does_not_keep_a_cancelled_request_for_ever() -> None:
    async def handler(delivery: Delivery) -> None: ...

    async def run() -> None:
        held = Held("claim")
        to = receiver(handler, store=HeldAsync(held), lease=LEASE)
        task = asyncio.create_task(post_async(to, deliveries().make()))
        while not held.started.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


# --- threads ---


def test_slow_handlers_do_not_delay_the_application_or_the_store() -> None:
    """Forty handlers occupy all threads of the receiver, and none of the application's."""
    go_on, running, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def handler(delivery: Delivery) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        assert go_on.wait(20)
        with lock:
            running -= 1

    async def run() -> None:
        to = receiver(handler, threads=10)
        made = [deliveries().make({"list": [], "n": n}, request_id=f"EXAMPLE-{n}") for n in range(40)]
        tasks = [asyncio.create_task(post_async(to, one)) for one in made]
        async with asyncio.timeout(10):
            while running < 10:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(lambda: None)
            assert [await post_async(to, one) for one in (made[0], made[39])] == [503, 503]
        go_on.set()
        assert Counter(await asyncio.gather(*tasks)) == {200: 40}

    asyncio.run(run())
    assert most == 10


def test_a_handler_in_a_thread_has_the_context_of_the_request() -> None:
    about = contextvars.ContextVar[str]("about")
    seen: list[str] = []

    async def run() -> None:
        about.set("this request")
        assert await post_async(receiver(lambda delivery: seen.append(about.get())), deliveries().make()) == 200

    asyncio.run(run())
    assert seen == ["this request"]


@pytest.mark.parametrize("style", ["sync", "async"])
def test_secrets_are_looked_up_for_several_deliveries_at_once(style: str) -> None:
    """A function that looks secrets up in a database does not block the event loop."""
    all_at_once, all_at_once_async = threading.Barrier(8), asyncio.Barrier(8)

    def look_up(public_token: str) -> str:
        all_at_once.wait(10)
        return PRIVATE

    async def look_up_async(public_token: str) -> str:
        async with asyncio.timeout(10):
            await all_at_once_async.wait()
        return PRIVATE

    async def run() -> None:
        function: Callable[..., Any] = look_up if style == "sync" else look_up_async
        verifier = WebhookVerifier(secrets_for=function, clock=lambda: NOW)
        to = Receiver(verifier, {"review/created": lambda delivery: None})
        made = [deliveries().make({"n": n}, request_id=f"EXAMPLE-{n}") for n in range(8)]
        assert await asyncio.gather(*(post_async(to, one) for one in made)) == [200] * 8

    asyncio.run(run())


def test_the_response_is_the_documented_one_also_after_renewals() -> None:
    made = deliveries().make()
    to = receiver(lambda delivery: time.sleep(LEASE), lease=LEASE / 2)
    response: WebhookResponse = to.receive("POST", CREATED, made.headers, made.body)
    assert response == SUCCESS


class Renewing(MemoryReplayStore):
    """A store that says when a claim is renewed, and calls a function meanwhile."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.meanwhile, self.renewed = meanwhile, list[str]()
        self.was_called = threading.Event()

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        self.renewed.extend(keys)
        self.meanwhile()
        self.was_called.set()
        return "new"


def test_a_delivery_that_arrives_while_the_thread_of_renewals_ends_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def prepare() -> tuple[Callable[[], Any], Callable[[], Any]]:
        store = Renewing()
        renewals = Renewals(store, 60)

        def end() -> None:
            renewals._thread = threading.current_thread()
            renewals._run()

        def handle() -> bool:
            with renewals.renewing(HeldClaim(("key",), "EXAMPLE-1")):
                return store.was_called.wait(3)

        return end, handle

    for _, was_renewed in interleavings(prepare, trustoo.webhooks.claims):
        assert was_renewed is True


def test_a_delivery_that_arrives_during_a_renewal_does_not_end_the_other_renewals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    arriving, running = [HeldClaim((f"new {number}",), "EXAMPLE") for number in range(3)], contextlib.ExitStack()
    everything = threading.Event()

    def arrive() -> None:
        if arriving:
            running.enter_context(renewals.renewing(arriving.pop()))
        elif {"new 0", "new 1", "new 2", "old"} <= {*store.renewed}:
            everything.set()

    store = Renewing(arrive)
    renewals = Renewals(store, 60)
    with running, renewals.renewing(HeldClaim(("old",), "EXAMPLE-1")):
        assert everything.wait(5)
