"""The progress of uploads. This module has a sum for several uploads and a progress bar for terminals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..errors import ConfigurationError
from .form import Progress
from .source import Source, release

__all__ = ["UploadStoppedError", "counters", "progress_bar", "until"]


@contextmanager
def progress_bar(description: str = "Uploading") -> Generator[Progress]:
    """Show a progress bar on standard error during the block. The context's value is an `on_progress` function.

    The bar is shown only if standard error is a terminal. Bytes count when they are passed to the network, which is
    shortly before they arrive.

    Raises:
        ConfigurationError: if the package rich is not installed (`pip install 'trustoo[progress]'`).
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


def counters(sizes: Iterable[int], on_progress: Progress | None) -> Callable[[int], Progress | None]:
    """Return a function that maps an upload's number to its callback. Callbacks call `on_progress` with the sums."""
    if on_progress is None:
        return lambda number: None
    return _Sum(sizes, on_progress).of


class _Sum:
    """The sum of the progress of several uploads. Thread-safe."""

    def __init__(self, sizes: Iterable[int], on_progress: Progress) -> None:
        self._on_progress, self._sizes = on_progress, list(sizes)
        self._done: dict[int, int] = {}
        self._lock = threading.Lock()

    def of(self, number: int) -> Progress:
        """Return the callback of one upload. If the upload starts again, its bytes are counted from 0 again."""

        def on_progress(done: int, total: int) -> None:
            with self._lock:
                self._done[number], self._sizes[number] = done, total  # known when the image is prepared
                self._on_progress(sum(self._done.values()), sum(self._sizes))

        return on_progress
