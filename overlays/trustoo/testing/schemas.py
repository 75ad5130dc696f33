"""Whether a value has the shape that the description gives it: the few keywords of JSON Schema that it uses.

A library for all of JSON Schema would be a dependency of everybody's, for the sake of tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

__all__ = ["text_validation_error", "validation_error"]

Schema = Mapping[str, Any]

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == value // 1,
    "number": lambda value: _is_number(value),
    "null": lambda value: value is None,
}


def validation_error(schema: Schema, value: Any, name: str = "the body") -> str | None:
    """What of a JSON value is not as its schema says, in one sentence; None when all is."""
    if not _is_of(schema, value):
        return f"{name} is no {' or '.join(_types(schema))}"
    if variants := schema.get("anyOf"):
        problems = [validation_error(variant, value, name) for variant in variants if _is_of(variant, value)]
        if all(problems):  # a variant of the value's type tells best what is wrong
            return problems[0] if problems else f"{name} is no {' or '.join(chain(*map(_types, variants)))}"
    if "not" in schema and validation_error(schema["not"], value, name) is None:
        return f"{name} has members that exclude one another"
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        return f"{name} has more than {schema['maxLength']} characters"
    if isinstance(value, list):
        return _items_error(schema, value, name)
    return _members_error(schema, value, name) if isinstance(value, dict) else None


def text_validation_error(schema: Schema, value: str, name: str) -> str | None:
    """The same for a query parameter's text, of which only numbers have a shape."""
    if schema.get("type") == "integer" and not re.fullmatch("[+-]?[0-9]+([.]0+)?", value):
        return f"{name} is no integer"
    return None


def _types(schema: Schema) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def _is_of(schema: Schema, value: Any) -> bool:
    """Whether the value is of one of the schema's types, if it names any."""
    types = _types(schema)
    return not types or any(TYPES[one](value) for one in types)


def _items_error(schema: Schema, value: list[Any], name: str) -> str | None:
    if len(value) > schema.get("maxItems", len(value)):
        return f"{name} has more than {schema['maxItems']} items"
    problems = (validation_error(schema.get("items", {}), item, f"{name}[{place}]") for place, item in enumerate(value))
    return next(filter(None, problems), None)


def _members_error(schema: Schema, value: dict[str, Any], name: str) -> str | None:
    if missing := [one for one in schema.get("required", ()) if one not in value]:
        return f"{name} has no {', '.join(missing)}"
    if len(value) < schema.get("minProperties", 0):
        return f"{name} is empty"
    known = schema.get("properties", {})
    problems = (validation_error(known[one], value[one], _member(name, one)) for one in known if one in value)
    return next(filter(None, problems), None)


def _member(name: str, member: str) -> str:
    return member if name == "the body" else f"{name}.{member}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
