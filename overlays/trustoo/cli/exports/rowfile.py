"""An export to a file that has rows only. The file is replaced as a whole, so it is either as before or complete."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..._files import replace_file
from ...errors import ConfigurationError
from ..files import sibling
from .formats import FileOptions
from .layout import Layout
from .store import Changes, Store
from .writers import FileWriter

__all__ = ["RowFile", "replacing"]


class RowFile:
    """A file that is written from the rows of the state.

    The state commits the rows, and then the file is replaced. If a run was killed between the two, the next run writes
    the file. The state has the digest of the file, so that a file which was edited is never overwritten.

    Args:
        file: the file.
        layout: the columns.
        options: how the file is written.
        store: the state.
        write: the function that writes the format.

    Raises:
        ConfigurationError: if the file was edited, moved, or is not an export.
    """

    def __init__(self, file: Path, layout: Layout, options: FileOptions, store: Store, write: FileWriter) -> None:
        self._file, self._store, self._write = file, store, write
        self._options = FileOptions(options.raw, options.bom if store["bom"] is None else store["bom"])
        self._layout = layout.following(store["columns"] or ())
        self._verify()

    @property
    def options(self) -> dict[str, object] | None:
        """The options of the first export. None if there was no export yet."""
        found: dict[str, object] | None = self._store["options"]
        return None if self._store["file"] is None else found

    @property
    def is_behind(self) -> bool:
        """Whether the file lacks rows of the state, or columns of the OpenAPI spec."""
        store = self._store
        return store["owed"] is not None or (store["columns"] or []) != self._layout.described

    def known(self) -> Iterator[tuple[str, str]] | None:
        """None: the state has the rows of the file."""
        return None

    def write(self, changes: Changes, options: dict[str, object]) -> None:
        """Commit the changes to the state, and replace the file."""
        store = self._store
        with store.transaction():
            counts = zip(store["owed"] or (0, 0, 0), (changes.new, changes.changed, changes.gone), strict=True)
            store["options"], store["bom"], store["owed"] = options, self._options.bom, [*map(sum, counts)]
            store.merge(delete=bool(changes.gone))
        with replacing(self._file) as temporary:
            self._write(store.records(), temporary, self._layout, self._options)
            store["next"] = _mark(temporary)
            store.sync()
            self._verify()  # somebody may have edited the file during the run
        with store.transaction():
            store["file"], store["columns"], store["owed"] = store["next"], self._layout.described, None

    def close(self) -> None:
        """Nothing is left open."""

    def _verify(self) -> None:
        file, store = self._file, self._store
        found, known = _mark(file), store["file"]
        if found is not None and found == store["next"]:
            store["file"] = found
            return
        if found == known:
            return
        if known is None and found == _EMPTY:
            return
        if known is None:
            raise ConfigurationError(
                f"{file} exists, but not as an export: {store.file.name} does not have it. "
                "Give another name, or move the file away."
            )
        if found is None:
            raise ConfigurationError(
                f"{file} does not exist, but {store.file.name} does. "
                f"Move {store.file.name} away to export all reviews again."
            )
        raise ConfigurationError(
            f"{file} was changed after the export, so no reviews can be added to it. It was left as it is. "
            f"Export to another file, or move {file} and {store.file.name} away."
        )


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yields the path of a new file that replaces `file` after the block. After an error, it is deleted.

    A kill can leave the new file, whose name is that of `file` with the suffix ".tmp". The next run overwrites it.
    """
    temporary = sibling(file, ".tmp")
    try:
        yield temporary
        with suppress(FileNotFoundError):
            shutil.copymode(file, temporary)
        replace_file(temporary, file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _mark(file: Path) -> str | None:
    """The digest of a file's content. None if there is no file."""
    try:
        with open(file, "rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        return None


_EMPTY = hashlib.sha256().hexdigest()
