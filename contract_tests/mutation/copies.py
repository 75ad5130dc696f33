"""Isolated copies of the project: a mutant is put in, tests run, and the copy is restored.

`PYTHONPATH` names a copy's packages before the installed ones. Each new copy checks that its own packages run.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_tests.mutation.layers import Arguments
from contract_tests.mutation.mutant import Mutant
from contract_tests.mutation.warm import Warm

QUIET = ("-x", "-q", "-p", "no:randomly", "--no-header", "--timeout=45")
LEFT_OUT = (".git", ".venv", "node_modules", "__pycache__", "build", "dist", ".*_cache", ".hypothesis", "*.egg-info")
DECIDING = ("overlays/", "generated/", "generator-", "tools/", "tests/", "contract_tests/", "openapi.yaml", "pyproject")
OWN = ("contract_tests/mutation/", "tests/tools/test_mutation.py", "contract_tests/report/history.jsonl")
"""Files that decide no outcome, except for the choice of tests."""
CHOICE = "contract_tests/mutation/layers.py"
REGENERATED = ("openapi.yaml", "generator-config.yaml", "generator-templates/", "tools/generate.py", "tools/spec.py")
OURS = {
    "trustoo": "overlays/trustoo",
    "trustoo_api": "generated/trustoo_api",
    "tools": "tools",
    "contract_tests": "contract_tests",
}
SECONDS = 900.0
"""A run of tests that takes longer is ended, which is a kill too. No layer takes a third of it on two idle processors.
pytest ends a test that hangs after 45 seconds."""
KILL = 9
FAILED = re.compile(r"^(FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


class CopyError(Exception):
    """A copy that does not run its own code, or whose tests fail without a mutant in it."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run of tests.

    Attributes:
        killed: whether a test failed.
        how: "passed", "failed", "not collected" (the mutant breaks importing), "timeout" or "crash".
        test: the first test that failed, or the end of the output.
    """

    killed: bool
    how: str
    test: str
    seconds: float


def files(root: Path) -> Iterator[Path]:
    """The project's own files below `root`."""
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    for folder, folders, names in os.walk(root):
        left_out = ignored(folder, [*folders, *names])
        folders[:] = sorted(name for name in folders if name not in left_out)
        for name in sorted(names):
            if name not in left_out:
                yield Path(folder) / name


def digest(root: Path) -> str:
    """A hash of all files that can decide an outcome: code, spec, templates and tests."""
    whole = hashlib.sha256()
    for path in files(root):
        name = path.relative_to(root).as_posix()
        if name == CHOICE or (name.startswith(DECIDING) and not name.startswith(OWN)):
            whole.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]


