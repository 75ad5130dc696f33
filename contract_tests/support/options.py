"""What a run of the contract tests was asked for; set from the command line before any test is collected."""

import random

seed = 1
"""Where generated cases start from; the same seed gives the same cases."""
cases = 30
"""Fuzzed cases an operation, beside those that cover its examples and boundaries."""
only: str | None = None
"""The one operation to run, by operationId; None for all."""
mock_url: str | None = None
"""Where a Prism of `openapi.yaml` runs already; None to start one."""

against = "prism"
"""The server: "prism", or "fake" for the fake service of `trustoo.testing`."""


def choose(
    given_seed: str, given_cases: int, given_only: str | None, given_mock: str | None, given_against: str
) -> None:
    """Set the options; the seed "random" draws one."""
    global seed, cases, only, mock_url, against
    seed = random.SystemRandom().randrange(2**31) if given_seed == "random" else int(given_seed)
    cases, only, mock_url, against = given_cases, given_only, given_mock, given_against


def repeat(operation: str) -> str:
    """The command that repeats the run of one operation."""
    return f"make contract ONLY={operation} SEED={seed} CASES={cases}"
