"""Writes into openapi.yaml what the pages leave no choice about. The rest is a list of questions.

A change is written if these conditions hold. Otherwise it is a question:

- The finding names the exact change.
- All operations that share the place agree. A page that was not read does not agree.
- After the change, the comparison does not report the finding any more and reports nothing new.
- The evidence marks are still right (`tools.evidence`).
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from tools.drift.findings import Edit, Finding
from tools.evidence import check, operations, pointer

LINE = 120
Compare = Callable[[str], list[Finding]]


@dataclass
class Applied:
    """The new text of openapi.yaml, with the findings that it settles and those that it does not."""

    text: str
    settled: list[Finding]
    questions: list[tuple[Finding, str]]
    """Each with the reason why a person must decide."""


def apply(text: str, findings: list[Finding], compare: Compare, today: str) -> Applied:
    """Write what is unambiguous. `compare` gives the findings of a text, and `today` is the date (YYYY-MM-DD) that the
    sources of the changes get."""
    result = Applied(text, [], [])
    users = _users(yaml.safe_load(text))
    pages = [finding for finding in findings if finding.is_drift and finding.kind.startswith("page-")]
    known = {_key(finding) for finding in findings}
    for finding in findings:
        if not finding.is_drift or finding in pages:
            continue
        why = _doubt(finding, findings, users)
        if not why:
            page = [each for each in pages if each.cite == finding.cite]
            why = _try(result, finding, page, compare, known, today)
        if why:
            result.questions.append((finding, why))
    for finding in pages:
        if _key(finding) not in {_key(each) for each in compare(result.text)}:
            result.settled.append(finding)
        elif why := _try(result, finding, [], compare, known, today):
            result.questions.append((finding, why))
    return result


def _try(
    result: Applied, finding: Finding, page: list[Finding], compare: Compare, known: set[tuple[str, str]], today: str
) -> str:
    """Write one change. Returns why it was not written, or ""."""
    document = _load(result.text)
    try:
        # The source first, because the marks cite it.
        for each in (*page, finding):
            for edit in each.edits:
                _edit(document, edit)
        sources = document["x-sources"]
        if finding.cite in sources:
            sources[finding.cite]["retrieved"] = today
        if finding not in page and not finding.kind.startswith("page-"):
            _mark(document, finding)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return "the place of the change in openapi.yaml has another form than the page's statement"
    new = _merged(result.text, _dump(document))
    problems = check(yaml.safe_load(new))
    if problems:
        return f"the marks would be wrong: {problems[0]}"
    left = {_key(each) for each in compare(new)}
    if _key(finding) in left:
        return "the change would not settle it"
    if left - known:
        kind, said = min(left - known)
        return f"the change would cause another difference: {said or kind}"
    result.text = new
    result.settled.append(finding)
    return ""


def _key(finding: Finding) -> tuple[str, str]:
    return finding.kind, f"{finding.pointer} {finding.text}"


def _doubt(finding: Finding, findings: Iterable[Finding], users: dict[str, set[str]]) -> str:
    """Why a change needs a person, or ""."""
    if not finding.edits:
        return "it has more than one remedy, or needs words of ours"
    agree = {name for each in findings if each.edits == finding.edits for name in each.operations}
    share = set().union(*(users.get(_component(edit.pointer), set()) for edit in finding.edits))
    if others := share - agree:
        names = ", ".join(sorted(others)[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        return f"{names} share the place, and no page of theirs says the same"
    return ""


def _component(place: str) -> str:
    """The component that a place belongs to. "" if it belongs to an operation."""
    return "/".join(place.split("/")[:4]) if place.startswith("#/components/") else ""


def _users(document: dict[str, Any]) -> dict[str, set[str]]:
    """The operations that use each component, by the component's pointer."""
    reached: dict[str, set[str]] = {}

    def visit(node: Any, name: str) -> None:
        if isinstance(node, dict):
            place = node.get("$ref")
            if isinstance(place, str) and name not in reached.setdefault(_component(place), set()):
                reached[_component(place)].add(name)
                visit(_at(document, place), name)
            for value in node.values():
                visit(value, name)
        elif isinstance(node, list):
            for value in node:
                visit(value, name)

    for root in ("paths", "webhooks"):
        for path, method, node in operations(document, root):
            visit(node, str(node.get("operationId") or f"{method.upper()} {path}"))
    return reached


