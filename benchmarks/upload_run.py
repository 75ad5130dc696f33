"""One run of the upload benchmark, in a process of its own: uploads once and measures itself.

`python -m benchmarks.upload_run` takes a job as JSON on standard input and prints its outcome.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from contract_tests.support.pictures import JPEG

from .upload_contestants import ASYNC, CURL, IDLE, SYNC, AsyncUpload, Job

__all__ = ["Outcome", "run_apart"]

TICK = 0.001
"""Seconds that the task sleeps which watches the event loop."""


class Outcome(msgspec.Struct, frozen=True):
    """What one run measured; None for what this platform or contestant cannot tell.

    Attributes:
        seconds: of the upload, from the call to its return.
        cpu: seconds of processor time, user and system, of the contestant without the sink.
        growth: bytes, the peak of resident memory during the upload less that just before.
        peak: bytes, the highest resident memory of the whole process during the upload.
        stall: seconds, the latest that a task which sleeps 1 ms woke up.
    """

    seconds: float
    cpu: float
    growth: int | None
    peak: int | None
    stall: float | None


def run_apart(job: Job) -> Outcome:
    """The outcome of a job that ran in a process of its own."""
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, input=msgspec.json.encode(job), stdout=subprocess.PIPE, check=True, timeout=300)
    return msgspec.json.decode(done.stdout, type=Outcome)


class Watch:
    """For the time of the block, a task that sleeps again and again. `worst`: by how many seconds it woke too late."""

    worst = 0.0

    async def __aenter__(self) -> Watch:
        self._ticking = asyncio.create_task(self._tick())
        await asyncio.sleep(10 * TICK)  # the first ticks are the loop's own beginning
        self.worst = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(2 * TICK)  # a stall at the very end is seen by the tick after it
        self._ticking.cancel()

    async def _tick(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            self.worst = max(self.worst, time.perf_counter() - began - TICK)


class Memory:
    """Resident memory of this process, from now on."""

    def __init__(self) -> None:
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        self._before = self._resident() if sys.platform == "linux" else _highest()

    @staticmethod
    def _resident(what: str = "VmRSS") -> int:
        found = re.search(rf"{what}:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
        assert found is not None
        return int(found[1]) * 1024

    def measured(self) -> tuple[int | None, int | None]:
        """Growth and peak in bytes. Elsewhere than on Linux the growth is that of the highest peak of all, which is
        less where the process was larger before; Windows tells neither."""
        peak = self._resident("VmHWM") if sys.platform == "linux" else _highest()
        return (None if peak is None or self._before is None else peak - self._before), peak


def _highest() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _processor() -> float:
    """Seconds of this process and of its children that ended."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def run(job: Job) -> Outcome:
    """Upload a little first, so that nothing is imported later; then as the job says, measured."""
    with TemporaryDirectory() as directory:
        image = Path(directory, "little.jpeg")
        image.write_bytes(JPEG)
        return _run(job, msgspec.structs.replace(job, paths=[str(image)], pause=0.0))


def _run(job: Job, little: Job) -> Outcome:
    stall = None
    if job.contestant in SYNC:
        upload = SYNC[job.contestant]
        upload(little)
        memory, processor, began = Memory(), _processor(), time.perf_counter()
        upload(job)
        seconds = time.perf_counter() - began
        used = _processor() - processor
    else:
        memory, used, seconds, stall = asyncio.run(_run_async(ASYNC[job.contestant], job, little))
    growth, peak = memory.measured()
    if job.contestant in (CURL, IDLE):
        growth = peak = None  # curl is a process of its own, which nobody watches
    return Outcome(seconds, used, growth, peak, stall)


async def _run_async(work: AsyncUpload, job: Job, little: Job) -> tuple[Memory, float, float, float]:
    await work(little)
    async with Watch() as watch:
        memory, processor, began = Memory(), _processor(), time.perf_counter()
        await work(job)
        seconds = time.perf_counter() - began
        used = _processor() - processor
    return memory, used, seconds, watch.worst


def main() -> None:
    """Run the job on standard input, print the outcome."""
    print(msgspec.json.encode(run(msgspec.json.decode(sys.stdin.read(), type=Job))).decode())


if __name__ == "__main__":
    main()
