"""Where tokens are kept: in memory, in files that processes share, or wherever a caller's class puts them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

from trustoo_api.errors import DecodeError

from ..errors import ConfigurationError
from .errors import StoreError
from .tokens import Token

__all__ = ["FileStore", "MemoryStore", "TokenStore"]

T = TypeVar("T")
PATIENCE = 60.0
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

    def __init__(self, *, lock_timeout: float = PATIENCE) -> None:
        self._tokens: dict[str, Token] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._patience = lock_timeout

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
        if not lock.acquire(timeout=self._patience):
            raise StoreError(f"The token of {key!r} was locked by another thread for {self._patience:g} s.")
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

    def __init__(self, folder: str | os.PathLike[str], *, lock_timeout: float = PATIENCE) -> None:
        try:
            import filelock
        except ImportError as error:
            raise ConfigurationError('FileStore needs the package filelock: pip install "trustoo[oauth]".') from error
        self._filelock, self._folder, self._patience = filelock, Path(folder), lock_timeout

    def __repr__(self) -> str:
        return f"FileStore({str(self._folder)!r})"

    def path(self, key: str) -> Path:
        """The key's file. A hash is its name: a key may hold what no file name may."""
        return self._folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}.json"

    def load(self, key: str) -> Token | None:
        path = self.path(key)
        with _told(f"The token of {key!r} cannot be read from {path}"):
            try:
                content = _patiently(path.read_bytes)
            except FileNotFoundError:
                return None
            try:
                return Token.from_json(json.dumps(json.loads(content)["token"]))
            except (DecodeError, ValueError, TypeError, KeyError, RecursionError):
                pass
        raise StoreError(f"{path} holds no token: it is damaged, or not ours. Delete it and authorise again.")

    def save(self, key: str, token: Token) -> None:
        path = self.path(key)
        content = json.dumps({"key": key, "token": json.loads(token.to_json())}).encode()
        with _told(f"The token of {key!r} cannot be written to {path}"):
            self._make_folder()
            handle, temporary = tempfile.mkstemp(".tmp", path.stem, self._folder)  # 0600 from the start
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                _patiently(lambda: os.replace(temporary, path))
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)
                raise
            _sync_folder(self._folder)

    def delete(self, key: str) -> None:
        path = self.path(key)
        with _told(f"The token of {key!r} cannot be deleted from {path}"), suppress(FileNotFoundError):
            _patiently(path.unlink)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        path = self.path(key).with_suffix(".lock")
        with _told(f"{path} cannot be locked"):
            self._make_folder()
            # Left in another thread than it was entered in, and kept: a lock file that is deleted guards nothing.
            lock = self._filelock.FileLock(path, timeout=self._patience, thread_local=False, mode=0o600)
            try:
                lock.acquire(poll_interval=0.02)
            except self._filelock.Timeout:
                raise StoreError(
                    f"The token of {key!r} was locked by another process for {self._patience:g} s ({path})."
                ) from None
        try:
            yield
        finally:
            with _told(f"{path} cannot be unlocked"):
                lock.release()

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or type(error).__name__}.") from error


def _patiently(act: Callable[[], T], tries: int = 10) -> T:
    """Windows refuses to touch a file for the moment in which another process reads or replaces it."""
    for _ in range(tries - 1):
        try:
            return act()
        except PermissionError:
            time.sleep(0.02)
    return act()


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where folders can be opened for that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
