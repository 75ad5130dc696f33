"""Token stores in memory and in files, for threads and for asyncio. `protocols` says what a store does."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import threading
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from .._docstrings import same_as
from .._files import retry_permission_error, write_atomic
from ..errors import ConfigurationError
from .errors import StoreConflictError, StoreError
from .protocols import ANY, AsyncTokenStore, Replaces, Stored, TokenStore

__all__ = ["AsyncFileStore", "AsyncMemoryStore", "FileStore", "MemoryStore"]

logger = logging.getLogger("trustoo")
P = ParamSpec("P")
T = TypeVar("T")
LOCK_TIMEOUT = 30.0
"""Seconds to wait for the other processes that change files. A change takes milliseconds."""
THREADS = 8
"""The most threads in which an AsyncFileStore works."""


class MemoryStore(TokenStore):
    """Keeps tokens in memory until the process ends. Thread-safe.

    Example:
        >>> from trustoo.oauth import MemoryStore
        >>> store = MemoryStore()
        >>> version = store.save("kettles.myshopify.com", token.to_json(), replaces=None)
    """

    def __init__(self) -> None:
        self._texts: dict[str, Stored] = {}
        self._leases: dict[tuple[int, str], tuple[str, float]] = {}
        self._guard = threading.Lock()

    def load(self, key: str) -> Stored | None:
        return self._texts.get(key)

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        with self._guard:
            _check_version(key, self._texts.get(key), replaces)
            stored = self._texts[key] = Stored(text, _new_version())
        return stored.version

    def delete(self, key: str) -> None:
        with self._guard:
            self._texts.pop(key, None)

    def keys(self) -> Iterator[str]:
        return iter(list(self._texts))

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        now, name = time.monotonic(), (os.getpid(), key)  # a forked process has none of the owners
        with self._guard:
            holder, until = self._leases.get(name, (owner, 0.0))
            if holder != owner and now < until:
                return False
            self._leases[name] = owner, now + seconds
        return True

    def release(self, key: str, owner: str) -> None:
        name = os.getpid(), key
        with self._guard:
            if self._leases.get(name, ("", 0.0))[0] == owner:
                del self._leases[name]


class FileStore(TokenStore):
    """Keeps each token of one platform in its own file. Threads and processes of one machine may share the store.

    Only the owner can read the directory and its files. Files are replaced atomically. After a crash a file has either
    the previous token or the new token. One file, `.lock`, is locked for the milliseconds of each change. The directory
    must not be on a network file system without working locks.

    Args:
        folder: the directory of the files. The directory is created if it does not exist.

    Raises:
        ConfigurationError: if the package `filelock` is not installed (`pip install "trustoo[oauth]"`).

    Example:
        >>> from trustoo.oauth import FileStore
        >>> store = FileStore("tokens")
        >>> version = store.save("kettles.myshopify.com", token.to_json(), replaces=None)
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            import filelock
        except ImportError as error:
            raise ConfigurationError('FileStore needs the package filelock: pip install "trustoo[oauth]".') from error
        self._filelock, self._folder = filelock, Path(folder)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._folder)!r})"

    def path(self, key: str) -> Path:
        """Return the path of the key's file. The file name is a hash, because not every key is a valid file name.

        Example:
            >>> from trustoo.oauth import FileStore
            >>> FileStore("tokens").path("kettles.myshopify.com").suffix
            '.json'
        """
        return self._folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}.json"

    def load(self, key: str) -> Stored | None:
        found = self._read(self.path(key))
        return None if found is None else found[1]

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version, path = _new_version(), self.path(key)
        content = json.dumps({"key": key, "version": version, "text": text}).encode()
        with self._locked(f"The token of {key!r} cannot be written to {path}"):
            if replaces is not ANY:  # a damaged file can be replaced by a new authorisation
                _check_version(key, self.load(key), replaces)
            write_atomic(path, content)
        return version

    def delete(self, key: str) -> None:
        path = self.path(key)
        with self._locked(f"The token of {key!r} cannot be deleted from {path}"):
            _unlink(path)
            if self._holder(key) is None:
                _unlink(path.with_suffix(".lease"))

    def keys(self) -> Iterator[str]:
        with (
            _oserror_context(f"{self._folder} cannot be read"),
            suppress(FileNotFoundError),
            os.scandir(self._folder) as entries,
        ):
            for entry in entries:
                if entry.name.endswith(".json"):
                    try:
                        found = self._read(Path(entry.path))
                    except StoreError as error:  # one file must not hide all other shops
                        logger.warning("%s", error)
                        continue
                    if found is not None:
                        yield found[0]

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        with self._locked(f"The lease of {key!r} cannot be taken in {self._folder}"):
            if self._holder(key) not in (None, owner):
                return False
            now = time.time()
            lease = json.dumps({"owner": owner, "from": now, "until": now + seconds})
            path = self.path(key).with_suffix(".lease")  # only read under the lock; after a crash it may be lost
            with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(lease)
        return True

    def release(self, key: str, owner: str) -> None:
        with self._locked(f"The lease of {key!r} cannot be released in {self._folder}"):
            if self._holder(key) == owner:
                _unlink(self.path(key).with_suffix(".lease"))

    def _read(self, path: Path) -> tuple[str, Stored] | None:
        """Return the key and the text of a file; None if the file does not exist."""
        with _oserror_context(f"{path} cannot be read"):
            try:
                content = retry_permission_error(path.read_bytes)
            except FileNotFoundError:
                return None
        try:
            found = json.loads(content)
            if "version" in found:
                key, text, version = found["key"], found["text"], found["version"]
            else:  # the first form of these files
                key, text, version = found["key"], json.dumps(found["token"]), hashlib.sha256(content).hexdigest()
            if all(isinstance(part, str) for part in (key, text, version)):
                return key, Stored(text, version)
        except (ValueError, TypeError, KeyError, RecursionError):
            pass  # neither the message nor a cause may quote the content
        raise StoreError(f"{path} is damaged. Delete the file, and let the merchant authorise again.")

    def _holder(self, key: str) -> str | None:
        """Return the owner of the lease; None if nobody has the lease now."""
        try:
            lease = json.loads(retry_permission_error(self.path(key).with_suffix(".lease").read_bytes))
            # The clock may have been set back since, and must not make a lease longer.
            return str(lease["owner"]) if lease["from"] <= time.time() < lease["until"] else None
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    @contextmanager
    def _locked(self, problem: str) -> Iterator[None]:
        with _oserror_context(problem):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._filelock.FileLock(self._folder / ".lock", timeout=LOCK_TIMEOUT, mode=0o600)
            try:
                lock.acquire(poll_interval=0.005)
            except self._filelock.Timeout:
                raise StoreError(f"{problem}: {self._folder} was locked for {LOCK_TIMEOUT:g} s.") from None
            try:
                yield
            finally:
                lock.release()


