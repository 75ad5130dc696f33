"""The bar of a terminal shows how far an upload is, is silent elsewhere, and says what it needs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import trustoo.upload.progress
from trustoo import ConfigurationError
from trustoo.upload import progress_bar
from trustoo.upload.progress import ProgressSum, UploadProgress, UploadStoppedError, until
from trustoo.upload.source import read_source

from contract_tests.support.interleaving import interleavings
from tests.upload.conftest import PNG, Storage, api, run


@pytest.fixture(autouse=True)
def _a_known_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def test_a_terminal_shows_the_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("EXAMPLE text") as on_progress:
        on_progress(512_000, 2_048_000)
        on_progress(2_048_000, 2_048_000)
    out, err = capsys.readouterr()
    assert out == ""
    assert "EXAMPLE text" in err
    assert "2.0/2.0 MB" in err


def test_the_bar_has_a_default_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar() as on_progress:
        run("upload_image", api(), Storage(), PNG, on_progress=on_progress)
    err = capsys.readouterr().err
    assert "Uploading" in err
    assert f"{len(PNG)}/{len(PNG)} bytes" in err


def test_nothing_is_shown_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as on_progress:
        run("upload_image", api(), Storage(), PNG, on_progress=on_progress)
    assert capsys.readouterr() == ("", "")


def test_the_bar_ends_with_its_block_even_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    before = set(threading.enumerate())

    def fails() -> None:
        with progress_bar() as on_progress:
            on_progress(1, 2)
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fails()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("name", ["rich.console", "rich.progress"])
def test_without_rich_the_error_names_the_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with (
        pytest.raises(ConfigurationError, match=r"needs the package rich: pip install 'trustoo\[progress\]'") as caught,
        progress_bar(),
    ):
        pytest.fail("there is no bar")
    assert isinstance(caught.value.__cause__, ImportError)


def test_the_chunks_of_a_stopped_upload_are_closed_also_if_somebody_keeps_them() -> None:
    stopped, kept = threading.Event(), list[Iterator[bytes]]()
    closed = threading.Event()

    def chunks() -> Iterator[bytes]:
        try:
            yield b"first"
            yield b"second"
        finally:
            closed.set()

    kept.append(chunks())
    left = until(stopped, replace(read_source(PNG), chunks=lambda: kept[0])).chunks()
    assert isinstance(left, Iterator)
    assert next(left) == b"first"
    stopped.set()
    with pytest.raises(UploadStoppedError):
        next(left)
    assert closed.is_set()


def test_the_sum_counts_the_progress_of_each_upload() -> None:
    noted: list[tuple[int, int]] = []
    total = ProgressSum(lambda *seen: noted.append(seen), 30)
    first, second, third = (UploadProgress(total, size) for size in (10, 20, 0))
    first(4, 10)
    second(20, 20)
    first(2, 10)
    first(10, 10)
    third(3, 5)
    assert noted == [(4, 30), (24, 30), (22, 30), (30, 30), (33, 35)]
    third.end()
    third.end()
    first.end()
    first(10, 10)
    assert noted[-1] == (33, 33)


def test_callbacks_of_threads_run_one_after_the_other() -> None:
    noted: list[int] = []
    inside = threading.Lock()

    def once_at_a_time(done: int, total: int) -> None:
        assert inside.acquire(blocking=False)
        noted.append(done)
        inside.release()

    total = ProgressSum(once_at_a_time, 4000)

    def work() -> None:
        on_progress = UploadProgress(total, 1000)
        for done in range(1, 1001):
            on_progress(done, 1000)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(noted) == 4000
    assert noted == sorted(noted)
    assert noted[-1] == 4000


def test_a_source_ends_its_upload_after_all_were_stopped() -> None:
    stopped, closed = threading.Event(), list[bool]()

    def chunks() -> Iterator[bytes]:
        try:
            yield from (PNG, b"a", b"b")
        finally:
            closed.append(True)

    read = until(stopped, replace(read_source([PNG]), chunks=chunks)).chunks()
    assert isinstance(read, Iterator)
    assert next(read) == PNG
    stopped.set()
    with pytest.raises(UploadStoppedError):
        next(read)
    assert closed == [True]


def test_two_parts_of_a_sum_are_both_counted() -> None:
    seen = list[tuple[int, int]]()

    def prepare() -> tuple[Callable[[], None], Callable[[], None]]:
        seen.append((0, 0))
        whole = ProgressSum(lambda done, total: seen.append((done, total)))
        return (lambda: whole.add(1, 10, report=True),) * 2

    for _ in interleavings(prepare, trustoo.upload.progress):
        assert seen[-1] == (2, 20)


def test_a_sum_never_goes_back() -> None:
    """The function of the caller is interrupted too."""
    seen = list[list[int]]()

    def prepare() -> tuple[Callable[[], None], Callable[[], None]]:
        sums = list[int]()

        def on_progress(done: int, total: int) -> None:
            sums.append(done)

        seen.append(sums)
        whole = ProgressSum(on_progress)
        return (lambda: whole.add(1, 10, report=True),) * 2

    for _ in interleavings(prepare, trustoo.upload.progress, sys.modules[__name__]):
        assert seen[-1] == [1, 2]
