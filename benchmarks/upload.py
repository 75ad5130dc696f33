"""Measures uploads of images: ours beside those of HTTP clients, all in one run, against a local sink.

`make bench-upload` runs it, prints the tables and writes benchmarks/results/upload.json. Rounds are interleaved: each
contestant runs once a round, so that a busy minute of the machine hits all alike, and ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from PIL import Image

from contract_tests.support.pictures import JPEG

from .upload_contestants import ASYNC, CURL, SLOW, SYNC, Job
from .upload_report import PAGE, Results, Sizes, tables, with_tables
from .upload_run import Outcome, run_apart
from .upload_sink import sink

__all__ = ["WHOLE", "measure"]

RESULTS = Path(__file__).parent / "results" / "upload.json"
LIBRARIES = ("httpx", "httpcore", "h11", "anyio", "requests", "urllib3", "aiohttp")
WHOLE = Sizes(
    rounds=5,
    image=300 * 1024 * 1024,
    slow_image=2 * 1024 * 1024,
    slow_read=0.05,
    images=200,
    small_image=200_000,
    answer_delay=0.02,
    photo=12_000_000,
)
BLOCK = 1024 * 1024


def measure(sizes: Sizes, only: Iterable[str] = (*SYNC, *ASYNC)) -> Results:
    """Run every contestant, or `only` some, `sizes.rounds` times."""
    chosen = [name for name in only if name != CURL or shutil.which("curl")]
    several, scaled = ([name for name in chosen if name.startswith(f"{part}:")] for part in ("images", "scaled"))
    with tempfile.TemporaryDirectory() as directory, sink() as url, sink(sizes.answer_delay) as late_url:
        large = [_image(directory, "large", sizes.image)]
        slow = [_image(directory, "slow", sizes.slow_image)]
        small = [_image(directory, f"small-{number}", sizes.small_image) for number in range(sizes.images)]
        jobs = {
            "large": [Job(name, url, large) for name in chosen if ":" not in name],
            "slow": [Job(name, url, slow, sizes.slow_read) for name in chosen if name in SLOW],
            "small": [Job(name, url, small) for name in several],
            "small, late answers": [Job(name, late_url, small) for name in several],
            "photo": [Job(name, url, [_photo(directory, sizes.photo)]) for name in scaled],
        }
        return Results(_machine(), sizes, _rounds(jobs, sizes.rounds))


def _rounds(jobs: Mapping[str, Sequence[Job]], rounds: int) -> dict[str, dict[str, list[Outcome]]]:
    found: dict[str, dict[str, list[Outcome]]] = {
        part: {job.contestant: [] for job in every} for part, every in jobs.items()
    }
    for _ in range(rounds):
        for part, every in jobs.items():
            for job in every:
                found[part][job.contestant].append(run_apart(job))
    return found


def _image(directory: str, name: str, size: int) -> str:
    path = Path(directory, f"{name}.jpeg")
    with path.open("wb") as file:
        file.write(JPEG[:-2])
        while (left := size - len(JPEG[-2:]) - file.tell()) > 0:
            file.write(_scan(min(left, BLOCK)))
        file.write(JPEG[-2:])
    return str(path)


def _photo(directory: str, pixels: int) -> str:
    """A JPEG that decoders accept, with so many pixels in 4 to 3 and as many details as a photo."""
    path, width = Path(directory, "photo.jpeg"), round((pixels * 4 / 3) ** 0.5)
    size = (width, width * 3 // 4)
    shades = Image.effect_noise((size[0] // 8, size[1] // 8), 80).resize(size).convert("RGB")
    shades.save(path, "JPEG", quality=90)
    return str(path)


def _scan(size: int) -> bytes:
    """Random bytes as in a JPEG, where FF is followed by 00."""
    return secrets.token_bytes(size).replace(b"\xff", b"\xff\0")[:size].removesuffix(b"\xff").ljust(size, b"\0")


def _machine() -> dict[str, str]:
    """What the figures depend on, and nothing that names the machine."""
    found = {"cores": str(os.cpu_count()), "system": platform.system(), "architecture": platform.machine()}
    found |= {"Python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
    if hasattr(os, "getloadavg"):
        found["load before"] = f"{os.getloadavg()[0]:.1f}"
    if curl := shutil.which("curl"):
        found["curl"] = subprocess.run([curl, "--version"], capture_output=True, text=True, check=True).stdout.split()[
            1
        ]
    return found


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=WHOLE.rounds)
    parser.add_argument("--keep", action="store_true", help=f"write {RESULTS.name} and the tables of {PAGE.name}")
    arguments = parser.parse_args()
    results = measure(msgspec.structs.replace(WHOLE, rounds=arguments.rounds))
    print(tables(results))
    if arguments.keep:
        RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
        PAGE.write_text(with_tables(PAGE.read_text("utf-8"), results), "utf-8")


if __name__ == "__main__":
    main()
