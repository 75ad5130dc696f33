"""Iterates over the items of a paged operation: lazily, in constant memory, and without endless cycles."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, SupportsIndex, TypeVar

import msgspec
from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.types import AsyncPaginator as _AsyncPaginator
from trustoo_api.types import Model, OperationRequest, ResponseDecoder, instant
from trustoo_api.types import Paginator as _Paginator

from .errors import ArgumentError, PaginationError

__all__ = ["AsyncPaginator", "PageCursor", "Paginator"]

T = TypeVar("T")
TIMES = ("created_at", "commented_at")
"""Members with the time at which an item was created. The first of them that an item has is used."""


class PageCursor(Generic[T]):
    """The position of an iteration, and every decision about the iteration. A PageCursor does no I/O.

    The iteration ends at an empty page, at `limit`, at a known item, or at the last page. A page is the last page if
    `total_page` and `count` agree on it. Totals that shrink, grow or contradict each other are ignored. If the pages
    repeat, PaginationError is raised. Brent's algorithm finds a cycle of any length with one remembered page. An item
    that moves from one page to the next during the iteration is returned once.
    """

    def __init__(
        self,
        build: Callable[[int], OperationRequest],
        *,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> None:
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, SupportsIndex)):
            raise ArgumentError(f"limit must be a whole number of items, not {limit!r}.")
        if limit is not None and limit < 0:
            raise ArgumentError(f"limit must not be negative, but is {limit}.")
        if since is not None and not isinstance(since, datetime):
            raise ArgumentError(f"since must be a date-time with a time zone, not {since!r}.")
        if since is not None and since.tzinfo is None:
            raise ArgumentError("since has no time zone; give one, such as datetime.UTC.")
        self._build, self._left, self._known_ids, self._since = build, limit, known_ids, since
        self._page, self._done = _position(checkpoint)
        self._last_ids: frozenset[str] = frozenset()
        self._ended = False
        self._remembered, self._lap, self._power, self._looked_at = b"", 0, 1, 0

    @property
    def checkpoint(self) -> dict[str, int]:
        """The number of the page, and the number of its items that were returned."""
        return {"page": self._page, "done": self._done}

    def next_request(self) -> OperationRequest | None:
        """The request for the next page; None if the iteration has ended."""
        if self._ended or self._left == 0:
            return None
        return self._build(self._page)

    def consume(self, data: Any) -> Iterator[T]:
        """The items of the page that `next_request` asked for, up to the end of the iteration."""
        items: list[T] = data.list
        ids: list[str | None] = [getattr(item, "id", None) for item in items]
        if set(map(type, ids)) != {str}:
            ids = [_id(item) for item in items]
        self._look_for_cycle(data, items, ids)
        looks = self._known_ids != () or self._since is not None
        for number, (item, name) in enumerate(zip(items, ids, strict=True)):
            if number < self._done or (name is not None and name in self._last_ids):
                continue
            if self._left == 0 or (looks and self._is_known(item, name)):
                self._ended = True
                return
            self._done = number + 1
            if self._left is not None:
                self._left -= 1
            yield item
        if not items or self._is_last(data, len(items)):
            self._ended = True
            self._done = len(items)
            return
        self._last_ids = frozenset(name for name in ids if name is not None)
        self._page, self._done = self._page + 1, 0

    def _is_known(self, item: T, name: str | None) -> bool:
        if name is not None and name in self._known_ids:
            return True
        if self._since is None:
            return False
        created = next((time for time in (_time(item, name) for name in TIMES) if time is not None), None)
        return created is not None and created.astimezone(UTC) < self._since

    def _is_last(self, data: Any, size: int) -> bool:
        page = data.page
        total, count, page_size = (getattr(page, name, None) for name in ("total_page", "count", "page_size"))
        if not isinstance(total, int) or self._page < total:
            return False
        # `total_page` says that this is the last page. It is ignored if the page is full and `count` promises more.
        if not isinstance(count, int) or not isinstance(page_size, int) or page_size < 1:
            return True
        return size < page_size or count <= self._page * page_size

    def _look_for_cycle(self, data: Any, items: list[T], ids: list[str | None]) -> None:
        if not items or self._page == self._looked_at:  # the page was fetched again to continue
            return
        self._looked_at = self._page
        content: list[Any] = ids  # enough if each item has an id
        if None in ids:
            content = [_content(item, name) for item, name in zip(items, ids, strict=True)]
        mark = hashlib.blake2b(msgspec.json.encode(content), digest_size=16).digest()
        # Different items without ids may be equal. Equal pages of such items prove a cycle only after the last page.
        total = getattr(data.page, "total_page", None)
        if mark == self._remembered and (None not in ids or not isinstance(total, int) or self._page > total):
            raise PaginationError(f"Page {self._page} repeats an earlier page. The server returns pages in a cycle.")
        self._lap += 1
        if self._lap == self._power:
            self._remembered, self._power, self._lap = mark, self._power * 2, 0


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
    return None if found is None else str(found)


def _time(item: object, name: str) -> datetime | None:
    found = getattr(item, name, None)
    if found is None and isinstance(item, Model) and item.has(name):  # the OpenAPI spec may lack the member
        found = instant(item[name]) if isinstance(item[name], str) else None
    return found if isinstance(found, datetime) else None


def _content(item: object, name: str | None) -> Any:
    return name if name is not None else item.to_dict() if isinstance(item, Model) else repr(item)


class Paginator(_Paginator[T]):
    """The items of a paged operation, fetched page by page during iteration.

    A second iteration continues where the first iteration stopped.
    """

    def __init__(self, client: SyncClient, decoder: ResponseDecoder[Any], cursor: PageCursor[T]) -> None:
        self._client, self._decoder, self._cursor = client, decoder, cursor

    @property
    def checkpoint(self) -> dict[str, int]:
        """The position after the last item that was returned, as a JSON object for `iterate(checkpoint=...)`."""
        return self._cursor.checkpoint

    def __iter__(self) -> Iterator[T]:
        while (request := self._cursor.next_request()) is not None:
            yield from self._cursor.consume(self._client.send(request, self._decoder).parsed)


class AsyncPaginator(_AsyncPaginator[T]):
    """The items of a paged operation, fetched page by page during iteration with `async for`.

    A second iteration continues where the first iteration stopped.
    """

    def __init__(self, client: AsyncClient, decoder: ResponseDecoder[Any], cursor: PageCursor[T]) -> None:
        self._client, self._decoder, self._cursor = client, decoder, cursor

    @property
    def checkpoint(self) -> dict[str, int]:
        """The position after the last item that was returned, as a JSON object for `iterate(checkpoint=...)`."""
        return self._cursor.checkpoint

    async def __aiter__(self) -> AsyncIterator[T]:
        while (request := self._cursor.next_request()) is not None:
            for item in self._cursor.consume((await self._client.send_async(request, self._decoder)).parsed):
                yield item
