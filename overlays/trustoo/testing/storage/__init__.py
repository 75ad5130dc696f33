"""The object storage that the fake service hands out credentials for.

It is ours: it proves our reading of Alibaba's documents and of others' reports, and not Alibaba OSS.
"""

from .fake import FakeStorage, Upload
from .responses import StorageResponse

__all__ = ["FakeStorage", "StorageResponse", "Upload"]
