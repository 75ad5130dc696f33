"""Runs the races.

python -m contract_tests.races                              all subjects, about an hour
python -m contract_tests.races deliveries --scale 0.01      one subject, with fewer deliveries
python -m contract_tests.races tokens --store redis --service family --fault stop --kind threads
                                                            one race of tokens
python -m contract_tests.races --write                      write the tables to docs/scaling.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from contract_tests.races import deliveries, page, tokens

CHOICES = {
    "store": tokens.STORES,
    "service": tokens.SERVICES,
    "fault": (*tokens.FAULTS, *tokens.UNAVOIDABLE),
    "kind": tokens.KINDS,
}


def measure_tokens(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    given = {f"{name}s": [getattr(arguments, name)] for name in CHOICES if getattr(arguments, name)}
    return tokens.measure(tokens.chosen(**given))


SUBJECTS: dict[str, Callable[[argparse.Namespace], tuple[str, list[str]]]] = {
    "deliveries": lambda arguments: deliveries.measure(arguments.scale),
    "tokens": measure_tokens,
}
"""For each subject a function that returns the tables and the promises that were broken."""


def main() -> int:
    """Run the races. Returns exit code 1 if a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m contract_tests.races",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"any of {', '.join(SUBJECTS)}; default: all")
    parser.add_argument("--scale", type=float, default=1.0, help="the part of the deliveries; 1 for docs/scaling.md")
    for name, choices in CHOICES.items():
        parser.add_argument(f"--{name}", choices=choices, help="only these races of tokens")
    parser.add_argument("--write", action="store_true", help="write the tables to docs/scaling.md")
    arguments = parser.parse_args()
    if arguments.write and any(getattr(arguments, name) for name in CHOICES):
        parser.error("--write needs all races of tokens.")
    broken: list[str] = []
    for subject in arguments.subjects or SUBJECTS:
        if subject not in SUBJECTS:
            parser.error(f"There are no races of {subject!r}.")
        text, problems = SUBJECTS[subject](arguments)
        print(text, flush=True)
        if arguments.write:
            page.write(subject, text)
        broken += problems
    print("\n".join(broken), file=sys.stderr)
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
