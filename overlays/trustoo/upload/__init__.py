"""trustoo.upload: images straight to the object storage, streamed and checked; `shop.media` is where it is called.

The storage is Alibaba OSS. What it asks of a form is documented by Alibaba and by those who found its limits; none of
it could be tried against the real service.
"""

from .image import ImageFile, UploadedImage, UploadOutcome, check_image
from .media import AsyncMedia, Media
from .progress import progress_bar
from .rules import StorageRules

__all__ = [
    "AsyncMedia",
    "ImageFile",
    "Media",
    "StorageRules",
    "UploadOutcome",
    "UploadedImage",
    "check_image",
    "progress_bar",
]
