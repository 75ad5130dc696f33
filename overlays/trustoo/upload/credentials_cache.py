"""Upload credentials that several uploads share. The credentials are fetched once, and again when they expire."""

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
    """The current upload credentials, and the locks for reading them. One lock is for threads, the other for asyncio.

    Args:
        credentials: the caller's credentials, if any.
    """

    def __init__(self, credentials: ImageUploadCredentials | None = None) -> None:
        self._credentials = credentials
        self._fatal_error: TrustooError | None = None
        self.lock, self.async_lock = threading.Lock(), asyncio.Lock()

    def get(self, rejected: ImageUploadCredentials | None) -> CachedCredentials | None:
        """Return the cached credentials, or None if new credentials must be fetched.

        The cached credentials are not returned if they are the rejected credentials.

        Raises the error of an earlier fetch if another fetch would also fail. A thousand images with a wrong token
        therefore do not make a thousand calls.
        """
        if self._fatal_error is not None:
            raise self._fatal_error.with_traceback(None)  # it would grow with each raise
        if self._credentials is None or self._credentials is rejected:
            return None
        return CachedCredentials(self._credentials, reused=True)

    def put(self, credentials: ImageUploadCredentials) -> CachedCredentials:
        """Cache credentials that were just fetched, and return them."""
        self._credentials = credentials
        return CachedCredentials(credentials, reused=False)

    @contextmanager
    def fetching(self) -> Generator[None]:
        """A context that surrounds a fetch and remembers errors that another fetch would raise again."""
        try:
            yield
        except (ConfigurationError, UnauthenticatedError) as error:
            self._fatal_error = error
            raise
