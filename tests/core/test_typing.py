"""The types that users see: right code passes mypy and pyright, both strict, and each mistake is found by both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from trustoo_api.operations import OPERATIONS

from tests.support import MYPY_CACHE

ROOT = Path(__file__).resolve().parents[2]
RIGHT = Path(__file__).parent / "typing" / "user_code.py"
WRONG = Path(__file__).parent / "typing" / "mistakes.py"
EXCUSE = re.compile(r"  # type: ignore\[([a-z, -]+)\]")
Found = dict[tuple[str, int], set[str]]
"""Error codes by file and line."""


def without_excuses() -> tuple[str, dict[int, set[str]]]:
    """The mistakes as a user would make them, and the codes of mypy that each line is excused from."""
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    excused = {
        number: set(found[1].split(", ")) for number, line in enumerate(lines, 1) if (found := EXCUSE.search(line))
    }
    return "".join(f"{EXCUSE.sub('', line)}\n" for line in lines), excused


MISTAKES, EXCUSED = without_excuses()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's project: it knows trustoo as an installed package only."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "right.py").write_text(RIGHT.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "wrong.py").write_text(MISTAKES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def mypy(folder: Path) -> Found:
    options = ["--strict", "--config-file=", f"--cache-dir={MYPY_CACHE}", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options]
    done = subprocess.run([*command, "right.py", "wrong.py"], cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: Found = {}
    for line in done.stdout.splitlines():
        if ": note: " in line:
            continue
        noted = re.fullmatch(r"([\w./\\]+\.py):(\d+): error: .*\[([a-z-]+)\]", line)
        assert noted, line
        found.setdefault((noted[1], int(noted[2])), set()).add(noted[3])
    return found


@pytest.fixture(scope="module")
def pyright(folder: Path) -> Found:
    settings = {"include": ["right.py", "wrong.py"], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, str(ROOT / "tools" / "node.py"), "pyright", "--outputjson", "-p", str(folder)]
    done = subprocess.run(
        [*command, "--pythonpath", sys.executable], cwd=folder, capture_output=True, encoding="utf-8", timeout=100
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: Found = {}
    for noted in json.loads(done.stdout)["generalDiagnostics"]:
        place = (Path(noted["file"]).name, noted["range"]["start"]["line"] + 1)
        if noted["severity"] == "error":
            found.setdefault(place, set()).add(noted.get("rule", ""))
    return found


def lines(found: Found, file: str) -> set[int]:
    return {line for name, line in found if name == file}


def test_right_code_passes_mypy(mypy: Found) -> None:
    assert {place: codes for place, codes in mypy.items() if place[0] != "wrong.py"} == {}


def test_right_code_passes_pyright(pyright: Found) -> None:
    assert {place: codes for place, codes in pyright.items() if place[0] != "wrong.py"} == {}


def test_mypy_finds_each_mistake_and_calls_it_what_it_is(mypy: Found) -> None:
    assert {line: codes for (name, line), codes in mypy.items() if name == "wrong.py"} == EXCUSED


def test_pyright_finds_each_mistake_and_nothing_else(pyright: Found) -> None:
    assert lines(pyright, "wrong.py") == set(EXCUSED)


def test_the_mistakes_are_of_many_kinds() -> None:
    kinds = set().union(*EXCUSED.values())
    assert kinds >= {"call-arg", "arg-type", "attr-defined", "union-attr", "assignment", "misc"}
    assert len(EXCUSED) >= 62


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_called_in_every_way(operation: str) -> None:
    text = re.sub(r"\(\s+", "(", RIGHT.read_text(encoding="utf-8"))
    tag, name = operation.split(".")
    for call in (f"shop.{operation}(", f"shop.{tag}.with_raw_response.{name}("):
        # Once by each client.
        assert len(re.findall(rf"(?<!await ){re.escape(call)}", text)) >= 1, call
        assert len(re.findall(rf"await {re.escape(call)}", text)) >= 1, call
    for call in ("sync(", "sync_detailed(", "await asyncio(", "await asyncio_detailed("):
        function = f"{tag}_{name}.{call}" if "await" not in call else call.replace("await ", f"await {tag}_{name}.")
        assert f"{function}client=shop" in text, function


def test_the_results_of_calls_are_asserted() -> None:
    text = RIGHT.read_text(encoding="utf-8")
    asserted = re.findall(r"assert_type\(\s*(?:await )?shop\.(\w+)\.(\w+)\(", text)
    raw = re.findall(r"assert_type\(\s*(?:await )?shop\.(\w+)\.with_raw_response\.(\w+)\(", text)
    assert len(asserted) >= 2 * 15
    assert sorted(f"{tag}.{name}" for tag, name in raw) == sorted([*OPERATIONS, *OPERATIONS])
    detailed = re.findall(r"assert_type\(\s*(?:await )?(\w+)\.(?:sync|asyncio)_detailed\(", text)
    assert sorted(detailed) == sorted(operation.replace(".", "_") for operation in [*OPERATIONS, *OPERATIONS])
    functions = re.findall(r"assert_type\(\s*(?:await )?(\w+)\.(?:sync|asyncio)\(", text)
    assert len(functions) >= 2 * 15
