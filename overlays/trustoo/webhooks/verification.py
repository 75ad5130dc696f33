"""Verifies that a request to a webhook URL comes from Trustoo.

The signature rule is inferred. The documentation of deliveries lists the headers, refers to the signature of requests
and has no example. The inferred rule is HMAC-SHA256 over `timestamp=<header>|<body>` with the private token as key.
"""

from __future__ import annotations

import hmac
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from trustoo_api.errors import ResponseDecodeError
from trustoo_api.models.webhook_delivery import WebhookDelivery
from trustoo_api.models.webhook_delivery_item import WebhookDeliveryItem
from trustoo_api.types import decode, warn_of_shape

from .._sansio import without_frames
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
"""The documented headers of a delivery: public token, timestamp, signature, request id. Case does not matter."""

MIN_SECRET_LENGTH = 12
"""The minimum number of characters in a webhook secret. This minimum excludes empty, truncated and placeholder secrets.

The form of a private token is unknown.
"""

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
    """The id from the header. It is not documented whether a repeated delivery has the same id."""
    timestamp: int
    """The Unix time in seconds at which the delivery was sent."""
    body: bytes = field(repr=False)
    """The exact bytes of the request's body."""
    payload: WebhookDelivery
    """The decoded body. Known members are typed. Unknown members are in `extra`, and all members are in `to_dict()`."""
    signature: str = field(repr=False)
    topic: str | None = None
    """The topic, such as "review/created". A `Receiver` sets the topic from the path; no header states the topic."""

    @property
    def items(self) -> list[WebhookDeliveryItem]:
        """The entries of the delivery, which may be none, one or several."""
        return self.payload.list

    @property
    def shop_domain(self) -> str | None:
        """The myshopify.com domain of the entries; None if they have no domain or different domains."""
        domains = {domain for item in self.items if (domain := shop_domain(item))}
        return domains.pop() if len(domains) == 1 else None


def shop_domain(item: WebhookDeliveryItem) -> str | None:
    """Return the shop's domain from the documented member `my_shopify_domain`, else from `myshopify_domain`."""
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
"""Takes a secret and the signed parts of a delivery. Returns the signature as it stands in the header."""


def inferred_rule(secret: str, signed: Signed) -> str:
    """Return the signature of a delivery, computed by the rule for requests. That this rule applies is inferred.

    If real deliveries are signed differently, pass another function to `WebhookVerifier` (docs/webhooks.md).
    """
    return signature(secret, canonical_string((), signed.timestamp, signed.body))


