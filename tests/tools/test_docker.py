"""`make test-docker` runs each step of a workflow as GitHub would, and says why it cannot run: `tools/docker/`."""

from pathlib import Path

import pytest
import yaml

from tools.docker import __main__ as command
from tools.docker.workflow import Workflow
from tools.node import ROOT

CONTRACT = ROOT / command.WORKFLOW
WORKFLOW = """
on:
  workflow_call:
    inputs:
      kind: {type: string, default: small}
env: {LEVEL: workflow, OF_WORKFLOW: "1"}
jobs:
  one:
    env: {LEVEL: job, OF_JOB: "${{ inputs.kind }}"}
    steps:
      - uses: actions/checkout@v7
      - run: echo "$LEVEL $OF_WORKFLOW $OF_JOB $CI" >> "$GITHUB_STEP_SUMMARY"
        env: {LEVEL: "${{ inputs.kind == 'small' && 'step' || '' }}"}
      - if: inputs.kind == 'large'
        run: exit 9
      - run: false | true
      - shell: bash
        run: false | true
      - run: touch report
      - if: always() && hashFiles('report') != ''
        run: cat report
      - if: failure() && hashFiles('absent') != ''
        run: exit 9
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yml"
    path.write_text(WORKFLOW, encoding="utf-8")
    return path


def test_steps_run_with_their_shell_their_variables_and_their_condition(small: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    codes = [code for _, code, _ in Workflow(small).run(tmp_path, summary)]
    assert codes == [0, None, 0, 1, 0, 0, None]
    assert summary.read_text(encoding="utf-8") == "step 1 small true\n"


def test_an_input_chooses_the_steps(small: Path, tmp_path: Path) -> None:
    codes = [code for _, code, _ in Workflow(small, kind="large").run(tmp_path, tmp_path / "summary.md")]
    assert codes[:2] == [0, 9]
    with pytest.raises(ValueError, match=r"small\.yml has no input size"):
        Workflow(small, size="1")


@pytest.mark.parametrize(("mock", "url"), [("docker", "http://127.0.0.1:4010"), ("npm", "")])
def test_each_step_of_the_contract_workflow_can_be_read(mock: str, url: str) -> None:
    [job] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["jobs"].values()
    steps = list(Workflow(CONTRACT, mock=mock).steps())
    assert [step.text for step in steps] == [step["run"] for step in job["steps"] if "run" in step]
    [contract] = [step for step in steps if "make contract" in step.text]
    assert contract.environment["MOCK"] == url
    assert contract.environment["CASES"] == "30"


def test_an_expression_that_names_nothing_known_is_an_error(small: Path) -> None:
    small.write_text(WORKFLOW.replace("${{ inputs.kind }}", "${{ secrets.TOKEN }}"), encoding="utf-8")
    with pytest.raises(Exception, match="secrets"):
        list(Workflow(small).steps())


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_machine_without_dockerd_is_told_in_one_line(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", ci)
    assert command.main() == code
    output = capsys.readouterr().out
    assert output.startswith("Skipped: make test-docker. ")
    assert "dockerd" in output
    assert len(output.splitlines()) == 1
