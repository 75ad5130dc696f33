"""The results file of uploads and imports: a journal that a later run reads, so that nothing is done twice."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from copy import copy
from dataclasses import asdict
from types import TracebackType
from typing import IO, Any

from ..errors import ConfigurationError
from .image import UploadedImage

__all__ = ["STATUSES", "Journal", "open_journal"]

STORED = "stored"
STATUSES = ("sending", "created", "existing", "failed", "unknown", "pending", STORED)
"""The statuses in results files: the last one is for images, the others are for the reviews of an import."""


class Journal:
    """A results file: JSON Lines with a key and a status each. The last line of a key counts.

    `upload_images(results=...)` takes the path of such a file, or a `Journal` that several calls share. Thread-safe.
    Only one process at a time can open the file. A process that was killed can leave an incomplete last line, which is
    removed.

    Args:
        path: the file. It is created if it does not exist.

    Attributes:
        path: the file.
        status: the last status of each key.
        lines: the last line of each key, except lines of images.
        images: the stored images by their keys.

    Raises:
        ConfigurationError: if the file has other content, is not a regular file, or if another process uses it.
        OSError: if the file cannot be read or written.

    Example:
        >>> from trustoo.upload import Journal
        >>> with Journal("uploads.jsonl") as journal:
        ...     outcomes = shop.media.upload_images(["kettle.jpg"], results=journal)
        ...     print(list(journal.status.values()))
        ['stored']
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.status: dict[str, str] = {}
        self.lines: dict[str, Mapping[str, Any]] = {}
        self.images: dict[str, UploadedImage] = {}
        self._lock = threading.Lock()
        self._prefix, self._about = "", dict[str, Any]()
        self._file = open(path, "a+b", buffering=0)  # noqa: SIM115  # closed by `close`
        try:
            if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
                raise ConfigurationError(f"{self.path} is not a regular file. Give another file for the results.")
            if not _locked(self._file):
                raise ConfigurationError(f"{self.path} is in use by another run of trustoo. Wait until it has ended.")
            self._read()
        except BaseException:
            self._file.close()
            raise

    @staticmethod
    def last_lines(path: str | os.PathLike[str]) -> dict[str, Mapping[str, Any]]:
        """Return the last line of each key, except lines of images. Nothing is written, and a run may use the file.

        Args:
            path: the file.

        Raises:
            ConfigurationError: if the file has other content.
            OSError: if the file cannot be read.

        Example:
            >>> from trustoo.upload import Journal
            >>> with Journal("uploads.jsonl") as journal:
            ...     journal.note("row 1", "created", id="1003")
            >>> Journal.last_lines("uploads.jsonl")["row 1"]["id"]
            '1003'
        """
        with open(path, "rb") as file:
            content = file.read()
        return {entry["key"]: entry for entry, image, _ in _entries(content, os.fspath(path)) if image is None}

    def _read(self) -> None:
        self._file.seek(0)
        content, end = self._file.read(), 0
        for entry, image, end in _entries(content, self.path):  # noqa: B007  # the last end counts
            self._keep(entry, image)
        if end < len(content):
            self._file.truncate(end)
        elif content and not content.endswith(b"\n"):  # an editor removed the last line break
            self._append(b"\n")

    def _keep(self, entry: Mapping[str, Any], image: UploadedImage | None) -> None:
        self.status[entry["key"]] = entry["status"]
        if image is None:
            self.lines[entry["key"]] = entry
        else:
            self.images[entry["key"]] = image

    def under(self, key: str, **about: Any) -> Journal:
        """Return a view of the journal for what belongs to `key`: its keys begin with `key`.

        Args:
            key: the beginning of the keys.
            about: members of each line that is written through the view.

        Example:
            >>> from trustoo.upload import Journal
            >>> with Journal("uploads.jsonl") as journal:
            ...     journal.under("row 1", file="reviews.csv").note("photo 1", "failed")
            ...     print(journal.status)
            {'row 1/photo 1': 'failed'}
        """
        view = copy(self)
        view._prefix, view._about = f"{self._prefix}{key}/", {**self._about, **about}
        return view

    def note(self, key: str, status: str, **about: Any) -> None:
        """Append the status of a key. It is on the disk when this method returns.

        Args:
            key: the key.
            status: the status, such as "created".
            about: other members of the line. Those that are None are left out.

        Raises:
            OSError: if the line cannot be written. The file then ends with the line before it.

        Example:
            >>> from trustoo.upload import Journal
            >>> with Journal("uploads.jsonl") as journal:
            ...     journal.note("row 1", "created", id="1003")
            ...     print(journal.status["row 1"])
            created
        """
        given = {name: value for name, value in {**self._about, **about}.items() if value is not None}
        entry = {**given, "status": status, "key": self._prefix + key}
        with self._lock:
            self._append(json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
            self._keep(entry, _image(entry))

    def _append(self, line: bytes) -> None:
        end = self._file.seek(0, os.SEEK_END)
        try:
            left = memoryview(line)
            while left:  # a full disk may take a part of the line
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(end)
            error.filename = self.path
            raise

    def image(self, key: str) -> UploadedImage | None:
        """Return the image that was stored under a key; None if there is none.

        Args:
            key: the key that was passed to `note_image`.

        Example:
            >>> from trustoo.upload import Journal
            >>> with Journal("uploads.jsonl") as journal:
            ...     print(journal.image("photo 1"))
            None
        """
        return self.images.get(self._prefix + key)

    def note_image(self, key: str, file: str, image: UploadedImage) -> None:
        """Note a stored image as `note` does.

        Args:
            key: the key.
            file: the name of the image for people.
            image: the stored image.

        Raises:
            OSError: if the line cannot be written.

        Example:
            >>> from trustoo.upload import Journal
            >>> with Journal("uploads.jsonl") as journal:
            ...     journal.note_image("photo 1", "kettle.jpg", image)
            ...     print(journal.image("photo 1") == image)
            True
        """
        self.note(key, STORED, file=file, image=asdict(image))

    def close(self) -> None:
        """Close the file. A note that another thread is writing is completed first.

        Leaving a `with` block calls this method.

        Example:
            >>> from trustoo.upload import Journal
            >>> journal = Journal("uploads.jsonl")
            >>> journal.close()
        """
        with self._lock:
            self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_journal(results: str | os.PathLike[str] | Journal | None) -> AbstractContextManager[Journal | None]:
    """Return a context with the journal. A journal that the caller opened stays open."""
    return nullcontext(results) if results is None or isinstance(results, Journal) else Journal(results)


def _entries(content: bytes, path: str) -> Iterator[tuple[dict[str, Any], UploadedImage | None, int]]:
    """Each line, its image, and the position after it, without an incomplete last line. Raises ConfigurationError."""
    lines = content.split(b"\n")
    end = 0
    for number, line in enumerate(lines, 1):
        is_last = number == len(lines)
        if is_last and not line:
            return
        try:
            entry = json.loads(line)
            if entry["status"] not in STATUSES or not isinstance(entry["key"], str):
                raise ValueError(entry["status"])
            image = _image(entry)
        except (ValueError, KeyError, TypeError) as error:
            if is_last and _is_incomplete(line, error):
                return
            raise ConfigurationError(
                f"{path} is not a results file: line {number} has no key with a known status. Give another file for "
                "the results."
            ) from error
        end += len(line) + (not is_last)
        yield entry, image, end


def _image(entry: Mapping[str, Any]) -> UploadedImage | None:
    return UploadedImage(**entry["image"]) if entry["status"] == STORED else None


def _is_incomplete(line: bytes, error: Exception) -> bool:
    """Whether a line without a line break is the rest of a run that was killed, or of a machine that lost its power."""
    return isinstance(error, ValueError) and (b'{"'.startswith(line[:2]) or not line.strip(b"\0"))


def _locked(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed. Return False if it is locked already. A killed process leaves no lock."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0x3FFFFFFF)  # beyond the content, because other programs cannot read locked bytes
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
