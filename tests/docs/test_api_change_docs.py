"""docs/job-follow-api-change.md shows what the commands print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tools.drift.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "job-follow-api-change.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
PAGE, *_ = re.findall(r"^make drift FROM=(\S+)$", SHELL, re.MULTILINE)


def said(text: str) -> list[str]:
    """Lines without the numbers of lines in openapi.yaml, which move with each edit."""
    return re.sub(r"openapi\.yaml:\d+", "openapi.yaml", text).splitlines()


def test_the_guide_shows_what_drift_finds_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "openapi.yaml"
    shutil.copyfile(ROOT / "openapi.yaml", spec)
    assert main([str(ROOT / PAGE), "--apply", "--spec", str(spec)]) == 1
    printed = said(capsys.readouterr().out)
    for block in re.findall(r"^```text\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
        shown = said(block)
        start = printed.index(shown[0])
        assert printed[start : start + len(shown)] == shown


def test_the_guide_uses_tasks_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tasks = re.findall(r"^make (\S+)", SHELL, re.MULTILINE)
    assert tasks == ["setup", "drift", "drift", "generate", "contract", "breaking"]
    for task in tasks:
        assert re.search(rf"^{task}:", makefile, re.MULTILINE)
