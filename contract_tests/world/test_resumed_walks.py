"""A walk that is used in parts: several loops, `next`, errors in the middle, checkpoints in another process."""

import json
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from trustoo import NotFoundError, Trustoo
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.world.client import Client
from contract_tests.world.pages import Items, collect, ids, listing, page_number, reviews, server, walked

ClientOf = Callable[..., Client]
ALL = reviews(*range(250))


def test_a_second_loop_continues_and_after_the_end_there_is_nothing(client_of: ClientOf) -> None:
    client = client_of(server(listing(ALL, 100)))
    walk = client.call(lambda shop: shop.reviews.iterate())
    parts = [len(client.items(lambda shop: walk, most)) for most in (120, 1000, 1000)]
    assert parts == [120, 130, 0]
    assert [page_number(request) for request in client.requests] == [1, 2, 3]


def test_batches_end(client_of: ClientOf) -> None:
    client = client_of(server(listing(ALL, 100)))
    walk = client.call(lambda shop: shop.reviews.iterate())
    sizes = []
    while batch := client.items(lambda shop: walk, 60):
        sizes.append(len(batch))
    assert sizes == [60, 60, 60, 60, 10]


def test_next_returns_the_next_review(client_of: ClientOf) -> None:
    client = client_of(server(listing(reviews(7, 8), 1)))
    walk = client.call(lambda shop: shop.reviews.iterate())
    following: Any = next if isinstance(client.shop, Trustoo) else anext
    end = StopIteration if following is next else StopAsyncIteration
    assert [client.call(lambda shop: following(walk)).id for _ in range(2)] == ids(7, 8)
    for _ in range(2):
        with pytest.raises(end):
            client.call(lambda shop: following(walk))


def test_an_error_loses_nothing(client_of: ClientOf) -> None:
    failures = [3, 2]

    def respond(request: HTTPRequest) -> HTTPResponse | Exception:
        if page_number(request) in failures:
            failures.remove(page_number(request))
            return HTTPResponse(200, Headers([]), b'{"code": 5}')
        return server(listing(ALL, 100))(request)

    client = client_of(respond)
    walk = client.call(lambda shop: shop.reviews.iterate())
    found: list[str] = []
    for _ in range(2):
        with pytest.raises(NotFoundError):
            collect(client, walk, found)
    collect(client, walk, found)
    assert found == ids(*range(250))


@pytest.mark.parametrize(
    "lies", [{}, {"page_size": 500, "total_page": 1}, {"count": None, "total_page": None}], ids=repr
)
@pytest.mark.parametrize("taken", [0, 1, 99, 100, 150, 200, 249])
def test_a_checkpoint_continues_in_another_process(client_of: ClientOf, taken: int, lies: Mapping[str, Any]) -> None:
    client = client_of(server(listing(ALL, 100, **lies)))
    walk = client.call(lambda shop: shop.reviews.iterate())
    before = [review.id for review in client.items(lambda shop: walk, taken)] if taken else []
    checkpoint = json.loads(json.dumps(walk.checkpoint))
    assert before + walked(client, checkpoint=checkpoint) == ids(*range(250))


def test_a_resumed_walk_over_pages_shorter_than_stated_reads_all(client_of: ClientOf) -> None:
    # The server sends 100 reviews a page and says 500. Counted in pages of 500, page 20 of 24 would be the end.
    client = client_of(server(listing(reviews(*range(2400)), 100, page_size=500, total_page=5)))
    assert len(walked(client, checkpoint={"page": 2, "done": 0})) == 2300
    assert len(client.requests) == 23


def test_a_walk_keeps_one_page_and_a_hash_of_each_id(client_of: ClientOf) -> None:
    pages, size = 300, 50

    def long(number: int) -> tuple[Items, Mapping[str, Any]]:
        items = [{"id": f"{number}-{place}", "content": "x" * 1000} for place in range(size)]
        return items, {"page_size": size, "count": pages * size, "total_page": pages}

    client = client_of(server(long))
    walk = client.call(lambda shop: shop.reviews.iterate())
    client.items(lambda shop: walk, size)
    tracemalloc.start()
    try:
        for _ in range(1, pages):
            assert len(client.items(lambda shop: walk, size)) == size
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 200 * pages * size  # a page in memory takes more than 1,000 bytes an item
