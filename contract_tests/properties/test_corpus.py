"""The inputs that fuzzers have found, and those that they begin with, end as the targets say."""

import pytest

from contract_tests.properties import guided
from contract_tests.properties.targets import CORPUS, TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_of_the_corpus_ends_as_its_target_says(name: str) -> None:
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs, f"{CORPUS / name} is empty."
    for file in inputs:
        try:
            TARGETS[name](file.read_bytes())
        except Exception as error:
            error.add_note(f"repeat: {guided.PROGRAM} --only={name} --replay={file}")
            raise


def test_the_corpus_belongs_to_targets() -> None:
    assert {directory.name for directory in CORPUS.iterdir()} == TARGETS.keys()
