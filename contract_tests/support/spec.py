"""Reads `openapi.yaml` for the tests: operations, validity, and the values that a caller must see of a response.

The normalisations in `reading` are those that the client promises. They are written here from the spec and not from the
generated code.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from keyword import iskeyword
from math import isfinite
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.protocols import Validator

from tools.spec import Node, Spec, load

ROOT = Path(__file__).resolve().parents[2]
SPEC: Spec = load(ROOT / "openapi.yaml")
OPERATIONS = tuple(SPEC.by_id)
KNOWN_CODES = tuple(code for code in SPEC.codes() if code != 0)


def parts(operation: str) -> tuple[str, str, Node]:
    """Return (path, METHOD, operation object) of an operationId."""
    path, method, node = SPEC.by_id[operation]
    return path, method.upper(), node


@cache
def _validator(pointer: str) -> Validator:
    document = {"$ref": f"#{pointer}", **SPEC.document}
    return jsonschema.Draft202012Validator(document)


def is_valid(schema_of: str, value: Any) -> bool:
    """Return whether `value` is valid against the schema at the JSON pointer `schema_of`."""
    return bool(_validator(schema_of).is_valid(value))


def response_pointer(operation: str) -> str:
    """Return the JSON pointer of the schema of the operation's 200 response."""
    path, method, _ = parts(operation)
    escaped = path.replace("~", "~0").replace("/", "~1")
    return f"/paths/{escaped}/{method.lower()}/responses/200/content/application~1json/schema"


def body_pointer(operation: str) -> str:
    """Return the JSON pointer of the schema of the operation's body."""
    path, method, _ = parts(operation)
    escaped = path.replace("~", "~0").replace("/", "~1")
    return f"/paths/{escaped}/{method.lower()}/requestBody/content/application~1json/schema"


def parameters(operation: str) -> dict[str, Node]:
    """Return the parameters by name, with resolved references."""
    _, _, node = parts(operation)
    return {parameter["name"]: parameter for parameter in map(SPEC.resolve, node.get("parameters", ()))}


def success_variants(operation: str) -> Iterator[Node]:
    """Yield the schemas of a successful response, with or without an envelope."""
    _, _, node = parts(operation)
    schema = SPEC.success_schema(node)
    for variant in schema.get("anyOf", (schema,)):
        if not variant.get("$ref", "").endswith("/ErrorResponse"):
            yield SPEC.resolve(variant)


def data_schema(operation: str) -> Node | None:
    """Return the schema of `data` in the envelope; None if the envelope has no `data`."""
    for variant in success_variants(operation):
        if "data" in (members := SPEC.properties(variant)) and "code" in members:
            return members["data"]
    return None


def bare_schema(operation: str) -> Node | None:
    """Return the schema of a response without an envelope; None if this schema is not known."""
    for variant in success_variants(operation):
        if "message" not in SPEC.properties(variant):
            return variant
    return None


def attribute(name: str) -> str:
    """Return the Python name of a member."""
    return f"{name}_" if iskeyword(name) else name


def instant(text: object) -> datetime | None:
    """Return the instant of a date in one of the two styles of the API, else None."""
    if not isinstance(text, str):
        return None
    for style in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text, style).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _decimal(text: object) -> float | None:
    """Return the number that a text is, else None."""
    if not isinstance(text, str) or not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return None
    return float(text) if isfinite(float(text)) else None


def types_of(schema: Node) -> set[str]:
    """Return the JSON types that a schema or its variants declare."""
    found: set[str] = set()
    for variant in (schema, *schema.get("anyOf", ())):
        declared = SPEC.resolve(variant).get("type", ())
        found |= {declared} if isinstance(declared, str) else set(declared)
    return found


def _fits(schema: Node, raw: object) -> bool:
    return bool(
        jsonschema.Draft202012Validator({"type": sorted(types_of(SPEC.resolve(schema))) or ["null"]}).is_valid(raw)
    )


def reading(schema: Node, raw: Any) -> Any:
    """Return the value that a caller must see for the JSON value `raw`. An object becomes a dict of attributes."""
    schema = SPEC.resolve(schema)
    if {"string", "integer"} <= types_of(schema) and isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if raw is None:
        return [] if types_of(schema) <= {"array", "null"} and "array" in types_of(schema) else None
    if "anyOf" in schema:
        return reading(next(variant for variant in schema["anyOf"] if _fits(variant, raw)), raw)
    if isinstance(raw, list):
        return [reading(schema["items"], item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    seen: dict[str, Any] = {}
    known = SPEC.properties(schema)
    for name, about in known.items():
        if SPEC.resolve(about).get("format") == "instant":
            seen[f"{name}_text"], seen[name] = raw.get(name), instant(raw.get(name))
        elif SPEC.resolve(about).get("format") == "decimal":
            seen[f"{name}_text"], seen[name] = raw.get(name), _decimal(raw.get(name))
        elif name == "page" and raw.get(name) is None and "object" in types_of(SPEC.resolve(about)):
            seen[name] = reading(about, {})
        else:
            seen[name] = reading(about, raw.get(name))
    return seen | {"extra": {name: value for name, value in raw.items() if name not in known}, "to_dict": raw}


def has_unparsed_text(seen: Any) -> bool:
    """Return whether `reading` found a text that is neither a date nor a number, although it must be one."""
    if isinstance(seen, list):
        return any(map(has_unparsed_text, seen))
    if not isinstance(seen, dict):
        return False
    return any(
        has_unparsed_text(value) or (f"{name}_text" in seen and value is None and seen[f"{name}_text"] is not None)
        for name, value in seen.items()
        if name not in ("extra", "to_dict")
    )


def seen_by_caller(schema: Node, value: Any) -> Any:
    """Return the same structure for a value that the client returned, read through its public attributes."""
    schema = SPEC.resolve(schema)
    if isinstance(value, list):
        items = [schema, *map(SPEC.resolve, schema.get("anyOf", ()))]
        item_schema = next(variant["items"] for variant in items if "items" in variant)
        return [seen_by_caller(item_schema, item) for item in value]
    if not hasattr(value, "to_dict"):
        return value
    if "anyOf" in schema:
        schema = next(SPEC.resolve(v) for v in schema["anyOf"] if "object" in types_of(SPEC.resolve(v)))
    seen: dict[str, Any] = {}
    for name, about in SPEC.properties(schema).items():
        if SPEC.resolve(about).get("format") in ("instant", "decimal"):
            seen[f"{name}_text"] = getattr(value, f"{name}_text")
        seen[name] = seen_by_caller(about, getattr(value, attribute(name)))
    return seen | {"extra": value.extra, "to_dict": value.to_dict()}


def same(left: Any, right: Any) -> bool:
    """Return whether two values are equal and have equal types. Thus 1, 1.0 and True differ."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def shown(value: object) -> str:
    """Return a value as text for a failure message."""
    return json.dumps(value, ensure_ascii=False, default=str)[:2000]
