"""An access token with all that came with it, read from answers whose form is not documented."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trustoo_api.errors import ResponseDecodeError
from trustoo_api.types import Model, instant

from .._clock import http_date
from .._redaction import MASK

__all__ = ["Token", "read_token"]

EXPIRIES = ("expires_in", "expires_at", "expired_at", "expire_at", "expire_time", "expires", "expire", "expire_in")
"""Members that other services give an expiry in. Which one this service sends, if any, is not documented."""
LONGEST = 1e9
"""Numbers below are seconds from now (32 years), numbers from here on are Unix times."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what came with it. `repr` shows none of the secrets.

    Attributes:
        access_token, refresh_token: the two that are documented.
        expires_at: the Unix time in seconds; None where it is not known.
        obtained_at: the Unix time in seconds when it was read.
        scope: as the answer spells it.
        extra: the answer's other members.
        requested: what client_credentials was asked with, and will be for the next one; None for other grants.
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
                raise ResponseDecodeError(f"The {name} is no text that a header can carry.")
            if not value:
                raise ResponseDecodeError(f"The {name} is empty.")

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
        """Whether a new one can be had without the merchant."""
        return self.refresh_token is not None or self.requested is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be shown."""
        return tuple(filter(None, (self.access_token, self.refresh_token)))

    def to_json(self) -> str:
        """The text that a store keeps: it holds the secrets."""
        return json.dumps({name: value for name in _MEMBERS if (value := getattr(self, name)) not in (None, {})})

    @classmethod
    def from_json(cls, text: str | bytes) -> Token:
        """The token in what `to_json` wrote. Raises ResponseDecodeError."""
        try:
            known = json.loads(text)
            kept = {name: known[name] for name in _MEMBERS if name in known}
            numbers = [kept[name] for name in ("expires_at", "obtained_at") if kept.get(name) is not None]
            fine = all(isinstance(number, int | float) for number in numbers)
            if fine and isinstance(kept.get("extra", {}), dict) and isinstance(kept.get("requested", {}), dict):
                return cls(**kept)
        except (ValueError, TypeError, RecursionError):
            pass  # the text may hold secrets: nothing of it goes into a message or a chain of causes
        raise ResponseDecodeError("The stored token is not what was written.")


_MEMBERS = ("access_token", "refresh_token", "expires_at", "obtained_at", "scope", "extra", "requested")


def read_token(
    answer: Model | Mapping[str, Any],
    now: float,
    *,
    previous: Token | None = None,
    requested: Mapping[str, str] | None = None,
) -> Token:
    """The token in an answer, or in what an answer had in `data`.

    Args:
        now: the Unix time that a lifetime counts from.
        previous: the token that this one follows: a service that does not rotate refresh tokens sends none again.
        requested: see `Token.requested`.

    Raises:
        ResponseDecodeError: there is no access token, or one that cannot be sent.
    """
    members = dict(answer.to_dict() if isinstance(answer, Model) else answer)
    if "access_token" not in members and isinstance(members.get("data"), dict):
        members = members["data"]
    if not members.get("access_token"):
        raise ResponseDecodeError("The answer has no access_token.")
    scope = members.get("scope")
    if isinstance(scope, list):
        scope = " ".join(map(str, scope))
    known = ("access_token", "refresh_token", "scope", *EXPIRIES)
    return Token(
        members["access_token"],
        members.get("refresh_token") or (previous.refresh_token if previous else None),
        next((when for name in EXPIRIES if (when := _expiry(members.get(name), now)) is not None), None),
        now,
        scope if isinstance(scope, str) and scope else (previous.scope if previous else None),
        {name: value for name, value in members.items() if name not in known},
        requested,
    )


def _expiry(value: object, now: float) -> float | None:
    """The Unix time that an answer's member names: seconds from now, a Unix time in s or finer, or a date.

    A time that is over is no expiry of a token that has just been handed out: 0, -1 and the year 1 are used for
    "never" or "not said".
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
    if number < LONGEST:
        return now + number
    while number >= 100 * LONGEST:  # ms, µs, ns
        number /= 1000
    return number if number > now else None
