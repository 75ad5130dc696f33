"""Files that survive a crash. A file is replaced atomically: a reader sees the old content or the new content."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

__all__ = ["replace_file", "retry_permission_error", "write_atomic"]

T = TypeVar("T")


def write_atomic(path: Path, content: bytes) -> None:
    """Replace the file with a file that has this content and that only its owner can read (mode 0600). Raises OSError.

    After a crash, the file has the old content or the new content. This is also true after a power failure, if the file
    system supports it.
    """
    handle, temporary = tempfile.mkstemp(".tmp", path.name, path.parent)  # 0600 from the start
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        replace_file(Path(temporary), path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def replace_file(temporary: Path, path: Path) -> None:
    """Give a closed file the name `path`, in place of the file that has this name. Raises OSError.

    The content is on the disk before the name changes. Both files are in the same directory.
    """
    with open(temporary, "rb+") as file:  # Windows syncs only files that are open for writing
        os.fsync(file.fileno())
    retry_permission_error(lambda: os.replace(temporary, path))
    _sync_folder(path.parent)


def retry_permission_error(act: Callable[[], T], tries: int = 20) -> T:
    """Return the result of `act`, and retry `act` for a moment after a PermissionError.

    Windows raises this error while another process reads or replaces the file.
    """
    for _ in range(tries - 1):
        try:
            return act()
        except PermissionError:
            time.sleep(0.02)
    return act()


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power failure, if the system can open directories for that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
