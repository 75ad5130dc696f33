"""Files that survive a crash: replaced atomically, so that a reader finds the old content or the new one."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

__all__ = ["retry_permission_error", "write_atomic"]

T = TypeVar("T")


def write_atomic(path: Path, content: bytes) -> None:
    """Replace the file by one with this content, readable by its owner only (mode 0600). Raises OSError.

    After a crash, or a power failure where the file system allows it, the file holds the old content or the new one.
    """
    handle, temporary = tempfile.mkstemp(".tmp", path.name, path.parent)  # 0600 from the start
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        retry_permission_error(lambda: os.replace(temporary, path))
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def retry_permission_error(act: Callable[[], T], tries: int = 20) -> T:
    """What `act` returns. Windows refuses access to a file while another process reads or replaces it; so that is
    tried again for a moment."""
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
