"""What the tests of tools/drift share: the real spec, changed copies of it, and what is reported of them."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.tools.mock_engine import ENGINE
from tools.drift.comparing import Comparer
from tools.drift.findings import Finding, lines_of, tidy
from tools.drift.reading import Published, parse, read
from tools.spec import LOADER

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "openapi.yaml"
DATA = Path(__file__).parent / "data" / "drift"
API = "/api/v1/openapi/"

Node = dict[str, Any]

collect_ignore = [] if ENGINE == "docker" else ["test_mock_docker.py"]


@cache
def comparer() -> Comparer:
    return Comparer(yaml.load(SPEC.read_bytes(), LOADER))


@cache
def lines() -> dict[str, int]:
    return lines_of(SPEC.read_text(encoding="utf-8"))


@cache
def _document() -> Node:
    [published] = parse(SPEC.read_bytes(), "copy.yaml")
    return published.document


def document() -> Node:
    """A copy of the spec, to be changed."""
    return copy.deepcopy(_document())


def before_order_list() -> Node:
    """The spec, which states of the orders what it stated when the page `order_list.md` was written."""
    spec: Node = yaml.load(SPEC.read_bytes(), LOADER)
    parts = yaml.load((DATA.parent / "before_order_list.yaml").read_bytes(), LOADER)
    spec["paths"] |= parts["paths"]
    spec["x-sources"] |= parts["x-sources"]
    for kind, named in parts["components"].items():
        spec["components"][kind] |= named
    return spec


def drift_of(document: Node, **options: bool) -> list[Finding]:
    """What is reported of an export."""
    findings, problems = comparer().compare([Published("copy.yaml", "export", document)], **options)
    assert problems == []
    return tidy(findings, lines())


def drift_of_file(name: str, **options: bool) -> list[Finding]:
    """What is reported of a fixture."""
    inputs = read(DATA / name)
    assert inputs.unusable == []
    findings, problems = comparer().compare(inputs.documents, **options)
    assert problems == []
    return tidy(findings, lines())


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    """Kind and text of findings, for assertions."""
    return [(finding.kind, finding.text) for finding in findings]


def without_marks(node: Any) -> Any:
    """A spec without what only ours has: marks, known values, formats of our own."""
    if isinstance(node, dict):
        own = ("instant", "shopify-product-id", "shopify-order-id", "password")
        return {
            key: without_marks(value)
            for key, value in node.items()
            if not key.startswith("x-") and not (key == "format" and value in own)
        }
    return [without_marks(value) for value in node] if isinstance(node, list) else node


def as_3_0(node: Any) -> Any:
    """Schemas as OpenAPI 3.0 writes them: `nullable` for the type null, allOf around what is nullable by reference."""
    if isinstance(node, list):
        return [as_3_0(value) for value in node]
    if not isinstance(node, dict):
        return node
    node = {key: as_3_0(value) for key, value in node.items()}
    if isinstance(node.get("type"), list):
        kinds = [kind for kind in node["type"] if kind != "null"]
        node |= {"type": kinds[0]} | ({"nullable": True} if "null" in node["type"] else {})
    variants = node.get("anyOf")
    if isinstance(variants, list) and {"type": "null"} in variants:
        rest = [variant for variant in variants if variant != {"type": "null"}]
        del node["anyOf"]
        node |= {"allOf": rest, "nullable": True} if len(rest) == 1 else {"oneOf": rest, "nullable": True}
    if "const" in node:
        node["enum"] = [node.pop("const")]
    return node


def dumped(document: Node) -> bytes:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode()
