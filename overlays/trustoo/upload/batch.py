"""Several uploads: what they share, and their outcomes. The files are taken one by one, when their turn comes."""

from __future__ import annotations

import json
import os
import threading
import traceback
from collections.abc import AsyncIterable, Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, repeat
from typing import Any

from ..errors import TrustooError
from .form import Progress
from .image import ImageFile, UploadedImage, UploadOutcome
from .journal import Journal
from .progress import ProgressSum, UploadProgress, UploadStoppedError
from .source import Source

__all__ = ["Batch", "Upload", "known_sizes"]


@dataclass(eq=False, slots=True)
class Upload:
    """One upload of a batch.

    Attributes:
        stored: the stored image; None until the image is stored.
        key: the key of the image in the journal; None without a journal.
        is_old: whether the journal had the image.
    """

    number: int
    image: ImageFile
    on_progress: UploadProgress | None
    stored: UploadedImage | None = None
    key: str | None = None
    is_old: bool = False


class Batch:
    """The outcomes and the progress of several uploads.

    Args:
        sizes: the sizes of the first files as far as they are known, from `known_sizes`.
        on_progress: the caller's function for the sums.
        on_outcome: the caller's function for each outcome.
        journal: the journal of stored images, if any.
    """

    def __init__(
        self,
        sizes: list[int],
        on_progress: Progress | None,
        on_outcome: Callable[[UploadOutcome], object] | None,
        journal: Journal | None = None,
    ) -> None:
        self.journal = journal
        self._sizes = chain(sizes, repeat(0))
        self._sum = ProgressSum(on_progress, sum(sizes)) if on_progress is not None else None
        self._on_outcome, self._outcomes = on_outcome, dict[int, UploadOutcome]()
        self._taken, self._lock = 0, threading.Lock()

    @property
    def outcomes(self) -> list[UploadOutcome]:
        """The outcomes in the order in which the files were taken."""
        return [self._outcomes[number] for number in sorted(self._outcomes)]

    def take(self, file: Any) -> Upload:
        """Return the upload of the next file."""
        number, size = self._taken, next(self._sizes)
        self._taken += 1
        image = file if isinstance(file, ImageFile) else ImageFile(file)
        return Upload(number, image, None if self._sum is None else UploadProgress(self._sum, size))

    def find(self, upload: Upload, source: Source) -> bool:
        """Return whether the journal has the image, and set the upload's key and stored image."""
        if self.journal is None:
            return False
        upload.key = _key(upload.image, source)
        upload.stored = self.journal.image(upload.key)
        upload.is_old = upload.stored is not None
        return upload.is_old

    def note(self, upload: Upload, source: Source) -> None:
        """Note the stored image in the journal. Raises OSError."""
        if self.journal is not None and upload.key is not None and upload.stored is not None:
            file = upload.image.file
            name = str(file) if isinstance(file, str | os.PathLike) else source.label
            self.journal.note_image(upload.key, name, upload.stored)

    @contextmanager
    def outcome_of(self, upload: Upload) -> Generator[None]:
        """A context for the upload. At its end, the outcome is added. A TrustooError becomes the outcome's error."""
        error = None
        try:
            yield
        except TrustooError as caught:
            error = caught
            _clear_frames(error)
        except UploadStoppedError:
            return  # the error that stopped all uploads is raised instead
        finally:  # also after an OSError of the results file: the image is stored
            if upload.on_progress is not None:
                upload.on_progress.end()
            if upload.stored is not None or error is not None:
                self._add(upload.number, UploadOutcome(upload.image.file, upload.stored, error, upload.is_old))

    def _add(self, number: int, outcome: UploadOutcome) -> None:
        with self._lock:
            self._outcomes[number] = outcome
            if self._on_outcome is not None:
                self._on_outcome(outcome)


def known_sizes(files: Iterable[Any] | AsyncIterable[Any], on_progress: Progress | None) -> list[int]:
    """Return the sizes of the files without opening them, for the total of the progress. Unknown sizes are 0.

    Only the files of a list or tuple can be looked at before their turn.
    """
    if on_progress is None or not isinstance(files, list | tuple):
        return []
    return [_size(file) for file in files]


def _size(file: Any) -> int:
    if isinstance(file, ImageFile):
        return file.size if type(file.size) is int else _size(file.file)
    if isinstance(file, bytes | bytearray | memoryview):
        return memoryview(file).nbytes
    try:
        return os.stat(file).st_size if isinstance(file, str | os.PathLike) else 0
    except (OSError, ValueError):  # the upload reports it
        return 0


def _key(image: ImageFile, source: Source) -> str:
    """Return the key of an image in a journal: a digest of its content, and of the options that change what is stored.

    A renamed file therefore has the same key, and an edited file has another key. Raises UploadError.
    """
    options = [image.strip_metadata, image.max_pixels, image.quality, image.name, dict(image.fields or {})]
    digest = sha256(json.dumps(options, sort_keys=True, default=str).encode())
    for chunk in source.chunks():  # type: ignore[union-attr]  # a source that can be read again is read in threads
        digest.update(chunk)
    return digest.hexdigest()[:24]


def _clear_frames(error: BaseException | None) -> None:
    """Release the files and bytes that the tracebacks of an error hold. The outcomes of a batch can be thousands."""
    seen = list[BaseException]()
    while error is not None and error not in seen:
        traceback.clear_frames(error.__traceback__)
        seen.append(error)
        error = error.__cause__ or error.__context__
