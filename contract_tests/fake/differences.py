"""Where the fake service responds differently from Prism, each with its reason and a call that shows it.

The tests of `contract_tests/prism` run against either. A case that falls under a difference must end as it says, and
every other case alike; `test_differences.py` makes the calls against both, so that a difference that is none any more
is found.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trustoo.testing.spec import SAMPLES

from contract_tests.fake.served import DELETED
from contract_tests.prism import known_prism_bugs
from contract_tests.support.cases import body_of, wire_query
from contract_tests.support.known import Known

Query = list[tuple[str, str]]
REVIEWS = {str(SAMPLES["reviews.list"].response["data"]["list"][0]["id"]), DELETED}
(WEBHOOK,) = SAMPLES["webhooks.list"].response["data"]
CUSTOMER = str(SAMPLES["customers.exclusions"].response["data"]["list"][0]["customer_id"])
POSITIVE = "0{0,9}[1-9][0-9]{0,9}"
INSTANT = r"[0-9]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T| )[0-9]{2}:[0-9]{2}:[0-9]{2}(?(1)Z?)"


@dataclass(frozen=True)
class Call:
    """A call that shows a difference: query and body as they are sent."""

    operation: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Difference:
    """Valid calls that the fake refuses and Prism accepts.

    Attributes:
        holds: whether it is about a valid case with this operation, query and body.
        code: what the fake refuses with.
        shown_by: one such call.
    """

    reason: str
    code: int
    holds: Callable[[str, Query, Any], bool]
    shown_by: Call


def _id_is_unknown(operation: str, query: Query, body: Any) -> bool:
    known = {"reviews.delete": REVIEWS, "webhooks.update": {WEBHOOK["id"]}, "webhooks.delete": {WEBHOOK["id"]}}
    if operation == "reviews.get":
        return next((value for name, value in query if name == "id" and value), "") not in REVIEWS
    return operation in known and str(body["id"]) not in known[operation]


def _is_subscribed(operation: str, query: Query, body: Any) -> bool:
    if operation not in ("webhooks.create", "webhooks.update"):
        return False
    same = all(body[name] == WEBHOOK[name] for name in ("topic", "url"))
    return same and str(body.get("id")) != WEBHOOK["id"]


def _names(body: Any) -> dict[str, str]:
    return {name: str(body[name]) for name in ("customer_id", "email") if body.get(name) not in (None, "")}


def _time_is_unread(operation: str, query: Query, body: Any) -> bool:
    times = ("start_sent_at", "end_sent_at", "start_time", "end_time")
    first = {name: value for name, value in reversed(query) if name in times and value}
    return operation == "orders.list" and not all(re.fullmatch(INSTANT, value) for value in first.values())


def _page_is_none(operation: str, query: Query, body: Any) -> bool:
    numbers = [value for name, value in query if name in ("page", "page_size")]
    return SAMPLES[operation].is_paged and not all(re.fullmatch(POSITIVE, number) for number in numbers)


REFUSED_ALTHOUGH_VALID = (
    Difference(
        "the fake has pages from 1 on; the spec sets no limit",
        3,
        _page_is_none,
        Call("reviews.list", {"page": "0"}),
    ),
    Difference(
        "the fake filters by times, so it must read them; the spec leaves their form open",
        3,
        _time_is_unread,
        Call("orders.list", {"start_time": "yesterday"}),
    ),
    Difference(
        "the fake keeps state: an address is subscribed to a topic once",
        6,
        _is_subscribed,
        Call("webhooks.create", body={"topic": WEBHOOK["topic"], "url": WEBHOOK["url"]}),
    ),
    Difference(
        "the fake keeps state: what is not there is not found",
        5,
        _id_is_unknown,
        Call("reviews.get", {"id": "EXAMPLE-unknown"}),
    ),
    Difference(
        "the fake needs to know who is excluded; the spec requires neither member",
        3,
        lambda operation, query, body: operation == "customers.exclude" and not _names(body),
        Call("customers.exclude", body={}),
    ),
    Difference(
        "the fake keeps state: a customer is excluded once",
        6,
        lambda operation, query, body: operation == "customers.exclude" and _names(body).get("customer_id") == CUSTOMER,
        Call("customers.exclude", body={"customer_id": CUSTOMER}),
    ),
    Difference(
        "the fake takes an empty text for none, and one of the two must say who is meant",
        3,
        lambda operation, query, body: operation == "customers.include" and not _names(body),
        Call("customers.include", body={"customer_id": ""}),
    ),
    Difference(
        "the fake keeps state: who is not excluded cannot be included",
        5,
        lambda operation, query, body: operation == "customers.include" and _names(body).get("customer_id") != CUSTOMER,
        Call("customers.include", body={"email": "EXAMPLE@example.com"}),
    ),
)


def refuses_although_valid(case: Any, operation: str) -> Known | None:
    """What the fake must refuse this valid case with, None when it must accept it."""
    query, body = wire_query(case), body_of(case)
    for difference in REFUSED_ALTHOUGH_VALID:
        if difference.holds(operation, query, body):
            return Known(difference.reason, difference.code)
    return None


accepts_although_invalid = known_prism_bugs.accepts_although_invalid
"""Of invalid calls the fake accepts what Prism does."""
