"""The command line. See the package."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import python_api, spec, tree
from .changes import UnusableError
from .report import Report

ROOT = Path(__file__).resolve().parents[2]


def compare(root: Path, ref: str) -> Report:
    """Compare the working tree at `root` with `ref`. Raises UnusableError."""
    with tempfile.TemporaryDirectory(prefix="trustoo-breaking-") as folder:
        old = Path(folder)
        tree.unpack(root, ref, old)
        comparisons = (spec.compare(old, root, ref), python_api.compare(old, root, ref))
        base = tree.released_before(root, ref) or tree.version_in(old, ref)
        return Report(ref, comparisons, base, tree.version_in(root))


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """0: no break, or the version announces it. 1: the version does not announce a break. 2: no comparison."""
    parser = argparse.ArgumentParser(prog="python -m tools.breaking", description=main.__doc__)
    parser.add_argument("ref", help="the tag, branch or commit to compare the working tree with")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    options = parser.parse_args(arguments)
    try:
        report = compare(root, options.ref)
    except UnusableError as problem:
        print(problem, file=sys.stderr)
        return 2
    print(getattr(report, options.format)(), end="")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
