"""The `state` of an authorisation: signed, so that no store is needed and any process can check it.

It is not kept anywhere, hence not used up: what may be used only once is the code, and the service sees to that. What
keeps a foreign callback out of a session is `bound_to`, which a stored state would need just as well.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from binascii import Error as NotBase64

from .errors import StateMismatchError

__all__ = ["STATE_LIFETIME", "make_state", "read_state"]

STATE_LIFETIME = 600
"""Seconds that a merchant has from `authorize_url` to the callback."""


def make_state(key: bytes, now: float, shop: str | None, bound_to: str) -> str:
    """A new state; `key` signs it. The shop can be read in it, `bound_to` cannot."""
    payload = json.dumps([int(now) + STATE_LIFETIME, secrets.token_urlsafe(16), shop], separators=(",", ":")).encode()
    return f"{_text(payload)}.{_text(_mac(key, payload, bound_to))}"


def read_state(key: bytes, now: float, state: str, bound_to: str) -> str | None:
    """The shop that the state was made for. Raises StateMismatchError."""
    try:
        payload, mac = (base64.b64decode(part + "=" * (-len(part) % 4), b"-_", True) for part in state.split("."))
    except (NotBase64, ValueError):
        raise StateMismatchError("The callback's state was not made here.") from None
    if not hmac.compare_digest(mac, _mac(key, payload, bound_to)):
        raise StateMismatchError("The callback's state was not made here, or it was made for another session.")
    until, _, shop = json.loads(payload)
    if now >= until:
        raise StateMismatchError(f"The callback came too late: a state is good for {STATE_LIFETIME // 60} minutes.")
    found: str | None = shop
    return found


def _mac(key: bytes, payload: bytes, bound_to: str) -> bytes:
    message = payload + b"\0" + bound_to.encode("utf-8", "surrogatepass")  # JSON text holds no NUL
    return hmac.digest(key, message, "sha256")


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
