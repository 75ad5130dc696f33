"""Fuzzes the targets with atheris, which keeps inputs that reach new branches and changes them further.

atheris has wheels for few platforms, so it is not a part of the environment (`make fuzz` adds it). Without it, this
program says so and ends without a failure: `python -m contract_tests.properties.guided --seconds 60 --seed 1`.
"""

import argparse
import shlex
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from contract_tests.support.options import PYTHON

PROGRAM = f"{PYTHON} -m contract_tests.properties.guided"
FAILURES = Path("build/fuzz")
"""Where inputs with a problem are written."""
LIMITS = ["-max_len=4096", "-timeout=20", "-rss_limit_mb=2048"]
"""libFuzzer's limits: the bytes of an input, and the seconds and megabytes after which an input is a problem."""


def run(name: str, seconds: int, seed: int, keep: bool) -> bool:
    """Fuzz one target in a process of its own. Return whether no problem was found.

    Args:
        keep: add to the corpus as few of the new inputs as reach all that the new inputs reach.
    """
    from contract_tests.properties.targets import CORPUS

    FAILURES.mkdir(parents=True, exist_ok=True)
    command = [*_command(name), *LIMITS]
    with TemporaryDirectory() as new:
        limits = [f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={FAILURES}/{name}-"]
        begun = subprocess.run(
            [*command, *limits, "-print_final_stats=1", new, str(CORPUS / name)],
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        figures = dict(line.split(": ") for line in begun.stdout.splitlines() if line.startswith("stat::"))
        inputs = int(figures.get("stat::number_of_executed_units", 0))
        print(f"{name:8} {inputs:9,} inputs, {len([*Path(new).iterdir()])} reached other branches", flush=True)
        if keep:
            subprocess.run([*command, "-set_cover_merge=1", str(CORPUS / name), new], capture_output=True, check=True)
    if begun.returncode:
        found = max(FAILURES.glob(f"{name}-*"), key=lambda file: file.stat().st_mtime, default=None)
        print(f"{begun.stdout[-5000:]}\nFAILED {name}\n  repeat: {PROGRAM} --only={name} --replay={found}")
    return not begun.returncode


def fuzz(name: str, options: list[str]) -> None:
    """Fuzz one target in this process, with options of libFuzzer. It ends the process."""
    import atheris

    with atheris.instrument_imports(include=["trustoo", "trustoo_api"]):
        from contract_tests.properties.targets import TARGETS
    warnings.simplefilter("ignore")
    # libFuzzer starts itself again with this command to choose the inputs to keep.
    atheris.Setup([shlex.join(_command(name)), *options], TARGETS[name])
    atheris.Fuzz()


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "contract_tests.properties.guided", f"--only={name}", "--"]


def main(arguments: list[str] | None = None) -> int:
    """Fuzz all targets, or one. Return 1 if a problem was found, else 0."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="seconds for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="TARGET", help="fuzz one target")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="check one input of --only again")
    parser.add_argument("--keep", action="store_true", help="add new inputs to the corpus")
    parser.add_argument("options", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.options:
        fuzz(given.only, given.options)
    from contract_tests.properties.targets import TARGETS

    names = [given.only] if given.only else list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"There is no target {unknown.pop()}. Targets: {', '.join(TARGETS)}.")
    if given.replay is not None:
        for name in names:
            TARGETS[name](given.replay.read_bytes())
        return 0
    if find_spec("atheris") is None:
        print(
            "Not run: fuzzing guided by coverage. `make fuzz` installs atheris where it has a wheel (pyproject.toml)."
        )
        return 0
    passed = [run(name, given.seconds, given.seed, given.keep) for name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
