"""Verifies that a request to a webhook URL comes from Trustoo.

The signature rule is inferred. The documentation of deliveries lists the headers, refers to the signature of requests
and has no example. The inferred rule is HMAC-SHA256 over `timestamp=<header>|<body>` with the private token as key.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import math
import os
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, final

from trustoo_api.errors import ResponseDecodeError
from trustoo_api.models.webhook_delivery import WebhookDelivery
from trustoo_api.models.webhook_delivery_item import WebhookDeliveryItem
from trustoo_api.types import decode, warn_of_shape

from .._docstrings import same_as
from .._sansio import run, run_async, without_frames
from ..errors import ConfigurationError, WebhookError
from ..signing import LIFETIME, canonical_string, signature

__all__ = [
    "HEADERS",
    "Delivery",
    "LookUp",
    "RequestHeaders",
    "SecretsFor",
    "SignatureRule",
    "Signed",
    "WebhookVerifier",
    "inferred_rule",
    "is_async_function",
    "shop_domain",
]

PUBLIC_TOKEN = "Open-Trustoo-Webhook-Public-token"
TIMESTAMP = "Open-Trustoo-Webhook-Timestamp"
SIGN = "Open-Trustoo-Webhook-Sign"
REQUEST_ID = "Open-Trustoo-Webhook-RequestId"
HEADERS = (PUBLIC_TOKEN, TIMESTAMP, SIGN, REQUEST_ID)
"""The documented headers of a delivery: public token, timestamp, signature, request id. Case does not matter."""

ENCODING = "Content-Encoding"

MIN_SECRET_LENGTH = 12
"""The minimum number of characters in a webhook secret. This minimum excludes empty, truncated and placeholder secrets.

The form of a private token is unknown.
"""

MAX_SECRETS = 10
"""The maximum number of secrets that are tried for one delivery. All are tried, and each try signs the whole body.

