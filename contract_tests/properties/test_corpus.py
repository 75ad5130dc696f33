"""The inputs that fuzzers have found, and those that they begin with, end as the targets say."""

from pathlib import Path

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


def test_an_input_with_a_problem_can_be_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "verify-crash-1"
    file.write_bytes(b"EXAMPLE")
    command = ["--only=verify", f"--replay={file}"]
    assert guided.main(command) == 0

    def fail(content: bytes) -> None:
        raise AssertionError(content)

    monkeypatch.setitem(TARGETS, "verify", fail)
    with pytest.raises(AssertionError, match="EXAMPLE"):
        guided.main(command)


def test_without_atheris_the_fuzzer_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guided, "find_spec", lambda name: None)
    assert guided.main([]) == 0
    assert capsys.readouterr().out.startswith("Not run: fuzzing guided by coverage.")
