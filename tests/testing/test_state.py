"""What the fake service keeps: created, listed, got, counted, changed and deleted, with filters and order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from trustoo import (
    NO_RETRIES,
    AlreadyExistsError,
    ArgumentError,
    ConfigurationError,
    ConnectError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
)
from trustoo.testing import FakeResponse, FakeTrustoo, Fault, without_waiting
from trustoo.testing.handlers import HANDLERS
from trustoo.webhooks import WebhookVerifier
from trustoo_api.operations import OPERATIONS

from tests.oauth.conftest import NOW, Clock
from tests.support import module_of

pytestmark = pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")

PRODUCT = "8100000000019"


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


def ids(page: Any) -> list[str]:
    return [item.id for item in page.list]


def counted(rating: Any) -> tuple[Any, ...]:
    return (rating.rating_value_text, *(getattr(rating, f"star{number}_count") for number in range(1, 6)))


# --- what it begins with ---


def test_the_handlers_are_of_known_operations() -> None:
    assert set(HANDLERS) <= set(OPERATIONS)


def test_it_begins_with_the_samples_of_the_description() -> None:
    fake = FakeTrustoo()
    shop: Any = fake.client()
    (review,) = shop.reviews.list(product_ids=[PRODUCT]).list
    assert (review.id, review.content) == ("1001", "Pours well and keeps the tea hot.")
    assert shop.reviews.get(id="1001") == review
    assert counted(shop.reviews.rating(product_id=PRODUCT)) == ("5", 0, 0, 0, 0, 1)
    assert [webhook.id for webhook in shop.webhooks.list()] == ["19"]
    sizes = [len(store) for store in (fake.exclusions, fake.orders, fake.customer_events, fake.unsubscriptions)]
    assert sizes == [1, 1, 1, 0]
    assert shop.reviews.create(rating=4, author="Zoë").id == "1003"
    assert shop.webhooks.create(topic="review/deleted", url="https://example.com/2").id == "20"  # 19 is taken


def test_it_may_begin_empty_and_be_filled(fake: FakeTrustoo, shop: Any) -> None:
    assert (shop.reviews.list().list, shop.webhooks.list(), shop.orders.list().list) == ([], [], [])
    assert counted(shop.reviews.rating()) == ("0", 0, 0, 0, 0, 0)
    added = fake.reviews.add(rating=3, author="Ada", extra=[1])
    assert added == {"id": "1003", "rating": 3, "author": "Ada", "extra": [1], "created_at": "2023-11-20T07:36:11Z"}
    fake.reviews.add({"id": 7, "rating": 1}, author="Bo")
    assert [(review.id, review.author) for review in shop.reviews.list().list] == [("1003", "Ada"), ("7", "Bo")]
    fake.reviews.clear()
    assert shop.reviews.list().list == []
    fake.reviews.add(shop.reviews.list().page)  # models are fine
    assert shop.reviews.list().list[0].extra["count"] == 0


def test_a_review_without_a_time_is_added_now(fake: FakeTrustoo, shop: Any, clock: Clock) -> None:
    kept: list[dict[str, Any]] = [{"commented_at": "2025-01-01 00:00:00"}, {"created_at": None}, {"created_at": ""}]
    assert [fake.reviews.add(times, id=str(number)) for number, times in enumerate(kept)] == [
        {"id": str(number), **times} for number, times in enumerate(kept)
    ]
    clock.now += 60
    assert fake.reviews.add(id="now")["created_at"] == "2023-11-20T07:37:11Z"
    assert shop.reviews.list(sort_by="created-descending").list[0].id == "0"
    assert fake.orders.add(name="A") == {"name": "A"}  # whether orders have this member is unknown


def test_an_id_is_there_once(fake: FakeTrustoo) -> None:
    fake.reviews.add(id="5")
    with pytest.raises(ArgumentError, match="An item with the id '5' already exists"):
        fake.reviews.add(id=5)
    fake.reviews.remove("5")
    assert fake.reviews.add(id=5)["id"] == 5


def test_what_is_handed_out_are_copies(fake: FakeTrustoo) -> None:
    given = {"rating": 5, "media": [{"url": "a"}]}
    added = fake.reviews.add(given)
    for one in (given, added, fake.reviews.get(added["id"]), *fake.reviews):
        assert one is not None
        one["media"][0]["url"] = "changed"
    assert [review["media"] for review in fake.reviews] == [[{"url": "a"}]]


def test_a_fake_without_state_keeps_nothing() -> None:
    fake = FakeTrustoo(state="off")
    shop: Any = fake.client()
    assert shop.reviews.create(rating=1, author="x").id == shop.reviews.create(rating=1, author="x").id == "1003"
    assert shop.reviews.get(id="anything").id == "1001"
    assert len(fake.reviews) == 0


def test_the_state_is_one_of_three() -> None:
    with pytest.raises(ConfigurationError, match='state must be "samples", "empty" or "off", not \'none\''):
        FakeTrustoo(state="none")  # type: ignore[arg-type]


# --- reviews ---


def test_a_created_review_is_listed_got_counted_and_deleted(fake: FakeTrustoo, shop: Any) -> None:
    made = shop.reviews.create(
        product_id=PRODUCT, rating=4, author="Zoë", title="Good", media={"images": []}, extra_body={"id": "9", "new": 1}
    ).id
    assert made == "1003"
    (review,) = shop.reviews.list(product_ids=[PRODUCT]).list
    assert shop.reviews.get(id=made) == review
    assert (review.id, review.rating, review.author, review.title) == ("1003", 4, "Zoë", "Good")
    assert review.created_at == review.updated_at == review.commented_at == datetime.fromtimestamp(NOW, UTC)
    assert (review.created_at_text, review.updated_at_text) == ("2023-11-20T07:36:11Z", "2023-11-20 07:36:11")
    assert review.extra == {"new": 1}
    assert counted(shop.reviews.rating(product_id=PRODUCT)) == ("4", 0, 0, 0, 1, 0)
    shop.reviews.delete(id=made)
    assert shop.reviews.list().list == []
    assert counted(shop.reviews.rating()) == ("0", 0, 0, 0, 0, 0)
    for again in (shop.reviews.delete, shop.reviews.get):
        with pytest.raises(NotFoundError, match="no review with this id"):
            again(id=made)
    assert shop.reviews.create(rating=1, author="x").id == "1004"
    assert fake.processed["reviews.delete"] == 1


def test_ids_are_found_as_numbers_and_as_text(shop: Any, fake: FakeTrustoo) -> None:
    fake.reviews.add(id=7, rating=1)
    fake.reviews.add(id="8", rating=1)
    assert (shop.reviews.get(id="7").id, shop.reviews.get(id="8").id) == ("7", "8")
    shop.reviews.delete(id="7")
    shop.reviews.delete(id=8)
    assert len(fake.reviews) == 0


@pytest.mark.parametrize("rating", [0, 6, 4.5, "5", True, None, [], {}])
def test_a_review_has_one_to_five_stars(fake: FakeTrustoo, shop: Any, rating: Any) -> None:
    request = module_of("reviews.create").build(rating=5, author="x")
    request.body["rating"] = rating
    with pytest.raises(InvalidArgumentError, match=r"rating is (not of type integer|not one of 1, 2, 3, 4, 5)"):
        shop.send(request, module_of("reviews.create").DECODER)
    assert (len(fake.reviews), fake.processed.total()) == (0, 0)


REVIEWS = {
    "a": {
        "rating": 5,
        "product_id": "1",
        "source": "Shop",
        "content": "Keeps WARM",
        "created_at": "2025-01-03T00:00:00Z",
    },
    "b": {"rating": 4, "product_id": 2, "source": "Amazon", "title": "Übel warm", "created_at": "2025-01-01 00:00:00"},
    "c": {"rating": 4.0, "product_id": 0, "author": "Warmer", "commented_at": "2025-01-02 00:00:00"},
    "d": {"rating": 1, "product_id": "gid://shopify/Product/1", "review_title": "cold", "product_handle": "kettle"},
    "e": {"rating": 2.5, "content": "swarm", "created_at": "2025-01-01 00:00:00"},
}


@pytest.fixture
def filled(fake: FakeTrustoo) -> None:
    for name, review in REVIEWS.items():
        fake.reviews.add(review, id=name)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "abcde"),
        ({"product_ids": ["1"]}, "ad"),
        ({"product_ids": ["2", "1"]}, "abd"),
        ({"product_ids": ["3"]}, ""),
        ({"ratings": [""], "keyword": "", "extra_query": {"product_ids": "", "is_store_review": ""}}, "abcde"),
        ({"is_store_review": 1}, "ce"),
        ({"is_store_review": 0}, "abd"),
        ({"is_store_review": 2}, "abcde"),
        ({"keyword": "warm"}, "abce"),
        ({"keyword": "ÜBEL"}, "b"),
        ({"keyword": "kettle"}, ""),
        ({"ratings": ["4"]}, "bc"),
        ({"ratings": ["1", "5"]}, "ad"),
        ({"ratings": ["2.5"]}, "e"),
        ({"sources": ["Shop"]}, "a"),
        ({"sources": ["Amazon", "Shop"]}, "ab"),
        ({"sources": ["shop"]}, ""),
        ({"ratings": ["4"], "keyword": "warm", "product_ids": ["2"]}, "b"),
        ({"sort_by": "created-ascending"}, "dbeca"),
        ({"sort_by": "created-descending"}, "acebd"),
        ({"sort_by": "another"}, "abcde"),
        ({"sort_by": "created-descending", "page_size": 2, "page": 2}, "eb"),
    ],
)
def test_reviews_are_filtered_and_sorted(shop: Any, given: dict[str, Any], found: str) -> None:
    page = shop.reviews.list(**given)
    assert "".join(ids(page)) == found
    if "page" not in given:
        assert page.page is not None
        assert page.page.count == len(found)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ("3.5", 1, 0, 0, 2, 1)),
        ({"product_id": "1"}, ("3", 1, 0, 0, 0, 1)),
        ({"product_id": "9"}, ("0", 0, 0, 0, 0, 0)),
        ({"product_handle": "kettle"}, ("1", 1, 0, 0, 0, 0)),
        ({"is_store_rating": 1}, ("4", 0, 0, 0, 1, 0)),
        ({"is_store_rating": 0}, ("3.5", 1, 0, 0, 2, 1)),
        ({"is_all_products_rating": 1}, ("3.3", 1, 0, 0, 1, 1)),
        ({"is_all_rating": 1}, ("3.5", 1, 0, 0, 2, 1)),
    ],
)
def test_ratings_count_what_was_asked_for(shop: Any, given: dict[str, Any], found: tuple[Any, ...]) -> None:
    rating = shop.reviews.rating(**given)
    assert counted(rating) == found
    assert rating.review_count == sum(found[1:])


def test_iterating_finds_what_was_created(shop: Any, clock: Clock) -> None:
    made = []
    for number in range(45):
        clock.now += 60
        made.append(shop.reviews.create(rating=1 + number % 5, author=str(number)).id)
    assert [review.id for review in shop.reviews.iterate(sort_by="created-descending", page_size=7)] == made[::-1]


# --- subscriptions ---


def test_subscriptions_are_created_changed_listed_and_deleted(shop: Any, clock: Clock) -> None:
    made = shop.webhooks.create(topic="review/created", url="https://example.com/a")
    assert (made.id, made.topic, made.url) == ("19", "review/created", "https://example.com/a")
    assert shop.webhooks.list() == [made]
    clock.now += 60
    changed = shop.webhooks.update(id=19, topic="review/deleted", url="https://example.com/b", unverified=True)
    assert (changed.id, changed.topic, changed.created_at) == ("19", "review/deleted", made.created_at)
    assert changed.updated_at == datetime.fromtimestamp(NOW + 60, UTC)
    assert shop.webhooks.list() == [changed]
    shop.webhooks.delete(id="19")
    assert shop.webhooks.list() == []
    with pytest.raises(NotFoundError):
        shop.webhooks.delete(id="19")


def test_an_address_is_subscribed_to_a_topic_once(shop: Any, fake: FakeTrustoo) -> None:
    first = shop.webhooks.create(topic="review/created", url="https://example.com/a")
    second = shop.webhooks.create(topic="review/deleted", url="https://example.com/a")
    with pytest.raises(AlreadyExistsError, match="this URL is subscribed to this topic already"):
        shop.webhooks.create(topic="review/created", url="https://example.com/a")
    same = {"topic": "review/created", "url": "https://example.com/a", "unverified": True}
    with pytest.raises(AlreadyExistsError):
        shop.webhooks.update(id=second.id, **same)
    shop.webhooks.update(id=first.id, **same)
    with pytest.raises(NotFoundError):
        shop.webhooks.update(id="77", topic="review/updated", url="https://example.com/x", unverified=True)
    assert len(fake.webhooks) == 2


# --- customers ---


def test_a_delivery_goes_to_the_urls_that_are_subscribed_to_its_topic(fake: FakeTrustoo, shop: Any) -> None:
    seen: list[tuple[str, bytes]] = []

    def receive(request: httpx.Request) -> httpx.Response:
        WebhookVerifier(fake.tokens.private_token, clock=lambda: NOW).verify(request.content, request.headers)
        seen.append((str(request.url), request.content))
        return httpx.Response(200)

    fake.webhooks.clear()
    a, b = (shop.webhooks.create(topic="review/created", url=f"https://example.com/{name}") for name in "ab")
    shop.webhooks.create(topic="review/deleted", url="https://example.com/deleted")
    shop.webhooks.delete(id=a.id)
    with httpx.Client(transport=httpx.MockTransport(receive)) as client:
        responses = fake.deliver("review/created", fake.deliveries().make({"list": []}), client=client)
        assert fake.deliver("review/updated", client=client) == []
    assert [response.status_code for response in responses] == [200]
    assert seen == [(b.url, b'{"list":[]}')]


def test_exclusions_are_made_listed_and_ended(shop: Any, fake: FakeTrustoo) -> None:
    first = shop.customers.exclude(email="a@example.com")
    second = shop.customers.exclude(customer_id="10000000000009")
    assert (first.customer_id, first.email, first.phone) == ("10000000000001", "a@example.com", "")
    assert (second.customer_id, second.email) == ("10000000000009", "")
    assert shop.customers.exclusions().list == [first, second]
    for again in ({"email": "a@example.com"}, {"customer_id": 10000000000009}, {"customer_id": first.customer_id}):
        with pytest.raises(AlreadyExistsError):
            shop.customers.exclude(**again)
    shop.customers.include(email="a@example.com")
    shop.customers.include(customer_id=10000000000009)
    assert shop.customers.exclusions().list == []
    with pytest.raises(NotFoundError):
        shop.customers.include(email="a@example.com")
    assert fake.processed == {"customers.exclude": 2, "customers.exclusions": 2, "customers.include": 2}


def test_who_is_meant_must_be_said(shop: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="customer_id and email are missing"):
        shop.customers.exclude(email="")
    with pytest.raises(InvalidArgumentError, match="give one of customer_id and email"):
        shop.customers.include(email="")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "the body has no email or customer_id"),
        (b'{"email": "a", "customer_id": "1"}', "the body must not have the member email"),
    ],
)
def test_who_is_meant_must_be_said_once(fake: FakeTrustoo, body: bytes, said: str) -> None:
    """Our client refuses both before sending; others may send them."""
    operation = OPERATIONS["customers.include"]
    headers = {"Authorization": f"Bearer {fake.tokens.access_token}"}
    answer = json.loads(fake.handle(operation.method, operation.path, headers, body).body)
    assert (answer["code"], said in answer["message"]) == (3, True), answer


def test_unsubscriptions_are_kept_once(shop: Any, fake: FakeTrustoo) -> None:
    for _ in range(2):
        shop.customers.unsubscribe(email="a@example.com", email_type="all")
    shop.customers.unsubscribe(email="a@example.com", email_type="left_review")
    assert list(fake.unsubscriptions) == [
        {"email": "a@example.com", "email_type": "all"},
        {"email": "a@example.com", "email_type": "left_review"},
    ]


# --- orders and events ---


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "abc"),
        ({"type": "0"}, "abc"),
        ({"type": "3"}, "a"),
        ({"start_time": "2025-01-02 00:00:00"}, "bc"),
        ({"start_time": "1735776000"}, "bc"),
        ({"start_time": "2025-01-01T00:00:00Z", "end_time": "2025-01-02T00:00:00Z"}, "ab"),
        ({"end_sent_at": "1735689600"}, "a"),
        ({"start_sent_at": "1735689601"}, ""),
        ({"start_sent_at": "", "end_sent_at": "", "type": ""}, "abc"),
        ({"sort_by": "created-descending"}, "cba"),
    ],
)
def test_orders_are_filtered(fake: FakeTrustoo, shop: Any, given: dict[str, Any], found: str) -> None:
    fake.orders.add(name="a", type=3, created_at="2025-01-01 00:00:00", sent_at="2025-01-01 00:00:00")
    fake.orders.add(name="b", type="1", created_at="2025-01-02 00:00:00")
    fake.orders.add(name="c", type="1", created_at="2025-01-03 00:00:00", sent_at=None)
    assert "".join(order["name"] for order in shop.orders.list(**given).list) == found


@pytest.mark.parametrize("name", ["start_sent_at", "end_sent_at", "start_time", "end_time"])
def test_times_that_cannot_be_read_are_refused(shop: Any, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name} is not a time"):
        shop.orders.list(**{name: "yesterday"})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, 3),
        ({"event_type": "CLICK_MEDIA"}, 2),
        ({"os_type": "IOS"}, 1),
        ({"event_source": "EMAIL"}, 1),
        ({"event_type": "CLICK_MEDIA", "os_type": "IOS"}, 1),
        ({"event_type": "CLICK_MEDIA", "event_source": "EMAIL"}, 0),
    ],
)
def test_events_are_filtered(fake: FakeTrustoo, shop: Any, given: dict[str, Any], found: int) -> None:
    fake.customer_events.add(event_type="CLICK_MEDIA", os_type="IOS", event_source="STOREFRONT")
    fake.customer_events.add(event_type="CLICK_MEDIA", os_type="WINDOWS", event_source="STOREFRONT")
    fake.customer_events.add(event_type="PAGINATION", event_source="EMAIL")
    page = shop.customer_events.list(**given)
    assert len(page.list) == found
    assert page.page is not None
    assert page.page.count == found


# --- what wins over the state ---


def test_what_a_test_sets_wins_and_leaves_the_state_alone(fake: FakeTrustoo, shop: Any) -> None:
    fake.respond("reviews.create", {"id": "set"})
    assert shop.reviews.create(rating=5, author="x").id == "set"
    fake.respond_once("webhooks.create", FakeResponse.of_json({"code": 0, "data": {"id": "once"}}))
    assert shop.webhooks.create(topic="t", url="https://example.com/u").id == "once"
    assert (len(fake.reviews), len(fake.webhooks)) == (0, 0)
    fake.pages("reviews.list", [{"id": "set"}])
    fake.reviews.add(rating=5)
    assert ids(shop.reviews.list(ratings=["1"])) == ["set"]
    assert shop.webhooks.create(topic="t", url="https://example.com/u").id == "19"


@pytest.mark.parametrize(
    ("fault", "created"),
    [(Fault.refused(), 0), (Fault.timeout(processed=False), 0), (Fault.reset(), 1), (Fault.truncated(after=3), 1)],
)
def test_a_fault_decides_whether_the_state_changes(fake: FakeTrustoo, shop: Any, fault: Fault, created: int) -> None:
    fake.fail(fault)
    with pytest.raises(OutcomeUnknownError if fault.reached else ConnectError):
        shop.with_options(retry=NO_RETRIES).reviews.create(rating=5, author="x")
    assert len(fake.reviews) == created


def test_threads_create_each_its_own(fake: FakeTrustoo, shop: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: shop.reviews.create(rating=5, author=str(number)).id, range(200)))
    assert len(set(made)) == len(fake.reviews) == 200
