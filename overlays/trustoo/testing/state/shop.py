"""Orders and customer events: they come from the shop, so clients only read them, and tests put them there.

The members of an order are unknown. The filters look at members that are named after them: `type`, `sent_at` and
`created_at`.
"""

from __future__ import annotations

from typing import Any

from ..messages import Received
from .contents import Contents
from .listing import chosen, in_order, page_of, within

__all__ = ["HANDLERS"]

EVERY_TYPE = "0"


def orders(contents: Contents, received: Received) -> dict[str, Any]:
    found: list[Any] = contents.orders.listed()
    if EVERY_TYPE not in received.values("type"):
        found = chosen(found, received, "type", "type")
    found = within(found, received, "start_sent_at", "end_sent_at", "sent_at")
    found = within(found, received, "start_time", "end_time", "created_at")
    return page_of(in_order(found, received), received)


def customer_events(contents: Contents, received: Received) -> dict[str, Any]:
    found: list[Any] = contents.customer_events.listed()
    for name in ("event_type", "os_type", "event_source"):
        found = chosen(found, received, name, name)
    return page_of(in_order(found, received), received)


HANDLERS = {"orders.list": orders, "customer_events.list": customer_events}
