"""Keeps one line for each noted run in `history.jsonl`, so that a report shows the figures of earlier runs.

python -m contract_tests.report.history DIRECTORY    adds the run whose report is in DIRECTORY
"""

import argparse
import sys
from pathlib import Path

import msgspec

from contract_tests.report.model import HistoryEntry, Report
from contract_tests.report.render import DATA

HISTORY = Path(__file__).with_name("history.jsonl")
"""The kept runs, the oldest first."""
SHOWN = 10
"""The number of runs that a report shows."""


def read(path: Path) -> list[HistoryEntry]:
    """All kept runs, the oldest first; [] if the file does not exist.

    Raises:
        ValueError: a line is not a run; the message names the file and the line.
    """
    entries = []
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(msgspec.json.decode(line, type=HistoryEntry))
        except msgspec.MsgspecError as problem:
            raise ValueError(f"{path.name}, line {number}, is not a run: {problem}. Correct or remove it.") from None
    return entries


def entry_of(report: Report) -> HistoryEntry:
    """The line of a report.

    Raises:
        ValueError: the run did not pass, was partial, or was of no commit. Its figures cannot be compared with others.
    """
    run, again = report.run, "Run make contract again, then make report-history."
    if report.outcome != "passed":
        raise ValueError(f"The run has not passed (outcome: {report.outcome}). {again}")
    if report.partial:
        raise ValueError(f"The run was partial: {'; '.join(report.partial)}. {again}")
    if not run.commit:
        raise ValueError(f"The report names no commit, because git or the repository was missing. {again}")
    if run.commit.endswith("-dirty"):
        raise ValueError(f"The run had changes that are not in commit {run.commit[:-6]}. Commit them. {again}")
    mutation = report.mutation
    return HistoryEntry(
        date=run.started,
        commit=run.commit,
        spec=run.versions.get("openapi.yaml", "").partition(",")[0],
        fuzzed=run.cases,
        operations=len(report.operations),
        tests=report.totals.passed,
        cases=report.cases,
        calls=report.totals.calls,
        mutation=None if mutation is None else round(mutation.score, 4),
        mutation_older=mutation is not None and mutation.older,
    )


def add(path: Path, entry: HistoryEntry) -> bool:
    """Append a run. False if it is kept already. Raises ValueError as `read` does."""
    if entry in read(path):
        return False
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(msgspec.json.encode(entry).decode() + "\n")
    return True


def main(arguments: list[str] | None = None) -> int:
    """Run as a program; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="the directory of a report, such as report")
    parser.add_argument("--history", type=Path, default=HISTORY, help="the file of the kept runs")
    options = parser.parse_args(arguments)
    data = options.directory / DATA
    try:
        entry = entry_of(msgspec.json.decode(data.read_bytes(), type=Report))
        added = add(options.history, entry)
    except FileNotFoundError:
        print(f"{data} does not exist. Run make contract first.", file=sys.stderr)
        return 1
    except msgspec.MsgspecError as problem:
        print(f"{data} is no report of this version: {problem}. Run make contract again.", file=sys.stderr)
        return 1
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{options.history.name}: {'added' if added else 'already has'} the run of {entry.date}, {entry.commit}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
