"""What the fake service limits: lag of what was created, too many requests, scopes of access tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from trustoo import (
    NO_RETRIES,
    AlreadyExistsError,
    APIError,
    ConfigurationError,
    HTTPStatusError,
    OutcomeUnknownError,
    UnauthenticatedError,
)
from trustoo._sansio import Sleep
from trustoo.testing import FakeTrustoo, Fault, Lag, Throttle, without_waiting
from trustoo_api.operations import OPERATIONS

from tests.oauth.conftest import NOW, Clock

pytestmark = pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> Iterator[FakeTrustoo]:
    with without_waiting():
        yield FakeTrustoo(clock=clock, state="empty")


@pytest.fixture
def shop(fake: FakeTrustoo) -> Iterator[Any]:
    with fake.client() as shop:
        yield shop


# --- lag ---


def test_a_lag_of_reads_hides_what_was_created_from_so_many_lists_and_ratings(fake: FakeTrustoo, shop: Any) -> None:
    fake.lag = Lag(reads=3)
    made = shop.reviews.create(rating=5, author="x").id
    fake.reviews.add(rating=1)
    assert shop.reviews.get(id=made).id == made
    seen = [len(shop.reviews.list().list), shop.reviews.rating().review_count, len(shop.reviews.list().list)]
    assert seen == [1, 1, 1]
    assert (len(shop.reviews.list().list), shop.reviews.rating().review_count) == (2, 2)
    fake.lag = Lag()
    shop.reviews.create(rating=5, author="y")
    assert len(shop.reviews.list().list) == 3


def test_a_lag_of_seconds_goes_by_the_fakes_clock(fake: FakeTrustoo, shop: Any, clock: Clock) -> None:
    fake.lag = Lag(seconds=30)
    shop.reviews.create(rating=5, author="x")
    shop.webhooks.create(topic="t", url="https://example.com/u")
    shop.customers.exclude(email="a@example.com")
    lists: list[Callable[[], Any]] = [
        lambda: shop.reviews.list().list,
        shop.webhooks.list,
        lambda: shop.customers.exclusions().list,
    ]
    for after, shown in ((0, 0), (29, 0), (30, 1)):
        clock.now = NOW + after
        assert [len(listed()) for listed in lists] == [shown] * 3
    with pytest.raises(AlreadyExistsError):
        shop.webhooks.create(topic="t", url="https://example.com/u")


def test_what_lags_can_be_deleted(fake: FakeTrustoo, shop: Any) -> None:
    fake.lag = Lag(reads=1, seconds=10)
    shop.reviews.delete(id=shop.reviews.create(rating=5, author="x").id)
    assert len(fake.reviews) == 0


@pytest.mark.parametrize("given", [{"reads": -1}, {"seconds": -0.5}])
def test_a_lag_is_not_negative(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="A Lag must not be negative"):
        Lag(**given)


# --- throttle ---


def test_more_requests_than_the_throttle_lets_through_are_429(fake: FakeTrustoo, clock: Clock) -> None:
    fake.throttle = Throttle(requests=2, seconds=60)
    shop: Any = fake.client(retry=NO_RETRIES)
    shop.reviews.list()
    clock.now += 20.5
    shop.reviews.create(rating=5, author="x")
    for call in (shop.reviews.list, lambda: shop.reviews.create(rating=5, author="y")):
        with pytest.raises(HTTPStatusError) as caught:
            call()
        assert (caught.value.status, caught.value.retry_after) == (429, 40)
    assert len(fake.reviews) == 1
    clock.now = NOW + 60  # the first is forgotten, the second is not
    shop.reviews.list()
    with pytest.raises(HTTPStatusError) as caught:
        shop.reviews.list()
    assert caught.value.retry_after == 21
    fake.throttle = None
    shop.reviews.list()


def test_a_client_waits_out_a_throttle(fake: FakeTrustoo, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def sleep(effect: Sleep) -> None:
        waited.append(effect.seconds)
        clock.now += effect.seconds

    monkeypatch.setattr("trustoo.client.sleep", sleep)
    fake.throttle = Throttle(requests=1, seconds=5)
    shop: Any = fake.client()
    for _ in range(3):
        shop.reviews.list()
    assert len(waited) == 2
    assert all(seconds >= 5 for seconds in waited)


@pytest.mark.parametrize("code", [1, 3, 4, 5, 6, 8, 13, 14, 16, 77])
def test_a_throttle_may_speak_by_code(fake: FakeTrustoo, code: int) -> None:
    fake.throttle = Throttle(requests=1, seconds=60, code=code)
    with fake.client(retry=NO_RETRIES) as shop:
        shop.reviews.list()
        with pytest.raises(APIError, match="too many requests") as caught:
            shop.reviews.list()
    assert caught.value.code == code
    assert fake.processed == {"reviews.list": 1}


def test_a_fault_cannot_make_a_throttled_request_count(fake: FakeTrustoo) -> None:
    fake.throttle = Throttle(requests=1, seconds=60)
    fake.client().reviews.create(rating=5, author="x")
    fake.fail(Fault.timeout(processed=True))
    with pytest.raises(OutcomeUnknownError):
        fake.client().reviews.create(rating=5, author="y")
    assert len(fake.reviews) == fake.processed["reviews.create"] == 1


@pytest.mark.parametrize(("requests", "seconds"), [(0, 1), (1, 0), (1, -1), (1, float("nan"))])
def test_a_throttle_has_a_number_and_a_window(requests: int, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="A Throttle needs requests of 1 or more"):
        Throttle(requests, seconds)


# --- scopes ---


@pytest.mark.parametrize("operation", [name for name, about in OPERATIONS.items() if about.scopes])
def test_a_token_needs_the_documented_scope(operation: str) -> None:
    fake = FakeTrustoo(clock=lambda: NOW, state="off", scopes=[])
    bearer = {"Authorization": f"Bearer {fake.tokens.access_token}"}
    about = OPERATIONS[operation]
    target, body = f"{about.path}?id=1", b'{"rating":5,"author":"x","email":"shopper@example.com"}'

    def ask() -> Any:
        return json.loads(fake.handle(about.method, target, httpx.Headers(bearer), body).body)

    said = ask()
    assert (said["code"], said["message"]) == (16, f"the access token lacks the scope {', '.join(about.scopes)}")
    assert not fake.processed
    fake.scopes = frozenset(about.scopes)
    assert ask()["code"] == 0
    fake.scopes = None
    assert ask()["code"] == 0


def test_a_topic_has_a_scope_of_its_own(fake: FakeTrustoo) -> None:
    fake.scopes = frozenset(["write_reviews"])
    shop: Any = fake.client(access_token=fake.tokens.access_token)
    made = shop.webhooks.create(topic="review/created", url="https://example.com/a")
    shop.webhooks.create(topic="of the future", url="https://example.com/a")
    with pytest.raises(UnauthenticatedError, match="lacks the scope read_customer_events"):
        shop.webhooks.create(topic="customer_event/created", url="https://example.com/a")
    with pytest.raises(UnauthenticatedError, match="lacks the scope read_customer_events"):
        shop.webhooks.update(id=made.id, topic="customer_event/created", url="https://example.com/x", unverified=True)
    assert len(fake.webhooks) == 2


def test_shop_tokens_have_every_scope_and_scopes_without_documentation_are_not_asked_for(fake: FakeTrustoo) -> None:
    fake.scopes = frozenset()
    fake.client().reviews.create(rating=5, author="x")
    shop: Any = fake.client(access_token=fake.tokens.access_token)
    assert shop.webhooks.list() == shop.orders.list().list == []


def test_tokens_of_a_platform_have_the_scopes_of_their_grant(fake: FakeTrustoo) -> None:
    merchants = fake.add_platform()
    platform = fake.platform_client()
    platform.exchange(merchants.code("read_reviews, read_customer_events"), shop="kettles")
    platform.exchange(merchants.code(), shop="teapots")
    platform.client_credentials(shop_id="1", scope="write_reviews", key="cups")
    kettles, teapots, cups = (platform.shop(name) for name in ("kettles", "teapots", "cups"))
    assert kettles.reviews.list().list == teapots.reviews.list().list == []
    teapots.reviews.create(rating=5, author="x")
    cups.reviews.create(rating=5, author="x")
    for refused in (lambda: kettles.reviews.create(rating=5, author="x"), cups.reviews.list):
        with pytest.raises(UnauthenticatedError, match=r"lacks the scope (write|read)_reviews"):
            refused()
    assert merchants.refreshes == 1  # the client renews once, in case the token had ended
    with pytest.raises(UnauthenticatedError):
        kettles.reviews.create(rating=5, author="x")
    assert len(fake.reviews) == 2


# --- lives of tokens ---


@pytest.mark.parametrize("rotation", [True, False], ids=["rotation", "no rotation"])
def test_each_step_in_the_life_of_a_grant_ends_its_own_tokens_only(fake: FakeTrustoo, rotation: bool) -> None:
    merchants = fake.add_platform(rotation=rotation)
    identity = {"client_id": merchants.client_id, "client_secret": merchants.client_secret}

    def ask(operation: str, bearer: str = "", **members: str) -> dict[str, Any]:
        about, headers = OPERATIONS[operation], httpx.Headers({"Authorization": f"Bearer {bearer}"})
        response = fake.handle(about.method, about.path, headers, json.dumps(identity | members).encode())
        said: dict[str, Any] = json.loads(response.body)
        return said

    def refreshed(token: str) -> dict[str, Any] | None:
        said = ask("oauth.token", grant_type="refresh_token", refresh_token=token)
        return said["data"] if said["code"] == 0 else None

    mine, other = merchants.issue(), merchants.issue()
    newer = refreshed(mine["refresh_token"])
    assert newer is not None
    assert ("refresh_token" in newer, merchants.accepts(mine["access_token"])) == (rotation, not rotation)
    assert (refreshed(mine["refresh_token"]) is None) is rotation  # used once, or again and again
    assert merchants.accepts(newer["access_token"])

    newest = newer.get("refresh_token", mine["refresh_token"])
    merchants.revoke(newer["access_token"])
    assert not merchants.accepts(newer["access_token"])
    last = refreshed(newest)  # it lives on without its access token
    assert last is not None

    assert ask("platform.disconnect", last["access_token"])["code"] == 0
    for issued in (mine, newer, last):
        assert not merchants.accepts(issued["access_token"])
        assert refreshed(issued.get("refresh_token", newest)) is None

    assert merchants.accepts(other["access_token"])  # another shop notices nothing of it
    merchants.revoke(other["refresh_token"])
    assert merchants.accepts(other["access_token"])
    assert refreshed(other["refresh_token"]) is None
    assert merchants.counts == {"refresh_token": 2 if rotation else 3, "disconnect": 1}


def test_scopes_are_several() -> None:
    with pytest.raises(ConfigurationError, match=r"must be a list of strings, such as \['read_reviews'\], not one"):
        FakeTrustoo(scopes="read_reviews")


def test_a_merchant_may_come_back_with_a_scope(fake: FakeTrustoo) -> None:
    merchants = fake.add_platform()
    platform = fake.platform_client()
    state = httpx.URL(platform.authorize_url("kettles")).params["state"]
    platform.exchange(httpx.URL(merchants.return_url(state, scope="read_reviews")).params["code"], shop="kettles")
    with pytest.raises(UnauthenticatedError, match="lacks the scope write_reviews"):
        platform.shop("kettles").reviews.create(rating=5, author="x")
    assert merchants.issue("read_reviews")["scope"] == "read_reviews"


def test_a_throttle_shows_and_takes_its_three_numbers_only() -> None:
    assert repr(Throttle(1, 2)) == "Throttle(requests=1, seconds=2, code=None)"
    with pytest.raises(TypeError):
        Throttle(1, 2, 8, [])  # type: ignore[call-arg]
