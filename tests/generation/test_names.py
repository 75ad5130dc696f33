"""The names that the generated code and the client use themselves are all known to the generator."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import trustoo_api
from trustoo import AsyncTrustoo, Trustoo
from trustoo_api.api import Resources
from trustoo_api.types import Listing, Model

from tools.constructs import OWN_CLASSES, OWN_TAGS
from tools.forms import OWN_MEMBERS

PACKAGE = Path(trustoo_api.__file__).parent


def public(*classes: type) -> set[str]:
    return {name for cls in classes for name in dir(cls) if not name.startswith("_")}


def test_members_get_no_name_that_models_use() -> None:
    internal = {"origin_", "index_", "secret_", "required_", "others_"}  # no member gets a name that ends so
    assert public(Model, Listing) - internal <= OWN_MEMBERS


def test_tags_get_no_name_that_clients_use() -> None:
    assert public(Trustoo, AsyncTrustoo) - public(Resources) <= OWN_TAGS


def test_schemas_get_no_name_that_generated_modules_import() -> None:
    used = set[str]()
    for path in [*(PACKAGE / "api").rglob("*.py"), *(PACKAGE / "models").glob("[a-z]*.py")]:
        used |= imported(path)
    classes = {name for name in used if name[0].isupper() and not re.fullmatch("[A-Z]+_[A-Z_]+", name)}
    assert {name for name in classes if not name.endswith("Resource")} <= OWN_CLASSES


def imported(path: Path) -> set[str]:
    """The names that a module imports from elsewhere than models."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and not str(node.module).startswith("models."):
            found |= {one.name for one in node.names}
    return found
