"""Finds the content type of an image from its first bytes, and the file extension for a content type."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from ..errors import ArgumentError

__all__ = ["HEAD", "IMAGES", "OTHERS", "check_allowed", "content_type_of", "with_extension"]

HEAD = 4096
"""Bytes from the start of a file that `content_type_of` looks at."""
IMAGES = {
    "image/jpeg": (".jpeg", ".jpg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/avif": (".avif", ".avifs"),
    "image/heic": (".heic", ".heics"),
    "image/heif": (".heif", ".heifs", ".hif"),
}
"""The content types that are always accepted, with their extensions. The first extension is for random names."""
OTHERS = {
    "image/bmp": (".bmp",),
    "image/jxl": (".jxl",),
    "image/svg+xml": (".svg",),
    "image/tiff": (".tiff", ".tif"),
    "application/pdf": (".pdf",),
}
"""The content types that are accepted only if `allow` names them."""
_EXTENSIONS = IMAGES | OTHERS

_MAGIC = (
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"RIFF....WEBP", "image/webp"),
    (rb"BM", "image/bmp"),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (rb"II[*+]\0|MM\0[*+]", "image/tiff"),
    (rb"%PDF-", "application/pdf"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:[?!].*<)?svg[\s/>]", "image/svg+xml"),
)
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
        "image/heic",
    ),
}
_GENERAL_BRANDS = {b"mif1", b"mif2", b"mif3", b"msf1", b"1pic"}
"""Brands that do not say how the image is coded."""


def content_type_of(head: bytes) -> str | None:
    """Return the content type of a file that begins with `head`, or None for a file of an unknown type."""
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    return next((kind for magic, kind in _MAGIC if re.match(magic, head, re.DOTALL)), None)


def _of_brands(head: bytes) -> str | None:
    """Return the type of an ISO media file. The first brand is the main brand, the others are compatible brands."""
    end = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4))]
    if brands[0] not in _BRANDS and brands[0] not in _GENERAL_BRANDS:
        return None  # a video, for example
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "image/heif")


def check_allowed(allow: Collection[str]) -> None:
    """Raise ArgumentError if `allow` is not a collection of the content types in `OTHERS`."""
    if isinstance(allow, str) or not all(kind in OTHERS for kind in allow):
        raise ArgumentError(f"allow must be a collection of content types out of {', '.join(OTHERS)}, not {allow!r}.")


def with_extension(name: str, content_type: str) -> str:
    """Return the name of an object with an extension of its content type.

    An extension of another image type is replaced. Every other name without a right extension gets one more extension.
    """
    right, suffix = _EXTENSIONS[content_type], PurePosixPath(name).suffix
    if suffix.lower() in right:
        return name
    is_wrong = any(suffix.lower() in extensions for extensions in _EXTENSIONS.values())
    return (name.removesuffix(suffix) if is_wrong else name) + right[0]
