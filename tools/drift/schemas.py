"""Compares two shapes of one value, and the examples of a page with the shape in openapi.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tools.drift.findings import Edit, Finding, block
from tools.drift.shapes import Shape, covers, kind_of

GRADES = ("inferred", "field", "example", "documented")  # from the weakest
MAX_SHOWN = 40
SIZES = {"int32", "int64", "float", "double"}
"""Formats that only give a size, which JSON and Python do not have."""
OWN_FORMATS = {"instant": {"date-time", "date"}, "shopify-product-id": SIZES, "shopify-order-id": SIZES}
"""Our own formats, with the published formats whose values they accept too."""
SECRET = re.compile(r"token|secret|sign|policy|password|callback|credential|session|^code$", re.IGNORECASE)

Report = Callable[..., Finding]


@dataclass(frozen=True)
class Confirmed:
    """A statement that openapi.yaml grades lower than the page allows."""

    place: str
    shape: Shape
    grade: str


@dataclass
class Comparison:
    """Compares shapes below one place of one operation: `where` is "body", "response 200" or "parameter page"."""

    where: str
    outgoing: bool
    """True for requests. There a new requirement breaks our client. In responses, a removed requirement does."""
    report: Report
    """Makes a finding of kind, text, pointer, suggestion and edits."""
    cite: list[str]
    """The x-source that suggestions carry."""
    confirmed: list[Confirmed]
    exact: bool = True
    """False for a copied page, which does not show all keywords."""

    def shapes(self, ours: Shape, theirs: Shape, path: str = "", grade: str = "documented") -> Iterator[Finding]:
        """Differences of the two, from `path` downwards."""
        name = f"{self.where}{': ' + path if path else ''}"
        if theirs.cut or ours.cut:
            return
        yield from self._types(ours, theirs, name)
        yield from self._values(ours, theirs, name)
        for limit in sorted({*ours.limits, *theirs.limits} - {"not"}):
            old, new = ours.limits.get(limit), theirs.limits.get(limit)
            if old != new:
                text = f"{name}: {limit} is {_shown(new)}, ours {_shown(old)}"
                yield self._keyword("limit-changed", text, ours, limit, new)
        yield from self._traits(ours, theirs, name)
        if unread := theirs.unread - ours.unread:
            text = f"{name}: {', '.join(sorted(unread))}, which is not compared"
            yield self.report("not-compared", text, ours.pointer)
        if ours.items and theirs.items:
            yield from self.shapes(ours.items, theirs.items, f"{path}[]", theirs.items.mark.grade)
        if theirs.members:
            yield from self._members(ours, theirs, path)
        for loose in theirs.loose:
            if loose not in _names(ours):
                yield self.report(
                    "member-added", f"{name}: {loose} is listed, at a depth that the copy does not show", ours.pointer
                )

    def _keyword(self, kind: str, text: str, ours: Shape, keyword: str, new: Any) -> Finding:
        """A keyword to set, or to remove if `new` is None."""
        edits = (Edit(ours.pointer, keyword, new),)
        return self.report(kind, text, ours.pointer, "" if new is None else block({keyword: new}), edits)

    def _traits(self, ours: Shape, theirs: Shape, name: str) -> Iterator[Finding]:
        old, new = ours.traits.get("format"), theirs.traits.get("format")
        if new is not None and new != old and new not in SIZES and old != "password":
            text = f"{name}: format is {new}, ours {old or 'none'}"
            if old not in OWN_FORMATS:
                yield self._keyword("format-changed", text, ours, "format", new)
            elif new in OWN_FORMATS[old] and not self.outgoing:
                yield self.report("narrower", text, ours.pointer, block({"format": new}))
            else:
                yield self.report("format-changed", text, ours.pointer, block({"format": new}))
        old, new = ours.traits.get("default"), theirs.traits.get("default")
        if old != new and (new is not None or self.exact):
            secret = SECRET.search(name.rpartition(".")[2])
            text = f"{name}: default " + ("changed" if secret else f"is {_shown(new)}, ours {_shown(old)}")
            key = "x-default"  # a formal default would be sent by generated code
            edits = () if secret else (Edit(ours.pointer, key, new),)
            yield self.report("default-changed", text, ours.pointer, block({key: new}) if edits else "", edits)
        for trait in sorted({*ours.traits, *theirs.traits} - {"format", "default"}):
            old, new = ours.traits.get(trait), theirs.traits.get(trait)
            if old == new or (new is None and not self.exact):
                continue
            kind = "deprecated" if trait == "deprecated" else "keyword-changed"
            if trait == "additionalProperties" and not self.outgoing:
                if new is None:  # our empty answer is closed, which the pages do not say
                    continue
                kind = "narrower"
            yield self._keyword(kind, f"{name}: {trait} is {_shown(new)}, ours {_shown(old)}", ours, trait, new)

    def _types(self, ours: Shape, theirs: Shape, name: str) -> Iterator[Finding]:
        if not theirs.types or ours.types == theirs.types:
            return
        said = f"{name}: type is {' or '.join(sorted(theirs.types))}, ours {' or '.join(sorted(ours.types)) or 'open'}"
        types = sorted(theirs.types, key=lambda kind: (kind == "null", kind))
        new = block({"type": types[0] if len(types) == 1 else types})
        if all(covers(ours.types, kind) for kind in theirs.types):
            yield self.report("narrower", said, ours.pointer, new)
        else:
            plain = not {"array", "object"} & (ours.types | theirs.types)
            edits = (Edit(ours.pointer, "type", types[0] if len(types) == 1 else types),) if plain else ()
            yield self.report("type-changed", said, ours.pointer, new, edits)

    def _values(self, ours: Shape, theirs: Shape, name: str) -> Iterator[Finding]:
        secret = SECRET.search(name.rpartition(".")[2])
        listed = list({_key(value): value for value in (*(theirs.values or ()), *theirs.known)}.values())
        published = {_key(value) for value in listed}
        mine = {_key(value) for value in (*(ours.values or ()), *ours.known)}
        new = [value for value in listed if _key(value) not in mine]
        closed = ours.values if ours.values is not None else ours.known if theirs.values is not None else ()
        lost = [value for value in closed if listed and _key(value) not in published]
        keyword = "enum" if ours.values is not None else "anyOf"
        if new or lost:
            parts = [
                f"{word} {', '.join(map(_shown, values[:MAX_SHOWN]))}"
                for word, values in (("new", new), ("gone", lost))
                if values
            ]
            text = f"{name}: listed values changed" + ("" if secret else f": {'; '.join(parts)}")
            gone = {_key(value) for value in lost}
            kept = [v for v in (*(ours.values or ()), *ours.known) if _key(v) not in gone]
            place, _, keyword = ours.listed.rpartition("/") if ours.listed else (ours.pointer, "", keyword)
            edits = tuple(Edit(ours.listed, "-", value) for value in new)
            if not ours.listed:
                edits = (Edit(place, keyword, _open_list(new)),) if ours.types <= {"string"} else ()
            if secret or lost or keyword == "const":
                edits = ()
            values = kept + new
            suggestion = "" if secret else block({keyword: _open_list(values) if keyword == "anyOf" else values})
            yield self.report("values-changed", text, ours.pointer, suggestion, edits)
        elif len(ours.values or ()) > 1 and not listed and theirs.types:  # a single value is an envelope's mark
            yield self.report("values-changed", f"{name}: any value is allowed, ours lists {len(mine)}", ours.pointer)

    def _members(self, ours: Shape, theirs: Shape, path: str) -> Iterator[Finding]:
        for member, shape in theirs.members.items():
            here = f"{path}.{member}" if path else member
            mine = ours.members.get(member)
            if mine is None:
                about = {**brief(shape), "x-evidence": shape.mark.grade, "x-source": self.cite}
                need = " and required" if member in theirs.required else ""
                text = f"{self.where}: {here} is new{need}, {_types(shape)}"
                edits = [Edit(f"{ours.pointer}/properties", member, about)] if "type" in about else []
                if edits and self.outgoing and member in theirs.required:
                    edits.append(Edit(f"{ours.pointer}/required", "-", member))
                yield self.report("member-added", text, f"{ours.pointer}/properties", block({member: about}), (*edits,))
                continue
            self.confirmed.append(Confirmed(here, mine, shape.mark.grade))
            yield from self._need(member in ours.required, member in theirs.required, here, mine)
            yield from self.shapes(mine, shape, here)
        for member, shape in ours.members.items():
            if member not in theirs.members:
                here = f"{path}.{member}" if path else member
                known = shape.mark.grade == "documented" and member not in ours.alternatives
                text = f"{self.where}: {here} is not published{'' if known else f', ours was {shape.mark.grade}'}"
                yield self.report("member-gone" if known else "not-confirmed", text, shape.pointer)

    def _need(self, ours: bool, theirs: bool, here: str, member: Shape) -> Iterator[Finding]:
        if ours == theirs:
            return
        kind = "member-required" if theirs else "member-optional"
        if theirs and not self.outgoing:
            kind = "narrower"
        text = f"{self.where}: {here} is {_need(theirs)}, ours {_need(ours)}"
        remedy = f"required: [{here.rpartition('.')[2]}]  # {'with' if theirs else 'without'} it"
        parent, name = member.declared.rpartition("/properties/")[0], here.rpartition(".")[2].removesuffix("[]")
        edits = (Edit(f"{parent}/required", "-" if theirs else name, name if theirs else None),)
        yield self.report(kind, text, parent, remedy, edits)

    def example(self, ours: Shape, value: Any, theirs: Shape | None, path: str = "") -> Iterator[Finding]:
        """The parts of an example that `ours` does not know or contradicts: names and types, never values.
        `theirs` is the published schema of the value, which states more about a member than an example."""
        name = f"example of {self.where}{': ' + path if path else ''}"
        if isinstance(value, str) and ours.types & {"object", "array"} and "string" not in ours.types:
            try:  # the doc tool keeps an example that somebody typed as text
                value = json.loads(value)
            except (ValueError, RecursionError):
                yield self.report("not-compared", f"{name} is text that is not valid JSON, so it was not compared")
                return
        kind = kind_of(value)
        fits = covers(ours.types, kind) or (isinstance(value, float) and value.is_integer() and "integer" in ours.types)
        if not fits:
            text = f"{name} is {kind}, ours {' or '.join(sorted(ours.types))}"
            yield self.report("example-type", text, ours.pointer)
        elif isinstance(value, dict) and not ours.cut:
            for member, inner in value.items():
                here = f"{path}.{member}" if path else member
                if member not in ours.members:
                    about = {**_sample(inner), "x-evidence": "example", "x-source": self.cite}
                    text = f"example of {self.where}: {here} is unknown to ours, {kind_of(inner)}"
                    yield self.report("example-member", text, f"{ours.pointer}/properties", block({member: about}))
                else:
                    schema = theirs.members.get(member) if theirs else None
                    if schema is None:
                        self.confirmed.append(Confirmed(here, ours.members[member], "example"))
                    yield from self.example(ours.members[member], inner, schema, here)
        elif isinstance(value, list) and ours.items is not None:
            for inner in value:
                yield from self.example(ours.items, inner, theirs.items if theirs else None, f"{path}[]")


def brief(shape: Shape) -> dict[str, Any]:
    """A shape as a schema to begin with: types, values, members, two levels deep."""
    return _brief(shape, 2)


def _brief(shape: Shape, depth: int) -> dict[str, Any]:
    types = sorted(shape.types, key=lambda kind: (kind == "null", kind))
    about: dict[str, Any] = {"type": types[0] if len(types) == 1 else types} if types else {}
    if values := [*(shape.values or ()), *shape.known]:
        is_text = all(isinstance(value, str) for value in values)
        about |= {"anyOf": _open_list(values[:MAX_SHOWN])} if is_text else {"enum": values[:MAX_SHOWN]}
    about |= {name: value for name, value in shape.limits.items() if name != "not"}
    about |= {{"default": "x-default"}.get(name, name): value for name, value in shape.traits.items()}
    if depth and shape.items is not None:
        about["items"] = _brief(shape.items, depth - 1)
    if depth and shape.members:
        about["properties"] = {name: _brief(member, depth - 1) for name, member in shape.members.items()}
    return about


def _open_list(values: list[Any]) -> list[dict[str, Any]]:
    """The variants of a text with known values, which others may join."""
    return [{"type": "string", "enum": values}, {"type": "string"}]


def _sample(value: Any) -> dict[str, Any]:
    """A schema for a member that only an example has. Null tells nothing about the member's type."""
    return {} if value is None else {"type": kind_of(value)}


def _types(shape: Shape) -> str:
    return " or ".join(sorted(shape.types)) or "type not stated"


def _need(required: bool) -> str:
    return "required" if required else "optional"


def _names(shape: Shape, depth: int = 6) -> set[str]:
    inner = [*shape.members.values(), *([shape.items] if shape.items else [])]
    return set(shape.members).union(*(_names(part, depth - 1) for part in inner)) if depth else set()


def _key(value: Any) -> str:
    """A listed value for comparison. Query values are sent as text, so 0 and "0" are equal."""
    return json.dumps(value, sort_keys=True, default=str) if isinstance(value, (dict, list)) else str(value)


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False, default=str)[:60]
