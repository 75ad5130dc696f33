"""Token stores. A store keeps tokens in memory, in files that processes share, or as your own class decides."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from .._files import retry_permission_error, write_atomic
from ..errors import ConfigurationError
from .errors import StoreError
from .tokens import Token

__all__ = ["FileStore", "MemoryStore", "TokenStore"]

LOCK_TIMEOUT = 60.0
"""Seconds to wait for a lock. A refresh is one call, which takes less time."""


class TokenStore(Protocol):
    """Keeps tokens under the keys of shops. Methods may block, because `AsyncPlatform` calls them in worker threads.

    Processes that share a store, such as a database, must also share its `lock`. The lock prevents two processes from
    using the same refresh token. A method that fails raises StoreError.
    """

    def load(self, key: str) -> Token | None:
        """Return the token that was saved last; None if there is no token."""
        ...

    def save(self, key: str, token: Token) -> None:
        """Save the token atomically. After a crash the store has either this token or the previous token."""
        ...

    def delete(self, key: str) -> None:
        """Delete the token if the store has it."""
        ...

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Return a lock for one holder at a time. The lock may be entered and left in different threads.

        Entering raises StoreError if the lock is not free in time.
        """
        ...


class MemoryStore:
    """Keeps tokens in memory until the process ends.

    Args:
        lock_timeout: seconds to wait while another thread refreshes the token.
    """

    def __init__(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self._tokens: dict[str, Token] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._lock_timeout = lock_timeout

    def load(self, key: str) -> Token | None:
        return self._tokens.get(key)

    def save(self, key: str, token: Token) -> None:
        self._tokens[key] = token

    def delete(self, key: str) -> None:
        self._tokens.pop(key, None)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks[key]
        if not lock.acquire(timeout=self._lock_timeout):
            raise StoreError(f"The token of {key!r} was locked by another thread for {self._lock_timeout:g} s.")
        try:
            yield
        finally:
            lock.release()


class FileStore:
    """Keeps each token of one platform in its own file. Threads and processes of one machine may share the store.

    Only the owner can read the directory and its files. Files are replaced atomically. After a crash a file has either
    the previous token or the new token. The directory must not be on a network file system without working locks.

    Args:
        folder: the directory of the files. The directory is created if it does not exist.
        lock_timeout: seconds to wait while another process refreshes the token.

    Raises:
        ConfigurationError: if the package `filelock` is not installed (`pip install "trustoo[oauth]"`).
    """

    def __init__(self, folder: str | os.PathLike[str], *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        try:
            import filelock
        except ImportError as error:
            raise ConfigurationError('FileStore needs the package filelock: pip install "trustoo[oauth]".') from error
        self._filelock, self._folder, self._lock_timeout = filelock, Path(folder), lock_timeout

    def __repr__(self) -> str:
        return f"FileStore({str(self._folder)!r})"

    def path(self, key: str) -> Path:
        """Return the path of the key's file. The file name is a hash, because not every key is a valid file name."""
        return self._folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}.json"

    def load(self, key: str) -> Token | None:
        path = self.path(key)
        with oserror_context(f"The token of {key!r} cannot be read from {path}"):
            try:
                content = retry_permission_error(path.read_bytes)
            except FileNotFoundError:
                return None
            try:
                return Token.from_json(json.dumps(json.loads(content)["token"]))
            except (StoreError, ValueError, TypeError, KeyError, RecursionError):
                pass
        raise StoreError(
            f"{path} is damaged or does not hold a token. Delete the file, and let the merchant authorise again."
        )

    def save(self, key: str, token: Token) -> None:
        path = self.path(key)
        content = json.dumps({"key": key, "token": json.loads(token.to_json())}).encode()
        with oserror_context(f"The token of {key!r} cannot be written to {path}"):
            self._make_folder()
            write_atomic(path, content)

    def delete(self, key: str) -> None:
        path = self.path(key)
        with oserror_context(f"The token of {key!r} cannot be deleted from {path}"), suppress(FileNotFoundError):
            retry_permission_error(path.unlink)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        path = self.path(key).with_suffix(".lock")
        with oserror_context(f"{path} cannot be locked"):
            self._make_folder()
            # The lock may be left in another thread. The file stays, because deleting it would break the lock.
            lock = self._filelock.FileLock(path, timeout=self._lock_timeout, thread_local=False, mode=0o600)
            try:
                lock.acquire(poll_interval=0.02)
            except self._filelock.Timeout:
                raise StoreError(
                    f"The token of {key!r} was locked by another process for {self._lock_timeout:g} s ({path})."
                ) from None
        try:
            yield
        finally:
            with oserror_context(f"{path} cannot be unlocked"):
                lock.release()

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def oserror_context(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or type(error).__name__}.") from error
