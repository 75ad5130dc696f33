"""Counts the checked calls by operation and kind of case, and prints the table at the end of a run."""

from collections import Counter
from collections.abc import Iterable

from contract_tests.report import recording

COLUMNS = ("positive", "dynamic", "negative", "errors", "refused")
"""The kinds of cases.

`positive` and `dynamic` are calls that Prism had to accept, with static and with generated responses. `negative` are
calls that Prism had to refuse. `errors` are forced error codes. `refused` are the negative calls that Prism did refuse,
because the schema does not allow them.
"""

counts: Counter[tuple[str, str]] = Counter()
notes: Counter[tuple[str, str]] = Counter()


def count(operation: str, column: str, number: int = 1) -> None:
    """Add `number` checked calls."""
    assert column in COLUMNS
    counts[operation, column] += number
    if column != "refused":  # refused calls are already counted as negative
        recording.checked(operation, number)


def note(operation: str, reason: str) -> None:
    """Count an expected exception with its reason. It is a call that ended differently from others of its kind."""
    notes[operation, reason] += 1


def missing(operations: Iterable[str], columns: Iterable[str] = COLUMNS) -> list[str]:
    """Return "operation: column" for each cell in which nothing was checked."""
    cells = [(operation, column) for operation in operations for column in columns]
    return [f"{operation}: {column}" for operation, column in cells if not counts[operation, column]]


def table(operations: Iterable[str]) -> str:
    """Return the counts as text with one line for each operation, and then the expected exceptions."""
    names = list(operations)
    width = max(map(len, (*names, "operation")))
    lines = [f"{'operation':{width}}" + "".join(f"{column:>10}" for column in COLUMNS)]
    lines += [f"{name:{width}}" + "".join(f"{counts[name, column]:>10}" for column in COLUMNS) for name in names]
    totals = [sum(counts[name, column] for name in names) for column in COLUMNS]
    lines.append(f"{'all':{width}}" + "".join(f"{total:>10}" for total in totals))
    reasons: Counter[str] = Counter()
    for (_, reason), number in notes.items():
        reasons[reason] += number
    if reasons:
        lines += ["", "Expected exceptions:"]
        lines += [f"{number:>6}  {reason}" for reason, number in sorted(reasons.items())]
    return "\n".join(lines)
