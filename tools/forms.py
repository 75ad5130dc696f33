"""The Python names and types of what the spec describes: arguments of calls, and members of models."""

import json
from collections.abc import Iterable
from keyword import iskeyword
from typing import Any

from tools.generator import class_name, python_name
from tools.spec import Node, Spec

OWN_ARGUMENTS = frozenset(
    {
        *("self", "client", "extra_body", "extra_query", "unverified"),
        *("build", "header_pairs", "json_object", "path_segment", "query_pairs"),
    }
)
"""The arguments that functions have besides those of the spec, and the functions that they call."""
OWN_PAGING_ARGUMENTS = frozenset({"limit", "known_ids", "since", "checkpoint", "prefetch"})
"""The further arguments of functions that iterate."""
OWN_MEMBERS = frozenset({"has", "extra", "keys", "to_dict", "unreadable", "received"})
"""The attributes that models have besides those of the spec."""
USED_NAMES = frozenset(
    {
        *("builtins", "msgspec", "date", "datetime", "instant", "instant_text", "number", "property", "isinstance"),
        *("str", "int", "float", "bool", "object", "frozenset"),
    }
)
"""What the code of a model refers to, so that no attribute may have this name."""
SCALARS = {"string": "str", "integer": "int", "number": "int | float", "boolean": "bool", "null": "None"}


def identifier(name: str) -> str:
    """The Python name: the wire name if Python allows it. The generator writes `type_` for `type`."""
    python = python_name(name)
    return name if python == f"{name}_" and not iskeyword(name) else python


