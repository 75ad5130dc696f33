"""The HMAC request signature.

The rule is field knowledge, not documentation: the part of the vendor's Quick Start that states it could not be
read. Three independent public integrations agree on it, and it fits the notice of November 2025, which names
HMAC-SHA256, lowercase hex, a timestamp in seconds and a lifetime of 15 minutes. It stands only here.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

__all__ = ["LIFETIME", "canonical_string", "signature", "signed_pairs"]

LIFETIME = 15 * 60
"""Seconds that a signature is valid for (documented)."""


def canonical_string(query: Iterable[tuple[str, str]], timestamp: str, body: bytes | None = None) -> bytes:
    """The bytes that are signed.

    The query parameters and `timestamp` are sorted by name and written `name=value`, joined by `&`, with values as
    they are before percent-encoding. Repeated names keep their order. A body that is not empty follows after `|`,
    byte for byte. Method, path and public token are not part of it.

    Args:
        query: names and values as plain text, in sending order.
        timestamp: Unix time in whole seconds, the same text as in the header.
        body: the exact bytes that are sent, or None.
    """
    message = "&".join([f"{name}={value}" for name, value in signed_pairs(query, timestamp)]).encode()
    return message + b"|" + body if body else message


def signed_pairs(query: Iterable[tuple[str, str]], timestamp: str) -> list[tuple[str, str]]:
    """The first stage of `canonical_string`: the pairs that are signed, in their order."""
    return sorted([*query, ("timestamp", timestamp)], key=itemgetter(0))


def signature(private_token: str, message: bytes) -> str:
    """HMAC-SHA256 of `message` as 64 lowercase hex digits; the key is the token's text in UTF-8."""
    import hmac  # loads OpenSSL, which takes longer than all of this package

    return hmac.digest(private_token.encode(), message, "sha256").hex()