A few secrets are enough while one is being replaced. `secrets_for` is for several shops.
"""

RequestHeaders = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""A mapping, as in most frameworks, or (name, value) pairs, as in ASGI."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery with a valid signature.

    The signature covers only `timestamp` and `body`. An attacker who can read a delivery can send it again with another
    public token, request id or topic, until the timestamp is too old.

    Attributes:
        public_token: the public token of the shop, from the header. See `shop`.
        request_id: the id from the header. It is not documented whether a repeated delivery has the same id.
        timestamp: the Unix time in seconds at which the delivery was sent.
        body: the exact bytes of the request's body.
        payload: the decoded body. Unknown members are in `extra`, and all members are in `to_dict()`.
        signature: the signature, from the header.
        topic: the topic, such as "review/created"; None if the verifier was used without a `Receiver`, which sets the
            topic from the path.
        shop: the public token if the verifier has `secrets_for`, because the secret of this shop fits. Else None,
            because nothing proves that the delivery is about the shop of `public_token`.
        secret_index: the position of the secret that fits, in `secrets` or in the result of `secrets_for`.
    """

    public_token: str
    request_id: str
    timestamp: int
    body: bytes = field(repr=False)
    payload: WebhookDelivery
    signature: str = field(repr=False)
    topic: str | None = None
    shop: str | None = None
    secret_index: int = 0

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
    """Return the shop's domain from the documented member `my_shopify_domain`, else from `myshopify_domain`.

    Args:
        item: an entry of a delivery.

    Returns:
        The domain; None if the entry has none.

    Example:
        >>> from trustoo.webhooks import shop_domain
        >>> shop_domain(verifier.verify(delivery.body, delivery.headers).items[0])
        'example.myshopify.com'
    """
    return item.my_shopify_domain or item.myshopify_domain or None


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a delivery that a signature rule may sign.

    Attributes:
        timestamp: the text of the header.
        body: the exact bytes of the body.
        headers: the delivery's headers by the names in `HEADERS`.
    """

    timestamp: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


SignatureRule = Callable[[str, Signed], str]
"""Takes a secret and the signed parts of a delivery. Returns the signature as it stands in the header."""


def inferred_rule(secret: str, signed: Signed) -> str:
    """Return the signature of a delivery, computed by the rule for requests. That this rule applies is inferred.

    If real deliveries are signed differently, pass another function to `WebhookVerifier` (docs/webhooks.md).

    Args:
        secret: the webhook secret.
        signed: the parts of the delivery.

    Example:
        >>> from trustoo.webhooks import HEADERS, Signed, inferred_rule
        >>> signed = Signed("1781682923", b"{}", {})
        >>> len(inferred_rule("EXAMPLE-private-token", signed))
        64
    """
    return signature(secret, canonical_string((), signed.timestamp, signed.body))


SecretsFor = Callable[[str], "str | Iterable[str] | Awaitable[str | Iterable[str] | None] | None"]
"""Takes a public token. Returns the secret or the secrets of this shop; None or nothing if the shop is unknown."""


@dataclass(frozen=True, slots=True)
class FoundSecrets:
    """The secrets of a shop, or why there are none. Tracebacks with local variables show the repr, without secrets."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LookUp:
    """An effect: get the secrets of a shop. The result is a `FoundSecrets`. No error is raised."""

    function: SecretsFor = field(repr=False)
    public_token: str

    def run(self) -> FoundSecrets:
        """Carry out the effect in this thread."""
        found = self._call()
        if isinstance(found, FoundSecrets):
            return found
        if inspect.iscoroutine(found):
            found.close()
        return FoundSecrets(problem="returned a coroutine. Use verify_async, receive_async or an ASGI app.")

    async def run_async(
        self, in_thread: Callable[[Callable[[], FoundSecrets | Awaitable[object]]], Awaitable[Any]]
    ) -> FoundSecrets:
        """Carry out the effect in asyncio. `in_thread` runs a function that may block."""
        try:
            found = self._call() if is_async_function(self.function) else await in_thread(self._call)
            found = await found if inspect.isawaitable(found) else found
            return found if isinstance(found, FoundSecrets) else _found(found)
        except Exception as error:
            return FoundSecrets(problem=f"raised {_place(error)}.")

    def _call(self) -> FoundSecrets | Awaitable[object]:
        try:
            found = self.function(self.public_token)
            return found if inspect.isawaitable(found) else _found(found)
        except Exception as error:  # the caller's function may raise any error
            return FoundSecrets(problem=f"raised {_place(error)}.")


def _found(found: object) -> FoundSecrets:
    try:
        return FoundSecrets(_checked_secrets(found) if found else ())
    except ConfigurationError as error:
        return FoundSecrets(problem=f"returned secrets that cannot be used: {error}")


