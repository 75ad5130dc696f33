"""The command line and the fake service use the public names of the package, as any program could.

import-linter checks the modules (`make lint-imports`); these tests check the names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "overlays"
ROOMS = ("trustoo.cli", "trustoo.testing")
SHARED = {"trustoo.cli": {"trustoo._files"}}
"""Private modules that a room may import."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_imports(source: str, file: str, room: str) -> Iterator[str]:
    """Each import of a private module or name from outside the room, as file, line and name.

    `file`: the path from the directory of the packages.
    """
    package = ".".join(Path(file).parent.parts)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            imported = [(module, alias.name) for alias in node.names]
        else:
            continue
        for module, name in imported:
            inside = f"{module}.".startswith(f"{room}.") or module in SHARED.get(room, ())
            if not inside and any(map(is_private, [*module.split("."), name])):
                yield f"{file}:{node.lineno}: {room} imports {'.'.join(filter(None, (module, name)))}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_no_private_name_from_elsewhere(room: str) -> None:
    files = sorted((PACKAGES / room.replace(".", "/")).rglob("*.py"))
    assert len(files) > 5
    found = [
        line
        for file in files
        for line in private_imports(file.read_text(encoding="utf-8"), str(file.relative_to(PACKAGES)), room)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from .._config import Config", "trustoo._config.Config"),
        ("from .. import _config", "trustoo._config"),
        ("import trustoo._config", "trustoo._config"),
        ("import trustoo._files", None),
        ("from .._files import write_atomic", None),
        ("from ..webhooks import _secret", "trustoo.webhooks._secret"),
        ("from ..upload._source import read", "trustoo.upload._source.read"),
        ("def f():\n    from trustoo_api.types import _plain", "trustoo_api.types._plain"),
        ("from .exits import _report", None),
        ("from . import _helpers", None),
        ("from .. import Trustoo, __version__", None),
    ],
)
def test_private_names_are_found(source: str, name: str | None) -> None:
    line = source.count("\n") + 1
    file = "trustoo/cli/app.py"
    expected = [] if name is None else [f"{file}:{line}: trustoo.cli imports {name}"]
    assert list(private_imports(source, file, "trustoo.cli")) == expected


def test_private_names_are_found_in_packages_inside_a_room() -> None:
    file = "trustoo/cli/imports/rows.py"
    assert list(private_imports("from ..exits import _report", file, "trustoo.cli")) == []
    (line,) = private_imports("from ..._config import Config", file, "trustoo.cli")
    assert line.endswith("imports trustoo._config.Config")