class Forms:
    """Writes types as Python source."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def variants(self, schema: Node) -> list[Node]:
        """The schemas of which a value fits one: those of `anyOf` or `oneOf`, or one for each of several types."""
        resolved = self._spec.resolve(schema)
        for word in ("anyOf", "oneOf"):
            if word in resolved:
                return [one for variant in resolved[word] for one in self.variants(variant)]
        if isinstance(resolved.get("type"), list):
            return [{**resolved, "type": name} for name in resolved["type"]]
        return [schema if self.is_object(resolved) else resolved]

    def is_object(self, schema: Node) -> bool:
        """Whether a schema describes an object."""
        return schema.get("type") == "object" or "properties" in schema or "allOf" in schema

    def model(self, schema: Node) -> str | None:
        """The class of an object. None if the schema does not describe a named object."""
        while "$ref" in schema and "$ref" in (target := self._spec.target(schema)):
            schema = target
        named = schema.get("$ref", "").rpartition("/")[2]
        return class_name(named) if named and self.is_object(self._spec.resolve(schema)) else None

    def response(self, schema: Node) -> str:
        """The type that a value of a response is decoded as."""
        variants = self.variants(schema)
        kinds = [self.kind(variant) for variant in variants]
        if kinds.count("object") > 1 or kinds.count("array") > 1:
            return "JSON"  # which of them a value is cannot be told from its JSON type
        is_id = {"string", "integer"} <= set(kinds)
        parts = ["Id"] if is_id else []
        for kind, variant in zip(kinds, variants, strict=True):
            if is_id and kind in ("string", "integer"):
                continue
            if sorted(kinds) == ["array", "null"]:
                parts += [f"ListOrNull[{self.item(schema)}]"] if kind == "array" else []
            else:
                parts.append(self._response(kind, variant))
        return " | ".join(dict.fromkeys(parts))

    def _response(self, kind: str, schema: Node) -> str:
        if kind == "array":
            return f"builtins.list[{self.response(schema['items'])}]"
        if kind == "object":
            return self.model(schema) or "JSON"
        return SCALARS.get(kind, "object")

    def request(self, schema: Node, about: Node | None = None) -> str:
        """The type that a caller may give. `about` has the facts of the member or parameter itself."""
        about = about or {}
        variants = self.variants(schema)
        kinds = [self.kind(variant) for variant in variants]
        if known := about.get("known"):
            return f"{literal(known)} | str"
        if about.get("format") in ("instant", "date-time"):
            return "str | datetime | date"
        if about.get("format") == "date":
            return "str | date"
        if about.get("format") == "binary":
            return "Iterable[FileLike]" if kinds == ["array"] else "FileLike"
        if about.get("gid"):
            return "Iterable[str | int]" if kinds == ["array"] else "str | int"
        return " | ".join(map(self._request, kinds, variants))

    def _request(self, kind: str, schema: Node) -> str:
        if "const" in schema:
            return literal([schema["const"]])
        if "enum" in schema:
            # One of several numbers may be any int, so that `int(text)` type-checks. The client checks it.
            values = sorted(schema["enum"])
            return (
                "bool | Literal[0, 1]"
                if values == [0, 1]
                else literal(values) + (" | int" if kind == "integer" else "")
            )
        if kind == "array":
            items = schema["items"]
            return f"Iterable[{self.request(items, {'format': 'binary'} if items.get('format') == 'binary' else None)}]"
        if kind == "object":
            named = self.model(schema)
            return f"{named} | ObjectLike" if named else "ObjectLike"
        return SCALARS.get(kind, "object")

    def kind(self, schema: Node) -> str:
        """The JSON type of a variant. "" for any."""
        resolved = self._spec.resolve(schema)
        if self.is_object(resolved):
            return "object"
        if "type" not in resolved and ("enum" in resolved or "const" in resolved):
            return _type_of(resolved["enum"][0] if "enum" in resolved else resolved["const"])
        kind: str = resolved.get("type", "")
        return kind

    def is_list(self, schema: Node) -> bool:
        """Whether a member is a list that reads as [] if it is null or missing."""
        return sorted(map(self.kind, self.variants(schema))) in (["array"], ["array", "null"])

    def item(self, schema: Node) -> str:
        """The type of the elements of such a list."""
        return next(self.response(one["items"]) for one in self.variants(schema) if self.kind(one) == "array")

    def is_id(self, schema: Node) -> bool:
        """Whether a member is an id: string or integer, returned as a string."""
        return {"string", "integer"} <= set(map(self.kind, self.variants(schema)))

    def is_page(self, schema: Node) -> bool:
        """Whether a member is the position of a page, which is never None."""
        return self.model(schema) == "Pagination"


def literal(values: Iterable[Any]) -> str:
    """`Literal[...]` of values."""
    return f"Literal[{', '.join(repr(one) if isinstance(one, bool) else json.dumps(one) for one in values)}]"


def _type_of(value: object) -> str:
    kinds = {bool: "boolean", int: "integer", str: "string", float: "number", type(None): "null"}
    return kinds.get(type(value), "")


def known_values(spec: Spec, schema: Node) -> list[str] | None:
    """The values that were seen, where others may occur: `x-known-values`, or enums beside any text."""
    schema = spec.resolve(schema)
    variants = [spec.resolve(one) for one in schema.get("anyOf", ())]
    enums = [one["enum"] for one in variants if "enum" in one]
    if enums and len(variants) == len(enums) + 1 and {"type": "string"} in [_plain(one) for one in variants]:
        return [value for values in enums for value in values]
    return schema.get("x-known-values")


def _plain(schema: Node) -> Node:
    return {key: value for key, value in schema.items() if key != "description" and not key.startswith("x-")}


def argument_names(places: dict[str, list[str]], *, paged: bool) -> dict[tuple[str, str], str]:
    """The argument of each (place, wire name). The first of several places keeps a name; the others get the place too.

    A name that the functions use themselves gets an underscore, as a keyword does.
    """
    taken, names = set[str](), dict[tuple[str, str], str]()
    for place, wires in places.items():
        for wire in wires:
            name = identifier(wire)
            if name in OWN_ARGUMENTS or (paged and name in OWN_PAGING_ARGUMENTS):
                name += "_"
            if name in taken:
                name = f"{name.rstrip('_')}_{place}"
            taken.add(name)
            names[place, wire] = name
    return names


def attribute_name(wire: str) -> str:
    """The attribute of a member. A name that models use themselves gets an underscore."""
    name = identifier(wire)
    return f"{name}_" if name in OWN_MEMBERS | USED_NAMES else name