@final
class WebhookVerifier:
    """Verifies the signature and the age of deliveries. Thread-safe.

    Give either `secrets` for one shop, or `secrets_for` for many shops. With several shops in `secrets`, a shop could
    sign deliveries that name another shop.

    Args:
        secrets: the webhook secret, or several webhook secrets (at most 10) while one is being replaced. Subscriptions
            made with shop tokens (HMAC) belong to the shop. Their webhook secret is the shop's private token, which is
            inferred and not documented. Subscriptions made with an access token (bearer) belong to the platform. Their
            webhook secret is unknown. Try the shop's private token first, then the platform's client secret.
        secrets_for: a function or coroutine function that takes the public token of a delivery and returns the secret
            of this shop, or several secrets, or None. Only these secrets are tried. The header with the public token
            comes from anyone, so the function should be fast, also for unknown tokens. If the function raises an error,
            the delivery is refused as "unavailable".
        window: seconds by which a delivery's timestamp may differ from this machine's clock. Default: the documented
            lifetime of a request signature. It is unknown whether Trustoo repeats a delivery with its first timestamp.
            If Trustoo does so, later attempts are refused as "stale". In this case use 9000 (see `SCHEDULE`).
        clock: returns the Unix time in seconds. Default: this machine's clock.
        rule: the function that computes signatures. Default: `inferred_rule`. If the function raises an error, the
            secret does not fit.
        strict: whether a body that does not match the OpenAPI spec is an error (WebhookError). Default: False. Bodies
            are then read by the rules for responses, see docs/responses.md.

    Raises:
        ConfigurationError: if a secret is missing or is not a possible token, there are more than 10 secrets, both or
            none of `secrets` and `secrets_for` are given, the window is not a positive number, or `clock` or `rule` is
            not a function.

    Example:
        >>> from trustoo.webhooks import WebhookVerifier
        >>> verifier = WebhookVerifier("EXAMPLE-private-token", window=9000)
    """

    @without_frames
    def __init__(
        self,
        secrets: str | Iterable[str] | None = None,
        *,
        secrets_for: SecretsFor | None = None,
        window: float = float(LIFETIME),
        clock: Callable[[], float] = time.time,
        rule: SignatureRule = inferred_rule,
        strict: bool = False,
    ) -> None:
        if secrets_for is None:
            self._secrets = _checked_secrets(secrets)
        elif secrets is not None or not callable(secrets_for):
            raise ConfigurationError("Give either secrets or the function secrets_for, which takes a public token.")
        if isinstance(window, bool) or not isinstance(window, int | float) or not 0 < window < math.inf:
            raise ConfigurationError(f"window must be a number of seconds greater than 0, not {window!r}.")
        if not callable(clock) or not callable(rule):
            raise ConfigurationError("clock and rule must be functions.")
        self.window, self._clock, self._rule, self._secrets_for = window, clock, rule, secrets_for
        self._strict, self._warned = strict, set[str]()

    def __repr__(self) -> str:
        shown = f"{len(self._secrets)} secrets" if self._secrets_for is None else "secrets_for"
        return f"{type(self).__name__}({shown}, window={self.window!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A WebhookVerifier cannot be pickled or copied, because it holds secrets.")

    @property
    def is_async(self) -> bool:
        """Whether `secrets_for` is a coroutine function, which `verify` cannot call."""
        return is_async_function(self._secrets_for)

    def verify(self, body: bytes | bytearray, headers: RequestHeaders) -> Delivery:
        """Return the verified delivery.

        Args:
            body: the exact bytes of the request. JSON that was decoded and encoded again has another signature.
            headers: the headers of the request. Only the headers of a delivery are read.

        Raises:
            WebhookError: if the request is not a valid delivery. The attribute `reason` states why. No input raises
                another error.
            ConfigurationError: if `secrets_for` is a coroutine function. Use `verify_async`.

        Example:
            >>> verified = verifier.verify(delivery.body, delivery.headers)
            >>> verified.items[0].id
            '123'
        """
        if self.is_async:
            raise ConfigurationError("secrets_for is a coroutine function. Use verify_async.")
        return run(self.execute(body, headers), {LookUp: LookUp.run})

    @same_as(verify)
    async def verify_async(self, body: bytes | bytearray, headers: RequestHeaders) -> Delivery:
        """Same as `verify`. A `secrets_for` that may block runs in a thread."""
        return await run_async(
            self.execute(body, headers), {LookUp: lambda effect: effect.run_async(asyncio.to_thread)}
        )

    def execute(self, body: bytes | bytearray, headers: RequestHeaders) -> Generator[LookUp, Any, Delivery]:
        """Verify a delivery as `verify` does, without I/O. For frameworks with their own way to wait.

        Args:
            body: the exact bytes of the request.
            headers: the headers of the request.

        Returns:
            A generator of `LookUp` objects. Send it the result of each. Its return value is the verified delivery.

        Raises:
            WebhookError: from the generator, if the request is not a valid delivery.

        Example:
            >>> lookups = verifier.execute(delivery.body, delivery.headers)
            >>> try:
            ...     lookup = next(lookups)
            ...     while True:
            ...         lookup = lookups.send(lookup.run())
            ... except StopIteration as end:
            ...     print(end.value.items[0].id)
            123
        """
        if not isinstance(body, bytes | bytearray):
            raise WebhookError(f"body must be the bytes of the request, not {_type_name(body)}.", reason="unreadable")
        body, (found, encoding) = bytes(body), _find_headers(headers)
        stamp = found[TIMESTAMP]
        if "," in stamp:  # servers join the values of a repeated header
            raise WebhookError(f"The header {TIMESTAMP} is given more than once.", reason="missing_header")
        if not re.fullmatch("[0-9]{1,15}", stamp):
            raise WebhookError(f"{TIMESTAMP} is not a Unix time in whole seconds.", reason="bad_timestamp")
        secret_index = yield from self._find_secret(Signed(stamp, body, found), _hint(body, encoding))
        if isinstance(secret_index, WebhookError):
            raise secret_index
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
            shop=None if self._secrets_for is None else found[PUBLIC_TOKEN],
            secret_index=secret_index,
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
        if unreadable:
            from .._pipeline import callers_level  # slow to import, and seldom needed

            level = callers_level() + 1
            warn_of_shape("A webhook delivery", tuple(unreadable), self._warned, keep_result=True, stacklevel=level)
        return payload

    def _find_secret(self, signed: Signed, hint: str) -> Generator[LookUp, Any, int | WebhookError]:
        """Return the position of the secret that fits, or the error.

        The error is not raised here, so that no frame and no context of the error holds a secret.
        """
        if self._secrets_for is None:
            found = FoundSecrets(self._secrets)
        else:
            found = yield LookUp(self._secrets_for, signed.headers[PUBLIC_TOKEN])
        if found.problem:
            return WebhookError(f"secrets_for {found.problem}", reason="unavailable")
        if not found.secrets:
            public_token = signed.headers[PUBLIC_TOKEN]
            return WebhookError(f"There are no secrets for the public token {public_token:.80}.", reason="unknown_shop")
        given, problem = signed.headers[SIGN].encode(), ""
        fits: list[bool] = []
        for secret in found.secrets:  # no early exit: the time must not show which secret matches
            computed = b""
            try:
                computed = self._rule(secret, signed).encode()
            except Exception as error:  # the caller's rule may raise any error
                problem = f" The signature rule raised {_place(error)}."
            fits.append(hmac.compare_digest(computed, given))
        if any(fits):
            return fits.index(True)
        return WebhookError(
            f"The signature in {SIGN} matches none of the secrets. The signature was made with another secret, the "
            f"body was changed, or the request does not come from Trustoo.{problem or hint}",
            reason="bad_signature",
        )


