"""Verifies that a request to a webhook URL comes from Trustoo.

The signature rule is inferred. The documentation of deliveries names the headers, refers to the signature of requests
and has no example. That gives HMAC-SHA256 over `timestamp=<header>|<body>` with the private token as key.
"""

from __future__ import annotations

import hmac
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import msgspec
from trustoo_api.errors import ResponseDecodeError
from trustoo_api.models.webhook_delivery import WebhookDelivery
from trustoo_api.models.webhook_delivery_item import WebhookDeliveryItem
from trustoo_api.types import decode

from ..errors import ConfigurationError, WebhookError
from ..signing import LIFETIME, canonical_string, signature

__all__ = [
    "HEADERS",
    "Delivery",
    "RequestHeaders",
    "SignatureRule",
    "Signed",
    "WebhookVerifier",
    "inferred_rule",
    "shop_domain",
]

PUBLIC_TOKEN = "Open-Trustoo-Webhook-Public-token"
TIMESTAMP = "Open-Trustoo-Webhook-Timestamp"
SIGN = "Open-Trustoo-Webhook-Sign"
REQUEST_ID = "Open-Trustoo-Webhook-RequestId"
HEADERS = (PUBLIC_TOKEN, TIMESTAMP, SIGN, REQUEST_ID)
"""The headers of a delivery (documented): public token, timestamp, signature, request id. Case does not matter."""

MIN_SECRET_LENGTH = 12
"""Characters. The form of a private token is unknown. This refuses empty, truncated and placeholder secrets."""

_DECODER = msgspec.json.Decoder(WebhookDelivery)

RequestHeaders = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""A mapping, as in most frameworks, or (name, value) pairs, as in ASGI."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery with a valid signature.

    The signature covers only `timestamp` and `body`. An attacker who can read a delivery can send it again with another
    public token, request id or topic, until the timestamp is too old.
    """

    public_token: str
    """The public token of the shop, from the header."""
    request_id: str
    """The id from the header. Whether a repetition has the same id is not documented."""
    timestamp: int
    """The Unix time in seconds at which the delivery was sent."""
    body: bytes = field(repr=False)
    """The exact bytes of the request's body."""
    payload: WebhookDelivery
    """The decoded body: known members are typed, unknown members are in `extra`, all members in `to_dict()`."""
    signature: str = field(repr=False)
    topic: str | None = None
    """Such as "review/created". A `Receiver` sets it from the path, since no header names it."""

    @property
    def items(self) -> list[WebhookDeliveryItem]:
        """The entries of the delivery: none, one or several."""
        return self.payload.list

    @property
    def shop_domain(self) -> str | None:
        """The myshopify.com domain of the entries; None when they name none or different ones."""
        domains = {domain for item in self.items if (domain := shop_domain(item))}
        return domains.pop() if len(domains) == 1 else None


def shop_domain(item: WebhookDeliveryItem) -> str | None:
    """Return the shop's domain from either member: `my_shopify_domain` (documented) or `myshopify_domain`."""
    return item.my_shopify_domain or item.myshopify_domain or None


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a delivery that a signature rule may sign."""

    timestamp: str
    """The text of the header."""
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """The delivery's headers by the names in `HEADERS`."""


SignatureRule = Callable[[str, Signed], str]
"""Takes a secret and the signed parts of a delivery. Returns the signature as the header spells it."""


def inferred_rule(secret: str, signed: Signed) -> str:
    """Return the signature of a delivery by the rule of requests, which is inferred and not documented.

    If real deliveries are signed differently, pass another function to `WebhookVerifier` (docs/webhooks.md).
    """
    return signature(secret, canonical_string((), signed.timestamp, signed.body))


