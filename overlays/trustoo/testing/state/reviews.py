"""Reviews: created, listed, got, counted and deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..messages import Received, Refused
from .contents import NOT_FOUND, Contents
from .listing import chosen, in_order, page_of

__all__ = ["HANDLERS"]

STARS = (1, 2, 3, 4, 5)
SEARCHED = ("title", "review_title", "content", "author")
"""Members that `keyword` is looked for in: a guess."""


def create(contents: Contents, received: Received) -> dict[str, Any]:
    given: dict[str, Any] = received.json
    times = contents.reviews.times()
    named = {name: value for name, value in given.items() if name != "id"}
    made = contents.reviews.add({"commented_at": times["updated_at"], **named, **times}, lag=contents.lag)
    return {"id": made["id"]}


def get(contents: Contents, received: Received) -> dict[str, Any]:
    (name, *_) = received.values("id") or [""]
    if (found := contents.reviews.get(name)) is None:
        raise Refused(NOT_FOUND, "there is no review with this id")
    return found


def delete(contents: Contents, received: Received) -> None:
    if not contents.reviews.remove(received.json["id"]):
        raise Refused(NOT_FOUND, "there is no review with this id")


def list_(contents: Contents, received: Received) -> dict[str, Any]:
    found = chosen(contents.reviews.listed(), received, "product_ids", "product_id", _number)
    found = chosen(found, received, "sources", "source")
    found = chosen(found, received, "ratings", "rating", lambda rating: str(_stars(rating) or rating))
    for flag in received.values("is_store_review")[:1]:
        found = [review for review in found if flag not in ("0", "1") or _is_of_store(review) == (flag == "1")]
    for word in received.values("keyword")[:1]:
        found = [review for review in found if _mentions(review, word)]
    return page_of(in_order(found, received), received)


def rating(contents: Contents, received: Received) -> dict[str, Any]:
    found = chosen(contents.reviews.listed(), received, "product_id", "product_id", _number)
    found = chosen(found, received, "product_handle", "product_handle")
    asked = {name for name, value in received.query if value == "1"}
    if "is_store_rating" in asked:
        found = [review for review in found if _is_of_store(review)]
    elif "is_all_products_rating" in asked:
        found = [review for review in found if not _is_of_store(review)]
    stars = Counter(number for review in found if (number := _stars(review.get("rating"))) is not None)
    total = sum(number * times for number, times in stars.items())
    average = round(total / stars.total(), 1) if stars else 0
    counts = {f"star{number}_count": stars[number] for number in STARS}
    return {"rating_value": f"{average:g}", "review_count": stars.total(), **counts}


def _stars(value: object) -> int | None:
    """1 to 5; None for anything else, text and half stars included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return next((number for number in STARS if number == value), None)


def _number(product_id: object) -> str:
    """A Shopify id without `gid://shopify/Product/`."""
    return str(product_id).rpartition("/")[2]


def _is_of_store(review: Mapping[str, Any]) -> bool:
    """Whether it is a review of the store itself: of no product, or of product 0."""
    return review.get("product_id") in (None, "", 0, "0")


def _mentions(review: Mapping[str, Any], word: str) -> bool:
    return any(word.casefold() in str(review[name]).casefold() for name in SEARCHED if name in review)


HANDLERS = {
    "reviews.create": create,
    "reviews.get": get,
    "reviews.delete": delete,
    "reviews.list": list_,
    "reviews.rating": rating,
}
