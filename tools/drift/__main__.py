"""`make drift FROM=…` reads the vendor's published pages and reports the differences from openapi.yaml."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.drift import report
from tools.drift.comparing import Comparer
from tools.drift.findings import lines_of, tidy
from tools.drift.reading import read
from tools.spec import Spec

SPEC = Path(__file__).resolve().parents[2] / "openapi.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Report to standard output. 0: no drift. 1: drift. 2: no drift, but an input could not be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.drift", description=__doc__)
    parser.add_argument("source", type=Path, metavar="FROM", help="an OpenAPI export, a page, or a directory of them")
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.add_argument("--complete", action="store_true", help="FROM describes the whole API, so report what it lacks")
    parser.add_argument("--spec", type=Path, default=SPEC, help="the spec to compare with")
    options = parser.parse_args(arguments)

    if not options.spec.is_file():
        parser.error(f"{options.spec} does not exist; give the spec to compare with as --spec")
    content = options.spec.read_bytes()
    documents, problems = read(options.source)
    found, unusable = Comparer(Spec(content)).compare(documents, complete=options.complete)
    problems += unusable
    findings = tidy(found, lines_of(content.decode()))
    notes = [(document.origin, note) for document in documents for note in document.notes]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of another encoding
    if options.json:
        print(report.json_of(findings, problems, notes))
    else:
        sys.stdout.write(report.text_of(findings, problems, notes, len(documents) - len(unusable)))
    if any(finding.is_drift for finding in findings):
        return 1
    return 2 if problems else 0


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
