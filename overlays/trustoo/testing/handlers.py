"""The handlers of the operations, which read and change the contents of the fake service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from .checks import ALREADY_EXISTS, INVALID_ARGUMENT, NOT_FOUND, RefusedError
from .connections import Received
from .spec import SAMPLES
from .state import Contents, filter_by_member, filter_by_time, page_of, sort_items

__all__ = ["HANDLERS"]

STARS = (1, 2, 3, 4, 5)
SEARCHED = ("title", "review_title", "content", "author")
"""The members that the filter `keyword` searches. This is a guess."""
CUSTOMER_KEYS = ("customer_id", "email")
EVERY_TYPE = "0"


def create_review(contents: Contents, received: Received) -> dict[str, Any]:
    given: dict[str, Any] = received.json
    times = contents.reviews.times()
    named = {name: value for name, value in given.items() if name != "id"}
    made = contents.reviews.add({"commented_at": times["updated_at"], **named, **times}, lag=contents.lag)
    return {"id": made["id"]}


def get_review(contents: Contents, received: Received) -> dict[str, Any]:
    (name, *_) = received.values("id") or [""]
    if (found := contents.reviews.get(name)) is None:
        raise RefusedError(NOT_FOUND, "there is no review with this id")
    return found


def delete_review(contents: Contents, received: Received) -> None:
    if not contents.reviews.remove(received.json["id"]):
        raise RefusedError(NOT_FOUND, "there is no review with this id")


def list_reviews(contents: Contents, received: Received) -> dict[str, Any]:
    found = filter_by_member(contents.reviews.listed(), received, "product_ids", "product_id", _number)
    found = filter_by_member(found, received, "sources", "source")
    found = filter_by_member(found, received, "ratings", "rating", lambda rating: str(_stars(rating) or rating))
    for flag in received.values("is_store_review")[:1]:
        found = [review for review in found if flag not in ("0", "1") or _is_of_store(review) == (flag == "1")]
    for word in received.values("keyword")[:1]:
        found = [review for review in found if _mentions(review, word)]
    return page_of(sort_items(found, received), received)


def rate_reviews(contents: Contents, received: Received) -> dict[str, Any]:
    found = filter_by_member(contents.reviews.listed(), received, "product_id", "product_id", _number)
    found = filter_by_member(found, received, "product_handle", "product_handle")
    flags = {name for name, value in received.query if value == "1"}
    if "is_store_rating" in flags:
        found = [review for review in found if _is_of_store(review)]
    elif "is_all_products_rating" in flags:
        found = [review for review in found if not _is_of_store(review)]
    stars = Counter(number for review in found if (number := _stars(review.get("rating"))) is not None)
    total = sum(number * times for number, times in stars.items())
    average = round(total / stars.total(), 1) if stars else 0
    counts = {f"star{number}_count": stars[number] for number in STARS}
    return {"rating_value": f"{average:g}", "review_count": stars.total(), **counts}


def _stars(value: object) -> int | None:
    """The number of stars, 1 to 5; None for other values, such as text and half stars."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return next((number for number in STARS if number == value), None)


def _number(product_id: object) -> str:
    """The number in a Shopify id, without `gid://shopify/Product/`."""
    return str(product_id).rpartition("/")[2]


def _is_of_store(review: Mapping[str, Any]) -> bool:
    """Whether a review is about the store itself: it has no product, or product 0."""
    return review.get("product_id") in (None, "", 0, "0")


def _mentions(review: Mapping[str, Any], word: str) -> bool:
    return any(word.casefold() in str(review[name]).casefold() for name in SEARCHED if name in review)


def create_webhook(contents: Contents, received: Received) -> dict[str, Any]:
    wanted = _subscription(contents, received)
    return contents.webhooks.add({**wanted, **contents.webhooks.times()}, lag=contents.lag)


def update_webhook(contents: Contents, received: Received) -> dict[str, Any]:
    item_id = received.json["id"]
    wanted = _subscription(contents, received, item_id)
    changed = contents.webhooks.update(item_id, **wanted, updated_at=contents.webhooks.times()["updated_at"])
    if changed is None:
        raise RefusedError(NOT_FOUND, "there is no subscription with this id")
    return changed


def delete_webhook(contents: Contents, received: Received) -> None:
    if not contents.webhooks.remove(received.json["id"]):
        raise RefusedError(NOT_FOUND, "there is no subscription with this id")


