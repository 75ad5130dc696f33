"""Tests the wheel as users get it: built from the sdist, and installed with all extras into a separate environment.

    python -m tools.wheel                    with the dependencies in requirements.lock
    python -m tools.wheel --oldest           with the oldest dependencies that pyproject.toml allows
    python -m tools.wheel tests/test_x.py    other arguments go to pytest

It runs the tests of the overlay and of the models. The tests are in a copy that has neither overlays/ nor generated/,
so that their imports can only come from the wheel.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
# The tests, and the files that they read.
COPIED = ("tests", "contract_tests/support", "examples", "docs", "openapi.yaml", "pyproject.toml", "README.md")
MODULES = ("trustoo", "trustoo_api", "pytest_trustoo")
# Tests of the tree, in addition to those of the tools and the generation, and those that import other directories.
LEFT_OUT = {
    "core/test_typing.py": "runs mypy and pyright",
    "core/test_walls.py": "reads the source",
    "docs/test_ci_docs.py": "lints docs and workflows",
    "docs/test_types.py": "runs mypy and pyright",
}
# Versions for --oldest of packages that the oldest dependencies need in older versions than requirements.lock has.
OLDER = {"fastapi": "0.141.1", "multidict": "6.7.0"}  # newer fastapi: opentelemetry-api 1.44; aiohttp 3.12: multidict 6
PICTURES = "contract_tests.support.pictures"
"""A module outside tests/ that needs nothing."""
OF_THE_TREE = re.compile(rf"^\s*(?:from|import) (?!{PICTURES}\b)(?:tools|contract_tests|benchmarks)\b", re.MULTILINE)


class UnusableError(Exception):
    """The wheel cannot be tested. The message states the reason."""


def requirements(project: Mapping[str, Any]) -> list[Requirement]:
    """The dependencies of a pyproject.toml, including its extras and without the package itself."""
    extras = project["project"]["optional-dependencies"].values()
    texts = [*project["project"]["dependencies"], *(text for extra in extras for text in extra)]
    return [found for text in texts if (found := Requirement(text)).name != project["project"]["name"]]


def lower_bounds(wanted: Iterable[Requirement]) -> dict[str, str]:
    """The oldest allowed version of each. Raises UnusableError if a requirement has no lower bound, or several."""
    oldest: dict[str, str] = {}
    for requirement in wanted:
        bounds = {bound.version for bound in requirement.specifier if bound.operator == ">="}
        if len(bounds) != 1 or oldest.get(requirement.name, *bounds) not in bounds:
            raise UnusableError(f"pyproject.toml must give {requirement.name} one lower bound; it says {requirement}.")
        oldest[requirement.name] = bounds.pop()
    return oldest


def pins(lock: str) -> dict[str, str]:
    """The pinned version of each package of a lock file, with its marker."""
    found = re.finditer(r"^([\w.-]+)==([^\s\\;]+)\s*(;[^\\\n]*)?", lock, re.MULTILINE)
    return {pin[1]: pin[2] + (f" {pin[3].strip()}" if pin[3] else "") for pin in found}


def tests_of_the_wheel(folder: Path) -> list[str]:
    """The test files that need only the wheel, as paths relative to the parent of `folder`."""
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("test_*.py"))}
    return [
        f"{folder.name}/{name}"
        for name, file in files.items()
        if name not in LEFT_OUT
        and not name.startswith(("generation/", "tools/"))
        and not OF_THE_TREE.search(file.read_text(encoding="utf-8"))
    ]


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command. Raises UnusableError if the command fails."""
    if (code := subprocess.run(list(map(str, command)), cwd=cwd).returncode) != 0:
        raise UnusableError(f"Exit code {code}: {' '.join(map(str, command))}")


def build(folder: Path) -> Path:
    """The wheel, built from the sdist."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path, *, oldest: bool) -> Path:
    """Create an environment with the wheel, its extras and the dependencies of the tests. Returns its Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    versions = pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    if oldest:
        versions |= lower_bounds(requirements(project)) | OLDER
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), encoding="utf-8")
    venv.create(folder / "venv", with_pip=True, symlinks=os.name != "nt")
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = (python, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "-c", constraints, f"{wheel}[all]", *project["dependency-groups"]["test"])
    run(*pip, "check")
    return python


def copy_tests(folder: Path) -> Path:
    """Copy the tests and the files that they read, without the packages under test."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def check_origin(python: Path, copy: Path) -> None:
    """Raise UnusableError if one of the packages does not come from the environment."""
    code = f"import {', '.join(MODULES)}; print(*[m.__file__ for m in ({', '.join(MODULES)})], sep='\\n')"
    done = subprocess.run([python, "-c", code], cwd=copy, capture_output=True, text=True, check=True)
    for origin in map(Path, done.stdout.splitlines()):
        if not origin.is_relative_to(python.parents[1]):
            raise UnusableError(f"{origin} is not the wheel's.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns pytest's exit code, or 1 if pytest was not started."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheel", description=__doc__.partition("\n")[0])
    parser.add_argument("--oldest", action="store_true", help="use the oldest allowed dependencies")
    parser.add_argument("--wheel", type=Path, help="an existing wheel; by default one is built")
    options, others = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="trustoo-wheel-") as name:
        folder = Path(name).resolve()
        try:
            wheel = options.wheel.resolve() if options.wheel else build(folder / "dist")
            python = install(wheel, folder, oldest=options.oldest)
            copy = copy_tests(folder / "copy")
            check_origin(python, copy)
            run(python, "-m", "pip", "list", "--format=freeze")
        except UnusableError as problem:
            print(problem, file=sys.stderr)
            return 1
        chosen = [] if any(argument.startswith("tests") for argument in others) else tests_of_the_wheel(copy / "tests")
        command = [str(python), "-P", "-m", "pytest", *chosen, *others]
        return subprocess.run(command, cwd=copy).returncode


if __name__ == "__main__":
    sys.exit(main())
