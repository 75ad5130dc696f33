"""Kills exports and looks at what they leave: `python -m tests.cli.exports.kills --places 20 [FORMAT...]`.

An export adds, changes and removes reviews in a file that has some, or makes the file. It is killed (SIGKILL) before a
line of its code runs for the first time, in a process of its own. Then the file must be as before or complete, and the
next run must complete it and leave nothing behind. `--moments 100` also kills at random moments, which lie inside the
libraries as well. Prints each kill that went wrong, and the numbers as JSON at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb  # noqa: F401  # imported here, so that not each process does it
import python_calamine  # noqa: F401
import xlsxwriter  # noqa: F401
from trustoo import _files
from trustoo.cli import exports, files
from trustoo.cli.exports import ExportFormat

from tests.cli.conftest import reviews
from tests.cli.exports.readers import rows_of
from tests.cli.exports.service import export

CODE = (str(Path(exports.__file__).parent), _files.__file__, files.__file__)
BEFORE = reviews(40)
EDITED = [review | {"content": "edited"} if review["id"] in ("3", "30") else review for review in reviews(45)]
AFTER = [review for review in EDITED if review["id"] not in ("7", "22")]
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A folder without a disk, whose syncs would take most of the time."""
OWN = ("_added_at", "_changed_at")


def content(file: Path) -> Any:
    """The rows as JSON has them, without the times of the runs."""
    rows = [{name: value for name, value in row.items() if name not in OWN} for row in rows_of(file)]
    for row in rows:
        if "_deleted_at" in row:
            row["_deleted_at"] = row["_deleted_at"] is not None
    return json.loads(json.dumps(rows, default=str))


def apart(work: Callable[[], object]) -> int:
    """Do the work in a process of its own. Returns its exit code, or the negative signal that ended it."""
    if not (child := os.fork()):
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}"[:500])
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(file: Path) -> None:
    """The export that is killed."""
    export(AFTER, file, size=10)


def run_to_line(file: Path, place: int) -> int:
    """Export, and die before the new line with this number. Returns the number of different lines that ran."""
    lines = set[tuple[str, int]]()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(CODE):
            return None
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
            if len(lines) == place:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    run(file)
    sys.settrace(None)
    return len(lines)


def run_to_moment(file: Path, seconds: float) -> None:
    """Export, and die after this time, wherever the run is."""
    signal.setitimer(signal.ITIMER_REAL, seconds)  # SIGALRM ends the process
    run(file)


class Kills:
    """Exports to one format that are killed.

    Args:
        format: the format.
        is_first: whether the file does not exist before.
        folder: an empty folder.
    """

    def __init__(self, format: str, is_first: bool, folder: Path) -> None:
        self.name = f"{format}{', first export' if is_first else ''}"
        self._start, self._file, self._copy = folder / "start", folder / "run" / f"out.{format}", folder / "copy"
        self._about = folder / "about.json"
        self._start.mkdir(parents=True)
        assert is_first or apart(lambda: export(BEFORE, self._start / self._file.name)) == 0
        assert apart(self._measure) == 0
        self._before, self._after, self.lines, self.seconds = json.loads(self._about.read_text())

    def _fresh(self) -> Path:
        for folder in (self._file.parent, self._copy):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._start, self._file.parent)
        return self._file

    def _measure(self) -> None:
        lines = run_to_line(self._fresh(), 0)
        before, began = content(self._fresh()), time.perf_counter()
        run(self._file)
        seconds = time.perf_counter() - began
        self._about.write_text(json.dumps([before, content(self._file), lines, seconds]))

    def _check(self) -> None:
        shutil.copytree(self._file.parent, self._copy)  # to read a database is to recover it
        found = content(self._copy / self._file.name)
        assert found in (self._before, self._after), f"{len(found)} rows, neither as before nor complete"
        run(self._file)
        assert content(self._file) == self._after, "the next run does not complete the file"
        left = {path.name.removeprefix(self._file.name) for path in self._file.parent.iterdir()}
        assert left <= {"", ".lock", ".state"}, f"left behind: {left}"

    def kill(self, places: int, moments: int, chance: random.Random) -> tuple[int, int]:
        """Kill this number of runs at lines and at moments. Returns how many died, and how many left a wrong file."""
        died = wrong = 0
        for name, run_and_die in self._deaths(places, moments, chance):
            self._fresh()
            died += apart(run_and_die) < 0
            if apart(self._check):
                wrong += 1
                print(f"{self.name}: killed at {name}: wrong, see above")
        return died, wrong

    def _deaths(self, places: int, moments: int, chance: random.Random) -> Iterator[tuple[str, Callable[[], object]]]:
        for place in sorted({1 + self.lines * number // places for number in range(places)}):
            yield f"line {place} of {self.lines}", partial(run_to_line, self._file, place)
        for _ in range(moments):
            seconds = chance.uniform(0, self.seconds)
            yield f"{seconds:.6f} s", partial(run_to_moment, self._file, seconds)


def main() -> int:
    """Run the command line. Returns 1 if a kill left a wrong file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", default=[format.value for format in ExportFormat])
    parser.add_argument("--places", type=int, default=20, help="kills at lines, for each format (default: 20)")
    parser.add_argument("--moments", type=int, default=0, help="kills at random moments, for each format (default: 0)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changes-only", action="store_true", help="kill no first exports")
    options = parser.parse_args()
    chance, counts = random.Random(options.seed), dict[str, dict[str, int]]()
    for format in options.formats:
        for is_first in (False,) if options.changes_only else (False, True):
            with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
                kills = Kills(format, is_first, Path(folder))
                died, wrong = kills.kill(options.places, options.moments, chance)
                counts[kills.name] = {"killed": died, "wrong": wrong, "lines": kills.lines}
    print(json.dumps(counts))
    return int(any(count["wrong"] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
