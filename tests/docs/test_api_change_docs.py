"""docs/job-follow-api-change.md shows what is printed, and docs/changing-api.md shows facts that are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from contract_tests.facts import comparison
from tests.tools.conftest import before_order_list, dumped
from tools.drift.__main__ import main
from tools.spec import LOADER

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "job-follow-api-change.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
PAGE, *_ = re.findall(r"^make drift FROM=(\S+)$", SHELL, re.MULTILINE)


def said(text: str) -> list[str]:
    """Lines without the numbers of lines in openapi.yaml, which move with each edit."""
    return re.sub(r"openapi\.yaml:\d+", "openapi.yaml", text).splitlines()


def test_the_guide_shows_what_drift_finds_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "openapi.yaml"
    spec.write_bytes(dumped(before_order_list()))
    assert main([str(ROOT / PAGE), "--apply", "--spec", str(spec)]) == 1
    printed = said(capsys.readouterr().out)
    for block in re.findall(r"^```text\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
        shown = said(block)
        start = printed.index(shown[0])
        assert printed[start : start + len(shown)] == shown


def test_the_guide_uses_tasks_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tasks = re.findall(r"^make (\S+)", SHELL, re.MULTILINE)
    assert tasks == ["setup", "drift", "drift", "generate", "lint-spec", "contract", "breaking"]
    for task in tasks:
        assert re.search(rf"^{task}:", makefile, re.MULTILINE)


def test_the_facts_of_an_operation_agree_with_the_operation_shown() -> None:
    text = (ROOT / "docs" / "changing-api.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```yaml\n(  /api.*?)^```", text, re.MULTILINE | re.DOTALL)
    shown = text.partition("### Its facts and vectors")[2].partition("\n## ")[0]
    operations, members, meanings = (
        yaml.safe_load(entry) for entry in re.findall(r"^```text\n(.*?)^```", shown, re.MULTILINE | re.DOTALL)
    )
    spec, facts = yaml.load((ROOT / "openapi.yaml").read_bytes(), LOADER), comparison.load()
    before = comparison.differences(facts, spec)
    spec["paths"] |= yaml.safe_load(block)
    assert comparison.differences(facts, spec) != before
    facts.operations.update(operations)
    facts.members.update(members)
    facts.meanings.extend(meanings)
    assert comparison.differences(facts, spec) == before
