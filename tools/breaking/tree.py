"""Reads files, version and the previous release from a git ref, and from the working tree."""

import io
import re
import subprocess
import tarfile
from pathlib import Path

from .changes import UnusableError

DESCRIPTION = "openapi.yaml"
PACKAGES = ("overlays", "generated")
"""Directories of the Python packages."""
VERSION = "overlays/trustoo/_version.py"

Version = tuple[int, int, int]


def unpack(root: Path, ref: str, target: Path) -> None:
    """Write the files of `ref` that the comparison needs to the directory `target`. The repository stays unchanged."""
    if _git(root, "rev-parse", "--git-dir") is None:
        raise UnusableError(f"{root} is not in a git repository, so there is nothing to compare with.")
    if not ref or ref.startswith("-") or _git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") is None:
        raise UnusableError(
            f"{ref!r} names no commit here. Give a tag, a branch or a commit: make breaking SINCE=v0.1.0. "
            "In a shallow clone, `git fetch --unshallow --tags` first."
        )
    archive = _git(root, "archive", "--format=tar", ref, DESCRIPTION, *PACKAGES)
    if archive is None:
        wanted = ", ".join((DESCRIPTION, *PACKAGES))
        raise UnusableError(f"{ref} cannot be compared with: it lacks some of {wanted}.")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        # Python 3.11.0 to 3.11.3 have no filters. The archives of git need none.
        files.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
        files.extractall(target)


def version_in(root: Path, ref: str | None = None) -> Version:
    """The version of the files in `root`. The error message mentions `ref`."""
    file = root / VERSION
    found = _numbers(file.read_text(encoding="utf-8")) if file.is_file() else None
    if found is None:
        raise UnusableError(f"{ref or 'The working tree'}: no version X.Y.Z in {VERSION}.")
    return found


def released_before(root: Path, ref: str) -> Version | None:
    """The version of the newest tag vX.Y.Z that `ref` contains. None if there is no such tag."""
    tag = _git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*.[0-9]*.[0-9]*", ref)
    return _numbers(tag.decode()) if tag else None


def bumped(version: Version, verdict: str) -> Version:
    """The lowest version after `version` for changes of this verdict. Below 1.0, the middle number counts breaks."""
    major, minor, patch = version
    if verdict == "none":
        return version
    if major == 0:
        return (0, minor + 1, 0) if verdict == "breaking" else (0, minor, patch + 1)
    return (major + 1, 0, 0) if verdict == "breaking" else (major, minor + 1, 0)


def _numbers(text: str) -> Version | None:
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _git(root: Path, *arguments: str) -> bytes | None:
    """The output of git. None if git fails; the callers write the error message."""
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True, timeout=60).stdout
    except (subprocess.SubprocessError, OSError):
        return None
