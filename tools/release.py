"""Checks before a release that tag, version and changelog agree, and that the version announces breaking changes.

python -m tools.release v0.2.0                       fails with a message if they do not agree
python -m tools.release v0.2.0 --notes notes.md      also writes the version's section of the changelog
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tools.breaking import __main__ as comparison
from tools.breaking import tree
from tools.breaking.changes import UnusableError

ROOT = Path(__file__).resolve().parents[1]


class NotReadyError(Exception):
    """The tree cannot be released. The message states the reason."""


def notes(changelog: str, version: str) -> str:
    """The section of a version. Raises NotReadyError if the section is missing, undated or empty."""
    found = re.search(rf"^## {re.escape(version)}\b *(.*)\n([\s\S]*?)(?=^## |\Z)", changelog, re.MULTILINE)
    if found is None:
        raise NotReadyError(f"CHANGELOG.md has no section ## {version}.")
    try:
        date.fromisoformat(found[1].strip("()"))
    except ValueError:
        raise NotReadyError(
            f"CHANGELOG.md must date the section: ## {version} (YYYY-MM-DD); it says {found[1]!r}."
        ) from None
    if not (text := found[2].strip()):
        raise NotReadyError(f"CHANGELOG.md says nothing of {version}.")
    return f"{text}\n"


def check(root: Path, tag: str) -> str:
    """The notes of the release `tag`. Raises NotReadyError, or UnusableError if git has no answer."""
    version = ".".join(map(str, tree.version_in(root)))
    if tag != f"v{version}":
        raise NotReadyError(f"The tag is {tag}, and the version in {tree.VERSION} makes it v{version}.")
    text = notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    before = tree.released_before(root, "HEAD^")
    if before is None:
        print("No release before this one, so nothing can break.")
        return text
    previous = "v" + ".".join(map(str, before))
    if comparison.main([previous], root) != 0:
        raise NotReadyError(f"Since {previous} changed what the version does not say; see above.")
    return text


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Returns 0, or 1 with a message on standard error."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tag", help="the tag of the release, such as v0.2.0")
    parser.add_argument("--notes", type=Path, help="the file to write the release's notes to")
    options = parser.parse_args(arguments)
    try:
        text = check(root, options.tag)
    except (NotReadyError, UnusableError) as problem:
        print(problem, file=sys.stderr)
        return 1
    if options.notes:
        options.notes.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
