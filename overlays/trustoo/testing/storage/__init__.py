"""The object storage that the fake service hands out credentials for.

It is ours: it proves our reading of Alibaba's documents and of others' reports, and not Alibaba OSS.
"""

from .answers import StorageAnswer
from .fake import FakeStorage, Upload

__all__ = ["FakeStorage", "StorageAnswer", "Upload"]
