"""Opens, verifies and encodes images with Pillow, which the extra `images` brings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import UploadError
from .source import Source, of_bytes

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ENCODED", "NEEDS_EXTRA", "NEED_EXTRA", "can_open", "encoded", "has_quality", "pillow", "pixels", "verify"]

NEED_EXTRA = "need the extra images (pip install 'trustoo[images]')"
NEEDS_EXTRA = NEED_EXTRA.replace("need", "needs", 1)
ENCODED = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/heic": "JPEG",
    "image/heif": "JPEG",
    "image/tiff": "TIFF",
}
"""The content types that Pillow encodes again, and the format of the result."""
_WITH_QUALITY = ("JPEG", "WEBP", "AVIF")
_FORMATS = {**ENCODED, "image/heic": "HEIF", "image/heif": "HEIF", "image/bmp": "BMP"}
"""The content types that Pillow opens, and their formats."""


def pillow() -> ModuleType | None:
    """Return `PIL.Image`, which can also open HEIC if pi-heif is installed; None if Pillow is not installed."""
    try:
        from PIL import Image
    except ImportError:
        return None
    if "HEIF" not in Image.OPEN:
        try:
            import pi_heif  # type: ignore[import-untyped]
        except ImportError:
            pass
        else:
            pi_heif.register_heif_opener()
    return Image


def verify(source: Source, pillow: ModuleType) -> None:
    """Raise UploadError if Pillow knows the type and cannot open the image, or finds a fault in it.

    The pixels are not decoded.
    """
    if can_open(source, pillow):
        with _opened(source, pillow) as image:
            image.verify()


def pixels(source: Source, pillow: ModuleType) -> int:
    """Return the number of pixels. Raises UploadError."""
    with _opened(source, pillow) as image:
        return image.width * image.height


def has_quality(source: Source) -> bool:
    """Return whether `quality` has a meaning for the encoding of this image."""
    return ENCODED[source.content_type] in _WITH_QUALITY


def encoded(source: Source, pillow: ModuleType, max_pixels: int | None = None, quality: int | None = None) -> Source:
    """Return the image in a new encoding without metadata. HEIC becomes JPEG, other types stay.

    The orientation is applied to the pixels, and the colour profile is kept.

    Args:
        max_pixels: the largest number of pixels. A larger image is scaled down.
        quality: 1 to 100. Default: 90.

    Raises:
        UploadError: if the image has several frames or pages, or if Pillow cannot decode it.
    """
    kind = ENCODED[source.content_type]
    with _opened(source, pillow) as image:
        if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise UploadError(
                f"{source.label} has several frames or pages, so it is not encoded again. Nothing was sent."
            )
        profile = image.info.get("icc_profile")
        picture = _scaled(_upright(image), max_pixels, pillow)
        if kind == "JPEG":
            picture = _without_alpha(picture, pillow)
        picture.info = {name: picture.info[name] for name in ("transparency",) if name in picture.info}
        settings: dict[str, Any] = {"quality": quality or 90} if kind in _WITH_QUALITY else {}
        result = BytesIO()
        picture.save(result, kind, **settings, **({"icc_profile": profile} if profile else {}))
    content_type = "image/jpeg" if kind == "JPEG" else source.content_type
    return of_bytes(result.getvalue(), content_type, source.label)


def _scaled(picture: Image.Image, max_pixels: int | None, pillow: ModuleType) -> Image.Image:
    if max_pixels is None or picture.width * picture.height <= max_pixels:
        return picture
    factor = (max_pixels / (picture.width * picture.height)) ** 0.5
    if picture.mode in ("1", "P", "PA"):  # these modes cannot be interpolated
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    size = max(1, int(picture.width * factor)), max(1, int(picture.height * factor))
    return picture.resize(size, pillow.Resampling.LANCZOS)


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    image.load()
    return ImageOps.exif_transpose(image)


def _without_alpha(picture: Image.Image, pillow: ModuleType) -> Image.Image:
    """Return the image in a mode that JPEG has, on white where it is transparent."""
    if picture.mode in ("L", "RGB", "CMYK"):
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white: Image.Image = pillow.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")


def can_open(source: Source, pillow: ModuleType) -> bool:
    """Return whether Pillow can open images of this type."""
    pillow.init()
    return _FORMATS.get(source.content_type) in pillow.OPEN


@contextmanager
def _opened(source: Source, pillow: ModuleType) -> Generator[Image.Image]:
    if not can_open(source, pillow):
        raise UploadError(f"Decoding {source.content_type} {NEEDS_EXTRA}. Nothing was sent.")
    from PIL import UnidentifiedImageError

    assert source.open is not None
    try:
        with source.open() as file, pillow.open(file, formats=[_FORMATS[source.content_type]]) as image:
            yield image
    except UploadError:
        raise
    except Exception as error:  # Pillow raises many kinds for malformed images
        reason = "" if isinstance(error, UnidentifiedImageError) else f": {error}"  # whose text has no reason
        raise UploadError(
            f"{source.label} cannot be opened as {source.content_type} ({type(error).__name__}{reason}). "
            "Nothing was sent."
        ) from error
