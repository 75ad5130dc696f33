"""Schemas of OpenAPI 3.0 and 3.1 in one comparable form, so that schemas with the same meaning are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from tools.evidence import pointer
from tools.spec import is_of_values

MAX_SHAPES = 60_000
LIMITS = (
    "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
)  # fmt: skip
OF_ONE = ("not", "minProperties", "maxProperties")
"""Limits that say nothing about a value with several forms."""
TRAITS = ("readOnly", "writeOnly", "deprecated", "contentEncoding", "contentMediaType")
"""Other keywords that are compared. Beside them: `format`, `default`, and `additionalProperties: false`."""
FOLLOWED = (
    "$ref", "type", "nullable", "enum", "const", "properties", "required", "items", "allOf", "anyOf", "oneOf", "not",
    "format", "default", "additionalProperties",
)  # fmt: skip
WORDS = ("title", "description", "example", "examples", "externalDocs", "$comment", "summary", "xml")
"""Keywords that change nothing on the wire in JSON."""
OPEN_VALUES = ("x-known-values", "x-apifox-enum", "x-apidog-enum")

Node = dict[str, Any]


class TooLargeError(Exception):
    """Schemas that refer to each other so often that they cannot be written out."""


@dataclass(frozen=True)
class Mark:
    """The evidence mark that applies at a place, and where the mark is."""

    grade: str
    pointer: str
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """The content of a schema, with its references followed and its parts combined."""

    pointer: str
    mark: Mark
    types: frozenset[str] = frozenset()
    """JSON types, including null. Empty if the schema states none."""
    values: tuple[Any, ...] | None = None
    """The closed list of values. None if there is no such list."""
    known: tuple[Any, ...] = ()
    """Values of an open list."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    alternatives: frozenset[str] = frozenset()
    """Names of members that only some of several forms of the object have."""
    items: Shape | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)
    """The format, the default and other keywords, without those that state what is usual."""
    unread: frozenset[str] = frozenset()
    """Keywords that are not compared."""
    listed: str = ""
    """The place of the list that `values` or `known` come from."""
    loose: tuple[str, ...] = ()
    """Names of members whose place could not be read from a copied page."""
    declared: str = ""
    """The place of the schema before its reference is followed."""
    cut: bool = False
    """True if the schema contains itself and was not followed again."""


