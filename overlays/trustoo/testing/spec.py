"""The OpenAPI spec as a server needs it: routes, a sample response of each operation, and schemas of values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from typing import Any

from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Operation, instant

__all__ = ["SAMPLES", "Routes", "Sample", "at", "routes", "text_validation_error", "validation_error"]

Routes = list[tuple[re.Pattern[str], dict[str, Operation]]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One operation of the OpenAPI spec.

    Attributes:
        response: a success envelope.
        required_parameters: names of the required query parameters.
        required_members: names of the required members of the body; None if the operation has no body.
        scopes_by_topic: scopes that depend on the body's `topic`.
        examples: examples of query parameters, by name.
        parameters: schemas of query parameters, by name.
        body: the body's schema.
    """

    response: Mapping[str, Any]
    required_parameters: tuple[str, ...]
    required_members: tuple[str, ...] | None
    scopes_by_topic: Mapping[str, str]
    examples: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]
    body: Mapping[str, Any] | None

    @property
    def is_paged(self) -> bool:
        """Whether the response is a page of a list."""
        data = self.response.get("data")
        return isinstance(data, dict) and isinstance(data.get("page"), dict) and isinstance(data.get("list"), list)


def _samples(text: str) -> dict[str, Sample]:
    return {
        operation: Sample(
            known["answer"],
            tuple(known["required_parameters"]),
            None if known["required_members"] is None else tuple(known["required_members"]),
            known["scopes_by_topic"],
            known["examples"],
            known["parameters"],
            known["body"],
        )
        for operation, known in json.loads(text).items()
    }


def routes(operations: Iterable[Operation]) -> Routes:
    """A pattern for each path, with the path's operations by method. Paths without parameters come first."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    ordered = sorted(by_path.items(), key=lambda route: route[0].count("{"))
    return [(re.compile(re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path))), known) for path, known in ordered]


SAMPLES = _samples(files("trustoo_api").joinpath("samples.json").read_text(encoding="utf-8"))
ROUTES = routes(OPERATIONS.values())


def at(path: str, known: Routes = ROUTES) -> dict[str, Operation]:
    """The operations of a path, by method; empty for an unknown path."""
    return next((operations for pattern, operations in known if pattern.fullmatch(path)), {})


# A library for all of JSON Schema would be a dependency of every installation, although only tests need it.
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


FORMATS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "instant": (
        "a date-time",
        lambda text: re.fullmatch("[0-9-]{10}[ T][0-9:]{8}([.][0-9]+)?Z?", text) and instant(text),
    ),
    "email": ("an e-mail address", re.compile(r"[^@\s]+@[^@\s]+[.][^@\s]+").fullmatch),
    "uri": ("an http or https address", re.compile(r"https?://[^\s/]\S*", re.IGNORECASE).fullmatch),
    "shopify-product-id": ("a product's number", re.compile("(gid://shopify/Product/)?[0-9]+").fullmatch),
    "shopify-order-id": ("an order's number", re.compile("(gid://shopify/Order/)?[0-9]+").fullmatch),
}
"""What each format of the spec is, and a function whose result is true for a text that has the format."""


def validation_error(schema: Schema, value: Any, name: str = "the body") -> str | None:
    """Why a JSON value does not match its schema, in one sentence; None if the value matches."""
    if not _is_of(schema, value):
        return f"{name} is not of type {' or '.join(_types(schema))}"
    if variants := schema.get("anyOf"):
        problems = [validation_error(variant, value, name) for variant in variants if _is_of(variant, value)]
        if all(problems):  # the problem of a variant that has the value's type is the most precise problem
            return problems[0] if problems else f"{name} is not of type {' or '.join(chain(*map(_types, variants)))}"
    if "not" in schema and validation_error(schema["not"], value, name) is None:
        return f"{name} must not have the member {', '.join(schema['not'].get('required', ()))}"
    if "if" in schema:
        if validation_error(schema["if"], value, name) is None:
            problem = validation_error(schema["then"], value, name)
        elif problem := validation_error(schema["else"], value, name):
            problem = " or ".join((problem, *schema["if"].get("required", ())))
        if problem:
            return problem
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is not one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        return f"{name} is empty"
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        return f"{name} has more than {schema['maxLength']} characters"
    if problem := _format_error(schema, value, name):
        return problem
    if isinstance(value, list):
        return _items_error(schema, value, name)
    return _members_error(schema, value, name) if isinstance(value, dict) else None


def text_validation_error(schema: Schema, value: str, name: str) -> str | None:
    """Why a query parameter's text does not match its schema; None if the text matches. An empty text matches."""
    if schema.get("type") == "integer" and not re.fullmatch("[+-]?[0-9]+([.]0+)?", value):
        return f"{name} is not of type integer"
    return _format_error(schema.get("items", schema), value, name)


def _format_error(schema: Schema, value: Any, name: str) -> str | None:
    """Why a value does not have its schema's format. The documented examples send empty texts for missing values."""
    if schema.get("format") not in FORMATS or value == "" or not isinstance(value, str | int):
        return None
    wanted, has_format = FORMATS[schema["format"]]
    return None if has_format(str(value)) else f"{name} is not {wanted}"


def _types(schema: Schema) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def _is_of(schema: Schema, value: Any) -> bool:
    """Whether the value has one of the schema's types. A schema without types accepts all values."""
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
    known = schema.get("properties", {})
    problems = (validation_error(known[one], value[one], _member(name, one)) for one in known if one in value)
    return next(filter(None, problems), None)


def _member(name: str, member: str) -> str:
    return member if name == "the body" else f"{name}.{member}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
