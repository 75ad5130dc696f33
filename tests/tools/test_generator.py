"""openapi-python-client is used in one place, and each of its internals that is used there exists."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from tests.generation.small import document
from tools import generator
from tools.generator import INTERNALS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "generator-templates").glob("*.jinja"))
OWN = {
    "endpoint",
    "endpoint_collection",
    "endpoint_collections_by_tag",
    "model",
    "FACTS",
    "class_name",
    "python_identifier",
}
"""The variables of templates that `render` fills with this project's facts, and the generator's names of tags."""


@pytest.mark.parametrize("name", INTERNALS)
def test_the_generator_has_the_internal(name: str) -> None:
    package = name.rpartition(".")[0]
    while True:
        try:
            found: object = importlib.import_module(package)
            break
        except ModuleNotFoundError:
            package = package.rpartition(".")[0]
    for part in name.removeprefix(f"{package}.").split("."):
        fields = {**getattr(found, "__annotations__", {}), **dict.fromkeys(_set_in_init(found))}
        assert hasattr(found, part) or part in fields, f"openapi-python-client has no {name} any more"
        found = getattr(found, part, None)


def _set_in_init(found: object) -> set[str]:
    """The attributes that `__init__` sets."""
    code = getattr(getattr(found, "__init__", None), "__code__", None)
    return set(code.co_names) if code is not None else set()


def test_the_list_names_every_import_from_the_generator() -> None:
    tree = ast.parse(Path(generator.__file__).read_text(encoding="utf-8"))
    imported = {
        f"{node.module}.{one.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("openapi_python_client")
        for one in node.names
    }
    used = {name for name in imported if any(f"{one}.".startswith(f"{name}.") for one in INTERNALS)}
    assert used == imported


def test_no_other_file_imports_the_generator() -> None:
    folders = ("tools", "contract_tests", "overlays", "generated", "generator-templates")
    pattern = re.compile(r"^\s*(?:from|import) openapi_python_client", re.MULTILINE)
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["tools/generator.py"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_a_template_sees_only_facts_of_this_project(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    environment = Environment(trim_blocks=True, lstrip_blocks=True)  # Python, not HTML
    environment.filters["docstring"] = str
    variables = meta.find_undeclared_variables(environment.parse(source))
    assert variables <= OWN | ({"enum"} if path.name == "literal_enum.py.jinja" else set())
    environment.compile(source)  # raises for a filter that only the generator has


def test_what_the_generator_refuses_is_an_error_in_one_line(tmp_path: Path) -> None:
    spec = document()
    del spec["info"]["version"]
    with pytest.raises(generator.GenerationError, match=r"\Aopenapi-python-client: .*version.*\Z"):
        generator.render(
            spec,
            settings=ROOT / "generator-config.yaml",
            templates=ROOT / "generator-templates",
            output=tmp_path / "out",
            operations={},
            models={},
            facts={},
            filters={},
        )
    assert not (tmp_path / "out").exists()
