"""The shape of a JSON value: names of members, types, formats of text, lengths by magnitude. No value survives."""

import re
from dataclasses import dataclass, field
from typing import Any

from contract_tests.support.spec import SPEC

__all__ = ["KNOWN_NAMES", "WITHHELD", "Shape", "safe_name", "shape_of", "type_of"]

WITHHELD = "(name withheld)"
"""Stands for names of members that could be data, such as ids or addresses used as keys."""

# The first that fits.
_FORMATS = {
    "empty": r"",
    "digits": r"[0-9]{1,20}",
    "decimal": r"-?[0-9]+\.[0-9]+",
    "date": r"\d{4}-\d\d-\d\d",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "date-time with a space": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "date-time of another kind": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "hex": r"[0-9a-f]{16,}",
    "url": r"https?://\S+",
    "gid": r"gid://\S+",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
# An object with more members than any in the spec has is taken for a map whose keys are data.
_MOST_NAMES = 60


def _names(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node.get("properties", ())).union(*map(_names, node.values()))
    return set().union(*map(_names, node)) if isinstance(node, list) else set()


KNOWN_NAMES = frozenset(_names(SPEC.document["components"]["schemas"]))


def type_of(value: Any) -> str:
    """A JSON type, of text with its format: "string (digits)"."""
    if isinstance(value, str):
        found = next((name for name, form in _FORMATS.items() if re.fullmatch(form, value, re.ASCII)), "text")
        return f"string ({found})"
    return json_type(value)


def json_type(value: Any) -> str:
    """The name that JSON Schema has for the type."""
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def safe_name(name: str, siblings: int = 1) -> str:
    """`name`, where it is the spec's or looks like a member's name and not like data; else WITHHELD."""
    if name in KNOWN_NAMES:
        return name
    digits = sum(character.isdigit() for character in name)
    return name if _NAME.fullmatch(name) and digits <= 2 and siblings <= _MOST_NAMES else WITHHELD


@dataclass
class Shape:
    """The shape of one value, or of several that stand in the same place."""

    types: set[str] = field(default_factory=set)
    lengths: set[str] = field(default_factory=set)
    items: "Shape | None" = None
    members: dict[str, "Shape"] = field(default_factory=dict)
    _seen: int = 0
    _objects: int = 0

    def add(self, value: Any) -> None:
        """Take in one more value of this place."""
        self._seen += 1
        self.types.add(type_of(value))
        if isinstance(value, list):
            self.lengths.add(_magnitude(len(value)))
            for item in value:
                self.items = self.items or Shape()
                self.items.add(item)
        elif isinstance(value, dict):
            self._objects += 1
            for name, member in value.items():
                self.members.setdefault(safe_name(name, len(value)), Shape()).add(member)

    def to_json(self) -> dict[str, Any]:
        """For the report. `optional` members were missing from some of the objects."""
        found: dict[str, Any] = {"types": sorted(self.types)}
        if self.lengths:
            found["lengths"] = sorted(self.lengths)
        if self.items is not None:
            found["items"] = self.items.to_json()
        if self.members:
            found["members"] = {
                name: member.to_json() | ({"optional": True} if member._seen < self._objects else {})
                for name, member in sorted(self.members.items())
            }
        return found


def shape_of(value: Any) -> Shape:
    """The shape of one JSON value."""
    shape = Shape()
    shape.add(value)
    return shape


def _magnitude(length: int) -> str:
    bounds = ((0, "0"), (1, "1"), (9, "2-9"), (99, "10-99"))
    return next((name for bound, name in bounds if length <= bound), "100 or more")
