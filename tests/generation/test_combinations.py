"""Combinations of constructs: the client sends what the spec says, or the spec is refused."""

from tests.generation.combinations import run


def test_a_combination_of_constructs_is_sent_as_the_spec_says_or_is_refused() -> None:
    outcomes = run(specs=20, seed=1)
    assert outcomes["sent"] >= 5
    assert outcomes["refused"] >= 1
