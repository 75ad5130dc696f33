"""Uploads images to the object storage of Trustoo. Images are streamed and checked. `shop.media` has the methods.

The storage is Alibaba OSS. The rules for its forms come from Alibaba's documentation and from reports of other users.
None of these rules was tried with the real service.
"""

from .image import ImageFile, UploadedImage, UploadOutcome
from .journal import Journal
from .media import AsyncMedia, Media
from .prepare import check_image
from .progress import progress_bar
from .rules import StorageRules

__all__ = [
    "AsyncMedia",
    "ImageFile",
    "Journal",
    "Media",
    "StorageRules",
    "UploadOutcome",
    "UploadedImage",
    "check_image",
    "progress_bar",
]
