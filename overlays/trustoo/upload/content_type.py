"""Finds the content type of an image from its first bytes or its name, and the file extension for a content type."""

from __future__ import annotations

from mimetypes import MimeTypes
from pathlib import PurePath

__all__ = ["content_type_of", "suffix_of"]

_MAGIC = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (8, b"WEBP", "image/webp"),  # after RIFF and a length
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
)
_SUFFIXES = {
    "image/jpeg": ".jpeg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/heic": ".heic",
    "image/heif": ".heif",
}
# Python's own table instead of the machine's, so that all machines send the same type. Newer types are added.
_TYPES = MimeTypes()
for _kind, _suffix in _SUFFIXES.items():
    _TYPES.add_type(_kind, _suffix)


def content_type_of(head: bytes, name: str) -> str:
    """Return the content type from the first 16 bytes, else from the extension, else `application/octet-stream`."""
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (offset != 8 or head[:4] == b"RIFF"):
            return kind
    return _TYPES.guess_type(PurePath(name).name)[0] or "application/octet-stream"


def suffix_of(name: str, kind: str) -> str:
    """Return the extension for a random object name: a plain extension of `name`, else that of the type, else ""."""
    own = PurePath(name).suffix
    plain = own.isascii() and own[1:].isalnum()
    return own.lower() if plain else _SUFFIXES.get(kind, "")