class Copy:
    """One copy, used by one worker at a time."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Copy the project at `root` to `folder`, and once more to restore it from."""
        folder = folder.resolve()
        self.folder, self._kept = folder / "work", folder / "kept"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(root, self._kept, ignore=shutil.ignore_patterns(*LEFT_OUT))
        # Byte code that is valid for one source text, whatever the clock says: importing unchanged code stays quick.
        compiled = [self._kept / name for name in OURS.values() if (self._kept / name).is_dir()]
        line = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *map(str, compiled)]
        subprocess.run(line, check=True)
        shutil.copytree(self._kept, self.folder)
        if (modules := root / "tools" / "node" / "node_modules").exists():
            (self.folder / "tools" / "node" / "node_modules").symlink_to(modules.resolve())
        sources = (self.folder / "overlays", self.folder / "generated", self.folder)
        self._stopped = False
        self.unchanged = False
        """Whether the mutant changes no byte of the generated code."""
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "PYTEST_ADDOPTS")},
            "PYTHONPATH": os.pathsep.join(map(str, sources)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CEILING_DIRECTORIES": str(folder),  # the copy is in no repository, wherever its folder is
        }
        self._check()
        self._warm = Warm(self.folder, self._environment)

    def _check(self) -> None:
        """Raises CopyError when a package of the copy is not the one that Python imports."""
        packages = [package for package, where in OURS.items() if (self.folder / where).is_dir()]
        code = f"import {', '.join(packages)}\n" + "".join(f"print({name}.__path__[0])\n" for name in packages)
        for package, found in zip(packages, self._python("-c", code).splitlines(), strict=True):
            if not Path(found).resolve().is_relative_to(self.folder):
                raise CopyError(f"{package} is imported from {found}, not from the copy {self.folder}.")

    def _python(self, *arguments: str) -> str:
        line = [sys.executable, *arguments]
        done = subprocess.run(line, cwd=self.folder, env=self._environment, capture_output=True, text=True)
        if done.returncode:
            raise CopyError(f"{' '.join(arguments)[:200]} failed in {self.folder}:\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def mutant(self, mutant: Mutant) -> Iterator[str | None]:
        """Put `mutant` into the copy and generate the code from it. Yields None, or why nothing can be generated.

        A mutant that stops the generator itself leaves the generated code as it was; the tests of the generator decide.
        """
        path = self.folder / mutant.file
        source = path.read_text(encoding="utf-8")
        path.write_text(mutant.apply(source), encoding="utf-8", newline="\n")
        try:
            problem, self.unchanged = None, False
            if mutant.file.startswith(REGENERATED) and (self.folder / "tools").is_dir():
                problem = self._regenerate()
                kept, made = (self._kept / "generated", self.folder / "generated")
                self.unchanged = mutant.place == "templates" and _bytes(kept) == _bytes(made)
            yield None if mutant.place == "tools" else problem
        finally:
            self._restore(mutant)

    def _regenerate(self) -> str | None:
        """`make generate`; None, or the end of what it said."""
        for line in (
            ("tools/evidence.py", "openapi.yaml", "--write", "docs/evidence.md"),
            ("-m", "tools.generate"),
        ):
            try:
                self._python(*line)
            except CopyError as problem:
                return str(problem).strip().splitlines()[-1][:300]
        return None

    def _restore(self, mutant: Mutant) -> None:
        shutil.copy2(self._kept / mutant.file, self.folder / mutant.file)
        if mutant.file.startswith(REGENERATED):
            for name in ("generated", "docs"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
                if (self._kept / name).is_dir():
                    shutil.copytree(self._kept / name, self.folder / name)
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)  # examples found with one mutant help no other

    def run(self, tests: Arguments) -> Outcome:
        """Run tests in the copy. Raises CopyError when there are none, or when somebody else ended them."""
        output = self.folder.parent / "output"
        begun = time.monotonic()
        options = (*QUIET, f"--basetemp={self.folder.parent / 'temporary'}")
        status = None if self._stopped else self._warm.run((*options, *tests), output, SECONDS)
        # No mutant kills with SIGKILL: somebody did, or memory ran out.
        if self._stopped or status == -KILL:
            raise CopyError(f"A run of tests was ended from outside: pytest {' '.join(tests)}")
        seconds = time.monotonic() - begun
        if status is None:
            return Outcome(True, "timeout", f"no end after {SECONDS:.0f} s", seconds)
        return _outcome(status, output.read_text(encoding="utf-8", errors="replace"), seconds)

    def stop(self) -> None:
        """End the run that is going on, for good."""
        self._stopped = True
        self._warm.close()


def _bytes(folder: Path) -> dict[str, bytes]:
    """What the files below `folder` hold."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}


def _outcome(status: int, said: str, seconds: float) -> Outcome:
    """What pytest's exit status means."""
    if status == 0:
        return Outcome(False, "passed", "", seconds)
    if status == 5:
        raise CopyError(f"No test was run:\n{said[-1500:]}")
    found = FAILED.search(said)
    test = found[2] if found else " ".join(said[-300:].split())
    if status != 1 or (found and found[1] == "ERROR" and "::" not in test):
        return Outcome(True, "not collected" if status > 0 else "crash", test, seconds)
    return Outcome(True, "timeout" if "Timeout (>" in said else "failed", test, seconds)
