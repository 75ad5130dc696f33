"""What a response has that the spec has not, or otherwise: told by places, types and names, not by values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract_tests.support.spec import SPEC, bare_schema, data_schema, success_variants
from tools.spec import Node

from .shapes import json_type, safe_name, type_of

__all__ = ["Difference", "Findings", "compare", "compare_response"]

# Only such values of a documented open enumeration are shown; all others could be anybody's text.
_SHOWABLE = re.compile(r"[A-Z_a-z]{1,40}")
_INSTANTS = {"string (date-time)", "string (date-time with a space)", "string (empty)"}
_ERROR: Node = {"$ref": "#/components/schemas/ErrorResponse"}


@dataclass(frozen=True, order=True)
class Difference:
    """One thing that is not as described."""

    place: str
    """Such as "data.list[].title"."""
    kind: str
    """"unknown member", "missing member", "other type", "unknown enum value", or one of `semantics.py` or `run.py`."""
    detail: str = ""


@dataclass
class Findings:
    """Differences, and which described members there were."""

    differences: set[Difference] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    @property
    def not_seen(self) -> list[str]:
        """Described members, none of them required, of objects that never had them. No differences."""
        missing = {difference.place for difference in self.differences if difference.kind == "missing member"}
        return sorted(self.known - self.seen - missing)

    def add(self, other: "Findings") -> None:
        """Take in what another part of the response gave."""
        self.differences |= other.differences
        self.known |= other.known
        self.seen |= other.seen


def compare_response(operation: str, response: Any) -> Findings:
    """A response of the service against what the operation's 200 may be; an error against ErrorResponse."""
    code = response.get("code") if isinstance(response, dict) else None
    failed = isinstance(code, int) and code != 0
    findings = _best([_ERROR] if failed else list(success_variants(operation)), response, "", "inferred")
    if code == 0 and "data" not in response and data_schema(operation) and not bare_schema(operation):
        # The spec requires it only where a page says so, but a caller gets no value without it.
        findings.differences.add(Difference("data", "missing member"))
    return findings


def compare(schema: Node, value: Any, place: str = "", evidence: str = "inferred") -> Findings:
    """One JSON value against its schema. `evidence`: the mark that holds there unless the schema has its own."""
    schema = SPEC.resolve(schema)
    evidence = schema.get("x-evidence", evidence)
    if "anyOf" in schema:
        return _best(schema["anyOf"], value, place, evidence)
    findings = Findings()
    allowed = _types(schema)
    if allowed and not _fits(value, allowed):
        expected = " or ".join(sorted(allowed))
        findings.differences.add(Difference(place, "other type", f"{type_of(value)} instead of {expected}"))
    elif isinstance(value, dict):
        _compare_members(schema, value, place, evidence, findings)
    elif isinstance(value, list):
        for item in value:
            findings.add(compare(schema.get("items", {}), item, f"{place}[]", evidence))
    elif value is not None:
        findings.differences.update(_of_scalar(schema, value, place, evidence))
    return findings


def _best(variants: list[Node], value: Any, place: str, evidence: str) -> Findings:
    """The variant that differs least. One of the value's type is preferred; where there is none, all are named."""
    fitting = [variant for variant in variants if not _types(variant) or _fits(value, _types(variant))]
    if not fitting:
        expected = " or ".join(sorted(set().union(*map(_types, variants))))
        return Findings({Difference(place, "other type", f"{type_of(value)} instead of {expected}")})
    found = [compare(variant, value, place, evidence) for variant in fitting]
    return min(found, key=lambda findings: len(findings.differences))


def _compare_members(schema: Node, value: Node, place: str, evidence: str, findings: Findings) -> None:
    described = dict(_members(schema, evidence))
    prefix = f"{place}." if place else ""
    findings.known |= {prefix + name for name in described}
    for name in SPEC.required(schema) - value.keys():
        findings.differences.add(Difference(prefix + name, "missing member"))
    for name, member in value.items():
        if name not in described:
            where = prefix + safe_name(name, len(value))
            findings.differences.add(Difference(where, "unknown member", type_of(member)))
            continue
        findings.seen.add(prefix + name)
        about, grade = described[name]
        findings.add(compare(about, member, prefix + name, grade))


def _members(schema: Node, evidence: str) -> Iterator[tuple[str, tuple[Node, str]]]:
    """Described members with the mark that holds for each, those of `allOf` parts included."""
    for part in map(SPEC.resolve, schema.get("allOf", ())):
        yield from _members(part, part.get("x-evidence", evidence))
    for name, about in schema.get("properties", {}).items():
        yield name, (about, evidence)


def _types(schema: Node) -> set[str]:
    schema = SPEC.resolve(schema)
    if "anyOf" in schema:
        return set().union(*map(_types, schema["anyOf"]))
    declared = schema.get("type", "object" if "allOf" in schema else ())
    return {declared} if isinstance(declared, str) else set(declared)


def _fits(value: Any, types: set[str]) -> bool:
    found = json_type(value)
    if found in types or (found == "integer" and "number" in types):
        return True
    return isinstance(value, float) and value.is_integer() and "integer" in types  # 1.0, which JSON Schema calls one


def _of_scalar(schema: Node, value: Any, place: str, evidence: str) -> Iterator[Difference]:
    if schema.get("format") == "instant" and isinstance(value, str) and type_of(value) not in _INSTANTS:
        yield Difference(place, "other type", f"{type_of(value)} instead of an instant")
    listed, known = schema.get("enum"), schema.get("x-known-values")
    if (listed is not None and value not in listed) or (known is not None and value not in known):
        show = known is not None and evidence == "documented" and isinstance(value, str) and _SHOWABLE.fullmatch(value)
        yield Difference(place, "unknown enum value", value if show else "")
