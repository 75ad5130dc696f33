"""The options of a run of the contract tests. They are set from the command line before tests are collected."""

import random

seed = 1
"""The seed of generated cases. The same seed generates the same cases."""
cases = 30
"""The number of fuzzed cases for each operation. Cases that cover examples and boundaries are additional."""
only: str | None = None
"""The operationId of the only operation to run; None for all operations."""
mock_url: str | None = None
"""The URL of a running Prism that serves `openapi.yaml`; None to start a new Prism."""

against = "prism"
"""The server: "prism", or "fake" for the fake service of `trustoo.testing`."""


def choose(
    given_seed: str, given_cases: int, given_only: str | None, given_mock: str | None, given_against: str
) -> None:
    """Set the options. The seed "random" means a random seed."""
    global seed, cases, only, mock_url, against
    seed = random.SystemRandom().randrange(2**31) if given_seed == "random" else int(given_seed)
    cases, only, mock_url, against = given_cases, given_only, given_mock, given_against


def repeat(operation: str) -> str:
    """Return the command that repeats the run of one operation."""
    return f"make contract ONLY={operation} SEED={seed} CASES={cases}"
