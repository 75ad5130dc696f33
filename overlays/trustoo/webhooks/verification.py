"""Decides whether a request to a webhook address comes from Trustoo.

The rule is inferred. The deliveries' page names the headers and points to the request signature for the signing; it
has no example. Taking it at its word gives: HMAC-SHA256 over `timestamp=<header>|<body>`, keyed with the private token.
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
from trustoo_api.types import decode

from ..errors import ConfigurationError, WebhookError
from ..signing import LIFETIME, canonical_string, signature
from .delivery import Delivery

__all__ = ["HEADERS", "RequestHeaders", "SignatureRule", "Signed", "WebhookVerifier", "inferred_rule"]

PUBLIC_TOKEN = "Open-Trustoo-Webhook-Public-token"
TIMESTAMP = "Open-Trustoo-Webhook-Timestamp"
SIGN = "Open-Trustoo-Webhook-Sign"
REQUEST_ID = "Open-Trustoo-Webhook-RequestId"
HEADERS = (PUBLIC_TOKEN, TIMESTAMP, SIGN, REQUEST_ID)
"""The names of a delivery's headers (documented). Letter case does not matter."""

SHORTEST_SECRET = 12
"""Characters. The form of a private token is unknown; this refuses the empty, the cut and the placeholder."""

_DECODER = msgspec.json.Decoder(WebhookDelivery)

RequestHeaders = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""A mapping, as most frameworks have it, or (name, value) pairs, as ASGI has them."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a rule may sign."""

    timestamp: str
    """The header's text as it arrived, not a number made of it."""
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """The delivery's headers by the names in `HEADERS`; what was signed cannot hold the signature itself."""


SignatureRule = Callable[[str, Signed], str]
"""From a secret and what is signed to the signature as it stands in the header."""


def inferred_rule(secret: str, signed: Signed) -> str:
    """The signature of a delivery after the rule of requests: inferred, not documented (docs/webhooks.md).

    Where it proves wrong, give `WebhookVerifier` a function of your own; nothing else knows the rule.
    """
    return signature(secret, canonical_string((), signed.timestamp, signed.body))


