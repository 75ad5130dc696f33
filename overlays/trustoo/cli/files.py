"""Files of the command line: used by one process at a time, with errors that name the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import typer

from ..errors import ConfigurationError

__all__ = ["exclusive", "oserror_context", "sibling"]


def sibling(path: Path, ending: str) -> Path:
    """The file of the same name with `ending` after it."""
    return path.with_name(path.name + ending)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """For the time of the block no other process works with `path`. Raises ConfigurationError."""
    # Not beside `path`: a lock file has to stay, since one that is deleted guards nothing.
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
    """What goes wrong with the file is a ConfigurationError that names it."""
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigurationError(f"{error.filename or path}: {error.strerror or type(error).__name__}.") from error
