"""What threads share is right in every order of their steps: nothing is given twice, and nothing is lost."""

import errno
import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest
import trustoo.oauth.stores
import trustoo.rate
import trustoo.testing.authorization
import trustoo.testing.faults
import trustoo.testing.service
import trustoo.testing.state
import trustoo.testing.storage
import trustoo.upload.batch
import trustoo.upload.journal
import trustoo.upload.progress
import trustoo.webhooks.replay
from trustoo import TrustooError
from trustoo.oauth import MemoryStore
from trustoo.rate import LocalRateLimiter
from trustoo.testing import FakePlatform, FakeTrustoo, Fault, StorageResponse, Throttle
from trustoo.transport.connections import Origin
from trustoo.transport.httpcore import HttpcoreTransport
from trustoo.transport.httpx import HttpxTransport
from trustoo.transport.pyreqwest import PyreqwestTransport
from trustoo.upload import UploadOutcome
from trustoo.upload.batch import Batch
from trustoo.upload.journal import Journal
from trustoo.upload.progress import ProgressSum
from trustoo.webhooks import MemoryReplayStore

from contract_tests.support.interleaving import interleavings

Calls: TypeAlias = tuple[Callable[[], Any], Callable[[], Any]]


def twice(call: Callable[[], Any]) -> Calls:
    return call, call


def token_call(grant_type: str, **members: Any) -> Callable[[FakeTrustoo], Callable[[], Any]]:
    """A call of the token endpoint of a fake service that has a platform."""

    def of(fake: FakeTrustoo) -> Callable[[], Any]:
        assert fake.platform is not None
        shop, identity = fake.client(), (fake.platform.client_id, fake.platform.client_secret)
        client_id, client_secret = identity
        return lambda: (
            shop.oauth.token(
                client_id=client_id, client_secret=client_secret, grant_type=grant_type, **members
            ).access_token
        )

    return of


def platform() -> FakeTrustoo:
    fake = FakeTrustoo()
    fake.add_platform()
    return fake


def exchanges() -> Calls:
    fake = platform()
    assert fake.platform is not None
    return twice(token_call("authorization_code", code=fake.platform.code())(fake))


def refreshes() -> Calls:
    fake = platform()
    assert fake.platform is not None
    return twice(token_call("refresh_token", refresh_token=fake.platform.issue()["refresh_token"])(fake))


def revocations() -> Calls:
    fake = platform()
    assert fake.platform is not None
    shop, token = fake.client(), fake.platform.issue()["access_token"]
    made = fake.platform
    return twice(
        lambda: shop.oauth.revoke(client_id=made.client_id, client_secret=made.client_secret, token=token) and None
    )


def claims() -> Calls:
    store = MemoryReplayStore()

    def claim(owner: str) -> Callable[[], str]:
        def call() -> str:
            answer = store.claim("key", owner=owner, seconds=60)
            if answer != "new":
                raise TrustooError(answer)
            return owner

        return call

    return claim("first"), claim("second")


def throttled() -> Calls:
    throttle = Throttle(1, 60)

    def call() -> None:
        if throttle.retry_after(1000.0) is not None:
            raise TrustooError("throttled")

    return twice(call)


def faults() -> Calls:
    fake = FakeTrustoo()
    fake.fail(Fault.code(8))
    shop = fake.client()
    return twice(lambda: shop.reviews.list().page)


def leases() -> Calls:
    store = MemoryStore()

    def lease(owner: str) -> None:
        if not store.lease("shop", owner, 60):
            raise TrustooError("leased")

    return lambda: lease("first"), lambda: lease("second")


def saves() -> Calls:
    store = MemoryStore()
    return twice(lambda: store.save("shop", "EXAMPLE-token", replaces=None))


def additions() -> Calls:
    fake = FakeTrustoo()
    return twice(lambda: fake.reviews.add(id="7"))


