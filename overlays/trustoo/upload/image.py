"""Images to upload, and stored images, which can be attached to a review."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ArgumentError, TrustooError, UploadError
from .policy import FIELD_NAME
from .source import AsyncFile, File

__all__ = ["ImageFile", "UploadOutcome", "UploadedImage"]

IMAGE = 1
"""The `media[].type` of an image, from the vendor's example."""
_RESERVED = (
    *("key", "ossaccesskeyid", "policy", "signature", "callback", "file"),
    *("content-type", "x-oss-content-type", "content-disposition"),  # the content decides how browsers treat the object
)
"""Form fields that the caller cannot set."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image for `upload_images`, with its own options. The options are those of `upload_image`.

    Args:
        file, name, allow, strip_metadata, max_pixels, quality, filename, size, str_paths, fields: the same as for
            `upload_image`.

    Raises:
        ArgumentError: if `max_pixels` or `quality` is invalid.
        UploadError: if `fields` has a reserved or invalid name.

    Example:
        >>> from trustoo.upload import ImageFile
        >>> outcomes = shop.media.upload_images([ImageFile("kettle.jpg", strip_metadata=False)])
        >>> outcomes[0].error is None
        True
    """

    file: File | AsyncFile = field(repr=False)
    name: str | None = None
    allow: Collection[str] = ()
    strip_metadata: bool = True
    max_pixels: int | None = None
    quality: int | None = None
    filename: str | None = None
    size: int | None = None
    str_paths: bool = True
    fields: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for name, most in (("max_pixels", None), ("quality", 100)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1 or (most is not None and value > most)):
                raise ArgumentError(
                    f"{name} must be a whole number from 1{f' to {most}' if most else ''}, not {value!r}."
                )
        fields = self.fields or {}
        for name, text in fields.items():
            if not FIELD_NAME.fullmatch(name) or name.lower() in _RESERVED:
                raise UploadError(
                    f"fields= cannot have the form field {name!r}: it is reserved or not a name. Nothing was sent."
                )
            if not isinstance(text, str):
                raise UploadError(f"The form field {name} must be text, not {type(text).__name__}. Nothing was sent.")
        if len({name.lower() for name in fields}) < len(fields):
            raise UploadError("fields= has the same field twice, in different case. Nothing was sent.")

    @property
    def source_options(self) -> dict[str, Any]:
        """The options for reading the file."""
        return {name: getattr(self, name) for name in ("allow", "filename", "size", "str_paths")}

    @property
    def may_be_encoded(self) -> bool:
        """Whether the options may require a new encoding."""
        return self.max_pixels is not None or self.quality is not None


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """A stored image. `reviews.create(media=[...])` accepts it.

    Attributes:
        object_url: the URL of the image without a style.
        key: the object's name in the storage.
        size: the size in bytes.
        content_type: the content type of the object.
        callback: the response of the vendor's server to the storage, as JSON; None if the response was empty.
        request_id: the id that the storage gave the upload, for support.
    """

    object_url: str
    key: str
    size: int
    content_type: str
    callback: Any = field(default=None, repr=False)
    request_id: str | None = None

    @property
    def url(self) -> str:
        """The URL of the large image. The vendor's example of a review uses this style."""
        return self.styled("trustoo_big")

    @property
    def thumbnail_url(self) -> str:
        """The URL of the thumbnail. The vendor's example of a review uses this style."""
        return self.styled("trustoo_small")

    def styled(self, name: str) -> str:
        """Return the URL of the image in a style of the storage, such as "trustoo_small".

        The vendor decides which styles exist. Two styles are documented. `url` and `thumbnail_url` use these styles.

        Args:
            name: the name of the style.

        Raises:
            ArgumentError: if the name is not 1 to 63 letters, digits, `_`, `-` and `.`.

        Example:
            >>> image.styled("trustoo_small")
            'https://img.example.com/EXAMPLE.jpg?x-oss-process=style/trustoo_small'
        """
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,63}", name):
            raise ArgumentError(
                f"{name!r} cannot be the name of an image style. A name has 1 to 63 letters, digits, '_', '-' and '.'."
            )
        return f"{self.object_url}?x-oss-process=style/{name}"

    def to_dict(self) -> dict[str, Any]:
        """Return the item of `media` for `reviews.create`.

        Example:
            >>> sorted(image.to_dict())
            ['is_published', 'thumbnail_url', 'type', 'url']
        """
        return {"url": self.url, "thumbnail_url": self.thumbnail_url, "type": IMAGE, "is_published": 1}


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """The outcome of one of several uploads: an image or an error.

    Attributes:
        file: the file that was passed to `upload_images`.
        image: the stored image; None after an error.
        error: the error; None after a success.
        already_stored: whether an earlier upload stored the image, which `results` of `upload_images` has noted.
    """

    file: object = field(repr=False)
    image: UploadedImage | None = None
    error: TrustooError | None = None
    already_stored: bool = False
