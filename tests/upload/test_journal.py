"""A results file forgets nothing that was noted, whatever happens to the file, the process and the disk."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustoo.upload.journal
from trustoo import ConfigurationError
from trustoo.upload import Journal, UploadedImage

from contract_tests.support.interleaving import interleavings

IMAGE = UploadedImage("https://img.example.com/EXAMPLE/a.png", "EXAMPLE/a.png", 7, "image/png", {"EXAMPLE": 1}, "id")
OF_AN_EARLIER_VERSION = (
    '{"line": 2, "status": "sending", "key": "EXAMPLE-1"}\n'
    '{"line": 2, "status": "created", "id": "19", "key": "EXAMPLE-1"}\n'
    '{"line": 3, "status": "sending", "key": "EXAMPLE-2"}\n'
)


def test_a_later_run_knows_what_was_noted(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with Journal(file) as journal:
        journal.note("a", "sending", line=2)
        journal.note("a", "created", line=2, id="1", code=None)
        row = journal.under("b", line=3)
        row.note_image("x", "kettle \udcff.png", IMAGE)
        assert row.image("x") == IMAGE
        assert journal.image("x") is None
    with Journal(str(file)) as journal:
        assert journal.status == {"a": "created", "b/x": "stored"}
        assert (journal.under("b").image("x"), journal.image("b/x")) == (IMAGE, IMAGE)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert lines[1] == {"line": 2, "id": "1", "status": "created", "key": "a"}
    assert (lines[2]["line"], lines[2]["file"]) == (3, "kettle \udcff.png")


def test_a_line_has_what_each_view_said_and_the_nearest_wins(tmp_path: Path) -> None:
    with Journal(tmp_path / "results.jsonl") as journal:
        row = journal.under("row", file="a.csv", line=2, by="outer")
        photo = row.under("photo", size=7, by="inner")
        photo.note("1", "failed", by="note")
        photo.note("2", "failed")
        row.note("3", "failed")
        assert journal.lines == {
            "row/photo/1": {
                "file": "a.csv",
                "line": 2,
                "size": 7,
                "by": "note",
                "status": "failed",
                "key": "row/photo/1",
            },
            "row/photo/2": {
                "file": "a.csv",
                "line": 2,
                "size": 7,
                "by": "inner",
                "status": "failed",
                "key": "row/photo/2",
            },
            "row/3": {"file": "a.csv", "line": 2, "by": "outer", "status": "failed", "key": "row/3"},
        }


def test_the_last_lines_can_be_read_while_a_run_writes(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with Journal(file) as journal:
        journal.note("a", "sending", line=2)
        journal.note("a", "created", line=2, id="1")
        journal.under("a").note_image("x", "kettle.png", IMAGE)
        with open(file, "ab") as half:
            half.write(b'{"line": 3, "st')
        before = file.read_bytes()
        assert Journal.last_lines(file) == {"a": {"line": 2, "id": "1", "status": "created", "key": "a"}}
        assert journal.lines == Journal.last_lines(file)
    assert file.read_bytes() == before


def test_results_of_earlier_imports_are_readable(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text(OF_AN_EARLIER_VERSION)
    with Journal(file) as journal:
        assert journal.status == {"EXAMPLE-1": "created", "EXAMPLE-2": "sending"}
    assert file.read_text() == OF_AN_EARLIER_VERSION


@pytest.mark.parametrize("length", range(1, 53))
def test_a_line_is_lost_only_if_it_is_incomplete(tmp_path: Path, length: int) -> None:
    """A process can be killed after any byte, and an editor can remove the last line break."""
    first, second = OF_AN_EARLIER_VERSION.splitlines(keepends=True)[:2]
    file = tmp_path / "results.jsonl"
    file.write_text(second + first[:length])
    with Journal(file) as journal:
        assert journal.status["EXAMPLE-1"] == ("created" if length < 52 else "sending")
        journal.note("b", "failed")
    with Journal(file) as journal:
        assert journal.status["b"] == "failed"


def test_zeros_that_a_power_failure_left_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_bytes(OF_AN_EARLIER_VERSION.encode() + bytes(100))
    with Journal(file) as journal:
        assert len(journal.status) == 2
    assert file.read_text() == OF_AN_EARLIER_VERSION


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1}\n',
        '{"a": 1}',
        "my notes",
        "[1]\n",
        "3\n",
        '{"key": "a", "status": "open"}\n',
        '{"key": [1], "status": "created"}\n',
        '{"key": "a", "status": "stored"}\n',
        '{"key": "a", "status": "stored", "image": {"other": 1}}\n',
        OF_AN_EARLIER_VERSION + "\n" + OF_AN_EARLIER_VERSION,
    ],
)
def test_a_file_with_other_content_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"other\.jsonl is not a results file: line \d"):
        Journal(file)
    assert file.read_text() == content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file")
def test_a_device_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="/dev/zero is not a regular file"):
        Journal("/dev/zero")


def test_one_process_uses_a_file_at_a_time_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    code = f"from trustoo.upload import Journal; j = Journal({str(file)!r}); print('open', flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"open"
        with pytest.raises(ConfigurationError, match=r"results\.jsonl is in use by another run"):
            Journal(file)
    finally:
        other.kill()
        other.communicate()
    with Journal(file), pytest.raises(ConfigurationError, match="is in use"):
        Journal(file)
    assert [path.name for path in tmp_path.iterdir()] == ["results.jsonl"]


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with Journal(file) as journal:

        def work(name: str) -> None:
            for number in range(20):
                journal.note(f"{name}-{number}", "created", text=name * 50)

        threads = [Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Journal(file) as journal:
        assert len(journal.status) == 80


class FullDisk:
    """A file on a disk that takes only some bytes more, and then a part of what is written."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: memoryview) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        written: int = self._file.write(content[: self._room])
        self._room -= written
        return written


