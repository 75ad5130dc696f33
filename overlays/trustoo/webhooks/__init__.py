"""trustoo.webhooks: receiving Trustoo's deliveries. What stands here is public; docs/webhooks.md is the guide.

Whose deliveries arrive depends on how the subscription was made (documented): `webhooks.create` with shop tokens (HMAC)
makes one of the shop's, with an access token (bearer) one of the platform's. Each has its own list.
"""

from ..errors import WebhookError
from .apps import AsgiApp, WsgiApp
from .delivery import Delivery, shop_domain
from .receiver import Receiver, WebhookResponse
from .replay import Claim, MemoryReplayStore, ReplayStore, SqliteReplayStore
from .schedule import SCHEDULE
from .verification import HEADERS, SignatureRule, Signed, WebhookVerifier, inferred_rule

__all__ = [
    "HEADERS",
    "SCHEDULE",
    "AsgiApp",
    "Claim",
    "Delivery",
    "MemoryReplayStore",
    "Receiver",
    "ReplayStore",
    "SignatureRule",
    "Signed",
    "SqliteReplayStore",
    "WebhookError",
    "WebhookResponse",
    "WebhookVerifier",
    "WsgiApp",
    "inferred_rule",
    "shop_domain",
]
