"""The options of a run of the contract tests. They are set from the command line before tests are collected."""

import random
import shlex
import sys
from pathlib import Path

_ROOT = Path(__file__).absolute().parents[2]
_OWN = Path(sys.executable)
PYTHON = shlex.quote(_OWN.relative_to(_ROOT).as_posix()) if _OWN.is_relative_to(_ROOT) else "python"
"""The interpreter of this run, as a printed command names it: with its path if it belongs to this directory."""

seed = 1
"""The seed of generated cases. The same seed generates the same cases."""
cases = 30
"""The number of fuzzed cases for each operation. Cases that cover examples and boundaries are additional."""
only: str | None = None
"""The operationId of the only operation to run; None for all operations."""
engine = "auto"
"""What runs the Prism that the run starts: "docker", "npm" or "auto"."""
mock_url: str | None = None
"""The URL of a running Prism that serves `openapi.yaml`; None to start a new Prism."""

against = "prism"
"""The server: "prism", or "fake" for the fake service of `trustoo.testing`."""


def choose(
    given_seed: str,
    given_cases: int,
    given_only: str | None,
    given_engine: str,
    given_mock: str | None,
    given_against: str,
) -> None:
    """Set the options. The seed "random" means a random seed."""
    global seed, cases, only, engine, mock_url, against
    seed = random.SystemRandom().randrange(2**31) if given_seed == "random" else int(given_seed)
    cases, only, engine, mock_url, against = given_cases, given_only, given_engine, given_mock, given_against


def repeat(operation: str | None) -> str:
    """Return the command that repeats the run of one operation, or of all."""
    chosen = {
        "ONLY": operation,
        "SEED": seed,
        "CASES": cases,
        "ENGINE": None if engine == "auto" else engine,
        "MOCK": None if mock_url is None else shlex.quote(mock_url),
    }
    return " ".join(["make contract", *(f"{name}={value}" for name, value in chosen.items() if value is not None)])


def repeat_test(test: str) -> str:
    """Return the command that repeats one test, which does not belong to one operation."""
    fake = against if against == "fake" else None
    chosen = {"against": fake, "engine": None if engine == "auto" else engine, "mock": mock_url}
    mock = "".join(f" {shlex.quote(f'--{name}={value}')}" for name, value in chosen.items() if value is not None)
    return f"{PYTHON} -m pytest {shlex.quote(test)} --seed={seed} --cases={cases}{mock}"