class _AsyncStore(AsyncTokenStore):
    """The methods of a store as coroutine functions."""

    _store: TokenStore

    @abstractmethod
    async def _call(self, function: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T: ...

    async def load(self, key: str) -> Stored | None:
        return await self._call(self._store.load, key)

    async def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        return await self._call(self._store.save, key, text, replaces=replaces)

    async def delete(self, key: str) -> None:
        await self._call(self._store.delete, key)

    async def keys(self) -> AsyncIterator[str]:
        keys = self._store.keys()
        while several := await self._call(lambda: list(islice(keys, 100))):
            for key in several:
                yield key

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        return await self._call(self._store.lease, key, owner, seconds)

    async def release(self, key: str, owner: str) -> None:
        await self._call(self._store.release, key, owner)


class AsyncMemoryStore(_AsyncStore):
    """`MemoryStore` for asyncio. Two of them share their tokens if they are created with the same `store`.

    Args:
        store: the store with the tokens. Default: a new one.

    Example:
        >>> from trustoo.oauth import AsyncMemoryStore
        >>> store = AsyncMemoryStore()
        >>> version = await store.save("kettles.myshopify.com", token.to_json(), replaces=None)
    """

    def __init__(self, store: MemoryStore | None = None) -> None:
        self._store = MemoryStore() if store is None else store

    async def _call(self, function: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        return function(*args, **named)


class AsyncFileStore(_AsyncStore):
    """`FileStore` for asyncio, with the same files. At most eight threads read and write the files.

    Args:
        folder: the directory of the files. The directory is created if it does not exist.

    Raises:
        ConfigurationError: if the package `filelock` is not installed (`pip install "trustoo[oauth]"`).

    Example:
        >>> from trustoo.oauth import AsyncFileStore
        >>> store = AsyncFileStore("tokens")
        >>> version = await store.save("kettles.myshopify.com", token.to_json(), replaces=None)
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._files = self._store = FileStore(folder)
        self._threads: tuple[int, Any] | None = None

    def __repr__(self) -> str:
        return repr(self._files).replace("FileStore", "AsyncFileStore", 1)

    @same_as(FileStore.path)
    def path(self, key: str) -> Path:
        """Same as `FileStore.path`. It does not wait."""
        return self._files.path(key)

    async def _call(self, function: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        from asyncio import get_running_loop
        from concurrent.futures import ThreadPoolExecutor

        if self._threads is None or self._threads[0] != os.getpid():  # a forked process has none of the threads
            self._threads = os.getpid(), ThreadPoolExecutor(THREADS, "trustoo-tokens")
        return await get_running_loop().run_in_executor(self._threads[1], lambda: function(*args, **named))


def _new_version() -> str:
    return secrets.token_hex(16)


def _check_version(key: str, stored: Stored | None, replaces: Replaces) -> None:
    if replaces is not ANY and replaces != (None if stored is None else stored.version):
        raise StoreConflictError(f"The token of {key!r} was not saved, because the store has another version.")


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError):
        retry_permission_error(path.unlink)


@contextmanager
def _oserror_context(problem: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{problem}: {error.strerror or type(error).__name__}.") from error
