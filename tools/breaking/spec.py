"""Compares two specs. `redocly diff` rates the changes, except the kinds that it rates too low or does not know.

These are breaking:

- a changed default, because calls that omit the value then have another meaning
- a removed member of a request body, because the client's argument is also removed
- another address of an OAuth2 flow, because released clients ask the old one
- a header of a delivery that is gone or renamed, because receivers look for its name
- a write that becomes `inferred`, because the client then refuses it until the caller allows it

These are additive: a changed list of known values, a deprecation, a read that becomes `inferred` (the client warns), an
operation that is `inferred` no more.
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
from tools.spec import LOADER, METHODS, load

from .changes import Change, Comparison, UnusableError
from .tree import DESCRIPTION

Node = dict[str, Any]
Key = tuple[str | int, ...]
"""The keys and indexes that lead to a node. Parameters are found by name, because their order may change."""

_GRADES = {"major": "breaking", "minor": "additive", "patch": "none"}
_ABSENT = object()
_BODY_MEMBER = re.compile(r"/paths/.*/requestBody/.*/properties/[^/]+$")
# Objects whose keys are free names. A "default" among them is a name and not a default.
_MAPS = {"properties", "patternProperties", "$defs", "responses", "schemas", "parameters", "content", "headers"}
_NOT_CONTRACT = {"example", "examples"}


def compare(old: Path, new: Path, ref: str) -> Comparison:
    """The changes from the spec in the folder `old`, the files of `ref`, to the one in the folder `new`."""
    rated = list(_rated(old / DESCRIPTION, new / DESCRIPTION, ref))
    return Comparison.of(DESCRIPTION, [*rated, *_unrated(old / DESCRIPTION, new / DESCRIPTION, ref)])


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


def _unrated(old: Path, new: Path, ref: str) -> Iterator[Change]:
    """The changes that `redocly diff` does not rate."""
    before, after = (dict(_walk(load(file).document, ())) for file in (old, new))
    lines = _Lines(new)
    for way, node in after.items():
        if way in before:
            name = _readable("/".join(str(step).replace("/", "~1") for step in way))
            for grade, what in _judged(way, before[way], node):
                yield Change(grade, f"{DESCRIPTION}:{lines.of(way)}", f"{name}: {what}.")
        elif _is_delivery_header(way):
            yield Change("additive", f"{DESCRIPTION}:{lines.of(way)}", f"{way[1]}: {way[-1]} is new.")
    for way in before.keys() - after.keys():
        if _is_delivery_header(way):
            yield Change("breaking", f"{ref}:{DESCRIPTION}:{_Lines(old).of(way)}", f"{way[1]}: {way[-1]} is gone.")


def _is_delivery_header(way: Key) -> bool:
    return way[0] == "webhooks" and str(way[-1]).startswith("header ")


def _judged(way: Key, old: Node, new: Node) -> Iterator[tuple[str, str]]:
    """Grade and sentence of each change of one object."""
    default, now = old.get("default", _ABSENT), new.get("default", _ABSENT)
    if not _same(default, now):
        yield "breaking", f"default {_shown(default)} became {_shown(now)}"
    # `x-default` is the default of the service, which the client does not send. To learn of it changes nothing.
    default, now = old.get("x-default", _ABSENT), new.get("x-default", _ABSENT)
    if _ABSENT not in (default, now) and not _same(default, now):
        yield "breaking", f"default {_shown(default)} of the service became {_shown(now)}"
    for keyword in ("enum", "x-known-values"):
        listed, now = old.get(keyword), new.get(keyword)
        if isinstance(listed, list) and isinstance(now, list):
            if added := [value for value in now if value not in listed]:
                yield "additive", f"new values {_shown(added)}"
            lost = [value for value in listed if value not in now]
            if lost and keyword != "enum":
                yield "additive", f"values {_shown(lost)} are not known any more"
    if new.get("deprecated") is True and old.get("deprecated") is not True:
        yield "additive", "is deprecated"
    for keyword in ("authorizationUrl", "tokenUrl", "refreshUrl"):
        if keyword in old and old[keyword] != new.get(keyword):
            yield "breaking", f"{keyword} {_shown(old[keyword])} became {_shown(new.get(keyword, _ABSENT))}"
    if way[0] == "paths" and len(way) == 3 and way[2] in METHODS:
        was, now = (node.get("x-evidence") == "inferred" for node in (old, new))
        if now and not was:
            effect = "the client warns" if way[2] == "get" else "the client refuses it until the caller allows it"
            yield "additive" if way[2] == "get" else "breaking", f"is only inferred now, so {effect}"
        elif was and not now:
            yield "additive", "is not inferred any more"


def _same(left: object, right: object) -> bool:
    return left == right and type(left) is type(right)


def _shown(value: object) -> str:
    return "none" if value is _ABSENT else json.dumps(value, ensure_ascii=False, default=str)


def _walk(node: object, way: Key, *, named: bool = False) -> Iterator[tuple[Key, Node]]:
    """Every object with its key, without the maps of free names."""
    if isinstance(node, dict):
        if not named and way:
            yield way, node
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
        self._root = yaml.compose(file.read_text(encoding="utf-8"), Loader=LOADER)

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