def _steps(place: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in place[2:].split("/") if step]


def _at(document: Any, place: str) -> Any:
    """The node at a place. Raises KeyError or IndexError."""
    for step in _steps(place):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def _edit(document: Any, edit: Edit) -> None:
    """Make one change. Raises KeyError, IndexError, TypeError or ValueError if the document has another form."""
    if edit.key == "-" or (edit.value is None and edit.pointer.endswith("/required")):
        _edit_list(document, edit)
        return
    node = _at(document, edit.pointer)
    if edit.value is None:
        del node[edit.key]
    elif edit.key in node:
        node[edit.key] = _styled(edit.value)
    else:  # before the marks, which end an object
        index = next((i for i, key in enumerate(node) if key in ("x-evidence", "x-source")), len(node))
        node.insert(index, edit.key, _styled(edit.value))


def _edit_list(document: Any, edit: Edit) -> None:
    parent, _, name = edit.pointer.rpartition("/")
    owner = _at(document, parent)
    if edit.value is None:
        owner[name].remove(edit.key)
        if not owner[name]:
            del owner[name]
    elif isinstance(owner, list):  # a list in a list, such as the scopes of a requirement
        owner[int(name)].append(_styled(edit.value))
    elif name in owner:
        owner[name].append(_styled(edit.value))
    else:
        _edit(document, Edit(parent, name, [edit.value]))


def _mark(document: Any, finding: Finding) -> None:
    """Grade what was changed, and add the source."""
    for place in dict.fromkeys(_carrier(edit) for edit in finding.edits):
        node = _at(document, place)
        grade = next((edit.value for edit in finding.edits if edit.key == "x-evidence"), "documented")
        if "$ref" in node or not finding.cite:
            continue
        known = node.get("x-source", _styled([]))
        if (
            not (place.startswith(("#/paths/", "#/webhooks/")) and place.count("/") == 3)
            or finding.kind == "documented"
        ):
            node["x-evidence"] = grade  # that of an operation is about its method and path
        if finding.cite not in known:
            known.append(finding.cite)
        node["x-source"] = known


def _carrier(edit: Edit) -> str:
    """The place of the marks of a change: the member, parameter, response, component or operation around it."""
    if isinstance(edit.value, dict) and edit.key != "-":
        return f"{edit.pointer}/{pointer(edit.key)[2:]}"
    steps = edit.pointer.split("/")
    while len(steps) > 4 and steps[-2] not in ("properties", "parameters", "responses"):
        steps.pop()
    return "/".join(steps)


def _styled(value: Any) -> Any:
    """A value as the file writes it: lists and small objects in one line."""
    if isinstance(value, dict):
        node = _yaml().map()
        for key, inner in value.items():
            node[key] = _styled(inner)
        if not any(isinstance(inner, dict) for inner in value.values()) and len(str(value)) < LINE - 30 and (
            "x-evidence" not in value
        ):  # fmt: skip
            node.fa.set_flow_style()
        return node
    if isinstance(value, list):
        listed = CommentedSeq(_styled(inner) for inner in value)
        if not any(isinstance(inner, dict) for inner in value):
            listed.fa.set_flow_style()
        return listed
    return value


def _yaml() -> YAML:
    # With ruamel.yaml's own round trip, comments, order and quotes stay.
    reader = YAML()
    reader.preserve_quotes = True
    reader.width = LINE
    reader.indent(mapping=2, sequence=2, offset=0)
    reader.brace_single_entry_mapping_in_flow_sequence = True
    return reader


def _load(text: str) -> Any:
    return _yaml().load(text)


def _dump(document: Any) -> str:
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _merged(text: str, changed: str) -> str:
    """`text` with only the lines that differ between `changed` and a round trip without a change."""
    with tempfile.TemporaryDirectory(prefix="trustoo-drift-") as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, content in zip(files, (text, _dump(_load(text)), changed), strict=True):
            file.write_text(content, encoding="utf-8", newline="\n")
        line = ["git", "merge-file", "--stdout", "--theirs", *map(str, files)]
        done = subprocess.run(line, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()