class WebhookVerifier:
    """Verifies the signature and the age of deliveries. Thread-safe.

    Args:
        secrets: the webhook secret, or several webhook secrets while one is being replaced. Subscriptions made with
            shop tokens (HMAC) belong to the shop. Their webhook secret is the shop's private token, which is inferred
            and not documented. Subscriptions made with an access token (bearer) belong to the platform. Their webhook
            secret is unknown. Try the shop's private token first, then the platform's client secret.
        window: seconds by which a delivery's timestamp may differ from this machine's clock. Default: the documented
            lifetime of a request signature. It is unknown whether Trustoo repeats a delivery with its first timestamp.
            If Trustoo does so, later attempts are refused as "stale". In this case use 9000 (see `SCHEDULE`).
        clock: returns the Unix time in seconds. Default: this machine's clock.
        rule: the function that computes signatures. Default: `inferred_rule`.
        strict: whether a body that does not match the OpenAPI spec is an error (WebhookError). Default: False. Bodies
            are then read by the rules for responses, see docs/responses.md.

    Raises:
        ConfigurationError: if a secret is missing or is not a possible token, the window is not a positive number, or
            `clock` or `rule` is not a function.
    """

    @without_frames
    def __init__(
        self,
        secrets: str | Iterable[str],
        *,
        window: float = float(LIFETIME),
        clock: Callable[[], float] = time.time,
        rule: SignatureRule = inferred_rule,
        strict: bool = False,
    ) -> None:
        self._secrets = _checked_secrets((secrets,) if isinstance(secrets, str) else secrets)
        if isinstance(window, bool) or not isinstance(window, int | float) or not 0 < window < math.inf:
            raise ConfigurationError(f"window must be a number of seconds greater than 0, not {window!r}.")
        if not callable(clock) or not callable(rule):
            raise ConfigurationError("clock and rule must be functions.")
        self.window, self._clock, self._rule = window, clock, rule
        self._strict, self._warned = strict, set[str]()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._secrets)} secrets, window={self.window!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A WebhookVerifier cannot be pickled or copied, because it holds secrets.")

    def verify(self, body: bytes | bytearray, headers: RequestHeaders) -> Delivery:
        """Return the verified delivery.

        Args:
            body: the exact bytes of the request. JSON that was decoded and encoded again has another signature.
            headers: the headers of the request. Only the headers of a delivery are read.

        Raises:
            WebhookError: if the request is not a valid delivery. The attribute `reason` states why. No input raises
                another error.
        """
        if not isinstance(body, bytes | bytearray):
            raise WebhookError(f"body must be the bytes of the request, not {_type_name(body)}.", reason="unreadable")
        body, found = bytes(body), _find_headers(headers)
        stamp = found[TIMESTAMP]
        if not re.fullmatch("[0-9]{1,15}", stamp):
            raise WebhookError(f"{TIMESTAMP} is not a Unix time in whole seconds.", reason="bad_timestamp")
        self._check_signature(Signed(stamp, body, found))
        # The age is checked after the signature, so that only deliveries of Trustoo are "stale".
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
            payload=self._decode_body(body),
            signature=found[SIGN],
        )

    def _decode_body(self, body: bytes) -> WebhookDelivery:
        unreadable: list[str] = []
        try:
            payload = decode(body, WebhookDelivery, strict=self._strict, unreadable=unreadable)
            payload.to_dict()  # decodes unknown members now, so that later access cannot fail
        except (ResponseDecodeError, RecursionError, ValueError) as error:
            raise WebhookError(
                "The signature is valid, but the body does not match the OpenAPI spec.", reason="unreadable"
            ) from error
        warn_of_shape("a webhook delivery", tuple(unreadable), self._warned, keep_result=True, stacklevel=4)
        return payload

    def _check_signature(self, signed: Signed) -> None:
        given = signed.headers[SIGN].encode()
        # A list, and no early exit: the time must not show which secret matches. No local variable holds a secret.
        valid = [hmac.compare_digest(self._rule(secret, signed).encode(), given) for secret in self._secrets]
        if not any(valid):
            raise WebhookError(
                f"The signature in {SIGN} matches none of the secrets. The signature was made with another secret, the "
                "body was changed, or the request does not come from Trustoo.",
                reason="bad_signature",
            )


def _checked_secrets(secrets: Iterable[str]) -> tuple[str, ...]:
    try:
        given = tuple(secrets)
    except TypeError:
        raise ConfigurationError(f"secrets must be a string or several strings, not {_type_name(secrets)}.") from None
    if not given:
        raise ConfigurationError("No webhook secret was given. Signatures cannot be verified without a secret.")
    for number, secret in enumerate(given, 1):
        if not isinstance(secret, str):
            raise ConfigurationError(f"Secret {number} must be text, not {_type_name(secret)}.")
        if secret != secret.strip() or not secret.isascii() or not secret.isprintable():
            raise ConfigurationError(
                f"Secret {number} has leading or trailing spaces, a line break or a character that no token has. "
                "Copy the secret again."
            )
        if len(secret) < MIN_SECRET_LENGTH:
            raise ConfigurationError(
                f"Secret {number} has {len(secret)} characters. A secret with fewer than {MIN_SECRET_LENGTH} can be "
                "guessed."
            )
    return given


def _find_headers(headers: RequestHeaders) -> dict[str, str]:
    """Return the four headers. Raises WebhookError unless each header is present exactly once."""
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
            problem = "given more than once" if len(values) > 1 else "empty or not plain text" if values else "missing"
            raise WebhookError(f"The header {name} is {problem}.", reason="missing_header")
        result[name] = values[0]
    return result


def _pairs(headers: Any) -> Iterable[tuple[object, object]]:
    """Return the names and values of the headers. The headers of a framework need not be a `Mapping`."""
    pairs: Iterable[tuple[object, object]] = headers.items() if callable(getattr(headers, "items", None)) else headers
    return pairs


def _printable_ascii(value: object) -> str | None:
    """Return the text if it is printable ASCII, as all names and values of these headers are; None otherwise."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return text if isinstance(text, str) and text.isascii() and text.isprintable() else None


def _type_name(value: object) -> str:
    return type(value).__name__