def list_webhooks(contents: Contents, received: Received) -> list[dict[str, Any]]:
    return contents.webhooks.listed()


def _subscription(contents: Contents, received: Received, item_id: object = None) -> dict[str, Any]:
    """The request's topic and URL. Raises RefusedError if a subscription other than `item_id` has both values."""
    wanted = {name: received.json[name] for name in ("topic", "url")}
    for webhook in contents.webhooks:
        if str(webhook.get("id")) != str(item_id) and wanted.items() <= webhook.items():
            raise RefusedError(ALREADY_EXISTS, "this URL is subscribed to this topic already")
    return wanted


def exclude_customer(contents: Contents, received: Received) -> dict[str, Any]:
    wanted = _customer(received)
    if not wanted:
        raise RefusedError(INVALID_ARGUMENT, "customer_id and email are missing")
    if any(_find_customer(contents, {name: value}) for name, value in wanted.items()):
        raise RefusedError(ALREADY_EXISTS, "this customer is excluded already")
    blank = {name: "" for name in SAMPLES["customers.exclude"].response["data"] if name not in ("customer_id", *wanted)}
    return contents.exclusions.add({**wanted, **blank, **contents.exclusions.times()}, lag=contents.lag)


def include_customer(contents: Contents, received: Received) -> None:
    wanted = _customer(received)
    if len(wanted) != 1:
        raise RefusedError(INVALID_ARGUMENT, "give one of customer_id and email")
    found = _find_customer(contents, wanted)
    if found is None:
        raise RefusedError(NOT_FOUND, "this customer is not excluded")
    contents.exclusions.remove(found)


def list_exclusions(contents: Contents, received: Received) -> dict[str, Any]:
    return page_of(contents.exclusions.listed(), received)


def unsubscribe_customer(contents: Contents, received: Received) -> None:
    wanted = {name: received.json[name] for name in ("email", "email_type")}
    if wanted not in list(contents.unsubscriptions):
        contents.unsubscriptions.add(wanted)


def _customer(received: Received) -> dict[str, str]:
    """The values that identify the customer, as text."""
    return {name: str(received.json[name]) for name in CUSTOMER_KEYS if received.json.get(name) not in (None, "")}


def _find_customer(contents: Contents, wanted: Mapping[str, str]) -> str | None:
    """The customer id of the exclusion with these values; None if there is no such exclusion."""
    for entry in contents.exclusions:
        if all(str(entry.get(name)) == value for name, value in wanted.items()):
            return str(entry["customer_id"])
    return None


# Orders come from the shop, and clients can only read them. The members of orders are unknown. Each filter looks at the
# member with the filter's name.


def list_orders(contents: Contents, received: Received) -> dict[str, Any]:
    found: list[Any] = contents.orders.listed()
    if EVERY_TYPE not in received.values("type"):
        found = filter_by_member(found, received, "type", "type")
    found = filter_by_time(found, received, "start_sent_at", "end_sent_at", "sent_at")
    found = filter_by_time(found, received, "start_time", "end_time", "created_at")
    return page_of(sort_items(found, received), received)


def list_customer_events(contents: Contents, received: Received) -> dict[str, Any]:
    found: list[Any] = contents.customer_events.listed()
    for name in ("event_type", "os_type", "event_source"):
        found = filter_by_member(found, received, name, name)
    return page_of(sort_items(found, received), received)


HANDLERS: Mapping[str, Callable[[Contents, Received], object]] = {
    "reviews.create": create_review,
    "reviews.get": get_review,
    "reviews.delete": delete_review,
    "reviews.list": list_reviews,
    "reviews.rating": rate_reviews,
    "webhooks.create": create_webhook,
    "webhooks.update": update_webhook,
    "webhooks.delete": delete_webhook,
    "webhooks.list": list_webhooks,
    "customers.exclude": exclude_customer,
    "customers.include": include_customer,
    "customers.exclusions": list_exclusions,
    "customers.unsubscribe": unsubscribe_customer,
    "orders.list": list_orders,
    "customer_events.list": list_customer_events,
}
"""A handler for each operation that reads or changes the contents. A handler takes the contents and a request that
passed the checks. It returns the response's `data`, or None for no data. It can raise RefusedError. Operations without
a handler keep nothing."""
