"""The tables of the upload benchmark: for the terminal, and for docs/performance-uploads.md."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from .upload_run import Outcome

__all__ = ["PAGE", "Results", "Sizes", "tables", "with_tables"]

PAGE = Path(__file__).parent.parent / "docs" / "performance-uploads.md"
BASE = "httpx files="
BASES = {"photo": "scaled: Pillow, then httpx"}
SMALL_BASE = "images: ours, one at a time"
_MARKED = re.compile(r"(?<=<!-- results -->\n).*?(?=<!-- end of results -->)", re.DOTALL)


class Sizes(msgspec.Struct, frozen=True):
    """What is measured. Sizes in bytes, times in seconds.

    Attributes:
        rounds: how often each contestant runs.
        slow_read: by how much each read of the slow image takes longer.
        answer_delay: of the sink that answers late.
        photo: pixels of the image that is scaled down.
    """

    rounds: int
    image: int
    slow_image: int
    slow_read: float
    images: int
    small_image: int
    answer_delay: float
    photo: int


class Results(msgspec.Struct, frozen=True):
    """All outcomes: by part ("large", "slow", "small", "small, late answers") and contestant, in order of rounds."""

    machine: dict[str, str]
    sizes: Sizes
    parts: dict[str, dict[str, list[Outcome]]]


def tables(results: Results) -> str:
    """Everything as Markdown tables, which read well in terminals, too. Medians, smallest and largest in brackets."""
    sizes, blocks = results.sizes, [", ".join(f"{name} {value}" for name, value in results.machine.items()) + "."]
    for part, title in (
        ("large", f"One image of {sizes.image / 1e6:.0f} MB"),
        ("slow", f"A file of {sizes.slow_image / 1e6:.1f} MB, each read of which takes {sizes.slow_read * 1e3:.0f} ms"),
        ("small", f"{sizes.images} images of {sizes.small_image / 1e3:.0f} KB"),
        ("small, late answers", f"The same, each answered {sizes.answer_delay * 1e3:.0f} ms after its end"),
        ("photo", f"A photo of {sizes.photo / 1e6:.0f} megapixels, decoded and scaled down"),
    ):
        if outcomes := results.parts[part]:
            table = _of_one(outcomes, sizes.image) if part == "large" else _of_times(outcomes, part)
            blocks.append(f"{title}; {sizes.rounds} rounds:\n\n{table}")
    return "\n\n".join(blocks) + "\n"


def with_tables(page: str, results: Results) -> str:
    """The page with these results between its marks."""
    return _MARKED.sub(lambda _: f"\n{tables(results)}\n", page)


def _of_one(outcomes: dict[str, list[Outcome]], size: int) -> str:
    head = "MB/s", f"time to `{BASE}`", "CPU s", "growth MB", "peak MB", "longest stall ms"
    rows = [
        (
            f"`{name}`",
            _spread(runs, lambda run: size / 1e6 / run.seconds, 0) if "idle" not in name else "–",
            _ratio(runs, outcomes.get(BASE)) if "idle" not in name else "–",
            _spread(runs, lambda run: run.cpu, 2),
            _spread(runs, lambda run: run.growth, 1, 1e-6),
            _spread(runs, lambda run: run.peak, 0, 1e-6),
            _spread(runs, lambda run: run.stall, 1, 1e3),
        )
        for name, runs in outcomes.items()
    ]
    return _table(("contestant", *head), rows)


def _of_times(outcomes: dict[str, list[Outcome]], part: str) -> str:
    base_name = BASES.get(part, SMALL_BASE)
    base = outcomes.get(base_name)
    rows = [
        (
            f"`{name.partition(': ')[2] or name}`",
            _spread(runs, lambda run: run.seconds, 2),
            *(() if part == "slow" else (_ratio(runs, base),)),
            _spread(runs, lambda run: run.stall, 1, 1e3),
        )
        for name, runs in outcomes.items()
    ]
    ratio = () if part == "slow" else (f"time to `{base_name.partition(': ')[2]}`",)
    return _table(("contestant", "seconds", *ratio, "longest stall ms"), rows)


def _spread(runs: Sequence[Outcome], value: Callable[[Outcome], float | None], digits: int, unit: float = 1.0) -> str:
    values = [found * unit for run in runs if (found := value(run)) is not None]
    if not values:
        return "–"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def _ratio(runs: Sequence[Outcome], base: Sequence[Outcome] | None) -> str:
    """Median of the ratios within each round."""
    if base is None:
        return "–"
    return f"{statistics.median(one.seconds / other.seconds for one, other in zip(runs, base, strict=True)):.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return "\n".join(f"| {line} |" for line in (lines[0], " | ".join("-" * width for width in widths), *lines[1:]))
