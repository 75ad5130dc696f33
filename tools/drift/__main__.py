"""Compare the vendor's published pages with openapi.yaml. Exit codes: 0, no drift; 1, drift; 2, an input could not be
read, and the other inputs have no drift. With --apply: 0, nothing is left to do; 1, questions or unread inputs are
left; 2, nothing could be compared.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import yaml

from tools.drift import applying, fetching, report
from tools.drift.comparing import Comparer
from tools.drift.findings import Finding, lines_of, tidy
from tools.drift.reading import Inputs, read
from tools.drift.shapes import Node
from tools.spec import LOADER

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "openapi.yaml"
CACHE = ROOT / "build" / "drift"


def main(arguments: Sequence[str] | None = None) -> int:
    """Report to standard output. Returns the exit code that the module's text explains."""
    parser = argparse.ArgumentParser(prog="python -m tools.drift", description=__doc__)
    parser.add_argument(
        "source",
        metavar="FROM",
        help="an address, an index (llms.txt), an OpenAPI export, a page, or a directory of them",
    )
    parser.add_argument(
        "--apply", action="store_true", help="write what is unambiguous into the spec, and list the rest"
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.add_argument("--complete", action="store_true", help="FROM describes the whole API, so report what it lacks")
    parser.add_argument("--spec", type=Path, default=SPEC, help="the spec to compare with")
    parser.add_argument("--rate", type=float, default=1.0, help="requests per second, if FROM is an address")
    parser.add_argument("--cache", type=Path, default=CACHE, help="the directory for fetched pages")
    options = parser.parse_args(arguments)

    if not options.source:
        parser.error("FROM is empty; give an address, a file or a directory")
    if not options.spec.is_file():
        parser.error(f"{options.spec} does not exist; give the spec to compare with as --spec")
    if not 0 < options.rate <= 10:
        parser.error(f"--rate {options.rate:g} is not between 0 and 10 requests per second")
    inputs = _inputs(options.source, options.cache, options.rate)
    text = options.spec.read_text(encoding="utf-8")

    def compare(spec: Node) -> list[Finding]:
        return tidy(Comparer(spec).compare(inputs.documents, complete=options.complete)[0], {})

    found, unusable = Comparer(yaml.load(text, LOADER)).compare(inputs.documents, complete=options.complete)
    findings = tidy(found, lines_of(text))
    problems = inputs.unusable + unusable
    notes = [(document.origin, note) for document in inputs.documents for note in document.notes]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of another encoding
    compared = len(inputs.documents) - len(unusable)
    left = [finding for finding in findings if finding.is_drift]
    applied = None
    if options.apply:
        applied = applying.apply(text, findings, compare, datetime.now(UTC).date().isoformat())
        options.spec.write_text(applied.text, encoding="utf-8", newline="\n")
        left = [finding for finding, _ in applied.questions]
    if options.json:
        print(report.json_of(findings, problems, notes, inputs.guides, applied))
    else:
        sys.stdout.write(report.text_of(findings, problems, notes, compared, inputs.guides))
        sys.stdout.write(report.text_of_applied(applied) if applied else "")
    if applied and compared:
        return 1 if left or problems else 0
    if left:
        return 1
    return 2 if problems else 0


def _inputs(source: str, cache: Path, rate: float) -> Inputs:
    if fetching.is_address(source) or (Path(source).is_file() and fetching.is_index(Path(source))):
        return fetching.fetch(source, cache, rate=rate, tell=partial(print, file=sys.stderr))
    return read(Path(source))


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
