"""The snippets of docs/ci.md fit the schemas of their services, the called workflow and the Makefile."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SNIPPETS: dict[str, str] = {found[1]: found[2] for found in re.finditer(r"```yaml\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)}
GITHUB, GITLAB = ".github/workflows/trustoo-contract.yml", ".gitlab-ci.yml"


def inputs() -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "contract.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = workflow[True]["workflow_call"]["inputs"]  # YAML 1.1 reads `on` as true
    return found


@pytest.mark.parametrize(
    ("name", "schema"), [(GITHUB, "vendor.github-workflows"), (GITLAB, "vendor.gitlab-ci")], ids=["GitHub", "GitLab"]
)
def test_each_snippet_fits_its_services_schema(name: str, schema: str, tmp_path: Path) -> None:
    file = tmp_path / "snippet.yml"
    file.write_text(SNIPPETS[name], encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    if schema == "vendor.gitlab-ci":
        command += ["--data-transform", "gitlab-ci"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_in_the_github_snippet(tmp_path: Path) -> None:
    file = tmp_path / "snippet.yml"
    file.write_text(SNIPPETS[GITHUB], encoding="utf-8")
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run([zizmor, "--offline", "--quiet", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_github_snippet_gives_inputs_that_the_workflow_takes() -> None:
    (job,) = yaml.safe_load(SNIPPETS[GITHUB])["jobs"].values()
    assert job["uses"].partition("@")[0].endswith("/.github/workflows/contract.yml")
    assert job["with"].keys() <= inputs().keys()


def test_the_table_of_inputs_is_the_workflows() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*?) \|", TEXT.partition("## GitLab")[0], re.MULTILINE)
    noted = {name: default.strip("`") for names, default in rows for name in re.findall(r"`(\w+)`", names)}
    assert noted == {name: given["default"] or "the caller's own" for name, given in inputs().items()}


def test_the_snippets_use_tasks_variables_and_files_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    job = yaml.safe_load(SNIPPETS[GITLAB])["contract"]
    (command,) = (line for line in job["script"] if line.startswith("make"))
    assert re.search(r"-C trustoo contract REPORT=", command)
    assert re.search(r"^contract:", makefile, re.MULTILINE)
    assert re.search(r"^REPORT \?= report$", makefile, re.MULTILINE)
    for file in job["artifacts"]["reports"]["junit"]:
        assert f"--junit-xml=$(REPORT)/{Path(file).name}" in makefile
