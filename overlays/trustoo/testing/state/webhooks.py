"""Subscriptions: created, changed, listed and deleted. One for each topic and address."""

from __future__ import annotations

from typing import Any

from ..messages import Received, Refused
from .contents import ALREADY_EXISTS, NOT_FOUND, Contents

__all__ = ["HANDLERS"]


def create(contents: Contents, received: Received) -> dict[str, Any]:
    wanted = _wanted(contents, received)
    return contents.webhooks.add({**wanted, **contents.webhooks.times()}, lag=contents.lag)


def update(contents: Contents, received: Received) -> dict[str, Any]:
    item_id = received.json["id"]
    wanted = _wanted(contents, received, item_id)
    changed = contents.webhooks.update(item_id, **wanted, updated_at=contents.webhooks.times()["updated_at"])
    if changed is None:
        raise Refused(NOT_FOUND, "there is no subscription with this id")
    return changed


def delete(contents: Contents, received: Received) -> None:
    if not contents.webhooks.remove(received.json["id"]):
        raise Refused(NOT_FOUND, "there is no subscription with this id")


def list_(contents: Contents, received: Received) -> list[dict[str, Any]]:
    return contents.webhooks.listed()


def _wanted(contents: Contents, received: Received, but: object = None) -> dict[str, Any]:
    """Topic and address. Raises Refused when another subscription than `but` has them."""
    wanted = {name: received.json[name] for name in ("topic", "url")}
    for kept in contents.webhooks:
        if str(kept.get("id")) != str(but) and wanted.items() <= kept.items():
            raise Refused(ALREADY_EXISTS, "this address is subscribed to this topic")
    return wanted


HANDLERS = {
    "webhooks.create": create,
    "webhooks.update": update,
    "webhooks.delete": delete,
    "webhooks.list": list_,
}
