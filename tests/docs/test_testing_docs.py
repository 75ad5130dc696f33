"""The Python of docs/testing.md works as written, as tests of the program that the page shows."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL)


def test_the_examples_pass(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    examples = "\n".join(blocks)
    tests = re.findall(r"^def test_", examples, re.MULTILINE)
    assert len(tests) >= 6
    (tmp_path / "my_program.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "test_examples.py").write_text(examples, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_examples.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(tests)} passed" in done.stdout
