"""Runs the races.

python -m contract_tests.races                              all subjects, about an hour
python -m contract_tests.races deliveries --scale 0.01      one subject, with fewer deliveries
python -m contract_tests.races --write                      write the tables to docs/scaling.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from contract_tests.races import deliveries, page

SUBJECTS: dict[str, Callable[[float], tuple[str, list[str]]]] = {"deliveries": deliveries.measure}
"""For each subject a function that takes the scale, and returns the table and the promises that were broken."""


def main() -> int:
    """Run the races. Returns exit code 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m contract_tests.races", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"any of {', '.join(SUBJECTS)}; default: all")
    parser.add_argument("--scale", type=float, default=1.0, help="the size of the runs; 1 is that of docs/scaling.md")
    parser.add_argument("--write", action="store_true", help="write the tables to docs/scaling.md")
    arguments = parser.parse_args()
    broken: list[str] = []
    for subject in arguments.subjects or SUBJECTS:
        if subject not in SUBJECTS:
            parser.error(f"There are no races of {subject!r}.")
        text, problems = SUBJECTS[subject](arguments.scale)
        print(text, flush=True)
        if arguments.write:
            page.write(subject, text)
        broken += problems
    print("\n".join(broken), file=sys.stderr)
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
