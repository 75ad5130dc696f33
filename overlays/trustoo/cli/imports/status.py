"""What `--status` and `--settle` print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...upload import Journal
from ..exits import Exit, this_command
from ..files import oserror_context
from ..output import Output
from .results import OPEN, counted
from .rows import Row
from .settling import Settled

__all__ = ["show_settled", "show_status"]


def show_status(output: Output, file: Path, results: Path, rows: Mapping[str, Row]) -> int:
    """Print the number of rows by status, and each row that failed or is unknown. A run may be using the results file.

    Raises:
        ConfigurationError: if the results file cannot be read.
    """
    with oserror_context(results):
        lines = Journal.last_lines(results) if results.exists() else {}
    statuses = {key: lines[key]["status"] if key in lines else None for key in rows}
    counts = counted(statuses.values())
    gone = sum(key not in rows for key in lines)
    problems = [_problem(lines[key], rows[key].line) for key, status in statuses.items() if status in ("failed", *OPEN)]
    if output.as_json:
        about = {"file": str(file), "results": str(results), "rows": len(rows), **counts}
        output.json({**about, "not_in_file": gone, "problems": problems})
        return Exit.DONE
    output.text(f"{len(rows):,} row{'s' * (len(rows) != 1)}: {_listed(counts)}. Results: {results}")
    for problem in problems:
        output.text(f"{file}:{problem['line']}: {problem['status']}: {problem['error']}")
    if gone:
        output.note(
            f"{gone:,} row{'s' * (gone > 1)} in {results} {'are' if gone > 1 else 'is'} not in {file} any more."
        )
    return Exit.DONE


def _problem(entry: Mapping[str, Any], line: int) -> dict[str, Any]:
    """A row that failed or is unknown. `line` is its line now."""
    status = "unknown" if entry["status"] in OPEN else entry["status"]
    error = entry.get("error", "is being sent, or its run ended before a response arrived")
    about = {"line": line, "status": status, "error": error}
    return about | {name: entry[name] for name in ("kind", "code", "request_id", "sent_at") if name in entry}


def show_settled(output: Output, file: Path, results: Path, settled: Settled) -> int:
    """Print what became of the rows whose outcome was unknown."""
    counts = {status: settled.counts[status] for status in ("created", "pending", "unknown")}
    total = sum(counts.values())
    if output.as_json:
        output.json({"file": str(file), "results": str(results), **counts, "reasons": settled.reasons})
    elif not total:
        output.text("No row is unknown.")
    else:
        output.text(f"{total:,} unknown row{'s' * (total > 1)}: {_listed(counts)}. Results: {results}")
        output.note("This is a comparison of author, text, product and date.")
    for reason in settled.reasons:
        output.note(reason)
    if counts["unknown"]:
        output.note(f"Run this command later for the rows that are still unknown: {this_command()}")
    if counts["pending"]:
        output.note(f"To send the pending rows: {this_command(without='--settle')}")
    return Exit.UNKNOWN if counts["unknown"] else Exit.DONE


def _listed(counts: Mapping[str, int] | Counter[str]) -> str:
    parts: Iterable[str] = (f"{number:,} {status}" for status, number in counts.items() if number)
    return ", ".join(parts) or "none"
