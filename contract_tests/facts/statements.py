"""Reads from the OpenAPI spec what it states about each operation, parameter and member, with the grade of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tools.evidence import GRADES, METHODS

Node = dict[str, Any]
LIMITS = (
    "const", "default", "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern", "uniqueItems",
)  # fmt: skip
BEARING = {*LIMITS, "enum", "format"}
SECRET = "password"  # a format that marks secrets for logs and is no statement about the API
MEANING = "x-description-evidence"
WHOLE = "itself"
DELIVERY = "Webhook delivery"
FAILURE = "#/components/schemas/ErrorResponse"


@dataclass
class Member:
    """What the spec states about one parameter or member.

    Attributes:
        grade: the grade of its name and type.
        types: JSON types with their grades.
        values: listed values with their grades.
        limits: keywords such as `maxLength`.
        formats: values of `format`.
        array: how an array is written in a URL, with the grade.
        described: all descriptions.
        meaning: the grade of its description; None if it has no description of its own.
        named: identities of the objects in the spec that name the member.
        bearing: identities of the schema objects that state values, limits or formats.
    """

    grade: str
    required: bool = False
    is_open: bool = False
    types: dict[str, str] = field(default_factory=dict)
    values: dict[Any, str] = field(default_factory=dict)
    limits: Node = field(default_factory=dict)
    formats: set[str] = field(default_factory=set)
    array: dict[str, str] = field(default_factory=dict)
    described: str = ""
    meaning: str | None = None
    named: set[int] = field(default_factory=set)
    bearing: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Place:
    """The place of a member: an operation, a part of its request or response, and the member's address there."""

    operation: str
    part: str
    address: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.part} {self.address}"


def weaker(*grades: str) -> str:
    """Return the grade that claims less."""
    return max(grades, key=GRADES.index)


def stronger(*grades: str) -> str:
    """Return the grade that claims more."""
    return min(grades, key=GRADES.index)


class Statements:
    """The statements of a spec.

    Args:
        spec: the parsed OpenAPI document.

    Attributes:
        referred: the best grade of the places that refer to a component, by the component's identity.
    """

    def __init__(self, spec: Node) -> None:
        self.spec = spec
        self.referred: dict[int, str] = {}
        self._around: list[int] = []  # the objects that the current member is in

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Yield METHOD, path and operation object."""
        for path, item in self.spec["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def resolve(self, node: Node) -> Node:
        """Return the object itself, or the component that it refers to."""
        while "$ref" in node:
            target: Any = self.spec
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def members(self, title: str, operation: Node) -> dict[Place, Member]:
        """Return all parameters and members of an operation. Those of an error response have the part `error`."""
        found: dict[Place, Member] = {}
        for parameter in map(self.resolve, operation.get("parameters", ())):
            place = Place(title, parameter["in"], parameter["name"])
            self._visit(found, place, parameter["schema"], parameter["x-evidence"])
            self._note_parameter(found[place], parameter)
        body = _json(operation.get("requestBody", {}))
        if body is not None:
            # The operation's mark grades its path. The schema of the body has a mark of its own.
            self._visit(found, Place(title, "body", WHOLE), body, GRADES[0])
        for response in map(self.resolve, operation["responses"].values()):
            schema = _json(response)
            for variant in () if schema is None else schema.get("anyOf", (schema,)):
                part = "error" if variant.get("$ref") == FAILURE else "response"
                self._visit(found, Place(title, part, WHOLE), variant, response["x-evidence"])
        return found

    def _note_parameter(self, member: Member, parameter: Node) -> None:
        member.named = {id(parameter)}
        member.required = parameter.get("required", False)
        member.described += parameter.get("description", "")
        member.meaning = parameter.get(MEANING, parameter["x-evidence"])
        if "array" in member.types:
            repeated = (parameter.get("style"), parameter.get("explode")) == ("form", True)
            written = "repeated" if repeated else "not stated as repeated"
            member.array[written] = parameter.get("x-style-evidence") or parameter["x-evidence"]

    def _visit(self, found: dict[Place, Member], place: Place, node: Node, grade: str) -> None:
        """Add what `node` states about `place`. `grade` is that of the place."""
        member = found.setdefault(place, Member(grade))
        member.grade = stronger(member.grade, grade)
        self._add(found, place, node, grade, grade, is_branch=False)

    def _add(
        self, found: dict[Place, Member], place: Place, node: Node, grade: str, ceiling: str, *, is_branch: bool
    ) -> None:
        """Add the schema `node`, which is the place's own or a branch of it.

        A reference has the grade of its place: `ceiling`. A branch that is a reference has the grade of its target.
        """
        member = found[place]
        target = self.resolve(node)
        own = target.get("x-evidence", grade)
        if "$ref" in node:
            self.referred[id(target)] = stronger(self.referred.get(id(target), grade), grade)
        for part in (node, target):
            if part.keys() & BEARING and part.get("format") != SECRET:
                member.bearing.add(id(part))
            member.limits |= {name: part[name] for name in LIMITS if name in part}
            member.formats |= {part["format"]} - {SECRET} if "format" in part else set()
        member.described += node.get("description", "")
        declared = target.get("type", ())
        known = weaker(ceiling, own) if is_branch else ceiling
        for kind in (declared,) if isinstance(declared, str) else declared:
            member.types[kind] = stronger(member.types.get(kind, known), known)
        for value in target.get("enum", ()):
            member.values[value] = own
        branches = [branch for keyword in ("allOf", "anyOf", "oneOf") for branch in target.get(keyword, ())]
        inner_ceiling = ceiling if "$ref" in node and not is_branch else GRADES[0]
        for branch in branches:
            self._add(found, place, branch, branch.get("x-evidence", own), inner_ceiling, is_branch=True)
        member.is_open |= bool(member.values) and any(map(self._is_any, branches))
        if id(target) not in self._around:  # a schema that contains itself is read once
            self._around.append(id(target))
            self._add_inner(found, place, target, own)
            self._around.pop()

    def _add_inner(self, found: dict[Place, Member], place: Place, target: Node, own: str) -> None:
        """Add the members of an object and the items of an array."""
        for name, child in target.get("properties", {}).items():
            inner = Place(place.operation, place.part, _below(place.address, name))
            self._visit(found, inner, child, child.get("x-evidence", own))
            found[inner].named.add(id(child))
            if "description" in child:
                meaning: str = child.get(MEANING) or target.get(MEANING) or found[inner].grade
                found[inner].meaning = stronger(found[inner].meaning or meaning, meaning)
            found[inner].required |= name in target.get("required", ())
        if "items" in target:
            inner = Place(place.operation, place.part, f"{_below(place.address)}[]")
            self._visit(found, inner, target["items"], target["items"].get("x-evidence", own))

    def _is_any(self, branch: Node) -> bool:
        return "type" in (target := self.resolve(branch)) and "enum" not in target


def _below(address: str, name: str = "") -> str:
    prefix = "" if address == WHOLE else address
    return f"{prefix}.{name}" if prefix and name else prefix or name


def _json(content: Node) -> Node | None:
    schema: Node | None = content.get("content", {}).get("application/json", {}).get("schema")
    return schema