def _hint(body: bytes, encoding: str) -> str:
    """What in a request explains a wrong signature; empty if nothing does."""
    if encoding:
        return f" The body has the Content-Encoding {encoding:.20}. The signature is that of the bytes as they arrive."
    if not body:
        return (
            " The body is empty: nothing was left to read. A middleware may have read the body before, or the server "
            "does not pass on a body without Content-Length (chunked)."
        )
    return ""


def _place(error: Exception) -> str:
    """Return the type and the place of an error, without its text, which may contain a secret."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return f"{type(error).__name__} ({os.path.basename(frame.f_code.co_filename)}:{line})"


def is_async_function(function: object) -> bool:
    """Return whether `function` is a coroutine function, or an object with such a method `__call__`."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _checked_secrets(secrets: Any) -> tuple[str, ...]:
    try:
        given: tuple[Any, ...] = (secrets,) if isinstance(secrets, str) else tuple(secrets)
    except TypeError:
        raise ConfigurationError(f"secrets must be a string or several strings, not {_type_name(secrets)}.") from None
    if not given:
        raise ConfigurationError("No webhook secret was given. Signatures cannot be verified without a secret.")
    if len(given) > MAX_SECRETS:
        raise ConfigurationError(
            f"There are {len(given)} secrets; at most {MAX_SECRETS} are tried for one delivery. For several shops, use "
            "secrets_for."
        )
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


def _find_headers(headers: RequestHeaders) -> tuple[dict[str, str], str]:
    """Return the four headers, and the Content-Encoding or an empty text.

    Raises WebhookError unless each of the four headers is present exactly once.
    """
    found: dict[str, list[str | None]] = {name.lower(): [] for name in (*HEADERS, ENCODING)}
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
    return result, next(filter(None, found[ENCODING.lower()]), "")


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
