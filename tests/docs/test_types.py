"""The Python of README and the guides passes mypy and pyright, both strict, as it stands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_guides import DOCS, blocks
from tests.docs.test_testing_docs import PROGRAM
from tests.support import MYPY_CACHE

pytestmark = pytest.mark.timeout(300)  # seconds, for a busy machine
PAGES = sorted(file.stem for file in DOCS.glob("*.md") if blocks(file.stem))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project with one module for each page. It knows trustoo as an installed package only."""
    folder = tmp_path_factory.mktemp("guides")
    (folder / "my_program.py").write_text(PROGRAM, encoding="utf-8")
    for page in PAGES:
        lines: list[str] = []
        for block in blocks(page):  # each begins with as many empty lines as make its line numbers those of the page
            if named := re.match(r"\n*# (\w+\.py)\n", block):  # a file of its own
                (folder / named[1]).write_text(block, encoding="utf-8")
            else:
                lines += block.splitlines()[len(lines) :]
        (folder / f"{page.replace('-', '_')}.py").write_text("\n".join([*lines, ""]), encoding="utf-8")
    # "..." stands for the reader's own tokens, so that no reader copies tokens into a program.
    ten_lines = (DOCS.parent / "README.md").read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    (folder / "readme.py").write_text(ten_lines.replace("_token=...", '_token=""'), encoding="utf-8")
    return folder


def test_the_guides_pass_mypy(folder: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={MYPY_CACHE}", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_guides_pass_pyright(folder: Path) -> None:
    settings = {"include": ["."], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    node = str(Path(__file__).resolve().parents[2] / "tools" / "node.py")
    command = [sys.executable, node, "pyright", "--pythonpath", sys.executable, "--project", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
