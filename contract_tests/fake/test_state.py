"""Random sequences of calls: what the fake service keeps is what a plain model of it says.

The calls go through the sync client, so that all of it is in between. The model is dicts and sums, and knows nothing
of the fake's code.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from trustoo import AlreadyExistsError, NotFoundError, OutcomeUnknownError, Trustoo
from trustoo.testing import FakeTrustoo, Fault, Store

from contract_tests.support import options
from contract_tests.support.shop import CLOCK

PRODUCTS = st.sampled_from(["1", "22", "gid://shopify/Product/22", 0, None])
ORDERS = st.sampled_from([None, "created-ascending", "created-descending"])
TOPICS = st.sampled_from(["review/created", "review/deleted"])
ADDRESSES = st.sampled_from(["https://example.com/a", "https://example.com/b"])
EMAILS = st.sampled_from(["a@example.com", "b@example.com"])
UNKNOWN = "EXAMPLE-unknown"


def number(product: object) -> str:
    return str(product).removeprefix("gid://shopify/Product/")


class Shop(RuleBasedStateMachine):
    """A shop whose service is the fake; beside it the model."""

    reviews = Bundle("reviews")
    webhooks = Bundle("webhooks")

    def __init__(self) -> None:
        super().__init__()
        self.now = float(CLOCK)
        self.fake = FakeTrustoo(clock=lambda: self.now, state="empty")
        self.shop: Any = self.fake.client()
        self.model: dict[str, dict[str, Any]] = {}
        self.subscribed: dict[str, tuple[str, str]] = {}
        self.excluded: list[str] = []
        self.given_ids: set[str] = set()

    def teardown(self) -> None:
        client: Trustoo = self.shop
        client.close()

    # --- reviews ---

    @rule(
        target=reviews, product=PRODUCTS, rating=st.integers(1, 5), seconds=st.integers(-2, 2), content=st.text("ab ")
    )
    def create(self, product: Any, rating: int, seconds: int, content: str) -> str:
        self.now += seconds  # a clock may also be set back, so that the order of creation is not the order of time
        made: str = self.shop.reviews.create(product_id=product, rating=rating, author="x", content=content).id
        assert made not in self.given_ids, "an id was given twice"
        self.given_ids.add(made)
        self.model[made] = {"product": product, "rating": rating, "time": int(self.now), "content": content}
        return made

    @rule(review=consumes(reviews))
    def delete(self, review: str) -> None:
        self.shop.reviews.delete(id=review)
        del self.model[review]
        refused(NotFoundError, lambda: self.shop.reviews.delete(id=review))
        refused(NotFoundError, lambda: self.shop.reviews.get(id=review))

    @rule(review=reviews)
    def get(self, review: str) -> None:
        found = self.shop.reviews.get(id=review)
        kept = self.model[review]
        assert (found.id, found.rating, found.content) == (review, kept["rating"], kept["content"])
        assert int(found.created_at.timestamp()) == kept["time"]

    @rule()
    def unknown_ones_are_not_found(self) -> None:
        refused(NotFoundError, lambda: self.shop.reviews.get(id=UNKNOWN))
        refused(NotFoundError, lambda: self.shop.reviews.delete(id=UNKNOWN))
        refused(NotFoundError, lambda: self.shop.webhooks.delete(id=UNKNOWN))

    @rule(
        products=st.lists(PRODUCTS.filter(bool), max_size=2),
        ratings=st.lists(st.integers(1, 5), max_size=2),
        store=st.sampled_from([None, 0, 1]),
        word=st.sampled_from([None, "a", "ab", "B"]),
        order=ORDERS,
        page_size=st.integers(1, 4),
    )
    def list_all_pages(
        self,
        products: list[Any],
        ratings: list[int],
        store: int | None,
        word: str | None,
        order: Any,
        page_size: int,
    ) -> None:
        expected = [
            name
            for name, kept in self.model.items()
            if (not products or number(kept["product"]) in map(number, products))
            and (not ratings or kept["rating"] in ratings)
            and (store is None or (kept["product"] in (0, None)) == bool(store))
            and (word is None or word.lower() in kept["content"])
        ]
        if order is not None:
            expected.sort(key=lambda name: self.model[name]["time"])
        if order == "created-descending":
            expected = [*reversed(expected)]
        given: Any = {"product_ids": products or None, "ratings": ratings or None, "is_store_review": store}
        pages = self.shop.reviews.iterate(**given, keyword=word, sort_by=order, page_size=page_size)
        assert [review.id for review in pages] == expected
        (page, beyond) = (
            self.shop.reviews.list(**given, keyword=word, page=number, page_size=page_size)
            for number in (1, len(expected) // page_size + 2)
        )
        assert (page.page.count, page.page.total_page) == (len(expected), -(-len(expected) // page_size))
        assert beyond.list == []

    @rule(product=PRODUCTS.filter(bool) | st.none())
    def rating(self, product: Any) -> None:
        ratings = [
            kept["rating"]
            for kept in self.model.values()
            if product is None or number(kept["product"]) == number(product)
        ]
        said = self.shop.reviews.rating(product_id=product)
        counts = [getattr(said, f"star{stars}_count") for stars in range(1, 6)]
        assert counts == [ratings.count(stars) for stars in range(1, 6)]
        assert said.review_count == len(ratings)
        average = sum(ratings) / len(ratings) if ratings else 0
        assert abs(float(said.rating_value) - average) <= 0.0501

    @rule(is_done=st.booleans())
    def a_response_gets_lost(self, is_done: bool) -> None:
        before = set(self.ids())
        self.fake.fail(Fault.timeout(processed=is_done))
        refused(OutcomeUnknownError, lambda: self.shop.reviews.create(rating=3, author="x", content=""))
        for made in set(self.ids()) - before:
            self.model[made] = {"product": None, "rating": 3, "time": int(self.now), "content": ""}
            self.given_ids.add(made)
        assert len(self.model) == len(before) + is_done

    def ids(self, order: str | None = None) -> list[str]:
        return [review.id for review in self.shop.reviews.iterate(sort_by=order)]

    # --- subscriptions and exclusions ---

    @rule(target=webhooks, topic=TOPICS, url=ADDRESSES)
    def subscribe(self, topic: str, url: str) -> Any:
        if (topic, url) in self.subscribed.values():
            refused(AlreadyExistsError, lambda: self.shop.webhooks.create(topic=topic, url=url))
            return multiple()
        made: str = self.shop.webhooks.create(topic=topic, url=url).id
        self.subscribed[made] = (topic, url)
        return made

    @rule(webhook=webhooks, topic=TOPICS, url=ADDRESSES)
    def change(self, webhook: str, topic: str, url: str) -> None:
        def update() -> Any:
            return self.shop.webhooks.update(id=webhook, topic=topic, url=url, unverified=True)

        if (topic, url) in [kept for name, kept in self.subscribed.items() if name != webhook]:
            refused(AlreadyExistsError, update)
        else:
            assert update().id == webhook
            self.subscribed[webhook] = (topic, url)

    @rule(webhook=consumes(webhooks))
    def unsubscribe(self, webhook: str) -> None:
        self.shop.webhooks.delete(id=webhook)
        del self.subscribed[webhook]

    @rule(email=EMAILS)
    def exclude(self, email: str) -> None:
        if email in self.excluded:
            refused(AlreadyExistsError, lambda: self.shop.customers.exclude(email=email))
        else:
            assert self.shop.customers.exclude(email=email).email == email
            self.excluded.append(email)

    @rule(email=EMAILS)
    def include(self, email: str) -> None:
        if email not in self.excluded:
            refused(NotFoundError, lambda: self.shop.customers.include(email=email))
        else:
            self.shop.customers.include(email=email)
            self.excluded.remove(email)

    @invariant()
    def the_lists_agree(self) -> None:
        assert self.ids() == list(self.model)
        newest_first = sorted(self.model, key=lambda name: self.model[name]["time"])[::-1]
        assert self.ids("created-descending") == newest_first
        listed = {webhook.id: (webhook.topic, webhook.url) for webhook in self.shop.webhooks.list()}
        assert listed == self.subscribed
        assert [entry.email for entry in self.shop.customers.exclusions().list] == self.excluded


def refused(error: type[Exception], call: Callable[[], object]) -> None:
    with pytest.raises(error):
        call()


def run(seed: int, cases: int) -> None:
    """Run as many sequences of calls as `cases` states. Raises the error of the first sequence with a problem."""
    machine: Any = seeded(seed)(Shop)
    steps = settings(
        max_examples=cases,
        stateful_step_count=40,
        phases=[Phase.generate],  # shrinking a sequence would take minutes
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=steps)


@pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
def test_what_is_kept_is_what_a_plain_model_says() -> None:
    try:
        run(options.seed, options.cases)
    except BaseException as error:
        error.add_note(f"repeat: {options.repeat_test('contract_tests/fake/test_state.py')}")
        raise


class FaultyStore(Store):
    """The wrong methods of the faults below."""

    def keep_removed(self, item_id: object) -> bool:
        return self.get(item_id) is not None

    def lose_update(self, item_id: object, **members: object) -> dict[str, Any] | None:
        item = self.get(item_id)
        return None if item is None else item | members

    def give_free_id(self) -> str:
        return next(name for name in map(str, count(1)) if self.get(name) is None)

    def list_newest_first(self) -> list[dict[str, Any]]:
        return [*self][::-1]


@pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("remove", FaultyStore.keep_removed),
        ("update", FaultyStore.lose_update),
        ("_new_id", FaultyStore.give_free_id),
        ("listed", FaultyStore.list_newest_first),
    ],
)
def test_a_fault_in_what_is_kept_is_found(
    method: str, wrong: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, method, wrong)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run(seed=1, cases=30)
