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


def contract(folder: Path, operation: str) -> subprocess.CompletedProcess[str]:
    """The main part of `make contract ONLY=operation CASES=3`. tests/tools/long_walks.py runs the whole."""
    options = (f"--only={operation}", "--cases=3", "--seed=1", "--report=report")
    return run(folder, sys.executable, "-m", "pytest", "contract_tests/prism", *options)


def add(folder: Path, field: str, operation: str) -> None:
    """Add a field to CreateReviewRequest, and an operation, as docs/changing-api.md says."""
    description = folder / "openapi.yaml"
    before, schema, after = description.read_text(encoding="utf-8").partition("\n    CreateReviewRequest:\n")
    head, properties, rest = after.partition("\n      properties:\n")
    assert schema
    assert properties
    text = f"{before}{schema}{head}{properties}{field}{rest}"
    assert text.count("\nwebhooks:\n") == 1
    description.write_text(text.replace("\nwebhooks:\n", f"\n{operation}\nwebhooks:\n"), encoding="utf-8")


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
    done = contract(copy, "reviews.list")
    assert done.returncode != 0
    assert "credentials on the wire" in done.stdout, done.stdout[-3000:]
    assert "make contract ONLY=reviews.list" in done.stdout


def test_a_field_and_an_operation_take_a_block_each_and_the_contract_covers_them(copy: Path) -> None:
    field, operation = blocks()
    add(copy, field, operation)
    done = make(copy, "generate")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("reviews.replies", "reviews.create"):
        done = contract(copy, name)
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr
        row = re.search(rf"^{re.escape(name)} +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", done.stdout, re.MULTILINE)
        assert row is not None, done.stdout[-2000:]
        assert all(int(number) > 0 for number in row.groups())

    called = "import inspect, trustoo; print(inspect.signature(trustoo.Trustoo().reviews.replies))"
    shown = run(copy, sys.executable, "-c", called).stdout
    assert "review_id: str" in shown
    assert "newest_first: int | None = None" in shown
    called = "import trustoo; trustoo.Trustoo().reviews.create(rating=5, author='Zoë', nickname='x' * 41)"
    shown = run(copy, sys.executable, "-c", called).stderr
    assert "nickname has 41 characters; the API takes 40 at most." in shown
