"""Files that outlive a killed process: written as a whole, or line by line, by one process at a time."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import typer

from ..errors import ConfigurationError

__all__ = ["alone", "beside", "told", "write_whole"]


def beside(path: Path, ending: str) -> Path:
    """The file of the same name with `ending` after it."""
    return path.with_name(path.name + ending)


def write_whole(path: Path, content: bytes) -> None:
    """Replace the file by one with this content: after a crash it is the one before or the one after.

    Raises OSError.
    """
    handle, temporary = tempfile.mkstemp(".tmp", path.name, path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _replace(temporary: str, path: Path, tries: int = 20) -> None:
    for number in range(tries):
        try:
            os.replace(temporary, path)
            return
        except PermissionError:  # Windows, for the moment in which a virus scanner reads the old file
            if number == tries - 1:
                raise
            time.sleep(0.02)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """For the time of the block no other process works with `path`. Raises ConfigurationError."""
    # Not beside `path`: a lock file has to stay, since one that is deleted guards nothing.
    folder = Path(typer.get_app_dir("trustoo")) / "locks"
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass")).hexdigest()
    with told(folder):
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
def told(path: Path) -> Iterator[None]:
    """What goes wrong with the file is a ConfigurationError that names it."""
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigurationError(f"{error.filename or path}: {error.strerror or type(error).__name__}.") from error
