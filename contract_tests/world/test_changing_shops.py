"""Random shops that change while a client reads them, and servers that repeat pages and state wrong totals.

Whatever happens, a walk ends, and returns no review twice. A review that stays in its place is returned, or a warning
says that items may be missing, wherever the server's statements allow a client to know. Right totals cost no request
more than under the first rule of this client, which read up to `total_page`.

All this also holds for walks that fetch pages ahead, whose requests are answered in a random order. The shop then also
changes while requests are in flight. If a whole page moves meanwhile and `count` is as before, no client can know.
"""

import asyncio
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from trustoo import PaginationWarning
from trustoo.transport import HTTPRequest, HTTPResponse

from contract_tests.support import options
from contract_tests.world.client import Client, in_memory
from contract_tests.world.pages import Items, reviews, server

Totals = Mapping[str, Mapping[str, Any]]
RIGHT: Totals = {
    "all": {},
    "no total_page": {"total_page": None},
    "no count": {"count": None},
    "no page_size": {"page_size": None},
    "only count": {"total_page": None, "page_size": None},
    "only total_page": {"count": None, "page_size": None},
    "none": {"total_page": None, "count": None, "page_size": None},
}
"""Right totals, as far as the server sends them."""
WRONG: Totals = {
    "zeros": {"total_page": 0, "count": 0},
    "negative": {"total_page": -1, "count": -1},
    "one page": {"total_page": 1},
    "long pages": {"total_page": 1, "page_size": 500},
    "many pages": {"total_page": 10**6},
    "count of the page": {"total_page": None, "count": len},
    "large count": {"count": 10**6},
    "many pages without a count": {"total_page": 10**6, "count": None},
}
"""Totals that are wrong in a way that a walk can recognise."""
RANDOM = "random"
"""Totals that a walk may have to believe."""
WITH_COUNT = ("all", "no total_page", "no page_size", "only count", "one page", "long pages", "many pages")
PROMISING = (*WITH_COUNT, "no count", "only total_page")
"""Totals that tell an empty page in the middle from the end."""
IN_ORDER, LAST_PAGE, SHUFFLED = "in order", "the last page for ever", "shuffled"
PLACES: Mapping[str, Callable[[int, int], int]] = {
    IN_ORDER: lambda number, last: number,
    LAST_PAGE: lambda number, last: min(number, last),
    "the first page for ever": lambda number, last: 1,
    "three pages in turn": lambda number, last: (number - 1) % 3 + 1,
    SHUFFLED: lambda number, last: 1,
}
"""The page that is sent for a page number, if the last page has the number `last`."""
GUESSES = (None, 0, 1, 2, 5, 20, 99)
NONE = st.just(frozenset[int]())


def _numbers(first: int, count: int) -> frozenset[int]:
    return frozenset(range(first, first + count))


KINDS = (
    st.tuples(st.sampled_from([*RIGHT]), st.just(IN_ORDER), NONE)
    | st.tuples(st.sampled_from([*WRONG]), st.just(IN_ORDER), NONE)
    | st.tuples(
        st.sampled_from([*PROMISING]), st.just(IN_ORDER), st.builds(_numbers, st.integers(0, 50), st.integers(1, 12))
    )
    | st.tuples(st.sampled_from([*RIGHT, *WRONG, RANDOM]), st.sampled_from([*PLACES]), NONE)
)
"""Totals, order, and the reviews that are left out of pages: with all, the pages of a server mean something."""
FITTING = st.tuples(st.sampled_from(["all", "no page_size"]), st.just(IN_ORDER), NONE)
"""Totals with which pages are fetched ahead."""


