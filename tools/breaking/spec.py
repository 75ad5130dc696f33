"""Compares two specs. `redocly diff` rates the changes, except two kinds that it rates too low.

A changed default is breaking, because calls that omit the value then have another meaning. A removed member of a
request body is breaking, because the client's argument is also removed.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.node import NodeMissingError, ToolMissingError, child_environment, find_node, tool_script
from tools.spec import METHODS, Spec, load

from .changes import Change, Comparison, UnusableError
from .tree import DESCRIPTION

Node = dict[str, Any]
Default = tuple[str, Any]
"""The place of a parameter or member, as readers see it, and its default."""

_GRADES = {"major": "breaking", "minor": "additive", "patch": "none"}
_ABSENT = object()
_BODY_MEMBER = re.compile(r"/paths/.*/requestBody/.*/properties/[^/]+$")
# Objects whose keys are free names. A "default" among them is a name and not a default.
_MAPS = {"properties", "patternProperties", "$defs", "responses", "schemas", "parameters", "content", "headers"}
_NOT_CONTRACT = {"example", "examples"}


def compare(old: Path, new: Path, ref: str) -> Comparison:
    """The changes from the spec in the folder `old`, the files of `ref`, to the one in the folder `new`."""
    rated = list(_rated(old / DESCRIPTION, new / DESCRIPTION, ref))
    return Comparison.of(DESCRIPTION, [*rated, *_changed_defaults(old / DESCRIPTION, new / DESCRIPTION)])


def _rated(old: Path, new: Path, ref: str) -> Iterator[Change]:
    for change in _diff(old, new).get("changes", ()):
        if change.get("property") == "default":
            continue
        grade = _GRADES[change["impact"]]
        if change["kind"] == "removed" and _BODY_MEMBER.search(change["path"]):
            grade = "breaking"
        side = "base" if change["kind"] == "removed" else "revision"
        place = change.get(side) or change["base"]  # a keyword that was taken away is "modified" and has a base only
        source = DESCRIPTION if place is change.get("revision") else f"{ref}:{DESCRIPTION}"
        yield Change(grade, f"{source}:{place['line']}", _sentence(change, place))


def _sentence(change: Node, place: Node) -> str:
    name = _readable(place["pointer"])
    said = "; ".join(verdict["message"].rstrip(".") for verdict in change["verdicts"])
    keyword = f"`{change['property']}` " if change.get("property") else ""
    return f"{name}: {said or keyword + change['kind']}."


def _readable(pointer: str) -> str:
    """ "#/paths/~1a/get/parameters/0" as "GET /a, parameters 0"."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.removeprefix("#/").split("/")]
    if steps[0] == "paths" and len(steps) > 2 and steps[2] in METHODS:
        steps = [f"{steps[2].upper()} {steps[1]},", *steps[3:]]
    return " ".join(steps).rstrip(",")


def _diff(old: Path, new: Path) -> Node:
    """The report of `redocly diff`. The command is experimental, so any other behaviour is an error here."""
    files = [os.path.abspath(old), os.path.abspath(new)]
    try:
        line = [find_node().executable, str(tool_script("redocly")), "diff", *files]
        line += ["--format=json", "--fail-on=none"]
        done = subprocess.run(
            line, cwd=old.parent, env=child_environment(), capture_output=True, timeout=120, check=False
        )
    except (NodeMissingError, ToolMissingError, OSError, subprocess.SubprocessError) as problem:
        raise UnusableError(f"redocly diff could not be run: {problem}") from problem
    try:
        report: Node = json.loads(done.stdout)
    except ValueError as problem:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise UnusableError(f"redocly diff gave no report (exit code {done.returncode}): {said[-500:]}") from problem
    return report


def _changed_defaults(old: Path, new: Path) -> Iterator[Change]:
    before, after = dict(_defaults(load(old))), dict(_defaults(load(new)))
    lines = _Lines(new)
    for key, (name, default) in after.items():
        if key in before and not _same(before[key][1], default):
            what = f"{name}: default {_shown(before[key][1])} became {_shown(default)}."
            yield Change("breaking", f"{DESCRIPTION}:{lines.of(key)}", what)


def _same(left: object, right: object) -> bool:
    return left == right and type(left) is type(right)


def _shown(default: object) -> str:
    return "none" if default is _ABSENT else json.dumps(default, ensure_ascii=False)


Key = tuple[str | int, ...]
"""The keys and indexes that lead to a node. Parameters are found by name, because their order may change."""


def _defaults(spec: Spec) -> Iterator[tuple[Key, Default]]:
    """Every place that may have a default, with the default or _ABSENT."""
    yield from _walk(spec.document, ())


def _walk(node: object, way: Key, *, named: bool = False) -> Iterator[tuple[Key, Default]]:
    if isinstance(node, dict):
        if not named:
            pointer = "/".join(str(step).replace("/", "~1") for step in way)
            yield way, (_readable(pointer), node.get("default", _ABSENT))
        for key, value in node.items():
            if named or (key not in _NOT_CONTRACT and key != "default"):
                yield from _walk(value, (*way, key), named=not named and key in _MAPS)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            is_parameter = isinstance(value, dict) and "name" in value and "in" in value
            yield from _walk(value, (*way, f"{value['in']} {value['name']}" if is_parameter else index))


class _Lines:
    """Finds the line at which a node of a YAML file begins."""

    def __init__(self, file: Path) -> None:
        self._root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)

    def of(self, way: Key) -> int:
        """The line number, starting at 1. If the node does not exist, the line of its nearest parent."""
        node: Any = self._root
        for step in way:
            found = self._child(node, step)
            if found is None:
                break
            node = found
        return int(node.start_mark.line) + 1

    @staticmethod
    def _child(node: Any, step: str | int) -> Any:
        if isinstance(node, yaml.MappingNode):
            return next((value for key, value in node.value if key.value == str(step)), None)
        if isinstance(step, int):
            return node.value[step]
        for item in node.value:
            members = (
                {key.value: value.value for key, value in item.value} if isinstance(item, yaml.MappingNode) else {}
            )
            if f"{members.get('in')} {members.get('name')}" == step:
                return item
        return None
