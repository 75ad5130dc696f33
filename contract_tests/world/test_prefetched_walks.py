"""Walks that fetch pages ahead: they return the same items in the same order, and send few requests too many."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from random import Random
from typing import Any

import pytest
from trustoo import ArgumentError, NetworkError, NotFoundError, RetryPolicy
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.support.servers import Conversation, response_bytes, served
from contract_tests.world.client import Client, Respond, connected
from contract_tests.world.pages import Items, Pages, collect, ids, listing, page_number, reviews, server, walked

ClientOf = Callable[..., Client]
ALL = reviews(*range(250))
NEWEST_FIRST = "created-descending"
N = 4


def sent(client: Client) -> list[int]:
    """The pages that were requested, in the order of their numbers."""
    return sorted(page_number(request) for request in client.requests)


def close(shop: Any) -> Any:
    """Close the client, so that nothing is in flight."""
    return shop.close()


def steps(client: Client, **arguments: Any) -> list[tuple[str, int]]:
    """Each review of a walk, and the number of requests that were sent before it was returned."""
    walk = client.call(lambda shop: shop.reviews.iterate(**arguments))
    found = []
    while part := client.items(lambda shop: walk, 1):
        found.append((part[0].id, len(client.requests)))
    return found


# --- items and requests


@pytest.mark.parametrize(
    ("lies", "requests"),
    [
        ({}, 3),
        ({"total_page": 0, "count": 0}, 4),
        ({"total_page": -1, "count": -1}, 4),
        ({"total_page": None, "count": None, "page_size": None, "page": None}, 4),
        ({"page_size": 500, "total_page": 1}, 3),
        ({"total_page": None, "count": len}, 4),
        ({"total_page": 3, "count": len}, 3),
        ({"total_page": 999}, 4),
        ({"total_page": 999, "count": 250}, 4),
        ({"total_page": 2}, 3),
        ({"count": 200}, 3),
    ],
    ids=repr,
)
def test_wrong_totals_lose_no_item_and_cost_no_additional_request(
    client_of: ClientOf, lies: Mapping[str, Any], requests: int
) -> None:
    client = client_of(server(listing(ALL, 100, **lies)))
    assert walked(client, prefetch=N) == ids(*range(250))
    assert len(client.requests) == requests


@pytest.mark.parametrize("prefetch", [2, 4, 64])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 50, 99])
def test_with_right_totals_each_page_is_fetched_once_and_none_behind_the_last(
    client_of: ClientOf, count: int, prefetch: int
) -> None:
    client = client_of(server(listing(reviews(*range(count)), 10)), order=Random(count))
    assert walked(client, prefetch=prefetch) == ids(*range(count))
    assert sent(client) == list(range(1, max(1, -(-count // 10)) + 1))


def test_no_more_pages_are_fetched_ahead_than_prefetch_says(client_of: ClientOf) -> None:
    client = client_of(server(listing(reviews(*range(100)), 5)))
    for name, requests in steps(client, prefetch=N):
        page = int(name) // 5 + 1
        assert requests <= (page if page == 1 else page + N - 1)


@pytest.mark.parametrize(
    "lies",
    [{"count": None}, {"total_page": None}, {"count": len}, {"total_page": 99}, {"total_page": 3}],
    ids=repr,
)
def test_without_totals_that_fit_one_page_is_fetched_after_the_other(
    client_of: ClientOf, lies: Mapping[str, Any]
) -> None:
    client = client_of(server(listing(reviews(*range(20)), 5, **lies)))
    assert steps(client, prefetch=N) == [(str(number), number // 5 + 1) for number in range(20)]


@pytest.mark.parametrize("limit", [1, 5, 6, 24, 25, 26, 99])
def test_a_limit_fetches_no_page_too_many(client_of: ClientOf, limit: int) -> None:
    client = client_of(server(listing(reviews(*range(99)), 5)))
    assert walked(client, limit=limit, prefetch=N) == ids(*range(limit))
    client.call(close)
    assert sent(client) == list(range(1, -(-limit // 5) + 1))


@pytest.mark.parametrize("newest_known", [0, 4, 5, 7, 26])
def test_known_ids_fetch_at_most_prefetch_pages_too_many(client_of: ClientOf, newest_known: int) -> None:
    client = client_of(server(listing(reviews(*range(99)), 5)))
    known = range(newest_known, 99)
    found = walked(client, known_ids=known, sort_by=NEWEST_FIRST, prefetch=N)
    client.call(close)
    needed = newest_known // 5 + 1
    assert found == ids(*range(newest_known))
    assert sent(client)[:needed] == list(range(1, needed + 1))
    assert len(client.requests) <= needed + N - 1


def test_the_checkpoint_counts_only_what_was_returned(client_of: ClientOf) -> None:
    client = client_of(server(listing(reviews(*range(50)), 5)))

    def places(prefetch: int) -> list[Any]:
        walk = client.call(lambda shop: shop.reviews.iterate(prefetch=prefetch))
        return [(walk.checkpoint, client.items(lambda shop: walk, 1)) for _ in range(51)]

    assert places(N) == places(1)


@pytest.mark.parametrize("taken", [1, 5, 6, 23])
def test_a_checkpoint_continues_with_pages_fetched_ahead(client_of: ClientOf, taken: int) -> None:
    client = client_of(server(listing(reviews(*range(50)), 5)))
    walk = client.call(lambda shop: shop.reviews.iterate(prefetch=N))
    before = [review.id for review in client.items(lambda shop: walk, taken)]
    assert before + walked(client, checkpoint=walk.checkpoint, prefetch=N) == ids(*range(50))


# --- lists that change while pages are in flight


class _Ordered:
    """A transport that answers a page only when another page was answered: `{2: 3}` answers page 3 before page 2.

    Attributes:
        most: the largest number of requests that were in flight at once.
    """

    def __init__(self, respond: Respond, after: Mapping[int, int]) -> None:
        self._respond, self._after = respond, after
        self._answered, self._change = set[int](), threading.Condition()
        self._now = self.most = 0

    def begin(self) -> None:
        self._now += 1
        self.most = max(self.most, self._now)

    def is_due(self, request: HTTPRequest) -> bool:
        return self._after.get(page_number(request)) in {None, *self._answered}

    def answer(self, request: HTTPRequest) -> HTTPResponse:
        self._now -= 1
        self._answered.add(page_number(request))
        outcome = self._respond(request)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def send(self, request: HTTPRequest) -> HTTPResponse:
        with self._change:
            self.begin()
            assert self._change.wait_for(lambda: self.is_due(request), 30)
            self._change.notify_all()
            return self.answer(request)

    def close(self) -> None: ...


class _AsyncOrdered:
    def __init__(self, ordered: _Ordered) -> None:
        self._ordered = ordered

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        self._ordered.begin()
        while not self._ordered.is_due(request):
            await asyncio.sleep(0)
        return self._ordered.answer(request)

    async def close(self) -> None: ...


@pytest.fixture
def ordered(style: str) -> Iterator[Callable[[Respond, Mapping[int, int]], tuple[Client, _Ordered]]]:
    """Return a function that makes a client whose pages are answered in an order."""
    with ExitStack() as stack:

        def make(respond: Respond, after: Mapping[int, int]) -> tuple[Client, _Ordered]:
            transport = _Ordered(respond, after)
            used = transport if style == "sync" else _AsyncOrdered(transport)
            return stack.enter_context(connected(style, transport=used)), transport

        yield make


Change = Callable[[list[int]], None]


def add(numbers: list[int]) -> None:
    numbers.insert(0, 1000)


def add_two_pages(numbers: list[int]) -> None:
    numbers[:0] = range(2000, 2010)


def delete(numbers: list[int]) -> None:
    numbers.remove(0)


def pin(numbers: list[int]) -> None:
    numbers.remove(22)
    numbers.insert(0, 22)


def add_and_delete(numbers: list[int]) -> None:
    numbers.remove(22)
    add(numbers)


def changing(changes: Mapping[int, Change], asked: list[int]) -> Pages:
    """Pages of five reviews. The list changes before some pages are answered for the first time."""
    numbers = list(range(25))

    def pages(number: int) -> tuple[Items, Mapping[str, Any]]:
        asked.append(number)
        if asked.count(number) == 1 and number in changes:
            changes[number](numbers)
        return listing(reviews(*numbers), 5)(number)

    return pages


@pytest.mark.parametrize("change", [add, pin, add_and_delete, add_two_pages])
@pytest.mark.parametrize("after", [{2: 3}, {3: 4}, {2: 4, 3: 2}, {2: 5, 3: 5, 4: 5}], ids=repr)
def test_a_page_that_was_answered_before_a_review_moved_onto_it_is_fetched_again(
    ordered: Any, after: Mapping[int, int], change: Change
) -> None:
    asked: list[int] = []
    client, transport = ordered(server(changing({min(after): change}, asked)), after)
    found = walked(client, prefetch=N)
    assert {*ids(*range(25))} - {*found} <= {"22"}
    assert len(found) == len(set(found))
    assert max(map(asked.count, asked)) == 2
    assert transport.most <= N


@pytest.mark.filterwarnings("ignore::trustoo.PaginationWarning")  # the deletion
@pytest.mark.parametrize(("third", "second"), [(delete, add), (delete, pin), (add_two_pages, pin)])
def test_a_change_is_noticed_that_only_the_totals_of_other_pages_show(
    ordered: Any, third: Change, second: Change
) -> None:
    client, _ = ordered(server(changing({3: third, 2: second}, [])), {2: 3})
    assert {*ids(*range(25))} - {*walked(client, prefetch=N)} <= {"22"}


@pytest.mark.parametrize("after", [{2: 3}, {2: 5, 3: 4}], ids=repr)
def test_pages_that_are_answered_in_any_order_come_in_their_order(ordered: Any, after: Mapping[int, int]) -> None:
    client, transport = ordered(server(listing(ALL, 10)), after)
    assert walked(client, prefetch=N) == ids(*range(250))
    assert transport.most <= N


@pytest.mark.parametrize("seed", range(40))
def test_reviews_that_move_while_pages_are_answered_in_any_order_are_not_lost(client_of: ClientOf, seed: int) -> None:
    random, size, numbers = Random(seed), 8, list(range(160))
    stayed, answers = set(numbers), 0

    def respond(request: HTTPRequest) -> HTTPResponse | Exception:
        nonlocal answers
        answers += 1
        if not random.randrange(4):
            if kind := random.randrange(3):
                numbers.insert(0, 1000 + answers)
            if kind != 1:  # the count stays as it was
                moved = numbers.pop(random.randrange(1, len(numbers)))
                stayed.discard(moved)
            if not kind:
                numbers.insert(0, moved)
        return server(listing(reviews(*numbers), size))(request)

    client = client_of(respond, order=Random(seed))
    found = [int(name) for name in walked(client, prefetch=N)]
    assert stayed <= set(found)
    assert len(found) == len(set(found))
    assert answers >= 18


# --- errors


def failing(pages: Pages, failures: list[int], outcome: HTTPResponse | Exception) -> Respond:
    """A server that gives `outcome` to the first request for each page in `failures`."""

    def respond(request: HTTPRequest) -> HTTPResponse | Exception:
        if (number := page_number(request)) in failures:
            failures.remove(number)
            return outcome
        return server(pages)(request)

    return respond


NOT_FOUND = HTTPResponse(200, Headers([]), b'{"code": 5}')


@pytest.mark.parametrize("page", [1, 2, 3, 5, 10])
def test_an_error_comes_in_its_place_and_the_walk_continues_there(client_of: ClientOf, page: int) -> None:
    client = client_of(failing(listing(reviews(*range(50)), 5), [page], NOT_FOUND))
    walk = client.call(lambda shop: shop.reviews.iterate(prefetch=N))
    found: list[str] = []
    with pytest.raises(NotFoundError):
        collect(client, walk, found)
    assert found == ids(*range((page - 1) * 5))
    assert walk.checkpoint == {"page": page, "done": 0}
    collect(client, walk, found)
    assert found == ids(*range(50))


def test_several_errors_come_one_after_the_other(client_of: ClientOf) -> None:
    client = client_of(failing(listing(reviews(*range(50)), 5), [3, 4, 6, 3], NOT_FOUND))
    walk = client.call(lambda shop: shop.reviews.iterate(prefetch=N))
    found: list[str] = []
    errors = 0
    while len(found) < 50:
        try:
            collect(client, walk, found)
        except NotFoundError:
            errors += 1
    assert found == ids(*range(50))
    assert 2 <= errors <= 4


BUSY = [
    HTTPResponse(429, Headers([]), b""),
    HTTPResponse(429, Headers([]), b'{"code": 8}'),
    HTTPResponse(503, Headers([]), b""),
    *(HTTPResponse(200, Headers([]), b'{"code": %d}' % code) for code in (4, 13, 14)),
]


@pytest.mark.parametrize("outcome", BUSY, ids=lambda outcome: f"{outcome.status} {outcome.content!r}")
@pytest.mark.parametrize("page", [1, 2, 6])
def test_after_a_sign_that_the_service_is_busy_one_page_is_fetched_after_the_other(
    client_of: ClientOf, outcome: HTTPResponse, page: int
) -> None:
    client = client_of(failing(listing(reviews(*range(100)), 5), [page], outcome), retry=RetryPolicy(attempts=2))
    for name, requests in steps(client, prefetch=N):
        number = int(name) // 5 + 1
        if number >= page + N:
            assert requests == number + 1


@pytest.mark.parametrize("outcome", [NetworkError("EXAMPLE", maybe_sent=True), NOT_FOUND], ids=["network", "code 5"])
def test_after_other_errors_pages_are_fetched_ahead(ordered: Any, outcome: HTTPResponse | Exception) -> None:
    client, _ = ordered(failing(listing(reviews(*range(100)), 5), [2], outcome), {8: 9})
    walk = client.call(lambda shop: shop.reviews.iterate(prefetch=N))
    found: list[str] = []
    with pytest.raises(NotFoundError) if outcome is NOT_FOUND else nullcontext():
        collect(client, walk, found)
    collect(client, walk, found)
    assert found == ids(*range(100))


@pytest.mark.parametrize("prefetch", [0, -1, 65, 2.0, "4", True, None])
def test_a_prefetch_that_is_no_number_of_pages_is_refused_before_the_walk(client_of: ClientOf, prefetch: Any) -> None:
    client = client_of(server(listing(ALL, 100)))
    with pytest.raises(ArgumentError, match="prefetch must be a whole number of pages from 1 to 64"):
        client.shop.reviews.iterate(prefetch=prefetch)
    assert not client.requests


# --- sockets


def test_each_transport_fetches_pages_at_once_and_closes_its_connections(connect: ClientOf) -> None:
    pages, at_once = listing(reviews(*range(100)), 5), threading.Barrier(2)

    def script(talk: Conversation) -> None:
        while request := talk.hear():
            number = int(request.split(b"page=")[1].split(b"&")[0].split(b" ")[0])
            if number in (3, 4):
                at_once.wait(30)
            items, about = pages(number)
            talk.say(response_bytes(json.dumps({"code": 0, "data": {"page": about, "list": items}}).encode()))

    with served(script) as listening:
        client = connect(listening.address)
        assert walked(client, prefetch=N) == ids(*range(100))
        walk = client.call(lambda shop: shop.reviews.iterate(prefetch=N))
        assert [review.id for review in client.items(lambda shop: walk, 30)] == ids(*range(30))
        client.call(close)
        end = time.monotonic() + 30
        while listening.open and time.monotonic() < end:
            time.sleep(0.01)
        assert not listening.open