class ShopServer:
    """A shop's reviews, the newest first, and the server that sends pages of them.

    Attributes:
        numbers: the reviews. `hidden` ones are left out of the pages, and do not count.
        sent, sent_numbers: the number of pages that were sent, and the reviews on them.
        first_rule: the page at which the first rule ended; None before this page.
    """

    def __init__(self, count: int, size: int, totals: str, order: str, hidden: frozenset[int]) -> None:
        self.numbers, self.size, self.totals, self.order, self.hidden = list(range(count)), size, totals, order, hidden
        self.sent, self.sent_numbers = 0, set[int]()
        self.first_rule: int | None = None
        self._random = Random(count)

    def __call__(self, number: int) -> tuple[Items, Mapping[str, Any]]:
        last = max(1, -(-len(self.numbers) // self.size))
        if self.order == SHUFFLED:
            self._random.shuffle(self.numbers)
        shown = self.numbers[(place := PLACES[self.order](number, last) - 1) * self.size : (place + 1) * self.size]
        shown = [one for one in shown if one not in self.hidden]
        about = {"page": number, "page_size": self.size, "total_page": last, "count": self.count}
        lies = {**RIGHT, **WRONG, RANDOM: {name: self._random.choice(GUESSES) for name in ("total_page", "count")}}
        about |= {name: lie(shown) if callable(lie) else lie for name, lie in lies[self.totals].items()}
        self.sent, self.sent_numbers = self.sent + 1, self.sent_numbers | set(shown)
        if self.first_rule is None and _ends_by_first_rule(number, len(shown), about):
            self.first_rule = number
        return reviews(*shown), {name: value for name, value in about.items() if value is not None}

    @property
    def count(self) -> int:
        """The number of reviews that are not hidden."""
        return sum(one not in self.hidden for one in self.numbers)


def _ends_by_first_rule(number: int, size: int, about: Mapping[str, Any]) -> bool:
    total, count, page_size = (about[name] for name in ("total_page", "count", "page_size"))
    if not size or total is None or number < total:
        return not size
    return count is None or page_size is None or size < page_size or bool(count <= number * page_size)


class Walks(RuleBasedStateMachine):
    """A walk through a shop that changes between its pages."""

    style: ClassVar[str]
    prefetch: ClassVar[int] = 1
    may_delete = True

    @initialize(count=st.integers(10, 60) | st.integers(0, 60), size=st.integers(1, 6), kind=KINDS)
    def open(self, count: int, size: int, kind: tuple[str, str, frozenset[int]]) -> None:
        self.start(count, size, kind)

    def start(self, count: int, size: int, kind: tuple[str, str, frozenset[int]], order: Random | None = None) -> None:
        *_, hidden = kind
        self.shop = ShopServer(count, size, *kind)
        self.stayed = set(range(count)) - hidden
        self.shifts = self.deleted = 0
        self.moves: list[tuple[int, int, int, int]] = []  # when: the number of answers; added, deleted and pinned
        self.found: list[int] = []
        self.warned: list[warnings.WarningMessage] = []
        self.stack = ExitStack()
        self.client: Client = self.stack.enter_context(in_memory(self.style, self.respond, order=order))
        self.walk = self.client.call(lambda shop: shop.reviews.iterate(prefetch=self.prefetch))

    def respond(self, request: HTTPRequest) -> HTTPResponse | Exception:
        return server(self.shop)(request)

    @rule(most=st.integers(1, 9))
    def read(self, most: int) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.found += [int(review.id) for review in self.client.items(lambda shop: self.walk, most)]
        self.warned += caught
        self.settle()
        assert len(self.found) == len(set(self.found)), "a review was returned twice"
        most = 3 * self.prefetch * (len(self.shop.sent_numbers) + 1)
        assert self.shop.sent <= most, "the walk does not end"

    def settle(self) -> None:
        """Wait until nothing is in flight, so that what a rule changes lies between two answers."""

    @rule(count=st.integers(1, 12))
    def add_in_front(self, count: int) -> None:
        newest = 1000 * (1 + self.shifts) + count
        self.shop.numbers[:0] = range(newest, newest - count, -1)
        self.shifts += count
        self.moves.append((self.shop.sent, count, 0, 0))

    @precondition(lambda self: self.shop.numbers and self.may_delete)
    @rule(place=st.integers(0, 99), count=st.integers(1, 12))
    def delete(self, place: int, count: int) -> None:
        start = place % len(self.shop.numbers)
        gone = self.shop.numbers[start : start + count]
        del self.shop.numbers[start : start + count]
        self.stayed -= set(gone)
        self.deleted += len(gone)
        self.moves.append((self.shop.sent, 0, len(gone), 0))

    @precondition(lambda self: self.shop.numbers)
    @rule(place=st.integers(0, 99))
    def pin(self, place: int) -> None:
        number = self.shop.numbers.pop(place % len(self.shop.numbers))
        self.shop.numbers.insert(0, number)
        self.stayed.discard(number)
        self.shifts += 1
        self.moves.append((self.shop.sent, 0, 0, 1))

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        with self.stack:
            self.read(1_000_000)
        shop = self.shop
        told = all(issubclass(warning.category, PaginationWarning) for warning in self.warned) and self.warned
        assert bool(told) == bool(self.warned), self.warned
        if self.must_be_complete():
            assert told or self.stayed <= set(self.found), "reviews are missing, and no warning says so"
        if shop.totals in RIGHT and shop.order == IN_ORDER and not shop.hidden:
            if self.prefetch == 1 or not (self.deleted or self.shifts):
                assert shop.first_rule is None or shop.sent == shop.first_rule, "a request too many"
            if not self.deleted and self.shifts <= 2 * shop.size:
                assert not told, "a false alarm"

    def must_be_complete(self) -> bool:
        """Whether the server states enough to notice a loss."""
        shop = self.shop
        if shop.totals == RANDOM or shop.order not in (IN_ORDER, LAST_PAGE):
            return False
        if self.deleted:
            return shop.totals in WITH_COUNT and not shop.hidden
        return shop.totals in PROMISING or not shop.hidden


class SyncWalks(Walks):
    style = "sync"


class AsyncWalks(Walks):
    style = "async"


class PrefetchedWalks(Walks):
    """A walk that fetches pages ahead. The shop also changes while requests are in flight."""

    prefetch = 4

    @initialize(
        count=st.integers(20, 150), size=st.integers(2, 12), kind=FITTING | FITTING | KINDS, seed=st.integers(0, 2**32)
    )
    def open(self, count: int, size: int, kind: tuple[str, str, frozenset[int]], seed: int) -> None:
        self.random = Random(seed)
        self.may_delete = not self.random.randrange(4)  # after a deletion, a warning says that reviews may be missing
        self.start(count, size, kind, Random(seed))

    def respond(self, request: HTTPRequest) -> HTTPResponse | Exception:
        place = self.random.randrange(99)
        if self.shop.numbers and place < 20:
            changes = [lambda: self.add_in_front(count=1), lambda: self.pin(place=place)]
            if self.may_delete:
                changes.append(lambda: self.delete(place=place, count=1))
            self.random.choice(changes)()
        return super().respond(request)

    def must_be_complete(self) -> bool:
        return super().must_be_complete() and not self.is_crowded()

    def is_crowded(self) -> bool:
        """Whether a page of reviews or more moved between two pages, in a way that `count` may not show."""
        for start, *_ in self.moves:
            recent = [move for move in self.moves if start <= move[0] <= start + 2 * self.prefetch]
            _, added, deleted, pinned = map(sum, zip(*recent, strict=True))
            if pinned + min(added, deleted) >= self.shop.size:
                return True
        return False


class SyncPrefetchedWalks(PrefetchedWalks):
    style = "sync"

    def settle(self) -> None:
        for thread in threading.enumerate():
            if thread.name == "trustoo-page":
                thread.join(30)


class AsyncPrefetchedWalks(PrefetchedWalks):
    style = "async"

    def settle(self) -> None:
        async def until_alone() -> None:
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)

        self.client.call(lambda shop: until_alone())


@pytest.mark.parametrize("walks", [SyncWalks, AsyncWalks, SyncPrefetchedWalks, AsyncPrefetchedWalks])
def test_random_walks_end_and_lose_nothing_without_a_warning(walks: type[Walks]) -> None:
    examples = 6 * options.cases
    steps = settings(max_examples=examples, stateful_step_count=30, database=None, deadline=None, print_blob=False)
    machine: Any = seeded(options.seed)(walks)
    run_state_machine_as_test(machine, settings=steps)
