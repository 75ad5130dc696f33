"""A second implementation of the request signature, written only from what is known from public client code (field).

This module imports nothing from the client, so that a mistake in one implementation is not a mistake in both. Its input
is the sent request.
"""

import hashlib
import hmac
from urllib.parse import unquote_plus, urlsplit


def canonical(url: str, timestamp: str, body: bytes) -> bytes:
    """Return the signed message of a request with this URL, timestamp header and body.

    The query is decoded as servers decode it, where a plus sign means a space.
    """
    pairs: list[tuple[str, str]] = [("timestamp", timestamp)]
    query = urlsplit(url).query
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        pairs.append((unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")))
    names = sorted({name for name, _ in pairs})
    text = "&".join("&".join(f"{name}={value}" for key, value in pairs if key == name) for name in names)
    return text.encode("utf-8") + (b"|" + body if body else b"")


def sign(private_token: str, message: bytes) -> str:
    """Return the HMAC-SHA256 of the message in lowercase hex."""
    return hmac.new(private_token.encode("utf-8"), message, hashlib.sha256).hexdigest()
