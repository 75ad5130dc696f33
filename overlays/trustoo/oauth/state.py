"""The `state` of an authorisation. The state is signed, so any process can check it without a store.

A state can be used several times until it expires, but the service accepts each code only once. `bound_to` protects a
session from the callback of another session. A stored state would also need `bound_to`.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from binascii import Error as Base64Error

from .errors import StateMismatchError

__all__ = ["STATE_LIFETIME", "make_state", "read_state"]

STATE_LIFETIME = 600
"""Seconds that the merchant has from `authorize_url` to the callback."""


def make_state(key: bytes, now: float, shop: str | None, bound_to: str) -> str:
    """Return a new state, signed with `key`. Anyone can read the shop in the state, but not `bound_to`."""
    payload = json.dumps([int(now) + STATE_LIFETIME, secrets.token_urlsafe(16), shop], separators=(",", ":")).encode()
    return f"{_base64url(payload)}.{_base64url(_mac(key, payload, bound_to))}"


def read_state(key: bytes, now: float, state: str, bound_to: str) -> str | None:
    """Return the shop that the OAuth `state` contains. Raises StateMismatchError."""
    try:
        payload, mac = (base64.b64decode(part + "=" * (-len(part) % 4), b"-_", True) for part in state.split("."))
    except (Base64Error, ValueError):
        raise StateMismatchError("The callback's state was not made by this platform.") from None
    if not hmac.compare_digest(mac, _mac(key, payload, bound_to)):
        raise StateMismatchError("The callback's state was made by another platform or for another session.")
    expires_at, _, shop = json.loads(payload)
    if now >= expires_at:
        raise StateMismatchError(f"The callback came too late: a state is valid for {STATE_LIFETIME // 60} minutes.")
    found: str | None = shop
    return found


def _mac(key: bytes, payload: bytes, bound_to: str) -> bytes:
    message = payload + b"\0" + bound_to.encode("utf-8", "surrogatepass")  # JSON text holds no NUL
    return hmac.digest(key, message, "sha256")


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
