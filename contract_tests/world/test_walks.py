"""Iterating over a list to its end: servers whose totals are wrong, lists that change, and options that end a walk."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any

import pytest
from trustoo import PaginationError, PaginationWarning, Trustoo
from trustoo.pagination import AsyncPaginator, PageCursor, Paginator
from trustoo.testing import FakeTrustoo
from trustoo_api.api.reviews import reviews_list

from contract_tests.world.client import Client
from contract_tests.world.pages import Items, Pages, collect, ids, listing, reviews, server, walked

ClientOf = Callable[..., Client]
ALL = reviews(*range(250))


# --- totals


@pytest.mark.parametrize(
    ("lies", "requests"),
    [
        ({"total_page": 0, "count": 0}, 4),
        ({"total_page": -1, "count": -1}, 4),
        ({"total_page": None, "count": None, "page_size": None, "page": None}, 4),
        ({"page_size": 500, "total_page": 1}, 3),
        ({"total_page": None, "count": len}, 4),
        ({"total_page": None, "count": 100}, 4),
        ({"total_page": 3, "count": len}, 3),
        ({"total_page": 1, "count": 250, "page_size": None}, 3),
        ({"total_page": 999}, 4),
        ({"total_page": 2}, 3),
        ({"count": 200}, 3),
    ],
    ids=repr,
)
def test_wrong_totals_lose_no_item(client_of: ClientOf, lies: Mapping[str, Any], requests: int) -> None:
    client = client_of(server(listing(ALL, 100, **lies)))
    assert walked(client) == ids(*range(250))
    assert len(client.requests) == requests


def sparse(*pages: Items, **about: Any) -> Pages:
    """These pages, and empty pages behind them."""
    return lambda number: (pages[number - 1] if number <= len(pages) else [], about)


@pytest.mark.parametrize(
    "about",
    [
        {"total_page": 4, "count": 23, "page_size": 10},
        {"total_page": 4, "page_size": 10},
        {"total_page": 4, "count": 0},
        {"count": 23},
    ],
    ids=repr,
)
def test_empty_and_short_pages_in_the_middle_are_passed(client_of: ClientOf, about: Mapping[str, Any]) -> None:
    filtered = sparse(reviews(*range(10)), [], reviews(*range(20, 24)), reviews(*range(30, 39)), **about)
    assert len(walked(client_of(server(filtered)))) == 23


def test_without_totals_an_empty_page_is_the_end(client_of: ClientOf) -> None:
    client = client_of(server(sparse(reviews(1, 2), [], reviews(3))))
    assert walked(client) == ids(1, 2)
    assert len(client.requests) == 2


@pytest.mark.parametrize("about", [{"count": 40, "page_size": 10}, {"total_page": 9}], ids=repr)
def test_a_promise_that_is_not_kept_ends_the_walk_after_two_more_pages_with_a_warning(
    client_of: ClientOf, about: Mapping[str, Any]
) -> None:
    client = client_of(server(sparse(reviews(1, 2), reviews(3), **about)))
    with pytest.warns(PaginationWarning, match=r"ended after page 5.* Items may be missing\. .*'page': 6"):
        assert walked(client) == ids(1, 2, 3)
    assert len(client.requests) == 5


def test_the_warning_says_what_the_server_stated_and_sent(client_of: ClientOf) -> None:
    client = client_of(server(sparse(reviews(1, 2), reviews(2), count=40)))
    with pytest.warns(PaginationWarning, match=r"reviews\.list: .*stated 40 items. 3 were received"):
        walked(client)


# --- requests


@pytest.mark.parametrize("missing", ["", "count", "page_size", "total_page", "count page_size", "total_page count"])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_right_totals_cost_no_additional_request(client_of: ClientOf, missing: str, size: int) -> None:
    for count in (0, 1, 2, 3, 9, 10, 11, 20, 30):
        pages = -(-count // size)
        client = client_of(server(listing(reviews(*range(count)), size, **dict.fromkeys(missing.split()))))
        for start in (1, 2, 3, pages or 1, pages + 1):
            sent = len(client.requests)
            found = walked(client, checkpoint={"page": start, "done": 0})
            assert found == ids(*range((start - 1) * size, count))
            # The figures of the first rule, which read up to `total_page`, and without it up to an empty page.
            most = pages - start + (2 if "total_page" in missing else 1)
            assert len(client.requests) - sent <= max(1, most), (count, start)


# --- lists that change


class Changing:
    """A list that `change` may change before each page."""

    def __init__(self, size: int, change: Callable[[int, list[int]], object], **lies: Any) -> None:
        self.numbers, self._size, self._change, self._lies = list(range(250)), size, change, lies

    def __call__(self, number: int) -> tuple[Items, Mapping[str, Any]]:
        self._change(number, self.numbers)
        return listing(reviews(*self.numbers), self._size, **self._lies)(number)


@pytest.mark.parametrize("lies", [{}, {"count": 250, "total_page": 3}, {"count": None, "total_page": None}], ids=repr)
@pytest.mark.parametrize(("page", "inserted"), [(2, 1), (2, 100), (3, 150), (2, 299)])
def test_reviews_that_are_added_in_front_lose_and_repeat_nothing(
    client_of: ClientOf, page: int, inserted: int, lies: Mapping[str, Any]
) -> None:
    def change(number: int, numbers: list[int]) -> None:
        if number == page:
            numbers[:0] = range(1000, 1000 + inserted)

    found = walked(client_of(server(Changing(100, change, **lies))))
    assert [name for name in found if int(name) < 1000] == ids(*range(250))
    assert len(found) == len(set(found))


def test_deleted_reviews_cause_a_warning_because_others_moved(client_of: ClientOf) -> None:
    def change(number: int, numbers: list[int]) -> None:
        del numbers[: 10 if number > 1 else 0]

    client = client_of(server(Changing(100, change)))
    with pytest.warns(PaginationWarning, match=r"fell by 10 .*collect") as caught:
        found = walked(client)
    assert len(caught) == 1
    assert set(ids(*range(250))) - set(found) == set(ids(*range(100, 110), *range(210, 220)))


def delete(name: str, shop: Any) -> Any:
    return shop.reviews.delete(id=name)


def test_collecting_before_deleting_leaves_nothing(style: str) -> None:
    fake = FakeTrustoo(state="empty")
    for number in range(40):
        fake.reviews.add(rating=1, author=f"Spam {number}")
    client = Client(fake.client() if style == "sync" else fake.async_client())
    for unwanted in walked(client, ratings=["1"], page_size=10):
        client.call(partial(delete, unwanted))
    client.close()
    assert len(fake.reviews) == 0


# --- servers that repeat pages


def repeating(number: int) -> tuple[Items, Mapping[str, Any]]:
    return reviews(1, 2, 3), {"page": 1}


def clamping(number: int) -> tuple[Items, Mapping[str, Any]]:
    return listing(ALL, 100)(min(number, 3))[0], {}


def shuffling(number: int) -> tuple[Items, Mapping[str, Any]]:
    return reviews(*Random(number).sample(range(20), 20)), {}


@pytest.mark.parametrize(("pages", "count", "requests"), [(repeating, 3, 4), (clamping, 250, 6), (shuffling, 20, 4)])
def test_pages_that_repeat_end_the_walk_with_a_warning_after_all_items(
    client_of: ClientOf, pages: Pages, count: int, requests: int
) -> None:
    client = client_of(server(pages))
    with pytest.warns(PaginationWarning, match="3 pages in a row had no new item"):
        found = walked(client)
    assert len(found) == len(set(found)) == count
    assert len(client.requests) == requests


@pytest.mark.parametrize("name", [{}, {"id": None}, {"id": ""}], ids=repr)
def test_items_without_an_id_are_returned_each_time(client_of: ClientOf, name: Mapping[str, Any]) -> None:
    alike = [{"rating": 5, "content": "Good.", **name}] * 10
    client = client_of(server(listing(alike, 2)))
    assert len(client.items(lambda shop: shop.reviews.iterate())) == 10


def test_a_server_that_invents_items_for_ever_is_bounded_by_the_limit(client_of: ClientOf) -> None:
    client = client_of(server(lambda number: (reviews(number), {"total_page": number + 1})))
    assert len(walked(client, limit=500)) == len(client.requests) == 500


def strict_walk(shop: Any, **options: Any) -> Any:
    """A walk of a strict client."""
    cursor = PageCursor[Any](lambda page: reviews_list.build(page=page), strict=True, **options)
    kind: Any = Paginator if isinstance(shop, Trustoo) else AsyncPaginator
    return kind(shop, reviews_list.DECODER, cursor)


def test_a_strict_walk_raises_in_place_of_the_warning(client_of: ClientOf) -> None:
    with pytest.raises(PaginationError, match="no new item"):
        client_of(server(repeating)).items(strict_walk)


def test_a_strict_walk_can_be_continued_after_its_error(client_of: ClientOf) -> None:
    client = client_of(server(Changing(100, lambda number, numbers: numbers.pop())))
    walk = client.call(strict_walk)
    found: list[str] = []
    with pytest.raises(PaginationError, match="fell by 1 "):
        collect(client, walk, found)
    assert len(found) == 100
    collect(client, walk, found)
    assert len(found) == 246
