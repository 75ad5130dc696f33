"""The request signature, written a second time from the field knowledge alone.

It imports nothing of the client: a mistake in one is not a mistake in both. It reads what went over the wire.
"""

import hashlib
import hmac
from urllib.parse import unquote, urlsplit


def canonical(url: str, timestamp: str, body: bytes) -> bytes:
    """The signed message of a request with this URL, header timestamp and body."""
    pairs: list[tuple[str, str]] = [("timestamp", timestamp)]
    query = urlsplit(url).query
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        pairs.append((unquote(name, errors="strict"), unquote(value, errors="strict")))
    names = sorted({name for name, _ in pairs})
    text = "&".join("&".join(f"{name}={value}" for key, value in pairs if key == name) for name in names)
    return text.encode("utf-8") + (b"|" + body if body else b"")


def sign(private_token: str, message: bytes) -> str:
    """HMAC-SHA256 in lowercase hex."""
    return hmac.new(private_token.encode("utf-8"), message, hashlib.sha256).hexdigest()