ONE_WINS: dict[str, tuple[Callable[[], Calls], ModuleType]] = {
    "a code is exchanged": (exchanges, trustoo.testing.authorization),
    "a rotated token is refreshed": (refreshes, trustoo.testing.authorization),
    "a token is revoked": (revocations, trustoo.testing.authorization),
    "a delivery is claimed": (claims, trustoo.webhooks.replay),
    "a request passes": (throttled, trustoo.testing.faults),
    "a fault is met": (faults, trustoo.testing.faults),
    "an id is given": (additions, trustoo.testing.state),
    "a shop is leased": (leases, trustoo.oauth.stores),
    "a new token is saved": (saves, trustoo.oauth.stores),
}


@pytest.mark.parametrize("case", ONE_WINS)
def test_of_two_calls_at_once_exactly_one_succeeds(case: str) -> None:
    prepare, module = ONE_WINS[case]
    outcomes = list(interleavings(prepare, module))
    assert outcomes
    assert [sum(isinstance(one, TrustooError) for one in pair) for pair in outcomes] == [1] * len(outcomes)
    assert not [one for pair in outcomes for one in pair if isinstance(one, Exception) and type(one) is TypeError]


def codes() -> Calls:
    made = platform().platform
    assert made is not None
    return twice(made.code)


def tokens() -> Calls:
    made = platform().platform
    assert made is not None
    return twice(lambda: made.issue()["access_token"])


def reviews() -> Calls:
    fake = FakeTrustoo()
    return twice(lambda: str(fake.reviews.add(author="Zoë")["id"]))


def requests() -> Calls:
    shop = FakeTrustoo().client()
    return twice(lambda: shop.reviews.with_raw_response.list().request_id)


def turns() -> Calls:
    limiter = LocalRateLimiter(2, clock=lambda: 1000.0)
    return twice(limiter.reserve)


def responses() -> Calls:
    storage = FakeTrustoo().storage
    storage.respond_next(StorageResponse.html())
    storage.respond_next(StorageResponse.empty())
    return twice(lambda: storage.start_form())


