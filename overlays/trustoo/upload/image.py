"""What goes into an upload, and what it gives: a stored image, ready to be attached to a review."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError, TrustooError
from .source import File, read_source

__all__ = ["ImageFile", "UploadOutcome", "UploadedImage", "check_image"]

IMAGE = 1
"""`media[].type` of an image, seen in the vendor's example."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image to upload, with what is to be said about it; `upload_image` says what the values mean."""

    file: File | AsyncIterable[bytes] = field(repr=False)
    name: str | None = None
    content_type: str | None = None
    filename: str | None = None
    size: int | None = None
    allow_empty: bool = False
    fields: Mapping[str, str] | None = None

    @property
    def about(self) -> dict[str, Any]:
        """What reading the file asks for."""
        return {name: getattr(self, name) for name in ("content_type", "filename", "size", "allow_empty")}


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """A stored image. Hand it to `reviews.create(media=[...])` as it is.

    Attributes:
        object_url: the image without a style.
        key: the object's name in the storage.
        size: bytes.
        content_type: what it was stored as.
        callback: what the vendor's server answered to the storage, as JSON; None when it answered nothing.
        request_id: the storage's id of the upload, which support asks for.
    """

    object_url: str
    key: str
    size: int
    content_type: str
    callback: Any = field(default=None, repr=False)
    request_id: str | None = None

    @property
    def url(self) -> str:
        """The image in the large style that the vendor's review example uses."""
        return self.styled("trustoo_big")

    @property
    def thumbnail_url(self) -> str:
        """The image in the small style that the vendor's review example uses."""
        return self.styled("trustoo_small")

    def styled(self, name: str) -> str:
        """The image's address in a style of the storage, such as "trustoo_small".

        Which styles there are is the vendor's affair; the two above were seen. Raises ConfigurationError for what
        cannot be the name of one (1 to 63 letters, digits, `_`, `-`, `.`).
        """
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,63}", name):
            raise ConfigurationError(f"{name!r} is no name of an image style.")
        return f"{self.object_url}?x-oss-process=style/{name}"

    def to_dict(self) -> dict[str, Any]:
        """The item of `media` that creating a review takes."""
        return {"url": self.url, "thumbnail_url": self.thumbnail_url, "type": IMAGE, "is_published": 1}


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What came of one of several uploads: an image or an error, one of the two.

    Attributes:
        file: what was given.
    """

    file: object = field(repr=False)
    image: UploadedImage | None = None
    error: TrustooError | None = None


def check_image(file: str | os.PathLike[str]) -> None:
    """Check that an image file can be uploaded: it can be read, is a regular file and is not empty.

    Only the file's first bytes are read, and nothing is sent. The service does not document which formats and sizes it
    accepts, so they are not checked.

    Args:
        file: the path.

    Raises:
        UploadError: the file cannot be uploaded; the message says why.
    """
    read_source(file)
