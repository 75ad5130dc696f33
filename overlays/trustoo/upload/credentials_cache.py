"""Credentials that several uploads share: fetched once, used as long as they are good, renewed once for all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

from trustoo_api.models import ImageUploadCredentials

from ..errors import ConfigurationError, TrustooError, UnauthenticatedError
from .execute import CachedCredentials

__all__ = ["UploadCredentialsCache"]


class UploadCredentialsCache:
    """What is kept, and the locks under which it is looked at: one for threads, one for asyncio.

    Args:
        credentials: the caller's, if any.
    """

    def __init__(self, credentials: ImageUploadCredentials | None = None) -> None:
        self._credentials = credentials
        self._hopeless: TrustooError | None = None
        self.lock, self.async_lock = threading.Lock(), asyncio.Lock()

    def kept(self, rejected: ImageUploadCredentials | None) -> CachedCredentials | None:
        """What is kept, unless it is what was rejected; None: fetch some.

        Raises what fetching raised before where trying again would be in vain, so that a thousand images with a wrong
        token do not make a thousand calls.
        """
        if self._hopeless is not None:
            raise self._hopeless
        if self._credentials is None or self._credentials is rejected:
            return None
        return CachedCredentials(self._credentials, kept=True)

    def took(self, credentials: ImageUploadCredentials) -> CachedCredentials:
        """Keep what was just fetched."""
        self._credentials = credentials
        return CachedCredentials(credentials, kept=False)

    @contextmanager
    def fetching(self) -> Generator[None]:
        """Around a fetch: remembers that it was hopeless."""
        try:
            yield
        except (ConfigurationError, UnauthenticatedError) as error:
            self._hopeless = error
            raise