DIFFERENT: dict[str, tuple[Callable[[], Calls], ModuleType]] = {
    "codes": (codes, trustoo.testing.authorization),
    "tokens": (tokens, trustoo.testing.authorization),
    "ids of reviews": (reviews, trustoo.testing.state),
    "ids of requests": (requests, trustoo.testing.service),
    "turns of a rate": (turns, trustoo.rate),
    "queued responses of the storage": (responses, trustoo.testing.storage),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_two_calls_at_once_get_different_things(case: str) -> None:
    prepare, module = DIFFERENT[case]
    outcomes = list(interleavings(prepare, module))
    assert outcomes
    assert [pair for pair in outcomes if pair[0] == pair[1] or None in pair] == []
    assert [one for pair in outcomes for one in pair if isinstance(one, Exception)] == []


ORIGIN = Origin("http", "127.0.0.1", 80, "127.0.0.1")


def connections(transport: str) -> Calls:
    """What two first calls of a transport open."""
    if transport == "httpcore":
        pools = HttpcoreTransport()
        return twice(lambda: pools._open(ORIGIN))
    if transport == "httpx":
        client = HttpxTransport()
        return twice(client._open)
    clients = PyreqwestTransport()._clients
    return twice(lambda: clients.get(30.0))


@pytest.mark.parametrize("transport", ["httpcore", "httpx", "pyreqwest"])
def test_two_first_calls_share_their_connections(transport: str) -> None:
    module = importlib.import_module(f"trustoo.transport.{transport}")
    outcomes = list(interleavings(lambda: connections(transport), module))
    assert outcomes
    assert [pair for pair in outcomes if pair[0] is not pair[1] or isinstance(pair[0], Exception)] == []


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_token_that_is_revoked_while_another_shop_disconnects_stays_revoked(name: str) -> None:
    made: list[tuple[FakePlatform, dict[str, Any], Callable[[], Any]]] = []

    def prepare() -> Calls:
        fake = platform()
        assert fake.platform is not None
        issued, other = fake.platform.issue("read_reviews"), fake.platform.issue("write_reviews")
        of_other = fake.client(access_token=other["access_token"])
        made[:] = [
            (fake.platform, issued, token_call("refresh_token", refresh_token=issued["refresh_token"])(fake)),
        ]
        return lambda: made[0][0].revoke(issued[name]), lambda: of_other.platform.disconnect() and None

    for outcome in interleavings(prepare, trustoo.testing.authorization):
        assert outcome == (None, None)
        merchants, issued, refresh = made[0]
        if name == "access_token":
            assert not merchants.accepts(issued["access_token"])
        else:
            with pytest.raises(TrustooError):
                refresh()


def test_outcomes_are_reported_one_at_a_time() -> None:
    """The function of the caller is interrupted too."""
    overlaps, running = list[bool](), list[int]()

    def on_outcome(outcome: UploadOutcome) -> None:
        overlaps.append(bool(running))
        running.append(1)
        running.pop()

    def prepare() -> Calls:
        batch = Batch([], None, on_outcome)

        def add() -> None:
            with batch.outcome_of(batch.take("kettle.jpg")):
                raise TrustooError("refused on purpose")

        return twice(add)

    for _ in interleavings(prepare, trustoo.upload.batch, sys.modules[__name__]):
        assert not any(overlaps)
    assert overlaps


def test_a_note_under_way_is_completed_before_the_file_is_closed(tmp_path: Path) -> None:
    path, opened = tmp_path / "journal.jsonl", list[Journal]()

    def prepare() -> Calls:
        path.unlink(missing_ok=True)
        opened[:] = [Journal(path)]
        return lambda: opened[0].note("a", "failed"), opened[0].close

    for noted, closed in interleavings(prepare, trustoo.upload.journal):
        assert closed is None
        assert (noted is None) == (list(Journal.last_lines(path)) == ["a"]), noted
    opened[0].close()


def test_two_parts_of_a_sum_are_both_counted() -> None:
    seen = list[tuple[int, int]]()

    def prepare() -> Calls:
        seen.append((0, 0))
        whole = ProgressSum(lambda done, total: seen.append((done, total)))
        return twice(lambda: whole.add(1, 10, report=True))

    for _ in interleavings(prepare, trustoo.upload.progress):
        assert seen[-1] == (2, 20)


READS: dict[str, Callable[[FakeTrustoo], Any]] = {
    "get": lambda fake: fake.reviews.get("1"),
    "iterate": lambda fake: list(fake.reviews),
    "list": lambda fake: fake.reviews.listed(),
}
CHANGES: dict[str, Callable[[FakeTrustoo], Any]] = {
    "add": lambda fake: fake.reviews.add(id="2"),
    "update": lambda fake: fake.reviews.update("1", title="Good", tag="new"),
    "remove": lambda fake: fake.reviews.remove("1"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("read", READS)
def test_what_is_read_during_a_change_is_from_before_or_after_it(read: str, change: str) -> None:
    def prepare() -> Calls:
        fake = FakeTrustoo(clock=lambda: 1000.0)
        fake.reviews.add(id="1", author="Zoë", rating=5, media=[{"id": 1}])
        fakes.append(fake)
        return lambda: READS[read](fake), lambda: CHANGES[change](fake)

    fakes = list[FakeTrustoo]()
    prepare()
    before = READS[read](fakes[-1])
    CHANGES[change](fakes[-1])
    after = READS[read](fakes[-1])
    for outcome, _ in interleavings(prepare, trustoo.testing.state):
        assert outcome in (before, after)


def test_a_note_that_fails_takes_no_other_note_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fsync = tmp_path / "journal.jsonl", os.fsync
    opened, failing = list[Journal](), threading.local()

    def full_disk(file: int) -> None:
        if getattr(failing, "is_on", False):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    def fail() -> None:
        failing.is_on = True
        opened[0].note("a", "failed")

    def prepare() -> Calls:
        for journal in opened:
            journal.close()
        path.unlink(missing_ok=True)
        opened[:] = [Journal(path)]
        return fail, lambda: opened[0].note("b", "failed")

    monkeypatch.setattr("os.fsync", full_disk)
    for first, second in interleavings(prepare, trustoo.upload.journal):
        assert (type(first), second) == (OSError, None)
        assert list(Journal.last_lines(path)) == ["b"]
    opened[0].close()
