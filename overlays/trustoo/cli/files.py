"""Files of the command line. Only one process at a time uses a file, and error messages contain the file's name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import typer

from ..errors import ConfigurationError

__all__ = ["exclusive", "oserror_context", "sibling"]


def sibling(path: Path, suffix: str) -> Path:
    """The path in the same directory with `suffix` after the name of `path`."""
    return path.with_name(path.name + suffix)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Lock `path` while the block runs. Raises ConfigurationError if another process holds the lock."""
    # Not in the directory of `path`: a lock file has to stay, because a deleted lock file locks nothing.
    folder = Path(typer.get_app_dir("trustoo")) / "locks"
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass")).hexdigest()
    with oserror_context(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / f"{name}.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise ConfigurationError(f"{path} is in use by another trustoo command.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def oserror_context(path: Path) -> Iterator[None]:
    """Turn OSErrors of the block into ConfigurationErrors with the file's name, except errors of broken pipes."""
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigurationError(f"{error.filename or path}: {error.strerror or type(error).__name__}.") from error
