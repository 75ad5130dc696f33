"""Walks that end at items that the caller knows, or that are older than a time; and options that mean nothing."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from trustoo import ArgumentError, PaginationWarning
from trustoo.testing import FakeTrustoo

from contract_tests.world.client import Client
from contract_tests.world.pages import ids, listing, page_number, reviews, server, walked

ClientOf = Callable[..., Client]
NEWEST_FIRST = "created-descending"


def dated(*numbers: int) -> list[dict[str, Any]]:
    """Reviews, the newest first: number 0 is of 30 June 2026, number 1 a day older."""
    newest = datetime(2026, 6, 30, 12, tzinfo=UTC)
    times = [(newest - timedelta(days=number)).strftime("%Y-%m-%d %H:%M:%S") for number in numbers]
    return [{"id": str(number), "rating": 5, "created_at": time} for number, time in zip(numbers, times, strict=True)]


KNOWN = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 99]
FORMS = {
    "texts": ids(*KNOWN),
    "numbers": KNOWN,
    "a set of numbers": set(KNOWN),
    "both": [*ids(*KNOWN[:5]), None, *KNOWN[5:]],
    "a dict": dict.fromkeys(ids(*KNOWN)),
    "NumPy's numbers": [type("int64", (), {"__index__": lambda self, number=number: number})() for number in KNOWN],
}


@pytest.mark.parametrize("known", FORMS.values(), ids=FORMS)
def test_known_ids_may_have_any_form(client_of: ClientOf, known: Any) -> None:
    client = client_of(server(listing(dated(*range(20)), 6)))
    assert walked(client, known_ids=known, sort_by=NEWEST_FIRST) == ids(*range(10))
    assert [page_number(request) for request in client.requests] == [1, 2]


def test_known_ids_may_come_from_a_generator(client_of: ClientOf) -> None:
    client = client_of(server(listing(dated(*range(20)), 6)))
    assert walked(client, known_ids=(str(number) for number in KNOWN), sort_by=NEWEST_FIRST) == ids(*range(10))


def test_known_ids_may_be_asked_of_a_database(client_of: ClientOf) -> None:
    class Database:
        def __contains__(self, name: object) -> bool:
            return isinstance(name, str) and int(name) >= 10

    client = client_of(server(listing(dated(*range(20)), 6)))
    assert walked(client, known_ids=Database(), sort_by=NEWEST_FIRST) == ids(*range(10))


STOPS = [{"known_ids": KNOWN}, {"since": datetime(2026, 6, 21, 12, tzinfo=UTC)}]


@pytest.mark.parametrize("stop", STOPS, ids=["known_ids", "since"])
def test_a_pinned_old_review_on_top_ends_nothing_and_costs_nothing(
    client_of: ClientOf, stop: Mapping[str, Any]
) -> None:
    client = client_of(server(listing(dated(99, *range(20)), 6)))
    assert walked(client, sort_by=NEWEST_FIRST, **stop) == ids(*range(10))
    assert [page_number(request) for request in client.requests] == [1, 2]


@pytest.mark.parametrize("stop", STOPS, ids=["known_ids", "since"])
@pytest.mark.parametrize("size", [1, 3, 5, 10, 20])
def test_the_first_known_page_is_the_last_that_is_fetched(
    client_of: ClientOf, stop: Mapping[str, Any], size: int
) -> None:
    client = client_of(server(listing(dated(*range(20)), size)))
    assert walked(client, sort_by=NEWEST_FIRST, **stop) == ids(*range(10))
    assert len(client.requests) == 10 // size + 1  # the page of the first known item, as before this rule


@pytest.mark.parametrize("stop", STOPS, ids=["known_ids", "since"])
@pytest.mark.parametrize("sort_by", ["created-desc", "created-ascending", None])
def test_another_order_is_warned_of_in_the_callers_line(
    client_of: ClientOf, sort_by: str | None, stop: Mapping[str, Any]
) -> None:
    client = client_of(server(listing(dated(*range(20)), 6)))
    with pytest.warns(PaginationWarning, match=r"reviews\.list: .*created-descending") as caught:
        client.call(lambda shop: shop.reviews.iterate(sort_by=sort_by, **stop))
    assert [Path(warning.filename) for warning in caught] == [Path(__file__)]
    assert len(client.requests) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"known_ids": "12345"}, r"known_ids .*\['12345'\]"),
        ({"known_ids": b"12345"}, "known_ids"),
        ({"known_ids": 12345}, "known_ids .*12345"),
        ({"known_ids": [8100000000019.0]}, r"known_ids .*8100000000019\.0"),
        ({"since": date(2026, 1, 1)}, "since must be a datetime"),
        ({"since": "2026-01-01"}, "since must be a datetime"),
        ({"since": datetime(2026, 1, 1)}, "since has no time zone"),
        ({"limit": "5"}, "limit must be a whole number"),
        ({"limit": 2.5}, "limit must be a whole number"),
        ({"limit": -1}, "limit must not be negative"),
        ({"checkpoint": {"page": 0, "done": 0}}, "not a checkpoint"),
    ],
    ids=repr,
)
def test_options_that_mean_nothing_are_refused_at_once(
    client_of: ClientOf, arguments: Mapping[str, Any], says: str
) -> None:
    client = client_of(server(listing(reviews(1), 1)))
    with pytest.raises(ArgumentError, match=says):
        client.call(lambda shop: shop.reviews.iterate(sort_by=NEWEST_FIRST, **arguments))
    assert len(client.requests) == 0


def test_the_documented_export_finds_new_reviews_of_the_fake_service(style: str) -> None:
    fake = FakeTrustoo()
    client = Client(fake.client() if style == "sync" else fake.async_client())
    known = set(walked(client))
    made = fake.reviews.add(rating=4, author="Ada")
    assert walked(client, sort_by=NEWEST_FIRST, known_ids=known) == [made["id"]]
    client.close()
