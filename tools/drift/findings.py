"""A difference between the published pages and openapi.yaml, its importance, and the list without repeats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import yaml

from tools.evidence import pointer
from tools.spec import LOADER

# Kinds by importance, most important first, each with the title of its part of the report.
KINDS = {
    "operation-gone": "Operations that are gone",
    "path-changed": "Changed paths",
    "method-changed": "Changed methods",
    "path-documented": "Paths that are documented now",
    "credentials-changed": "Changed credentials",
    "scopes-changed": "Changed scopes",
    "parameter-gone": "Parameters that are gone",
    "parameter-required": "Parameters whose need or place changed",
    "parameter-added": "New parameters",
    "server-changed": "Changed servers",
    "address-changed": "Changed addresses of the OAuth2 flows",
    "flow-changed": "Changed OAuth2 flows",
    "body-added": "New request bodies",
    "body-gone": "Request bodies that are gone",
    "body-required": "Request bodies whose need changed",
    "content-changed": "Changed media types",
    "type-changed": "Changed types",
    "member-gone": "Members that are gone",
    "member-required": "Members that are required now",
    "member-optional": "Members that are optional now",
    "values-changed": "Changed lists of values",
    "limit-changed": "Changed limits",
    "format-changed": "Changed formats",
    "default-changed": "Changed defaults",
    "serialization-changed": "Changed ways to write a parameter",
    "keyword-changed": "Other changed keywords",
    "deprecated": "Deprecations",
    "operation-new": "New operations",
    "response-added": "New responses",
    "response-gone": "Responses that are gone",
    "header-added": "New headers of responses",
    "header-gone": "Headers of responses that are gone",
    "member-added": "New members",
    "example-type": "Examples that contradict the type",
    "example-member": "Examples with members that the schema does not know",
    "documented": "Statements that are known better now",
    "credentials-documented": "Credentials that are documented now",
    "scopes-documented": "Scopes that are documented now",
    "page-newer": "Pages with a newer date",
    "page-read": "Pages that can be read now",
    "page-older": "Notes: older versions of pages",
    "not-published": "Notes: known from guides only",
    "not-confirmed": "Notes: ours, not published",
    "narrower": "Notes: published more narrowly than ours",
    "not-compared": "Notes: published, but not compared",
}
NOTES = frozenset({"page-older", "not-published", "not-confirmed", "narrower", "not-compared"})
"""Kinds that contradict nothing in openapi.yaml, so they are not drift."""
_ORDER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Edit:
    """A change of openapi.yaml that makes it say what a page says."""

    pointer: str
    """The object or list to change, as a JSON pointer."""
    key: str
    """The member to set. `-` appends to a list."""
    value: Any = None
    """None removes the member."""


@dataclass(frozen=True)
class Finding:
    """One difference. It never contains a value of an example."""

    kind: str
    """One of KINDS."""
    operations: tuple[str, ...]
    """operationIds, or method and path of a new operation."""
    text: str
    origin: str
    """The published file."""
    pointer: str = ""
    """The place in openapi.yaml that the suggestion is for."""
    suggestion: str = ""
    """YAML for that place, if a suggestion is possible."""
    line: int | None = None
    edits: tuple[Edit, ...] = ()
    """The change, if the statement leaves only one. `suggestion` shows it to people."""
    cite: str = ""
    """The id in x-sources of the page."""

    @property
    def is_drift(self) -> bool:
        """False for a note."""
        return self.kind not in NOTES


def tidy(findings: Iterable[Finding], lines: dict[str, int]) -> list[Finding]:
    """The findings by importance, each with its line. A finding about a shared component has all its operations."""
    merged: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding.kind, finding.pointer, finding.text)
        if known := merged.get(key):
            names = tuple(dict.fromkeys((*known.operations, *finding.operations)))
            merged[key] = replace(known, operations=names)
        else:
            merged[key] = replace(finding, line=_line(finding.pointer, lines))
    return sorted(merged.values(), key=lambda f: (_ORDER[f.kind], f.line or 0, f.text))


def _line(place: str, lines: dict[str, int]) -> int | None:
    """The line of `place`, or of the part that contains it."""
    while place.startswith("#/"):
        if place in lines:
            return lines[place]
        place = place.rpartition("/")[0]
    return None


def lines_of(text: str) -> dict[str, int]:
    """The line number of every JSON pointer of a YAML document."""
    found: dict[str, int] = {}

    def visit(node: yaml.Node, place: tuple[str, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*place, str(key.value))
                found[pointer(*here)] = key.start_mark.line + 1
                visit(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                here = (*place, str(index))
                found[pointer(*here)] = value.start_mark.line + 1
                visit(value, here)

    root = yaml.compose(text, LOADER)
    if root is not None:
        visit(root, ())
    return found


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def block(value: object) -> str:
    """`value` as one line or a few lines of YAML in the file's own style."""
    if isinstance(value, dict):
        return "\n".join(_dump({key: inner}) for key, inner in value.items())
    return _dump(value)


def _dump(value: object) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=10_000
    )
    text = text.removesuffix("...\n").rstrip("\n")
    return text[1:-1] if text.startswith("{") else text
