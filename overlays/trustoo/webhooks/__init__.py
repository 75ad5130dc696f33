"""Receives the deliveries of Trustoo's webhooks. docs/webhooks.md is the guide.

The credentials of `webhooks.create` decide to whom a subscription belongs. Shop tokens (HMAC) create a subscription of
the shop. An access token (bearer) creates a subscription of the platform. The shop and the platform each have their own
list of subscriptions. The vendor documents these rules.
"""

from ..errors import WebhookError
from .apps import AsgiApp, WsgiApp
from .receiver import Receiver, Refusal, WebhookResponse
from .replay import SCHEDULE, AsyncReplayStore, Claim, MemoryReplayStore, ReplayStore, SqliteReplayStore
from .verification import (
    HEADERS,
    Delivery,
    RequestHeaders,
    SecretsFor,
    SignatureRule,
    Signed,
    WebhookVerifier,
    inferred_rule,
    shop_domain,
)

__all__ = [
    "HEADERS",
    "SCHEDULE",
    "AsgiApp",
    "AsyncReplayStore",
    "Claim",
    "Delivery",
    "MemoryReplayStore",
    "Receiver",
    "Refusal",
    "ReplayStore",
    "RequestHeaders",
    "SecretsFor",
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
