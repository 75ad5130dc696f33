"""The fake service's memory: what was created is listed, got, counted and deleted.

`HANDLERS` says by operationId what is done with the contents: each takes them and a request that passed the checks,
and returns the answer's `data`, None for none, or raises Refused. Operations that are not there keep nothing.
"""

from collections.abc import Callable, Mapping

from ..messages import Received
from . import customers, reviews, shop, webhooks
from .contents import Contents
from .store import Lag, Store

__all__ = ["HANDLERS", "Contents", "Lag", "Store"]

HANDLERS: Mapping[str, Callable[[Contents, Received], object]] = {
    **reviews.HANDLERS,
    **webhooks.HANDLERS,
    **customers.HANDLERS,
    **shop.HANDLERS,
}
