"""Where tokens are kept: in memory, in files that processes share, or wherever a caller's class puts them."""

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

from trustoo_api.errors import ResponseDecodeError

from .._files import retry_permission_error, write_atomic
from ..errors import ConfigurationError
from .errors import StoreError
from .tokens import Token

__all__ = ["FileStore", "MemoryStore", "TokenStore"]

LOCK_TIMEOUT = 60.0
"""Seconds to wait for a lock: longer than a renewal may take, which is one call."""


class TokenStore(Protocol):
    """Keeps tokens by key. Its methods may block; for asyncio they are called in threads of their own.

    A store that processes share (a database, say) must give a `lock` that they share, too: that is what keeps
    two of them from using up one refresh token. Let its failures be StoreError.
    """

    def load(self, key: str) -> Token | None:
        """The token that was saved last; None where there is none."""
        ...

    def save(self, key: str, token: Token) -> None:
        """Keep the token. All of it or, after a crash, the one before."""
        ...

    def delete(self, key: str) -> None:
        """Forget the token, if there is one."""
        ...

    def lock(self, key: str) -> AbstractContextManager[object]:
        """For one holder at a time. It is entered and left in different threads. StoreError: not free in time."""
        ...


class MemoryStore:
    """Keeps tokens as long as the process lives."""

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
    """Keeps each token in a file of its own, for one platform. Threads and processes of one machine may share it.

    The folder is made readable by its owner only, and so is each file. A file is replaced as a whole: a crash leaves
    the token before or the one after. Network file systems whose locks do not work are no place for it.

    Args:
        folder: where the files are; it is made when it is missing.
        lock_timeout: seconds to wait for another process's renewal.

    Raises:
        ConfigurationError: the package `filelock` is missing (`pip install "trustoo[oauth]"`).
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
        """The key's file. A hash is its name: a key may hold what no file name may."""
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
            except (ResponseDecodeError, ValueError, TypeError, KeyError, RecursionError):
                pass
        raise StoreError(f"{path} holds no token: it is damaged, or not ours. Delete it and authorise again.")

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
            # Left in another thread than it was entered in, and kept: a lock file that is deleted guards nothing.
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
