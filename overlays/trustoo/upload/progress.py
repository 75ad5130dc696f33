"""Telling how far uploads are: one figure for several at once, and a bar for terminals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from ..errors import ConfigurationError
from .form import Progress

__all__ = ["Stopped", "counters", "progress_bar", "until"]


@contextmanager
def progress_bar(description: str = "Uploading") -> Generator[Progress]:
    """A bar on standard error for the time of the block, as the `on_progress` of an upload.

    It shows nothing where standard error is no terminal. Bytes count when they are handed to the network, a little
    before they have arrived. Needs `pip install 'trustoo[progress]'`; raises ConfigurationError without.
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


class Stopped(Exception):
    """Another of several uploads brought them all to an end."""


def until(stopped: threading.Event, on_progress: Progress | None) -> Progress:
    """A callback that tells `on_progress`, and ends its upload once `stopped` is set."""

    def told(done: int, total: int) -> None:
        if stopped.is_set():
            raise Stopped
        if on_progress is not None:
            on_progress(done, total)

    return told


def counters(sizes: Iterable[int], on_progress: Progress | None) -> Callable[[int], Progress | None]:
    """Gives the callback of each of several uploads, by its number; together they tell `on_progress`."""
    if on_progress is None:
        return lambda number: None
    return _Sum(sizes, on_progress).of


class _Sum:
    """The progress of several uploads as that of one. Threads may share it."""

    def __init__(self, sizes: Iterable[int], on_progress: Progress) -> None:
        self._on_progress, self._total = on_progress, sum(sizes)
        self._done: dict[int, int] = {}
        self._lock = threading.Lock()

    def of(self, number: int) -> Progress:
        """The callback of one of them; an upload that begins anew takes back what it had counted."""

        def on_progress(done: int, total: int) -> None:
            with self._lock:
                self._done[number] = done
                self._on_progress(sum(self._done.values()), self._total)

        return on_progress