class WebhookVerifier:
    """Tells Trustoo's deliveries from everything else. Threads may share it.

    Args:
        secrets: what deliveries may be signed with: one text, or several while a secret is being replaced. For
            subscriptions made with shop tokens (HMAC), which belong to the shop, that is the shop's private token
            (inferred). For those made with an access token (bearer), which belong to the platform, nobody outside
            knows: try the shop's private token first, then the platform's client secret.
        window: seconds that a delivery's timestamp may be away from this machine's clock, in either direction. The
            default is the documented life of a request signature. Should Trustoo repeat deliveries under their first
            timestamp (unknown), later repetitions are refused as "stale": then give 9000 (see `SCHEDULE`).
        clock: gives the Unix time in seconds.
        rule: how deliveries are signed.

    Raises:
        ConfigurationError: no secret, one that no token can be, or a window that is no positive number.
    """

    def __init__(
        self,
        secrets: str | Iterable[str],
        *,
        window: float = float(LIFETIME),
        clock: Callable[[], float] = time.time,
        rule: SignatureRule = inferred_rule,
    ) -> None:
        self._secrets = _checked((secrets,) if isinstance(secrets, str) else secrets)
        if isinstance(window, bool) or not isinstance(window, int | float) or not 0 < window < math.inf:
            raise ConfigurationError(f"window must be a number of seconds above 0, not {window!r}.")
        self.window, self._clock, self._rule = window, clock, rule

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._secrets)} secrets, window={self.window!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A WebhookVerifier cannot be pickled or copied: it holds secrets.")

    def verify(self, body: bytes | bytearray, headers: RequestHeaders) -> Delivery:
        """The delivery that arrived.

        Args:
            body: the exact bytes; JSON that was decoded and written again has another signature.
            headers: all headers of the request, whatever else is among them.

        Raises:
            WebhookError: it is none; `reason` says why. No input raises anything else.
        """
        if not isinstance(body, bytes | bytearray):
            raise WebhookError(f"body must be the bytes that arrived, not {_kind(body)}.", reason="unreadable")
        body, found = bytes(body), _find(headers)
        stamp = found[TIMESTAMP]
        if not re.fullmatch("[0-9]{1,15}", stamp):
            raise WebhookError(f"{TIMESTAMP} is no Unix time in whole seconds.", reason="bad_timestamp")
        self._check_signature(Signed(stamp, body, found))
        # The age comes after the signature, so that "stale" is said of Trustoo's own deliveries alone.
        away = self._clock() - int(stamp)
        if not -self.window <= away <= self.window:
            where = "in the future" if away < 0 else "old"
            raise WebhookError(
                f"{TIMESTAMP} is {abs(away):.0f} s {where} by this machine's clock; {self.window:g} s are allowed.",
                reason="stale",
            )
        return Delivery(
            public_token=found[PUBLIC_TOKEN],
            request_id=found[REQUEST_ID],
            timestamp=int(stamp),
            body=body,
            payload=_read(body),
            signature=found[SIGN],
        )

    def _check_signature(self, signed: Signed) -> None:
        given, right = signed.headers[SIGN].encode(), False
        for secret in self._secrets:  # all of them, whichever fits
            right |= hmac.compare_digest(self._rule(secret, signed).encode(), given)
        if not right:
            raise WebhookError(
                f"{SIGN} fits none of the secrets: another secret signed, the body was changed on its way, or it is "
                "not Trustoo's.",
                reason="bad_signature",
            )


def _checked(secrets: Iterable[str]) -> tuple[str, ...]:
    try:
        given = tuple(secrets)
    except TypeError:
        raise ConfigurationError(f"secrets must be text or several texts, not {_kind(secrets)}.") from None
    if not given:
        raise ConfigurationError("No secret was given: deliveries cannot be told from forgeries without one.")
    for number, secret in enumerate(given, 1):
        if not isinstance(secret, str):
            raise ConfigurationError(f"Secret {number} must be text, not {_kind(secret)}.")
        if secret != secret.strip() or not secret.isascii() or not secret.isprintable():
            raise ConfigurationError(
                f"Secret {number} has spaces around it, a line break or a character that no token has; copy it anew."
            )
        if len(secret) < SHORTEST_SECRET:
            raise ConfigurationError(
                f"Secret {number} has {len(secret)} characters; less than {SHORTEST_SECRET} can be guessed."
            )
    return given


def _find(headers: RequestHeaders) -> dict[str, str]:
    """The four headers, each there exactly once. Raises WebhookError."""
    found: dict[str, list[str | None]] = {name.lower(): [] for name in HEADERS}
    try:
        for name, value in _pairs(headers):
            text = _text(name)
            if text is not None and (values := found.get(text.lower())) is not None:
                values.append(_text(value))
    except (TypeError, ValueError):
        raise WebhookError("The headers are neither a mapping nor pairs.", reason="missing_header") from None
    result: dict[str, str] = {}
    for name in HEADERS:
        values = found[name.lower()]
        if len(values) != 1 or not values[0]:
            said = "more than once" if len(values) > 1 else "with no plain text in it" if values else "not there"
            raise WebhookError(f"The header {name} is {said}.", reason="missing_header")
        result[name] = values[0]
    return result


def _pairs(headers: Any) -> Iterable[tuple[object, object]]:
    """Pairs as they are, or those of a framework's headers, which need not be a `Mapping`."""
    pairs: Iterable[tuple[object, object]] = headers.items() if callable(getattr(headers, "items", None)) else headers
    return pairs


def _text(value: object) -> str | None:
    """Printable ASCII, which everything in these headers is; None for all else."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return text if isinstance(text, str) and text.isascii() and text.isprintable() else None


def _read(body: bytes) -> WebhookDelivery:
    try:
        payload: WebhookDelivery = decode(body, _DECODER)
        payload.to_dict()  # unknown members are read here, once: later access cannot fail
    except (ResponseDecodeError, RecursionError, ValueError) as error:
        raise WebhookError("The body is signed rightly, but not what a delivery is.", reason="unreadable") from error
    return payload


def _kind(value: object) -> str:
    return type(value).__name__
