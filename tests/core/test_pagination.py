"""A walk through pages hands out each item once, holds one page, and ends whatever the server says.

What happens when shops change and servers lie is in contract_tests/world/test_walks.py.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trustoo import ArgumentError, NotFoundError, PaginationWarning, Trustoo, WrongClientError
from trustoo.pagination import PageCursor, Paginator
from trustoo_api import Client
from trustoo_api.api.customer_events import AsyncCustomerEventsResource, CustomerEventsResource, customer_events_list
from trustoo_api.api.customers import AsyncCustomersResource, CustomersResource, customers_exclusions
from trustoo_api.api.orders import AsyncOrdersResource, OrdersResource, orders_list
from trustoo_api.api.reviews import AsyncReviewsResource, ReviewsResource, reviews_list
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import OperationRequest, Response, ResponseDecoder

from tests.support import Recorder, async_shop, envelope, module_of, shop, steady
from tools.spec import Spec

pytestmark = pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
Item = dict[str, Any]
Page = tuple[list[Item] | None, dict[str, Any]]
Source = Callable[[int], Page]
PAGED = {
    "reviews.list": "reviews.iterate",
    "orders.list": "orders.iterate",
    "customer_events.list": "customer_events.iterate",
    "customers.exclusions": "customers.iterate_exclusions",
}
ROOT = Path(__file__).resolve().parents[2]
NEWEST_FIRST = {"sort_by": "created-descending"}
EVERY = pytest.mark.parametrize("operation", PAGED)


class Listing:
    """A transport without I/O: answers a page request as `source` says and keeps the numbers that were asked for."""

    def __init__(self, source: Source, limit: int = 1000) -> None:
        self.source, self.limit = source, limit
        self.requested: list[int] = []
        self.requests: list[OperationRequest] = []

    def send(self, request: OperationRequest, answer: ResponseDecoder[Any]) -> Response[Any]:
        number = int(dict(request.query)["page"])
        self.requested.append(number)
        self.requests.append(request)
        assert len(self.requested) <= self.limit, "The walk does not end."
        items, page = self.source(number)
        content = envelope({"page": page, "list": items})
        return Response(200, {}, content, answer.value(answer.envelope(content)))

    def paginate(self, **settings: Any) -> Paginator[Any]:
        def build(page: int) -> OperationRequest:
            return reviews_list.build(page=page, sort_by="created-descending")

        return Paginator(self, reviews_list.DECODER, PageCursor(build, **settings))

    def ids(self, **settings: Any) -> list[str]:
        return [item.id for item in self.paginate(**settings)]


def numbered(*numbers: int) -> list[Item]:
    return [{"id": str(number)} for number in numbers]


def names(*numbers: int) -> list[str]:
    return [str(number) for number in numbers]


def honest(count: int, size: int) -> Source:
    """A server that does what the description says."""
    total = ceil(count / size)

    def source(page: int) -> Page:
        about = {"page": page, "page_size": size, "count": count, "total_page": total}
        return numbered(*range((page - 1) * size, min(page * size, count))), about

    return source


def lying(items: int, page_of: int, **lies: Any) -> Source:
    """A server whose items are right, and whose totals are not; None takes a member out."""
    noted = honest(items, page_of)

    def source(page: int) -> Page:
        found, about = noted(page)
        about |= {name: lie(page) if callable(lie) else lie for name, lie in lies.items()}
        return found, {name: value for name, value in about.items() if value is not None}

    return source


# --- lazily, in order


def test_nothing_is_sent_before_the_first_item_is_asked_for() -> None:
    listing = Listing(honest(5, 2))
    pager = listing.paginate()
    iterator = iter(pager)
    assert (listing.requested, pager.checkpoint) == ([], {"page": 1, "done": 0})
    assert next(iterator).id == "0"
    assert listing.requested == [1]


def test_one_page_is_fetched_at_a_time_and_only_when_its_items_are_wanted() -> None:
    listing = Listing(honest(7, 3))
    requested = []
    for item in listing.paginate():
        requested.append((item.id, len(listing.requested)))
    assert requested == [(str(number), number // 3 + 1) for number in range(7)]


@pytest.mark.parametrize(("count", "size"), [(0, 3), (1, 3), (3, 3), (4, 3), (9, 3), (10, 3), (5, 1)])
def test_all_items_come_in_order_and_no_page_too_many_is_asked_for(count: int, size: int) -> None:
    listing = Listing(honest(count, size))
    assert listing.ids() == names(*range(count))
    assert listing.requested == list(range(1, max(1, ceil(count / size)) + 1))


@pytest.mark.parametrize("items", [[], None])
@pytest.mark.parametrize("about", [{}, {"total_page": 0, "count": 0}, {"total_page": 1, "count": 0, "page_size": 3}])
def test_an_empty_listing_is_one_request(items: list[Item] | None, about: dict[str, Any]) -> None:
    listing = Listing(lambda page: (items, about))
    assert (listing.ids(), listing.requested) == ([], [1])


def test_a_finished_walk_stays_finished() -> None:
    listing = Listing(honest(5, 2))
    pager = listing.paginate()
    assert len(list(pager)) == 5
    assert list(pager) == []
    assert (listing.requested, pager.checkpoint) == ([1, 2, 3], {"page": 3, "done": 1})


# --- limit, known ids, since


@pytest.mark.parametrize("limit", [*range(9), 100])
def test_a_limit_ends_the_walk_without_a_page_too_many(limit: int) -> None:
    listing = Listing(honest(7, 3))
    assert listing.ids(limit=limit) == names(*range(min(limit, 7)))
    assert listing.requested == list(range(1, ceil(min(limit, 7) / 3) + 1))


@pytest.mark.parametrize("limit", [-1, -100])
def test_a_negative_limit_is_refused_before_anything_is_sent(limit: int) -> None:
    with pytest.raises(ArgumentError, match="limit must not be negative"):
        Listing(honest(7, 3)).paginate(limit=limit)


def test_a_limit_counts_over_several_iterations() -> None:
    pager = Listing(honest(9, 2)).paginate(limit=5)
    assert [item.id for item in islice(pager, 3)] == names(0, 1, 2)
    assert [item.id for item in pager] == names(3, 4)


@pytest.mark.parametrize("known", range(7))
def test_the_walk_stops_at_the_known_items(known: int) -> None:
    listing = Listing(honest(7, 3))
    assert listing.ids(known_ids={*names(*range(known, 7)), "99"}) == names(*range(known))
    assert listing.requested[-1] == known // 3 + 1


@pytest.mark.parametrize("attribute", ["created_at", "commented_at"])
@pytest.mark.parametrize("age", range(7))
def test_the_walk_stops_at_the_older_items(attribute: str, age: int) -> None:
    newest = datetime(2025, 6, 20, 12, tzinfo=UTC)

    def source(page: int) -> Page:
        items, about = honest(7, 3)(page)
        assert items is not None
        for item in items:
            item[attribute] = (newest - timedelta(days=int(item["id"]))).strftime("%Y-%m-%d %H:%M:%S")
        return items, about

    assert Listing(source).ids(since=newest - timedelta(days=age)) == names(*range(age + 1))
    west = (newest - timedelta(days=age)).astimezone(tz=None)
    assert Listing(source).ids(since=west) == names(*range(age + 1))


def test_items_without_a_date_are_never_older() -> None:
    assert len(Listing(honest(7, 3)).ids(since=datetime(2099, 1, 1, tzinfo=UTC))) == 7


def test_since_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ArgumentError, match="since has no time zone"):
        Listing(honest(1, 1)).paginate(since=datetime(2025, 1, 1))


# --- going on


@given(st.integers(0, 40), st.integers(1, 9), st.data())
@steady
def test_from_every_checkpoint_the_rest_of_a_full_walk_follows(count: int, size: int, data: st.DataObject) -> None:
    taken = data.draw(st.integers(0, count))
    pager = Listing(honest(count, size)).paginate()
    before = [item.id for item in islice(pager, taken)]
    checkpoint = json.loads(json.dumps(pager.checkpoint))
    after = Listing(honest(count, size)).ids(checkpoint=checkpoint)
    assert before + after == names(*range(count))


@given(st.integers(0, 40), st.integers(1, 9), st.lists(st.integers(0, 10), max_size=8))
@steady
def test_iterating_again_after_a_break_goes_on_where_it_stopped(count: int, size: int, breaks: list[int]) -> None:
    pager = Listing(honest(count, size)).paginate()
    seen: list[str] = []
    for wanted in breaks:
        seen += [item.id for item in islice(pager, wanted)]
    seen += [item.id for item in pager]
    assert seen == names(*range(count))


def test_a_checkpoint_stands_behind_the_item_that_was_handed_out() -> None:
    pager = Listing(honest(5, 2)).paginate()
    stood = [pager.checkpoint for _ in pager]
    assert stood == [{"page": page, "done": done} for page, done in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1))]


def test_a_page_that_fails_leaves_the_checkpoint_where_it_was() -> None:
    failing = [True]

    def source(page: int) -> Page:
        if page == 2 and failing:
            failing.pop()
            raise NotFoundError(code=5, message="", operation="x", status=200, request_id=None, excerpt="")
        return honest(5, 2)(page)

    pager = Listing(source).paginate()
    with pytest.raises(NotFoundError):
        list(pager)
    assert pager.checkpoint == {"page": 2, "done": 0}
    assert [item.id for item in pager] == names(2, 3, 4)


def test_a_checkpoint_behind_the_end_gives_nothing() -> None:
    listing = Listing(honest(5, 2))
    assert (listing.ids(checkpoint={"page": 9, "done": 0}), listing.requested) == ([], [9])
    assert Listing(honest(5, 2)).ids(checkpoint={"page": 3, "done": 50}) == []


@pytest.mark.parametrize(
    "checkpoint",
    [
        {},
        {"page": 1},
        {"done": 0},
        {"page": 0, "done": 0},
        {"page": 1, "done": -1},
        {"page": "1", "done": 0},
        {"page": 1, "done": None},
        {"page": 1.0, "done": 0},
        {"page": True, "done": False},
        [1, 0],
        "1",
        7,
    ],
)
def test_what_is_no_checkpoint_is_refused(checkpoint: Any) -> None:
    with pytest.raises(ArgumentError, match="is not a checkpoint"):
        Listing(honest(1, 1)).paginate(checkpoint=checkpoint)


# --- totals that are not right


@pytest.mark.parametrize(
    ("lies", "more"),
    [
        ({}, 0),
        ({"total_page": None}, 1),
        ({"count": None}, 0),
        ({"page_size": None}, 0),
        ({"page": None}, 0),
        ({"total_page": None, "count": None, "page_size": None, "page": None}, 1),
        ({"total_page": 1}, 0),
        ({"total_page": 0}, 0),
        ({"total_page": -3}, 0),
        ({"total_page": 999}, 1),
        ({"total_page": lambda page: 4 - page}, 0),
        ({"total_page": lambda page: page + 1}, 1),
        ({"total_page": lambda page: page}, 0),
        ({"page": 77}, 0),
    ],
)
def test_totals_that_lie_lose_no_item(lies: dict[str, Any], more: int) -> None:
    listing = Listing(lying(10, 3, **lies))
    assert listing.ids() == names(*range(10))
    assert len(listing.requested) <= 4 + more


def test_a_count_that_grows_while_we_walk_brings_its_items() -> None:
    listing = Listing(lambda page: honest(3 + 3 * min(page, 4), 3)(page))
    assert listing.ids() == names(*range(15))


def test_a_full_page_is_the_last_when_total_and_count_agree() -> None:
    listing = Listing(honest(6, 3))
    assert listing.ids() == names(*range(6))
    assert listing.requested == [1, 2]


@pytest.mark.parametrize(
    ("count", "lies", "requests"),
    [
        (0, {"total_page": 7, "count": 99}, 3),
        (6, {"total_page": 1, "count": 10**9}, 5),
        (10, {"count": 10**9}, 7),
        (10, {"total_page": 999, "count": None}, 7),
    ],
)
def test_a_promise_that_is_not_kept_ends_the_walk_after_three_empty_pages(
    count: int, lies: dict[str, Any], requests: int
) -> None:
    listing = Listing(lying(count, 3, **lies))
    with pytest.warns(PaginationWarning, match="Items may be missing"):
        assert listing.ids() == names(*range(count))
    assert listing.requested == list(range(1, requests + 1))


@pytest.mark.parametrize("page_size", [0, -1])
def test_a_page_size_that_makes_no_sense_leaves_the_total_in_charge(page_size: int) -> None:
    listing = Listing(lying(10, 3, page_size=page_size))
    assert listing.ids() == names(*range(10))


# --- cycles


def cycle(tail: int, length: int, ids: bool = True) -> Source:
    """Pages of which, after `tail` ones of their own, `length` repeat for ever."""

    def source(page: int) -> Page:
        number = page if page <= tail else tail + 1 + (page - tail - 1) % length
        items: list[Item] = [{"id": f"{number}-{part}"} if ids else {"content": f"{number}-{part}"} for part in "ab"]
        return items, {}

    return source


@given(st.integers(0, 30), st.integers(1, 20))
@settings(steady, max_examples=60)
def test_cycles_of_any_length_end_after_three_pages_without_a_new_item(tail: int, length: int) -> None:
    listing = Listing(cycle(tail, length))
    with pytest.warns(PaginationWarning, match="no new item"):
        seen = listing.ids()
    assert len(seen) == len(set(seen)) == 2 * (tail + length)
    assert len(listing.requested) == tail + length + 3


@given(st.integers(0, 30), st.integers(1, 20))
@settings(steady, max_examples=60)
def test_cycles_of_items_without_ids_end_too(tail: int, length: int) -> None:
    listing = Listing(cycle(tail, length, ids=False))
    with pytest.warns(PaginationWarning, match="no new item"):
        assert len(list(listing.paginate())) == 2 * (tail + length + 3)


@pytest.mark.parametrize("total", [None, 0, 1])
def test_pages_without_ids_that_repeat_beyond_the_total_are_a_cycle(total: int | None) -> None:
    about = {} if total is None else {"total_page": total, "page_size": 2, "count": 10**9}
    listing = Listing(lambda page: ([{"content": "a"}, {"content": "b"}], about), limit=9)
    with pytest.warns(PaginationWarning, match="no new item"):
        list(listing.paginate())


def test_alike_pages_of_items_without_ids_are_legitimate_within_the_total() -> None:
    listing = Listing(lambda page: ([{"content": "a"}] * 2, {"total_page": 5, "count": 10, "page_size": 2}))
    assert len(list(listing.paginate())) == 10
    assert listing.requested == [1, 2, 3, 4, 5]


def test_a_page_that_is_fetched_again_to_go_on_is_no_cycle() -> None:
    listing = Listing(honest(6, 3))
    pager = listing.paginate()
    for _ in range(6):
        next(iter(pager))
    assert list(pager) == []


def test_a_cycle_is_found_across_interrupted_iterations() -> None:
    pager = Listing(cycle(0, 2)).paginate()
    with pytest.warns(PaginationWarning, match="no new item"):
        found = [list(islice(pager, 3)) for _ in range(3)]
    assert [len(part) for part in found] == [3, 1, 0]


# --- items that move


def test_items_that_moved_to_the_next_page_are_handed_out_once() -> None:
    def source(page: int) -> Page:
        # Two newer items arrive after the first page was read: all others move by two.
        numbers = list(range(9)) if page == 1 else [-2, -1, *range(9)]
        return numbered(*numbers[(page - 1) * 3 : page * 3]), {"page_size": 3, "count": 11, "total_page": 4}

    listing = Listing(source)
    assert listing.ids() == names(*range(9))


def test_items_without_ids_are_never_taken_for_repeated_ones() -> None:
    pages: list[list[Item]] = [[{"content": "a"}, {"content": "b"}], [{"content": "b"}, {"content": "c"}], []]
    listing = Listing(lambda page: (pages[page - 1], {}))
    assert [item.content for item in listing.paginate()] == ["a", "b", "b", "c"]


def test_a_whole_page_that_moved_is_no_end() -> None:
    pages = [numbered(1, 2), numbered(2, 1), numbered(3, 4), []]
    listing = Listing(lambda page: (pages[page - 1], {}))
    assert listing.ids() == names(1, 2, 3, 4)


# --- memory


def test_a_walk_holds_one_page_and_a_hash_of_each_id() -> None:
    pages, size = 2000, 10

    def source(page: int) -> Page:
        items: list[Item] = [{"id": f"{page}-{number}", "content": "x" * 100} for number in range(size)]
        return items, {"page": page, "page_size": size, "count": pages * size, "total_page": pages}

    class Forgetful(Listing):
        def send(self, request: OperationRequest, answer: ResponseDecoder[Any]) -> Response[Any]:
            response = super().send(request, answer)
            self.requested[:], self.requests[:] = self.requested[-1:], []
            return response

    iterator: Iterator[Any] = iter(Forgetful(source).paginate())
    for _ in islice(iterator, 100 * size):
        pass
    tracemalloc.start()
    try:
        seen = sum(1 for _ in iterator)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen == (pages - 100) * size
    assert peak < 256 * 1024 + 200 * seen, f"{peak / seen:.0f} bytes an item"  # an item of a page takes much more


# --- the generated methods


def http(source: Source) -> Recorder:
    def answer(request: httpx.Request) -> httpx.Response:
        items, page = source(int(request.url.params["page"]))
        return httpx.Response(200, content=envelope({"page": page, "list": items}))

    return Recorder(answer)


def method_of(client: Any, operation: str) -> Any:
    tag, name = PAGED[operation].split(".")
    return getattr(getattr(client, tag), name)


def collect(operation: str, source: Source, **arguments: Any) -> tuple[list[Any], list[Any], Recorder, Recorder]:
    """What both clients hand out and send."""
    one, other = http(source), http(source)
    with shop(one) as client:
        found = list(method_of(client, operation)(**arguments))

    async def later() -> list[Any]:
        async with async_shop(other) as client:
            return [item async for item in method_of(client, operation)(**arguments)]

    return found, asyncio.run(later()), one, other


def test_these_are_all_the_paged_operations_of_the_description() -> None:
    spec = Spec((ROOT / "openapi.yaml").read_bytes())
    assert {name for name, (_, _, about) in spec.by_id.items() if spec.item_of_pages(about)} == set(PAGED)


@EVERY
def test_both_clients_walk_alike(operation: str) -> None:
    found, later, one, other = collect(operation, honest(7, 3), page_size=3)
    assert [item.to_dict()["id"] for item in found] == names(*range(7))
    assert found == later
    assert [request.url for request in one.requests] == [request.url for request in other.requests]
    assert [dict(request.url.params) for request in one.requests] == [
        {"page": str(page), "page_size": "3"} for page in (1, 2, 3)
    ]
    assert {request.url.path for request in one.requests} == {OPERATIONS[operation].path}


@EVERY
def test_the_size_of_pages_is_the_servers_choice_unless_it_is_given(operation: str) -> None:
    _, _, one, _ = collect(operation, honest(2, 5))
    assert [dict(request.url.params) for request in one.requests] == [{"page": "1"}]


@EVERY
def test_limit_known_ids_and_checkpoint_are_passed_on(operation: str) -> None:
    for arguments, expected in (
        ({"limit": 4}, range(4)),
        ({"known_ids": ["5", 6], "extra_query": NEWEST_FIRST}, range(5)),
        ({"checkpoint": {"page": 2, "done": 1}}, range(4, 7)),
        ({"extra_query": {"page_size": 3}, "limit": 1}, range(1)),
    ):
        found, later, _, _ = collect(operation, honest(7, 3), **arguments)
        assert [item.to_dict()["id"] for item in found] == names(*expected)
        assert found == later


@EVERY
def test_since_is_passed_on(operation: str) -> None:
    def source(page: int) -> Page:
        dates = ("2025-06-20 10:00:00", "2025-06-19 10:00:00", "2025-06-18 10:00:00")
        return [{"id": date, "created_at": date} for date in dates], {"total_page": 1}

    since = datetime(2025, 6, 19, tzinfo=UTC)
    found, later, _, _ = collect(operation, source, since=since, extra_query=NEWEST_FIRST)
    assert len(found) == len(later) == 2


WALK: dict[str, Any] = {
    "checkpoint": {"page": 1, "done": 1},
    "since": datetime(2025, 1, 1, tzinfo=UTC),
    "known_ids": {"4"},
    "limit": 4,
    "prefetch": 2,
}
"""Options of which each changes what nine items become: the walk leaves out 0, 1 and 4, and ends after four."""
FILTERS: dict[str, Any] = {"page_size": 3, "sort_by": "created-descending", "product_ids": ["7"], "is_store_review": 1}


@EVERY
def test_each_option_of_a_walk_counts_beside_each_other_and_beside_filters(operation: str) -> None:
    def source(page: int) -> Page:
        items, about = honest(9, 3)(page)
        return [
            item | {"created_at": f"{2020 if item['id'] == '1' else 2025}-06-20 10:00:00"} for item in items or []
        ], about

    filters = {
        name: FILTERS.get(name, [name] if name.endswith("s") else name)
        for name in inspect.signature(module_of(operation).build).parameters
        if name not in ("page", "extra_query")
    }
    more = {**NEWEST_FIRST} if "sort_by" not in filters else {"colour": "red"}
    wanted = {name: str(value[0] if isinstance(value, list) else value) for name, value in (filters | more).items()}
    for chosen in (set(WALK), *({one, other} for one in WALK for other in WALK)):
        options = {name: WALK[name] for name in chosen}
        left_out = {number for name, number in (("checkpoint", 0), ("since", 1), ("known_ids", 4)) if name in chosen}
        expected = [number for number in range(9) if number not in left_out]
        recorder = http(source)
        with shop(recorder) as client:
            found = list(method_of(client, operation)(**filters, extra_query=more, **options))
        assert [item.to_dict()["id"] for item in found] == names(*expected[: 4 if "limit" in chosen else 9]), chosen
        for request in recorder.requests:
            sent = dict(request.url.params)
            assert {name: sent.get(name) for name in wanted} == wanted


@EVERY
def test_both_clients_go_on_after_a_break_and_tell_where_they_stand(operation: str) -> None:
    with shop(http(honest(7, 3))) as client:
        pages = method_of(client, operation)()
        assert [item.to_dict()["id"] for item in islice(pages, 4)] == names(0, 1, 2, 3)
        assert pages.checkpoint == {"page": 2, "done": 1}
        assert [item.to_dict()["id"] for item in pages] == names(4, 5, 6)

    async def later() -> None:
        async with async_shop(http(honest(7, 3))) as client:
            pages = method_of(client, operation)()
            seen = []
            async for item in pages:
                seen.append(item.to_dict()["id"])
                if len(seen) == 4:
                    break
            assert pages.checkpoint == {"page": 2, "done": 1}
            seen += [item.to_dict()["id"] async for item in pages]
            assert seen == names(*range(7))

    asyncio.run(later())


@EVERY
def test_the_warning_about_pages_that_repeat_shows_the_callers_line(operation: str) -> None:
    with pytest.warns(PaginationWarning, match=f"^{operation}: ") as caught:
        _, _, one, other = collect(operation, lambda page: (numbered(1), {"total_page": 99}))
    assert len(one.requests) == len(other.requests) == 4
    places = [Path(warning.filename).name for warning in caught if warning.category is PaginationWarning]
    assert places == [Path(__file__).name] * 2


@EVERY
def test_bad_arguments_are_refused_when_the_walk_is_described(operation: str) -> None:
    client = Trustoo(access_token="EXAMPLE")
    for arguments in ({"limit": -1}, {"since": datetime(2025, 1, 1)}, {"checkpoint": {"page": 0, "done": 0}}):
        with pytest.raises(ArgumentError):
            method_of(client, operation)(**arguments)


@EVERY
def test_iterating_takes_the_arguments_of_the_listing_but_the_page(operation: str) -> None:
    client = Trustoo(access_token="EXAMPLE")
    iterate = set(inspect.signature(method_of(client, operation)).parameters)
    listed = set(inspect.signature(module_of(operation).build).parameters)
    assert iterate == (listed - {"page"}) | {"limit", "known_ids", "since", "checkpoint", "prefetch"}


@pytest.mark.parametrize(
    ("one", "other", "method"),
    [
        (ReviewsResource, AsyncReviewsResource, "iterate"),
        (OrdersResource, AsyncOrdersResource, "iterate"),
        (CustomerEventsResource, AsyncCustomerEventsResource, "iterate"),
        (CustomersResource, AsyncCustomersResource, "iterate_exclusions"),
    ],
)
def test_a_client_that_cannot_page_is_told_so(one: Any, other: Any, method: str) -> None:
    with pytest.raises(WrongClientError, match=r"trustoo\.Trustoo can"):
        getattr(one(Client()), method)()
    with pytest.raises(WrongClientError, match=r"trustoo\.AsyncTrustoo can"):
        getattr(other(Client()), method)()


@pytest.mark.parametrize("module", [reviews_list, orders_list, customer_events_list, customers_exclusions])
def test_an_iteration_is_described_without_a_client(module: Any) -> None:
    wanted = module.iterate(page_size=5, limit=7, known_ids={"1"}, extra_query={"colour": "red"})
    assert wanted.build(3) == module.build(page=3, page_size=5, extra_query={"colour": "red"})
    assert wanted.decoder is module.DECODER
    assert wanted.options == {"limit": 7, "known_ids": {"1"}, "since": None, "checkpoint": None, "prefetch": 1}