@pytest.mark.parametrize("room", [0, 1, 40])
def test_a_full_disk_leaves_whole_lines(tmp_path: Path, room: int) -> None:
    file = tmp_path / "results.jsonl"
    with Journal(file) as journal:
        journal.note("a", "created")
        real = journal._file
        journal._file = FullDisk(real, room)  # type: ignore[assignment]
        with pytest.raises(OSError, match="No space left on device") as caught:
            journal.note("b", "created", text="x" * 100)
        assert caught.value.filename == str(file)
        assert journal.status == {"a": "created"}
        journal._file = real  # somebody deleted a file
        journal.note("c", "created")
    with Journal(file) as journal:
        assert journal.status == {"a": "created", "c": "created"}


def test_a_note_under_way_is_completed_before_the_file_is_closed(tmp_path: Path) -> None:
    path, opened = tmp_path / "journal.jsonl", list[Journal]()

    def prepare() -> tuple[Callable[[], None], Callable[[], None]]:
        path.unlink(missing_ok=True)
        opened[:] = [Journal(path)]
        return lambda: opened[0].note("a", "failed"), opened[0].close

    for noted, closed in interleavings(prepare, trustoo.upload.journal):
        assert closed is None
        assert (noted is None) == (list(Journal.last_lines(path)) == ["a"]), noted
    opened[0].close()


def test_a_note_that_fails_takes_no_other_note_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fsync = tmp_path / "journal.jsonl", os.fsync
    opened, failing = list[Journal](), threading.local()

    def full_disk(file: int) -> None:
        if getattr(failing, "is_on", False):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    def fail() -> None:
        failing.is_on = True
        opened[0].note("a", "failed")

    def prepare() -> tuple[Callable[[], None], Callable[[], None]]:
        for journal in opened:
            journal.close()
        path.unlink(missing_ok=True)
        opened[:] = [Journal(path)]
        return fail, lambda: opened[0].note("b", "failed")

    monkeypatch.setattr("os.fsync", full_disk)
    for first, second in interleavings(prepare, trustoo.upload.journal):
        assert (type(first), second) == (OSError, None)
        assert list(Journal.last_lines(path)) == ["b"]
    opened[0].close()


def test_of_two_notes_at_once_the_file_and_the_journal_keep_the_same(tmp_path: Path) -> None:
    path, opened = tmp_path / "journal.jsonl", list[Journal]()

    def prepare() -> tuple[Callable[[], None], Callable[[], None]]:
        path.unlink(missing_ok=True)
        opened[:] = [Journal(path)]
        return lambda: opened[0].note("a", "failed"), lambda: opened[0].note("a", "created")

    for _ in interleavings(prepare, trustoo.upload.journal):
        assert opened[0].status["a"] == Journal.last_lines(path)["a"]["status"]
        opened[0].close()
    opened[0].close()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_file_is_free_after_every_error_of_reading_it(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise error("mine")

    file = tmp_path / "results.jsonl"
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "_read", fail)
        with pytest.raises(error, match="mine") as caught:
            Journal(file)
    Journal(file).close()  # a program that reports the error keeps it meanwhile
    del caught
