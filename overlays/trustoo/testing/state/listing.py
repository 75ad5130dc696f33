"""What the lists have in common: filters by member and by time, order, pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trustoo_api.values import instant

from ..messages import Received, Refused
from .contents import INVALID_ARGUMENT

__all__ = ["chosen", "in_order", "page_of", "within"]

Item = Mapping[str, Any]


def chosen(
    items: Iterable[Item], received: Received, parameter: str, member: str, as_text: Callable[[Any], str] = str
) -> list[Item]:
    """The items whose member is one of the parameter's values; all where it is not given."""
    wanted = {as_text(value) for value in received.values(parameter)}
    return [item for item in items if not wanted or (member in item and as_text(item[member]) in wanted)]


def within(items: Iterable[Item], received: Received, start: str, end: str, member: str) -> list[Item]:
    """The items whose member is a time from the parameter `start` to the parameter `end`, both included.

    Raises Refused for a parameter that is no time.
    """
    first, last = (_bound(received, name) for name in (start, end))
    if first is None and last is None:
        return list(items)
    kept = []
    for item in items:
        time = _moment(item.get(member))
        if time is not None and (first is None or time >= first) and (last is None or time <= last):
            kept.append(item)
    return kept


def in_order(items: Iterable[Item], received: Received) -> list[Item]:
    """By `created_at`, or `commented_at` where there is none, as `sort_by` asks; without it as they came."""
    given = list(items)
    order = next(iter(received.values("sort_by")), None)
    if order not in ("created-ascending", "created-descending"):
        return given
    ascending = sorted(given, key=_created)
    return ascending if order == "created-ascending" else ascending[::-1]


def page_of(items: Sequence[object], received: Received) -> dict[str, Any]:
    """The page that the query asks for, 20 items long if it does not say."""
    query = dict(received.query)
    page, size = int(query.get("page", 1)), int(query.get("page_size", 20))
    start = (page - 1) * size
    about = {"page": page, "page_size": size, "total_page": -(-len(items) // size), "count": len(items)}
    return {"page": about, "list": list(items[start : start + size])}


def _bound(received: Received, name: str) -> float | None:
    for text in received.values(name):
        if (time := _moment(text)) is None:
            raise Refused(INVALID_ARGUMENT, f"{name} is no time: neither a date in the API's styles nor Unix seconds")
        return time
    return None


def _moment(value: object) -> float | None:
    """Unix seconds of a date in one of the API's styles, or of such a number."""
    if isinstance(value, str) and (date := instant(value)) is not None:
        return date.timestamp()
    return float(str(value)) if re.fullmatch("[0-9]{1,12}", str(value)) else None


def _created(item: Item) -> float:
    times = (_moment(item.get(member)) for member in ("created_at", "commented_at"))
    return next((time for time in times if time is not None), float("-inf"))
