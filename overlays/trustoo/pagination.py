"""Iterates over the items of a paged operation: lazily, page by page, and to the end, even if the totals are wrong."""

from __future__ import annotations

import operator
import sys
import warnings
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Self, SupportsIndex, TypeVar

from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.types import AsyncPaginator as _AsyncPaginator
from trustoo_api.types import Model, OperationRequest, ResponseDecoder, instant
from trustoo_api.types import Paginator as _Paginator

from ._pipeline import callers_level
from .errors import APIError, ArgumentError, PaginationError, PaginationWarning

if TYPE_CHECKING:
    from ._prefetch import PageTasks, PageThreads
    from .hooks import CallEvent

__all__ = ["AsyncPaginator", "PageCursor", "Paginator"]

T = TypeVar("T")
TIMES = ("created_at", "commented_at")
"""Members with the time at which an item was created. The first of them that an item has is used."""
NEWEST_FIRST = ("sort_by", "created-descending")
PATIENCE = 3
"""The iteration ends after this number of pages in a row without a new item."""
MOST_PAGES = 64
"""The largest `prefetch`."""


class PageCursor(Generic[T]):
    """The position of an iteration, and every decision about the iteration. A PageCursor does no I/O.

    The iteration ends at `limit`, at the last page (`_Progress` finds it), after a page whose last item is known or
    older than `since`, and after three pages in a row without a new item.

    An item that was received before is not returned again. The cursor recognises it by a 64-bit hash of its id. Items
    without an id are always returned.

    Pages are fetched ahead while the list is steady: the totals of the latest page fit the page and are those of the
    page before, and the page has no item of an earlier page. A page that was fetched ahead may have been answered
    before the page in front of it. If an item was added in between, both pages lack the item that moved from one to the
    other. Then their totals differ, or the page in front has an item of an earlier page.

    Args:
        build: returns the request for a page number.
        limit, known_ids, since, checkpoint, prefetch: the options of the generated `iterate`, which documents them.
        strict: whether PaginationError is raised in place of a warning that items may be missing. Default: False.

    Attributes:
        page: the number of the next page.
        prefetch: the largest number of pages to fetch at once. It becomes 1 when the service asks for fewer requests.
        is_steady: whether pages that were fetched ahead of the next page may be used.

    Raises:
        ArgumentError: if an option is invalid.
    """

    def __init__(
        self,
        build: Callable[[int], OperationRequest],
        *,
        limit: int | None = None,
        known_ids: Container[str | int] | Iterable[str | int] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
        prefetch: int = 1,
        strict: bool = False,
    ) -> None:
        self._build, self._strict = build, strict
        self._left, self._known_ids, self._since = _limit(limit), _texts(known_ids), _aware(since)
        self.page, self._done = _position(checkpoint)
        self.prefetch, self.is_steady = _prefetch(prefetch), False
        self._progress = _Progress(self.page)
        self._seen: set[Hashable] = set()
        self._fruitless = 0
        self._has_warned = self._ended = False
        self._looks = bool(self._known_ids) or since is not None
        if self._looks and NEWEST_FIRST not in (request := build(self.page)).query:
            _warn(
                request,
                "known_ids and since expect the newest items first. "
                'Without sort_by="created-descending" new items may be missed.',
            )

    @property
    def checkpoint(self) -> dict[str, int]:
        """The number of the page, and the number of its items that were returned or left out."""
        return {"page": self.page, "done": self._done}

    def next_request(self) -> OperationRequest | None:
        """The request for the next page; None if the iteration has ended."""
        if self._ended or self._left == 0:
            return None
        return self._build(self.page)

    def pages_ahead(self, late: int = 0) -> range:
        """The pages that may be fetched while the next page is fetched. None is behind the last page.

        `late`: the number of earlier fetches that have not ended, although their pages are not used.
        """
        last = self._progress.last_page if self.is_steady else None
        if last is None:
            return range(0)
        end = min(last + 1, self.page + self.prefetch - late)
        if self._left is not None:  # no page holds more items than the latest
            end = min(end, self.page - (-self._left // self._progress.size))
        return range(self.page + 1, end)

    def request(self, page: int) -> OperationRequest:
        """The request for a page."""
        return self._build(page)

    def agrees(self, data: Any) -> bool:
        """Whether the next page, which was fetched ahead, states the totals of the page before."""
        return _totals(data.page) == self._progress.stated

    def note(self, event: CallEvent) -> None:
        """Fetch no page ahead any more if an attempt ended with HTTP 429 or 5xx, or with a transient code."""
        status = event.status or 0
        if event.error is not None and (status == 429 or status >= 500 or event.code in APIError.transient_codes):
            self.prefetch = 1

    def consume(self, data: Any) -> Iterator[T]:
        """The new items of the page that `next_request` asked for, up to the end of the iteration."""
        items: list[T] = data.list
        ids: list[str | None] = [getattr(item, "id", None) for item in items]
        if set(map(type, ids)) != {str} or "" in ids:
            ids = [_id(item) for item in items]
        progress, previous = self._progress, self._progress.stated
        self.is_steady = False
        is_last = progress.is_last(self.page, data.received, data.page)
        if progress.lost and not self._has_warned:
            self._has_warned = True
            self._report(
                f"The number of items fell by {progress.lost} during the iteration. Later items moved to pages that "
                "were read before, so some may be missing. If this program deletes items, collect them first."
            )
        distinct = len(self._seen)
        yield from self._new_items(items, ids)
        if self._ended:
            return
        if is_last or (self._looks and items and self._is_known(items[-1], ids[-1])):
            self._ended, self._done = True, len(items)
            return
        # Different items without ids may be equal. Equal items prove a repetition only after the last page.
        has_new = len(self._seen) > distinct or (None in ids and self.page <= progress.pages)
        self._fruitless = 0 if has_new else self._fruitless + 1
        self.page, self._done = self.page + 1, 0
        has_repeated = len(self._seen) < distinct + len(items)
        self.is_steady = not has_repeated and previous in (None, progress.stated)
        if self._fruitless == PATIENCE:
            self._ended = True
            self._report(
                f"The iteration ended after page {self.page - 1}, because {PATIENCE} pages in a row had no new item. "
                f"{progress} Items may be missing. To read on, pass checkpoint={self.checkpoint}."
            )

    def _new_items(self, items: Sequence[T], ids: Sequence[str | None]) -> Iterator[T]:
        seen = self._seen
        for number, (item, name) in enumerate(zip(items, ids, strict=True)):
            mark = _mark(name if name is not None else _content(item))
            is_repeated = mark in seen and name is not None
            seen.add(mark)
            if number < self._done:
                continue
            if is_repeated or (self._looks and self._is_known(item, name)):
                self._done = number + 1
                continue
            if self._left == 0:
                self._ended = True
                return
            self._done = number + 1
            if self._left is not None:
                self._left -= 1
            yield item

    def _is_known(self, item: T, name: str | None) -> bool:
        if name is not None and name in self._known_ids:
            return True
        if self._since is None:
            return False
        created = next((time for time in (_time(item, name) for name in TIMES) if time is not None), None)
        return created is not None and created.astimezone(UTC) < self._since

    def _report(self, text: str) -> None:
        request = self._build(self.page)
        if self._strict:
            raise PaginationError(f"{request.operation.id}: {text}")
        _warn(request, text)


class _Progress:
    """Counts the positions that the server sent, and finds the last page. The server's totals may be wrong or missing.

    A position is an entry of a page's list, even if it is repeated or unreadable. The last page is

    - the page at which the positions reach `count`, unless `total_page` promises more;
    - the page `total_page`, if the server sends no `count`, or if the page is short and `count` promises no more;
    - an empty page, unless a total promises more.

    A `count` below the received positions is wrong. A `count` that is the length of a full page may be that of the page
    only, unless `total_page` confirms it. A `total_page` below the number of a page with items is wrong.

    Attributes:
        size: the number of positions of the latest page.
        stated: the `count` and the `total_page` of the latest page; None before the first page.
        pages: the first `total_page`; 0 if there is none.
        lost: the number of items by which `count` fell from one page to another.
    """

    def __init__(self, first_page: int) -> None:
        self._skipped, self._page = first_page - 1, first_page
        self._earlier = self.size = self._largest = 0
        self.stated: tuple[int | None, int | None] | None = None
        self._count: int | None = None
        self._total: int | None = None
        self.pages = self.lost = 0

    def is_last(self, number: int, size: int, page: Any) -> bool:
        """Count the `size` positions of the page `number`. Returns whether the page is the last."""
        if number != self._page:  # else the same page was fetched again after an error
            self._page, self._earlier = number, self._earlier + self.size
        self.size, self._largest = size, max(size, self._largest)
        self.stated = count, total = _totals(page)
        page_size = _natural(page, "page_size")
        # The pages before a checkpoint have at least `least` positions, and at most `most`: a server may send shorter
        # pages than it states.
        least = most = self._earlier + size
        if self._skipped:
            least += self._skipped * self._largest
            most = most + self._skipped * page_size if page_size else sys.maxsize
        self.pages = self.pages or total or 0
        self._total = total if total is not None else self._total
        if size and total is not None and total < number:
            total = None
        if count is not None:
            self.lost = self.lost or max((self._count or 0) - count, 0)
            if count >= least and (count != size or total == number):
                self._count = count
        if not size:
            count, total = self._count if count is None else count, self._total
            more = count is not None and count > most
            return not more and (total is None or total <= number or count == least)
        if total is not None and total > number:
            return False
        is_full = not page_size or size >= page_size
        if count is None:
            return total == number
        if count == least:
            return count != size or total == number or not is_full
        if count > least:
            return self._skipped > 0 and total == number and (not page_size or count == most)
        return total == number and not is_full

    def __str__(self) -> str:
        stated = f"The server stated {self._count} items. " if self._count is not None else ""
        return f"{stated}{self._earlier + self.size} were received, repeated ones included."

    @property
    def last_page(self) -> int | None:
        """The last page according to the latest page; None if its totals are missing or do not fit its size."""
        count, total = self.stated or (None, None)
        if count is None or total is None or not (total - 1) * self.size < count <= total * self.size:
            return None
        return total


def _totals(page: object) -> tuple[int | None, int | None]:
    return _natural(page, "count"), _natural(page, "total_page")


def _natural(page: object, name: str) -> int | None:
    found = getattr(page, name, None)
    return found if isinstance(found, int) and found >= 0 else None


def _limit(limit: int | None) -> int | None:
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, SupportsIndex):
        raise ArgumentError(f"limit must be a whole number of items, not {limit!r}.")
    if (number := operator.index(limit)) < 0:
        raise ArgumentError(f"limit must not be negative, but is {number}.")
    return number


def _prefetch(number: int) -> int:
    if type(number) is not int or not 1 <= number <= MOST_PAGES:
        raise ArgumentError(f"prefetch must be a whole number of pages from 1 to {MOST_PAGES}, not {number!r}.")
    return number


def _aware(since: datetime | None) -> datetime | None:
    if since is not None and not isinstance(since, datetime):
        raise ArgumentError(f"since must be a datetime with a time zone, not {since!r}.")
    if since is not None and since.tzinfo is None:
        raise ArgumentError("since has no time zone; give one, such as datetime.UTC.")
    return since


def _texts(ids: Container[str | int] | Iterable[str | int]) -> Container[str | int]:
    """The ids as text, so that 5 is "5". A container that cannot be iterated over is used unchanged."""
    if isinstance(ids, str | bytes):
        raise ArgumentError(f"known_ids must be a collection of ids, such as [{ids!r}], not one text.")
    if isinstance(ids, Iterable):
        return frozenset(_text(one) for one in ids if one is not None)
    if isinstance(ids, Container):
        return ids
    raise ArgumentError(f"known_ids must be a collection of ids, not {ids!r}.")


def _text(one: object) -> str:
    if isinstance(one, str):
        return one
    try:
        return str(operator.index(one))  # type: ignore[arg-type]  # that it may fail is the question
    except TypeError:
        raise ArgumentError(f"known_ids must contain ids, which are text or whole numbers, not {one!r}.") from None


def _position(checkpoint: Mapping[str, int] | None) -> tuple[int, int]:
    if checkpoint is None:
        return 1, 0
    page, done = (checkpoint.get("page"), checkpoint.get("done")) if isinstance(checkpoint, Mapping) else (None, None)
    if type(page) is not int or type(done) is not int or page < 1 or done < 0:
        raise ArgumentError(f"{checkpoint!r} is not a checkpoint returned by Paginator.checkpoint.")
    return page, done


def _id(item: object) -> str | None:
    found = getattr(item, "id", None)
    if found is None and isinstance(item, Model) and item.has("id"):
        found = item["id"]
    return None if found is None or found == "" else str(found)


def _time(item: object, name: str) -> datetime | None:
    found = getattr(item, name, None)
    if found is None and isinstance(item, Model) and item.has(name):  # the OpenAPI spec may lack the member
        found = instant(item[name]) if isinstance(item[name], str) else None
    return found if isinstance(found, datetime) else None


def _content(item: object) -> str:
    return repr(item.to_dict() if isinstance(item, Model) else item)


# Python's hash of a text takes no memory for a digest, and differs in each process. It has 32 bits on small machines,
# where two of some ten thousand ids would have the same hash.
_mark: Callable[[str], Hashable] = hash if sys.hash_info.width >= 64 else str


def _warn(request: OperationRequest, text: str) -> None:
    warnings.warn(f"{request.operation.id}: {text}", PaginationWarning, stacklevel=callers_level())


class Paginator(_Paginator[T]):
    """The items of a paged operation, fetched page by page during iteration.

    A paginator is an iterator: `next()` works, and each loop continues where the one before stopped, even after an
    error. After the last item it stays empty. Call `iterate` again to read the items again. Not thread-safe.

    `ahead` fetches pages ahead. Default: None, one page after the other.
    """

    def __init__(
        self,
        client: SyncClient,
        decoder: ResponseDecoder[Any],
        cursor: PageCursor[T],
        ahead: PageThreads | None = None,
    ) -> None:
        self._client, self._decoder, self._cursor, self._ahead = client, decoder, cursor, ahead
        self._items: Iterator[T] = iter(())

    @property
    def checkpoint(self) -> dict[str, int]:
        """The position after the last item that was returned, as a JSON object for `iterate(checkpoint=...)`."""
        return self._cursor.checkpoint

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while True:
            for item in self._items:
                return item
            if (request := self._cursor.next_request()) is None:
                self._ahead = None
                raise StopIteration
            if self._ahead is None:
                page = self._client.send(request, self._decoder).parsed
            else:
                page = self._ahead.page(request)
            self._items = self._cursor.consume(page)


class AsyncPaginator(_AsyncPaginator[T]):
    """The items of a paged operation, fetched page by page during iteration with `async for`.

    A paginator is an iterator: `anext()` works, and each loop continues where the one before stopped, even after an
    error. After the last item it stays empty. Call `iterate` again to read the items again. One task at a time can use
    a paginator.

    `ahead` fetches pages ahead. Default: None, one page after the other.
    """

    def __init__(
        self,
        client: AsyncClient,
        decoder: ResponseDecoder[Any],
        cursor: PageCursor[T],
        ahead: PageTasks | None = None,
    ) -> None:
        self._client, self._decoder, self._cursor, self._ahead = client, decoder, cursor, ahead
        self._items: Iterator[T] = iter(())

    @property
    def checkpoint(self) -> dict[str, int]:
        """The position after the last item that was returned, as a JSON object for `iterate(checkpoint=...)`."""
        return self._cursor.checkpoint

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            if (request := self._cursor.next_request()) is None:
                self._ahead = None
                raise StopAsyncIteration
            if self._ahead is None:
                page = (await self._client.send_async(request, self._decoder)).parsed
            else:
                page = await self._ahead.page(request)
            self._items = self._cursor.consume(page)
