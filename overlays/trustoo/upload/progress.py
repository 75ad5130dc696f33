"""The progress of uploads. This module has a sum for several uploads and a progress bar for terminals."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..errors import ConfigurationError
from .form import Progress
from .source import Source, release

__all__ = ["ProgressSum", "UploadProgress", "UploadStoppedError", "progress_bar", "until"]


@contextmanager
def progress_bar(description: str = "Uploading") -> Generator[Progress]:
    """Show a progress bar on standard error during the block. The context's value is an `on_progress` function.

    The bar is shown only if standard error is a terminal. Bytes count when they are passed to the network, which is
    shortly before they arrive.

    Args:
        description: the text before the bar.

    Yields:
        The function for `on_progress`.

    Raises:
        ConfigurationError: if the package rich is not installed (`pip install 'trustoo[progress]'`).

    Example:
        >>> from trustoo.upload import progress_bar
        >>> with progress_bar("Kettle") as on_progress:
        ...     image = shop.media.upload_image("kettle.jpg", on_progress=on_progress)
    """
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Bars
    except ImportError as error:
        raise ConfigurationError("A progress bar needs the package rich: pip install 'trustoo[progress]'.") from error
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), DownloadColumn()),
        *(TransferSpeedColumn(), TimeRemainingColumn()),
    )
    with Bars(*columns, console=console) as bars:
        bar = bars.add_task(description, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


class UploadStoppedError(Exception):
    """An error in another upload ended all uploads."""


def until(stopped: threading.Event, source: Source) -> Source:
    """Return the source with chunks that end its upload when `stopped` is set."""

    def chunks() -> Iterator[bytes]:
        original = source.chunks()
        assert isinstance(original, Iterator)
        try:
            for chunk in original:
                if stopped.is_set():
                    raise UploadStoppedError
                yield chunk
        finally:
            release(original)

    return replace(source, chunks=chunks)


class ProgressSum:
    """The sum of the progress of several uploads. Thread-safe. It keeps nothing of uploads that have ended.

    Args:
        on_progress: the caller's function, which is called with the sums.
        total: the sum of the sizes that are known before the first upload begins.
    """

    def __init__(self, on_progress: Progress, total: int = 0) -> None:
        self._on_progress, self._done, self._total = on_progress, 0, total
        self._lock = threading.Lock()

    def add(self, done: int, total: int, *, report: bool) -> None:
        """Add to the sums, and report them to the caller's function."""
        with self._lock:
            self._done, self._total = self._done + done, self._total + total
            if report:
                self._on_progress(self._done, self._total)


class UploadProgress:
    """The progress of one of several uploads. If the upload starts again, its bytes are counted from 0 again."""

    def __init__(self, all_uploads: ProgressSum, size: int) -> None:
        self._all, self._done, self._size = all_uploads, 0, size

    def __call__(self, done: int, size: int) -> None:
        before, self._done, self._size = (self._done, self._size), done, size  # known when the image is prepared
        self._all.add(done - before[0], size - before[1], report=True)

    def end(self) -> None:
        """Take the bytes that were not sent out of the total. The upload failed or was not necessary."""
        self._all.add(0, self._done - self._size, report=False)
        self._size = self._done
