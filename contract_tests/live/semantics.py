"""What a response says, against what was asked: differences that the schema of the response cannot show.

As everywhere in a live run, no value of a response is kept. Differences name places and rules.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any

from .differences import Difference
from .plan import entries_of

__all__ = ["MEDIA_TYPES", "Exchange", "semantic_differences"]

_STARS = tuple(f"star{number}_count" for number in range(1, 6))
_RATE_LIMIT = re.compile(r"(x-)?rate-?limit(-[a-z]{1,20}){0,3}|(x-)?retry-after|x-rate-(limit|remaining|reset)", re.I)
MEDIA_TYPES = ("application/json", "application/problem+json", "text/html", "text/json", "text/plain", "text/xml")
"""The media types that are shown. Any other text could be a value."""
# Larger numbers could be a time or an id.
_SMALL_NUMBER = re.compile(r"\d{1,6}")
# The largest difference of an average that was rounded or cut to one decimal.
_ROUNDING = 0.1


@dataclass(frozen=True)
class Exchange:
    """A call and its response.

    Attributes:
        arguments: the arguments of the call, by name.
        first_page: the JSON response for the first page, if the call asks for another page.
        known_products: whether the products in the arguments have reviews.
    """

    arguments: Mapping[str, Any]
    response: Any
    headers: Mapping[str, str]
    first_page: Any = None
    known_products: bool = False


def semantic_differences(exchange: Exchange) -> Iterator[Difference]:
    """The differences between what was asked and what a successful response says, or within the response."""
    yield from _headers(exchange.headers)
    response = exchange.response
    if not isinstance(response, dict) or response.get("code") != 0 or not isinstance(response.get("data"), dict):
        return
    data: dict[str, Any] = response["data"]
    yield from _page(exchange, data)
    yield from _items(exchange, data)
    yield from _rating(data)
    yield from _expiry(exchange, data)


def _headers(headers: Mapping[str, str]) -> Iterator[Difference]:
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        found = media_type if media_type in MEDIA_TYPES else "another type" if media_type else "no type"
        yield Difference("header Content-Type", "content type", f"{found} instead of application/json")
    for name, value in headers.items():
        if _RATE_LIMIT.fullmatch(name):
            shown = value if _SMALL_NUMBER.fullmatch(value) else "value withheld"
            yield Difference(f"header {name.lower()}", "rate limit", shown)


def _page(exchange: Exchange, data: dict[str, Any]) -> Iterator[Difference]:
    """Another page than asked, and figures of the page that do not add up."""
    if "page" not in exchange.arguments:
        return
    asked_page, asked_size = exchange.arguments["page"], exchange.arguments["page_size"]
    about, entries = data.get("page"), entries_of(exchange.response)
    figures = about if isinstance(about, dict) else {}
    page, size, pages, count = (_whole(figures.get(name)) for name in ("page", "page_size", "total_page", "count"))
    if page is not None and page != asked_page:
        yield Difference("data.page.page", "other page", "not the page that was asked for")
    if size is not None and size != asked_size:
        yield Difference("data.page.page_size", "page size", "not the size that was asked for")
    if len(entries) > asked_size:
        yield Difference("data.list", "page size", "more entries than were asked for")
    earlier = {json.dumps(entry, sort_keys=True) for entry in entries_of(exchange.first_page)}
    if entries and earlier >= {json.dumps(entry, sort_keys=True) for entry in entries}:
        yield Difference("data.list", "other page", "only entries of the first page")
    if count is None:
        return
    if pages is not None and size and pages != ceil(count / size) and (pages, count) != (1, 0):
        yield Difference("data.page.total_page", "sum", "not the number of pages that count and page_size give")
    if size and page and len(entries) != max(0, min(size, count - (page - 1) * size)):
        yield Difference("data.list", "sum", "not the number of entries that count, page and page_size give")


def _items(exchange: Exchange, data: dict[str, Any]) -> Iterator[Difference]:
    """Another object than asked."""
    asked = exchange.arguments.get("id")
    if asked is not None and data.get("id") is not None and str(data["id"]) != str(asked):
        yield Difference("data.id", "other id", "not the id that was asked for")
    wanted = {str(product) for product in exchange.arguments.get("product_ids", ())}
    entries = [entry for entry in entries_of(exchange.response) if isinstance(entry, dict)]
    found = {str(entry["product_id"]) for entry in entries if entry.get("product_id") not in (None, "")}
    if not wanted or not found:
        return
    if found - wanted:
        yield Difference("data.list[].product_id", "other id", "not one of the products that were asked for")
    elif exchange.known_products and found < wanted and len(entries) < exchange.arguments["page_size"]:
        yield Difference("data.list[].product_id", "other id", "only some of the products that were asked for")


def _rating(data: dict[str, Any]) -> Iterator[Difference]:
    """Counts of stars, and their average."""
    stars, total = [_whole(data.get(name)) for name in _STARS], _whole(data.get("review_count"))
    counts = [number for number in stars if number is not None]
    if len(counts) < len(_STARS):
        return
    if total is not None and total != sum(counts):
        yield Difference("data.review_count", "sum", "not the sum of the star counts")
    try:
        value = float(data["rating_value"])
    except (KeyError, TypeError, ValueError):
        return
    weighted = sum(number * count for number, count in enumerate(counts, 1))
    average = weighted / sum(counts) if sum(counts) else 0.0
    if not abs(value - average) < _ROUNDING:
        yield Difference("data.rating_value", "sum", "not the average of the star counts")


def _expiry(exchange: Exchange, data: dict[str, Any]) -> Iterator[Difference]:
    """Credentials that cannot be used any more. The time is the service's own."""
    expire: Any = data.get("expire")
    now = _server_time(exchange)
    is_time = isinstance(expire, str | int) and re.fullmatch(r"\d{1,12}", str(expire))
    if is_time and now is not None and int(expire) <= now:
        yield Difference("data.expire", "expired", "not later than the time of the response")


def _server_time(exchange: Exchange) -> float | None:
    if (time := _whole(exchange.response.get("time"))) is not None:
        return time
    try:
        return parsedate_to_datetime(exchange.headers.get("Date", "")).timestamp()
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    """A whole number that is not negative; None for anything else, which is a difference of another kind."""
    return value if type(value) is int and value >= 0 else None