class WebhookVerifier:
    """Verifies the signature and the age of deliveries. Thread-safe.

    Args:
        secrets: the key of the signatures, or several keys while a secret is being replaced. Subscriptions made with
            shop tokens (HMAC) belong to the shop, and its private token is the key (inferred). Subscriptions made with
            an access token (bearer) belong to the platform, and their key is unknown: try the shop's private token
            first, then the platform's client secret.
        window: seconds by which a delivery's timestamp may differ from this machine's clock. Default: the documented
            lifetime of a request signature. Whether Trustoo repeats deliveries with their first timestamp is unknown.
            If it does, later repetitions are refused as "stale": use 9000 then (see `SCHEDULE`).
        clock: returns the Unix time in seconds. Default: this machine's clock.
        rule: computes signatures. Default: `inferred_rule`.

    Raises:
        ConfigurationError: a secret is missing or cannot be a token, or the window is not a positive number.
    """

    def __init__(
        self,
        secrets: str | Iterable[str],
        *,
        window: float = float(LIFETIME),
        clock: Callable[[], float] = time.time,
        rule: SignatureRule = inferred_rule,
    ) -> None:
        self._secrets = _checked_secrets((secrets,) if isinstance(secrets, str) else secrets)
        if isinstance(window, bool) or not isinstance(window, int | float) or not 0 < window < math.inf:
            raise ConfigurationError(f"window must be a number of seconds above 0, not {window!r}.")
        self.window, self._clock, self._rule = window, clock, rule

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._secrets)} secrets, window={self.window!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A WebhookVerifier cannot be pickled or copied: it holds secrets.")

    def verify(self, body: bytes | bytearray, headers: RequestHeaders) -> Delivery:
        """Return the verified delivery.

        Args:
            body: the exact bytes of the request. JSON that was decoded and encoded again has another signature.
            headers: the headers of the request. Other headers than those of a delivery are ignored.

        Raises:
            WebhookError: the request is not a valid delivery; see `reason`. No input raises another error.
        """
        if not isinstance(body, bytes | bytearray):
            raise WebhookError(f"body must be the bytes of the request, not {_type_name(body)}.", reason="unreadable")
        body, found = bytes(body), _find_headers(headers)
        stamp = found[TIMESTAMP]
        if not re.fullmatch("[0-9]{1,15}", stamp):
            raise WebhookError(f"{TIMESTAMP} is not a Unix time in whole seconds.", reason="bad_timestamp")
        self._check_signature(Signed(stamp, body, found))
        # The age is checked after the signature: only deliveries of Trustoo are "stale".
        age = self._clock() - int(stamp)
        if not -self.window <= age <= self.window:
            direction = "in the future" if age < 0 else "old"
            raise WebhookError(
                f"{TIMESTAMP} is {abs(age):.0f} s {direction} by this machine's clock; {self.window:g} s are allowed.",
                reason="stale",
            )
        return Delivery(
            public_token=found[PUBLIC_TOKEN],
            request_id=found[REQUEST_ID],
            timestamp=int(stamp),
            body=body,
            payload=_decode_body(body),
            signature=found[SIGN],
        )

    def _check_signature(self, signed: Signed) -> None:
        given, valid = signed.headers[SIGN].encode(), False
        for secret in self._secrets:  # no early exit: the time must not show which secret matches
            valid |= hmac.compare_digest(self._rule(secret, signed).encode(), given)
        if not valid:
            raise WebhookError(
                f"{SIGN} matches none of the secrets: it was made with another secret, the body was changed, or the "
                "request does not come from Trustoo.",
                reason="bad_signature",
            )


def _checked_secrets(secrets: Iterable[str]) -> tuple[str, ...]:
    try:
        given = tuple(secrets)
    except TypeError:
        raise ConfigurationError(f"secrets must be text or several texts, not {_type_name(secrets)}.") from None
    if not given:
        raise ConfigurationError("No secret was given. Signatures cannot be verified without one.")
    for number, secret in enumerate(given, 1):
        if not isinstance(secret, str):
            raise ConfigurationError(f"Secret {number} must be text, not {_type_name(secret)}.")
        if secret != secret.strip() or not secret.isascii() or not secret.isprintable():
            raise ConfigurationError(
                f"Secret {number} has spaces around it, a line break or a character that no token has. Copy it again."
            )
        if len(secret) < MIN_SECRET_LENGTH:
            raise ConfigurationError(
                f"Secret {number} has {len(secret)} characters. Less than {MIN_SECRET_LENGTH} can be guessed."
            )
    return given


def _find_headers(headers: RequestHeaders) -> dict[str, str]:
    """Return the four headers. Raises WebhookError unless each is there exactly once."""
    found: dict[str, list[str | None]] = {name.lower(): [] for name in HEADERS}
    try:
        for name, value in _pairs(headers):
            known_name = _printable_ascii(name)
            if known_name is not None and (values := found.get(known_name.lower())) is not None:
                values.append(_printable_ascii(value))
    except (TypeError, ValueError):
        raise WebhookError(
            "headers must be a mapping or pairs of a name and a value.", reason="missing_header"
        ) from None
    result: dict[str, str] = {}
    for name in HEADERS:
        values = found[name.lower()]
        if len(values) != 1 or not values[0]:
            problem = "there more than once" if len(values) > 1 else "empty or not plain text" if values else "missing"
            raise WebhookError(f"The header {name} is {problem}.", reason="missing_header")
        result[name] = values[0]
    return result


def _pairs(headers: Any) -> Iterable[tuple[object, object]]:
    """The pairs; those of a framework's headers, which need not be a `Mapping`."""
    pairs: Iterable[tuple[object, object]] = headers.items() if callable(getattr(headers, "items", None)) else headers
    return pairs


def _printable_ascii(value: object) -> str | None:
    """Return the text if it is printable ASCII, as all names and values of these headers are; else None."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return text if isinstance(text, str) and text.isascii() and text.isprintable() else None


def _decode_body(body: bytes) -> WebhookDelivery:
    try:
        payload: WebhookDelivery = decode(body, _DECODER)
        payload.to_dict()  # decodes unknown members now, so that later access cannot fail
    except (ResponseDecodeError, RecursionError, ValueError) as error:
        raise WebhookError(
            "The signature is valid, but the body does not match the OpenAPI spec.", reason="unreadable"
        ) from error
    return payload


def _type_name(value: object) -> str:
    return type(value).__name__
