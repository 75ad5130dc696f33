"""The HMAC request signature.

The signature's rule is known from public client code (field). The vendor's Quick Start states the rule in a part that
could not be read. Three independent public integrations agree on the rule. It also fits the vendor's notice of November
2025, which states HMAC-SHA256, lowercase hex, a timestamp in seconds and a lifetime of 15 minutes. Only this module
implements the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

__all__ = ["LIFETIME", "canonical_string", "signature", "signed_pairs"]

LIFETIME = 15 * 60
"""The seconds for which a signature is valid. The vendor documents this number."""


def canonical_string(query: Iterable[tuple[str, str]], timestamp: str, body: bytes | None = None) -> bytes:
    """Return the bytes that are signed.

    The query parameters and `timestamp` are sorted by name, written as `name=value`, and joined by `&`. Values are not
    percent-encoded. Repeated names keep their order. If there is a body and it is not empty, `|` and the exact bytes of
    the body follow. Method, path and public token are not signed.

    Args:
        query: names and values as plain text, in the order in which they are sent.
        timestamp: Unix time in whole seconds, as the same text as in the header.
        body: the exact bytes that are sent; None for no body.

    Example:
        >>> from trustoo import canonical_string
        >>> canonical_string([("page", "1"), ("keyword", "tea pot")], "1781682923")
        b'keyword=tea pot&page=1&timestamp=1781682923'
    """
    message = "&".join([f"{name}={value}" for name, value in signed_pairs(query, timestamp)]).encode()
    return message + b"|" + body if body else message


def signed_pairs(query: Iterable[tuple[str, str]], timestamp: str) -> list[tuple[str, str]]:
    """Return the pairs that are signed, in their order: the first stage of `canonical_string`.

    Args:
        query: names and values as plain text, in the order in which they are sent.
        timestamp: Unix time in whole seconds, as text.

    Example:
        >>> from trustoo.signing import signed_pairs
        >>> signed_pairs([("page", "1"), ("keyword", "tea pot")], "1781682923")
        [('keyword', 'tea pot'), ('page', '1'), ('timestamp', '1781682923')]
    """
    return sorted([*query, ("timestamp", timestamp)], key=itemgetter(0))


def signature(private_token: str, message: bytes) -> str:
    """Return the HMAC-SHA256 of `message` as 64 lowercase hex digits. The key is the token's text in UTF-8.

    Args:
        private_token: the shop's private token.
        message: the result of `canonical_string`.

    Example:
        >>> from trustoo import signature
        >>> signature("EXAMPLE-private-token", b"timestamp=1781682923")[:16]
        'c41d371dc768fdd0'
    """
    import hmac  # loads OpenSSL, which takes longer than loading all of this package

    return hmac.digest(private_token.encode(), message, "sha256").hex()
