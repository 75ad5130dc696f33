"""Files of the command line. Only one process at a time uses a file, and error messages contain the file's name."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ..errors import ConfigurationError, TrustooError

__all__ = ["OUT_OF_SPACE", "exclusive", "oserror_context", "sibling"]

OUT_OF_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""The errors of a disk that is full, of a quota that is used up, and of a file that may not become larger."""


def sibling(path: Path, suffix: str) -> Path:
    """The path in the same directory with `suffix` after the name of `path`."""
    return path.with_name(path.name + suffix)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Lock `path` while the block runs. Raises ConfigurationError if another process holds the lock.

    The lock file has the name of `path` with the suffix ".lock". It stays, because a deleted lock file locks nothing.
    """
    lock = filelock.FileLock(sibling(path, ".lock"), timeout=0)
    with oserror_context(path):
        path.parent.stat()  # filelock would make a folder that does not exist
        try:
            lock.acquire()
        except filelock.Timeout:
            raise ConfigurationError(f"{path} is in use by another trustoo command. Wait until it has ended.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def oserror_context(path: Path) -> Iterator[None]:
    """Turn OSErrors of the block into errors with the file's name, except errors of broken pipes.

    A full disk is a TrustooError, because running the command again helps. Other errors are ConfigurationErrors.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        sentence = f"{path}: {error.strerror or type(error).__name__}."
        if error.errno in OUT_OF_SPACE:
            raise TrustooError(f"{sentence} Free space, and run the command again to continue.") from error
        raise ConfigurationError(sentence) from error
