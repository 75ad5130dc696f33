"""What threads share in the fake service is right in every order of their steps: nothing is given twice or lost."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

import pytest
import trustoo.testing.authorization
import trustoo.testing.faults
import trustoo.testing.service
import trustoo.testing.state
import trustoo.testing.storage
from trustoo import NO_RETRIES, TrustooError
from trustoo.testing import (
    FakePlatform,
    FakeResponse,
    FakeTrustoo,
    Fault,
    Lag,
    StorageResponse,
    Throttle,
)

from contract_tests.support.interleaving import Calls, interleavings, not_serial, twice


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


def additions() -> Calls:
    fake = FakeTrustoo()
    return twice(lambda: fake.reviews.add(id="7"))


ONE_WINS: dict[str, tuple[Callable[[], Calls], ModuleType]] = {
    "a code is exchanged": (exchanges, trustoo.testing.authorization),
    "a rotated token is refreshed": (refreshes, trustoo.testing.authorization),
    "a token is revoked": (revocations, trustoo.testing.authorization),
    "a request passes": (throttled, trustoo.testing.faults),
    "a fault is met": (faults, trustoo.testing.faults),
    "an id is given": (additions, trustoo.testing.state),
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


def grants() -> Calls:
    return twice(token_call("client_credentials")(platform()))


def responses() -> Calls:
    storage = FakeTrustoo().storage
    storage.respond_next(StorageResponse.html())
    storage.respond_next(StorageResponse.empty())
    return twice(lambda: storage.start_form())


DIFFERENT: dict[str, tuple[Callable[[], Calls], ModuleType]] = {
    "codes": (codes, trustoo.testing.authorization),
    "tokens": (tokens, trustoo.testing.authorization),
    "tokens of the token endpoint": (grants, trustoo.testing.authorization),
    "ids of reviews": (reviews, trustoo.testing.state),
    "ids of requests": (requests, trustoo.testing.service),
    "queued responses of the storage": (responses, trustoo.testing.storage),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_two_calls_at_once_get_different_things(case: str) -> None:
    prepare, module = DIFFERENT[case]
    outcomes = list(interleavings(prepare, module))
    assert outcomes
    assert [pair for pair in outcomes if pair[0] == pair[1] or None in pair] == []
    assert [one for pair in outcomes for one in pair if isinstance(one, Exception)] == []


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


READS: dict[str, Callable[[FakeTrustoo], Any]] = {
    "get": lambda fake: fake.reviews.get("1"),
    "iterate": lambda fake: list(fake.reviews),
    "list": lambda fake: fake.reviews.listed(),
}
CHANGES: dict[str, Callable[[FakeTrustoo], Any]] = {
    "add": lambda fake: fake.reviews.add(id="2"),
    "update": lambda fake: fake.reviews.update("1", title="Good", tag="new"),
    "remove": lambda fake: fake.reviews.remove("1"),
    "clear": lambda fake: fake.reviews.clear(),
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


Action: TypeAlias = Callable[[FakeTrustoo], Any]
LAGGING: Action = lambda fake: fake.reviews.add(id="2", lag=Lag(reads=1))["id"]  # noqa: E731
OF_REVIEWS: dict[str, tuple[Action, Action]] = {
    "two changes": (
        lambda fake: fake.reviews.update("1", title="Good"),
        lambda fake: fake.reviews.update("1", rating=1),
    ),
    "new, then changed": (lambda fake: fake.reviews.add(id="3"), lambda fake: fake.reviews.update("3", title="Good")),
    "changed, then gone": (lambda fake: fake.reviews.update("1", title="Good"), lambda fake: fake.reviews.remove("1")),
    "two lists": (lambda fake: len(fake.reviews.listed()), lambda fake: len(fake.reviews.listed())),
    "list and gone": (lambda fake: len(fake.reviews.listed()), lambda fake: fake.reviews.remove("1")),
}


@pytest.mark.parametrize("case", OF_REVIEWS)
def test_reviews_are_as_if_one_call_came_after_the_other(case: str) -> None:
    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        fake = FakeTrustoo(clock=lambda: 1000.0)
        fake.reviews.clear()
        fake.reviews.add(id="1", author="Zoë", rating=5)
        LAGGING(fake)
        one, other = OF_REVIEWS[case]
        return lambda: one(fake), lambda: other(fake), lambda: [*fake.reviews, len(fake.reviews.listed())]

    assert not_serial(prepare, trustoo.testing.state) == []


def bearer(name: str, call: str) -> Action:
    """A call of the platform by the shop of one of two tokens."""

    def of(fake: FakeTrustoo) -> Any:
        made = fake.platform
        assert made is not None
        shop = fake.client(access_token=f"EXAMPLE-access-token-{name}")
        if call == "disconnect":
            return shop.platform.disconnect() and None
        given: dict[str, Any] = {"client_id": made.client_id, "client_secret": made.client_secret}
        return shop.oauth.revoke(**given, token=f"EXAMPLE-access-token-{name}") and None

    return of


def issue(fake: FakeTrustoo) -> Any:
    assert fake.platform is not None
    return fake.platform.issue()["access_token"]


FIRST, SECOND = "2", "5"
"""The numbers in the tokens that the platform issues first."""
OF_PLATFORMS: dict[str, tuple[Action, Action]] = {
    "two disconnect": (bearer(FIRST, "disconnect"), bearer(SECOND, "disconnect")),
    "two revoke": (bearer(FIRST, "revoke"), bearer(SECOND, "revoke")),
    "one disconnects, one revokes": (bearer(FIRST, "disconnect"), bearer(SECOND, "revoke")),
    "one disconnects, one is new": (bearer(FIRST, "disconnect"), issue),
}


@pytest.mark.parametrize("case", OF_PLATFORMS)
def test_a_platform_is_as_if_one_call_came_after_the_other(case: str) -> None:
    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        fake = platform()
        made = fake.platform
        assert made is not None
        issued = [made.issue()["access_token"] for _ in range(2)]
        assert issued == [f"EXAMPLE-access-token-{number}" for number in (FIRST, SECOND)]
        one, other = OF_PLATFORMS[case]
        return (
            lambda: one(fake),
            lambda: other(fake),
            lambda: (made.counts, [made.accepts(f"EXAMPLE-access-token-{number}") for number in range(12)]),
        )

    assert not_serial(prepare, trustoo.testing.authorization) == []


def queued(fake: FakeTrustoo) -> Any:
    return fake.client(retry=NO_RETRIES).reviews.list() and None


OF_SERVICES: dict[str, tuple[Action, ModuleType, Callable[[FakeTrustoo], object], Action]] = {
    "a response of the service": (
        queued,
        trustoo.testing.service,
        lambda fake: fake.respond_once("reviews.list", FakeResponse.of_json({"code": 8, "message": "EXAMPLE"})),
        lambda fake: (len(fake.received), fake.processed["reviews.list"]),
    ),
    "a response of the storage": (
        lambda fake: fake.storage.start_form(),
        trustoo.testing.storage,
        lambda fake: fake.storage.respond_next(StorageResponse.html()),
        lambda fake: fake.storage.forms,
    ),
}


@pytest.mark.parametrize("case", OF_SERVICES)
def test_of_two_calls_one_meets_what_is_queued_once(case: str) -> None:
    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        call, _, enqueue, count = OF_SERVICES[case]
        fake = FakeTrustoo()
        enqueue(fake)
        return lambda: call(fake), lambda: call(fake), lambda: count(fake)

    assert not_serial(prepare, OF_SERVICES[case][1]) == []
