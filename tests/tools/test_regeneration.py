"""The circle from description to proof, walked in a temporary copy with the commands that people use."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = [
    *("openapi.yaml", "generator-config.yaml", "generator-templates", "generated", "overlays", "contract_tests"),
    *("tools", "docs", "examples", "README.md", "Makefile", "pyproject.toml", "requirements.lock"),
]
QUICK = ("CASES=3", "SEED=1")
pytestmark = pytest.mark.timeout(500)  # seconds, for a busy machine


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout that uses this environment's packages and node tools."""
    ignored = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy2(source, tmp_path / name)
    (tmp_path / "tools" / "node" / "node_modules").symlink_to(ROOT / "tools" / "node" / "node_modules")
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy, with the copy's packages before the installed ones."""
    sources = os.pathsep.join((str(folder / "overlays"), str(folder / "generated"), str(folder)))
    environment = {**os.environ, "PYTHONPATH": sources}
    environment.pop("MAKEFLAGS", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` in the copy, with nothing installed anew."""
    old = [part for stamp in (".stamp", ".node-stamp") for part in ("-o", f"{sys.prefix}/{stamp}")]
    return run(folder, "make", *arguments, *old, f"VENV={sys.prefix}")


def blocks() -> list[str]:
    """The YAML of the walks: a field and an operation."""
    text = (ROOT / "docs" / "changing-api.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


def test_renaming_one_field_is_noticed(copy: Path) -> None:
    description = copy / "openapi.yaml"
    text = description.read_text(encoding="utf-8")
    assert text.count("star3_count: {") == 1
    description.write_text(text.replace("star3_count: {", "star3_counts: {"), encoding="utf-8")
    done = make(copy, "check-generated")
    assert done.returncode != 0
    assert "generated/trustoo_api/models/rating.py: differs" in done.stdout


def test_one_changed_character_in_the_signer_fails_the_contract(copy: Path) -> None:
    signer = copy / "overlays" / "trustoo" / "signing.py"
    text = signer.read_text(encoding="utf-8")
    assert text.count('"&".join') == 1
    signer.write_text(text.replace('"&".join', '"+".join'), encoding="utf-8")
    options = ("--only=reviews.list", "--cases=3", "--seed=1", "--report=report")
    done = run(copy, sys.executable, "-m", "pytest", "contract_tests/prism", *options)
    assert done.returncode != 0
    assert "credentials on the wire" in done.stdout, done.stdout[-3000:]
    assert "make contract ONLY=reviews.list" in done.stdout


def test_a_field_and_an_operation_take_a_block_each_and_two_commands(copy: Path) -> None:
    field, operation = blocks()
    description = copy / "openapi.yaml"
    before, schema, after = description.read_text(encoding="utf-8").partition("\n    CreateReviewRequest:\n")
    head, properties, rest = after.partition("\n      properties:\n")
    assert schema
    assert properties
    text = f"{before}{schema}{head}{properties}{field}{rest}"
    assert text.count("\nwebhooks:\n") == 1
    description.write_text(text.replace("\nwebhooks:\n", f"\n{operation}\nwebhooks:\n"), encoding="utf-8")

    done = make(copy, "generate")
    assert done.returncode == 0, done.stdout + done.stderr
    done = make(copy, "contract", "ONLY=reviews.replies", *QUICK)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    row = re.search(r"^reviews\.replies +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", done.stdout, re.MULTILINE)
    assert row is not None, done.stdout[-2000:]
    assert all(int(number) > 0 for number in row.groups())
    done = run(copy, sys.executable, "-m", "pytest", "contract_tests/prism", "--only=reviews.create", "--cases=3")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr

    called = "import inspect, trustoo; print(inspect.signature(trustoo.Trustoo().reviews.replies))"
    shown = run(copy, sys.executable, "-c", called).stdout
    assert "review_id: str" in shown
    assert "newest_first: int | None = None" in shown
    called = "import trustoo; trustoo.Trustoo().reviews.create(rating=5, author='Zoë', nickname='x' * 41)"
    shown = run(copy, sys.executable, "-c", called).stderr
    assert "nickname has 41 characters; the API takes 40 at most." in shown