class Shaper:
    """Makes shapes of the schemas of one document."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self._left = MAX_SHAPES

    def follow(self, node: Any, place: str, seen: tuple[str, ...] = ()) -> tuple[Node, str, tuple[str, ...]]:
        """`node` or the part that it refers to, with its place. {} for an unknown or circular reference."""
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen or not reference.startswith("#/"):
                return {"x-cut": True}, place, seen
            target: Any = self._document
            for step in reference[2:].split("/"):
                target = _child(target, step)
            node, place, seen = target, reference, (*seen, reference)
        return (node if isinstance(node, dict) else {}), place, seen

    def shape(self, node: Any, place: str, mark: Mark, seen: tuple[str, ...] = ()) -> Shape:
        """The shape of the schema `node` at `place`. `mark` applies unless the schema has its own mark."""
        self._left -= 1
        if self._left < 0:
            raise TooLargeError(f"has schemas that come to more than {MAX_SHAPES} parts when references are followed")
        declared, reference = place, node
        node, place, seen = self.follow(node, place, seen)
        if isinstance(reference, dict) and node is not reference:
            mark = marked(reference, declared, mark)
        if node is reference or not is_of_values(node):  # a shared list of values grades its values, not their users
            mark = marked(node, place, mark)
        own = self._own(node, place, mark, seen)
        for part in self._parts(node, "allOf", place, mark, seen):
            own = _both(own, part)
        for keyword in ("anyOf", "oneOf"):
            variants = list(self._parts(node, keyword, place, mark, seen))
            if variants:
                own = _both(own, _any(_without_errors(variants)))
                if not own.members:  # then the place of the alternatives tells more than that of the first
                    own = replace(own, pointer=place, mark=mark)
        if node.get("nullable") is True and own.types:
            own = replace(own, types=own.types | {"null"})
        return replace(own, declared=declared)

    def _parts(self, node: Node, keyword: str, place: str, mark: Mark, seen: tuple[str, ...]) -> Iterator[Shape]:
        parts = node.get(keyword)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            yield self.shape(part, f"{place}/{keyword}/{index}", mark, seen)

    def _own(self, node: Node, place: str, mark: Mark, seen: tuple[str, ...]) -> Shape:
        members, required, items = node.get("properties"), node.get("required"), node.get("items")
        types = node.get("type")
        names = (
            {str(name) for name in types} if isinstance(types, list) else {types} if isinstance(types, str) else set()
        )
        listed = _listed(node)
        if listed is not None and not names:
            names = {kind_of(value) for value in listed}
        unplaced = node.get("x-unplaced")
        shape = Shape(
            place,
            mark,
            frozenset(names or ({"object"} if isinstance(members, dict) else {"array"} if items is not None else ())),
            None if listed is None else tuple(value for value in listed if value is not None),
            tuple(_open_values(node)),
            dict(_limits(node)),
            {
                str(name): self.shape(member, f"{place}/properties/{pointer(name)[2:]}", mark, seen)
                for name, member in (members.items() if isinstance(members, dict) else ())
            },
            frozenset(str(name) for name in required) if isinstance(required, list) else frozenset(),
            items=None if items is None else self.shape(items, f"{place}/items", mark, seen),
            loose=tuple(str(name) for name in unplaced) if isinstance(unplaced, list) else (),
            traits=dict(_traits(node)),
            unread=frozenset(
                str(key) for key in node if key not in (*FOLLOWED, *LIMITS, *TRAITS, *WORDS) and key[:2] != "x-"
            ),
            listed=next((f"{place}/{key}" for key in ("enum", "const", *OPEN_VALUES) if key in node), ""),
            cut=bool(node.get("x-cut")),
        )
        denied = node.get("not")
        excluded = _listed(denied) if isinstance(denied, dict) else None
        return replace(shape, limits={**shape.limits, "not": excluded}) if excluded else shape


def _listed(node: Node) -> list[Any] | None:
    """The closed list of values. A constant is a list with one value."""
    values = [node["const"]] if "const" in node else node.get("enum")
    return values if isinstance(values, list) else None


def marked(node: Node, place: str, outer: Mark) -> Mark:
    """The mark on `node`, or the mark that applies around it."""
    grade, source = node.get("x-evidence"), node.get("x-source")
    if not isinstance(grade, str):
        return outer
    return Mark(grade, place, tuple(str(name) for name in source) if isinstance(source, list) else ())


def kind_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"


def covers(types: frozenset[str], name: str) -> bool:
    """Whether a schema of `types` accepts a value of the type `name`. An integer is also a number."""
    return not types or name in types or (name == "integer" and "number" in types)


def _open_values(node: Node) -> Iterator[Any]:
    for keyword in OPEN_VALUES:
        values = node.get(keyword)
        for value in values if isinstance(values, list) else ():
            yield value.get("value") if isinstance(value, dict) else value


def _limits(node: Node) -> Iterator[tuple[str, Any]]:
    """The limits in the form of 3.1, where an exclusive limit is a number and not a flag of another limit."""
    for keyword in LIMITS:
        value = node.get(keyword)
        bound = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(keyword)
        flagged = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(keyword)
        if bound and isinstance(value, bool):
            if value and bound in node:
                yield keyword, node[bound]
        elif value is not None and value is not False and not (flagged and node.get(flagged) is True):
            yield keyword, value


def _traits(node: Node) -> Iterator[tuple[str, Any]]:
    for keyword in TRAITS:
        if node.get(keyword) not in (None, False, ""):
            yield keyword, node[keyword]
    if isinstance(node.get("format"), str) and node["format"]:
        yield "format", node["format"]
    for keyword in ("x-default", "default"):  # ours names a default that the client leaves to the service
        if node.get(keyword) is not None:
            yield "default", node[keyword]
    if node.get("additionalProperties") is False:
        yield "additionalProperties", False


def _child(node: Any, step: str) -> Any:
    """The member that a step of a reference names. Doc tools write names with spaces or Chinese percent-encoded."""
    plain = step.replace("~1", "/").replace("~0", "~")
    decoded = unquote(step).replace("~1", "/").replace("~0", "~")
    return node.get(plain, node.get(decoded)) if isinstance(node, dict) else None


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({repr(value): value for value in values}.values())


def _without_errors(variants: list[Shape]) -> list[Shape]:
    """The variants without the error envelope, which openapi.yaml has for every success and the pages do not have."""
    good = [v for v in variants if "code" not in v.members or v.members["code"].limits.get("not") != [0]]
    return good or variants


def _both(one: Shape, other: Shape) -> Shape:
    """A value that satisfies both."""
    if not one.types or not other.types:
        types = one.types | other.types
    else:  # disjoint types are the exporter's way of saying "or null"
        shared = {name for name in one.types | other.types if covers(one.types, name) and covers(other.types, name)}
        types = frozenset(shared) or one.types | other.types
    if one.values is None or other.values is None:
        values = one.values if other.values is None else other.values
    else:
        shared_values = {repr(value) for value in other.values}
        values = tuple(value for value in one.values if repr(value) in shared_values)
    members = dict(one.members)
    for name, member in other.members.items():
        members[name] = _both(members[name], member) if name in members else member
    items = one.items or other.items
    if one.items and other.items:
        items = _both(one.items, other.items)
    keep = one if one.members or one.types or not other.types else other
    return replace(
        keep,
        types=types,
        values=values,
        known=_distinct((*one.known, *other.known)),
        limits={**one.limits, **other.limits},
        members=members,
        required=one.required | other.required,
        alternatives=one.alternatives | other.alternatives,
        items=items,
        traits={**one.traits, **other.traits},
        unread=one.unread | other.unread,
        listed=one.listed or other.listed,
        loose=one.loose + other.loose,
        cut=one.cut or other.cut,
    )


def _any(variants: list[Shape]) -> Shape:
    """A value that satisfies one of several. It has all members, required if all objects require them."""
    limited = [v for v in variants if v.types != {"null"}] or variants
    types = frozenset().union(*(v.types for v in variants)) if all(v.types for v in variants) else frozenset[str]()
    values: tuple[Any, ...] | None = None
    known = [value for v in variants for value in v.known]
    if all(v.values is not None for v in limited):
        values = _distinct(value for v in limited for value in v.values or ())
    elif not any(v.members for v in variants):  # the usual form of an open list: an enum, or else any text
        known += [value for v in variants for value in v.values or ()]
    by_name: dict[str, list[Shape]] = {}
    for variant in variants:
        for name, member in variant.members.items():
            by_name.setdefault(name, []).append(member)
    objects = [v for v in limited if v.members]
    required = frozenset.intersection(*(v.required for v in objects)) if objects else frozenset[str]()
    items = [v.items for v in variants if v.items is not None]
    return replace(
        limited[0],
        types=types,
        values=values,
        known=_distinct(known),
        limits={
            key: value for v in limited for key, value in v.limits.items() if key not in OF_ONE or len(limited) == 1
        },
        members={name: found[0] if len(found) == 1 else _any(found) for name, found in by_name.items()},
        required=required,
        alternatives=frozenset().union(
            *(v.alternatives for v in variants), (name for v in objects for name in by_name if name not in v.members)
        ),
        items=(items[0] if len(items) == 1 else _any(items)) if items else None,
        traits={key: value for v in reversed(limited) for key, value in v.traits.items()},
        unread=frozenset().union(*(v.unread for v in variants)),
        listed=next((v.listed for v in variants if v.listed), ""),
        loose=tuple(name for v in variants for name in v.loose),
        cut=any(v.cut for v in variants),
    )
