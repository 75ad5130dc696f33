"""Tokens, and the function that reads them from responses whose form is not documented."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trustoo_api.decoding import encoded
from trustoo_api.errors import ArgumentError, ResponseDecodeError
from trustoo_api.models import OAuthToken
from trustoo_api.types import Model, decode, instant

from .._clock import http_date
from .._redaction import MASK
from .errors import StoreError

__all__ = ["Token", "read_token"]

EXPIRY_MEMBERS = (
    "expires_in",
    "expires_at",
    "expired_at",
    "expire_at",
    "expire_time",
    "expires",
    "expire",
    "expire_in",
)
"""Members in which other services send the expiry. It is not documented which of them this service sends, if any."""
LONGEST_LIFETIME = 1e9
"""Seconds (32 years). Smaller numbers are seconds from now, other numbers are Unix times."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the other members of its response. `repr` does not show secrets.

    Attributes:
        access_token, refresh_token: the two documented members.
        expires_at: the Unix time in seconds at which the token expires; None if the expiry is not known.
        obtained_at: the Unix time in seconds at which the response was read.
        scope: the scope exactly as in the response.
        extra: the other members of the response.
        requested: the arguments of `client_credentials`. They are sent again for the next token. None for other grants.

    Raises:
        ArgumentError: if a token cannot be sent in a header.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    obtained_at: float | None = None
    scope: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    requested: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for name in ("access_token", "refresh_token"):
            value = getattr(self, name)
            if value is None and name == "refresh_token":
                continue
            if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value.strip() != value:
                raise ArgumentError(f"The {name} must be printable ASCII text without leading or trailing spaces.")
            if not value:
                raise ArgumentError(f"The {name} is empty.")

    def __repr__(self) -> str:
        shown = {
            "access_token": MASK,
            "refresh_token": MASK if self.refresh_token else None,
            "expires_at": self.expires_at,
            "scope": self.scope,
            "extra": sorted(self.extra),
        }
        return f"Token({', '.join(f'{name}={value}' for name, value in shown.items() if value)})"

    @property
    def is_renewable(self) -> bool:
        """Whether a new token can be requested without the merchant."""
        return self.refresh_token is not None or self.requested is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be shown."""
        return tuple(filter(None, (self.access_token, self.refresh_token)))

    def to_json(self) -> str:
        """Return the token as text for a store. The text contains the secrets.

        Example:
            >>> from trustoo.oauth import Token
            >>> Token("EXAMPLE-access-token").to_json()
            '{"access_token": "EXAMPLE-access-token"}'
        """
        return json.dumps({name: value for name in _MEMBERS if (value := getattr(self, name)) not in (None, {})})

    @classmethod
    def from_json(cls, text: str | bytes) -> Token:
        """Return the token from text that `to_json` wrote.

        Args:
            text: the text.

        Raises:
            StoreError: if `to_json` did not write the text.

        Example:
            >>> from trustoo.oauth import Token
            >>> Token.from_json('{"access_token": "EXAMPLE-access-token"}')
            Token(access_token=***)
        """
        try:
            known = json.loads(text)
            kept = {name: known[name] for name in _MEMBERS if name in known}
            numbers = [kept[name] for name in ("expires_at", "obtained_at") if kept.get(name) is not None]
            valid = all(isinstance(number, int | float) for number in numbers)
            if valid and isinstance(kept.get("extra", {}), dict) and isinstance(kept.get("requested", {}), dict):
                return cls(**kept)
        except (ValueError, TypeError, RecursionError):
            pass  # neither the message nor a cause may quote the text, which may hold secrets
        raise StoreError("The stored text is not a token that Token.to_json wrote.")


_MEMBERS = ("access_token", "refresh_token", "expires_at", "obtained_at", "scope", "extra", "requested")


def read_token(
    response: Model | Mapping[str, Any],
    now: float,
    *,
    previous: Token | None = None,
    requested: Mapping[str, str] | None = None,
) -> Token:
    """Return the token in a response, or in the member `data` of the response.

    Args:
        response: the response of a token request, as a model or as a mapping.
        now: the Unix time in seconds at which the lifetime begins.
        previous: the token that is replaced. Its refresh token and scope are kept if the response does not have them.
        requested: see `Token.requested`.

    Raises:
        ResponseDecodeError: if the response has no access token, or has an access token that cannot be sent.

    Example:
        >>> from trustoo.oauth import read_token
        >>> read_token({"access_token": "EXAMPLE-access-token", "expires_in": 3600}, now=1000.0).expires_at
        4600.0
    """
    if not isinstance(response, OAuthToken):
        members = dict(response.to_dict() if isinstance(response, Model) else response)
        if "access_token" not in members and isinstance(members.get("data"), dict):
            members = members["data"]
        response = decode(encoded(members), OAuthToken)
    members = {**response.to_dict(), "access_token": response.access_token, "refresh_token": response.refresh_token}
    if not members.get("access_token"):
        raise ResponseDecodeError("The response has no access_token.")
    scope = members.get("scope")
    if isinstance(scope, list):
        scope = " ".join(map(str, scope))
    known = ("access_token", "refresh_token", "scope", *EXPIRY_MEMBERS)
    try:
        return Token(
            members["access_token"],
            members.get("refresh_token") or (previous.refresh_token if previous else None),
            next((when for name in EXPIRY_MEMBERS if (when := _expiry(members.get(name), now)) is not None), None),
            now,
            scope if isinstance(scope, str) and scope else (previous.scope if previous else None),
            {name: value for name, value in members.items() if name not in known},
            requested,
        )
    except ArgumentError as error:
        raise ResponseDecodeError(str(error)) from None


def _expiry(value: object, now: float) -> float | None:
    """Return the expiry as a Unix time. `value` is seconds from now, a Unix time (s, ms, µs or ns), or a date.

    A time in the past cannot be the expiry of a new token. Services send 0, -1 or the year 1 for "never" or "unknown".
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            when: datetime | None = instant(text)
            value = when.timestamp() if when is not None else http_date(text)
            return value if value is not None and value > now else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number) or number < 1:
        return None
    if number < LONGEST_LIFETIME:
        return now + number
    while number >= 100 * LONGEST_LIFETIME:  # ms, µs, ns
        number /= 1000
    return number if number > now else None
