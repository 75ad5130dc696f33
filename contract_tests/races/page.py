"""The tables of docs/scaling.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

__all__ = ["table", "write"]

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def write(subject: str, text: str, page: Path = PAGE) -> None:
    """Replace the part of the page that the races of this subject have written, and say where they ran."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(f"<!-- {subject}: written by make races -->\n")
    _, end, after = rest.partition(f"<!-- end of {subject} -->")
    if not end:
        raise ValueError(f"{page} has no place for the table of {subject}.")
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores."
    page.write_text(f"{before}{begin}\n{machine}\n\n{text}\n\n{end}{after}", encoding="utf-8")
