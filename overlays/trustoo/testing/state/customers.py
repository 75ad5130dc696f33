"""Customers who are never invited, and addresses that no longer want some e-mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..messages import Received, Refused
from ..spec import SAMPLES
from .contents import ALREADY_EXISTS, INVALID_ARGUMENT, NOT_FOUND, Contents
from .listing import page_of

__all__ = ["HANDLERS"]

NAMES = ("customer_id", "email")


def exclude(contents: Contents, received: Received) -> dict[str, Any]:
    wanted = _named(received)
    if not wanted:
        raise Refused(INVALID_ARGUMENT, "customer_id and email are missing")
    if any(_found(contents, {name: value}) for name, value in wanted.items()):
        raise Refused(ALREADY_EXISTS, "this customer is on the list")
    blank = {name: "" for name in SAMPLES["customers.exclude"].answer["data"] if name not in ("customer_id", *wanted)}
    return contents.exclusions.add({**wanted, **blank, **contents.exclusions.times()}, lag=contents.lag)


def include(contents: Contents, received: Received) -> None:
    wanted = _named(received)
    if len(wanted) != 1:
        raise Refused(INVALID_ARGUMENT, "one of customer_id and email is needed")
    found = _found(contents, wanted)
    if found is None:
        raise Refused(NOT_FOUND, "this customer is not on the list")
    contents.exclusions.remove(found)


def exclusions(contents: Contents, received: Received) -> dict[str, Any]:
    return page_of(contents.exclusions.listed(), received)


def unsubscribe(contents: Contents, received: Received) -> None:
    wanted = {name: received.json[name] for name in ("email", "email_type")}
    if wanted not in list(contents.unsubscriptions):
        contents.unsubscriptions.add(wanted)


def _named(received: Received) -> dict[str, str]:
    """What names the customer, as text."""
    return {name: str(received.json[name]) for name in NAMES if received.json.get(name) not in (None, "")}


def _found(contents: Contents, wanted: Mapping[str, str]) -> str | None:
    """The customer id of the entry with this id or address."""
    for entry in contents.exclusions:
        if all(str(entry.get(name)) == value for name, value in wanted.items()):
            return str(entry["customer_id"])
    return None


HANDLERS = {
    "customers.exclude": exclude,
    "customers.include": include,
    "customers.exclusions": exclusions,
    "customers.unsubscribe": unsubscribe,
}
