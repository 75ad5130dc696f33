"""Writes into openapi.yaml what the pages leave no choice about. The rest is a list of questions.

A change is written if these conditions hold. Otherwise it is a question:

- The finding names the exact change, with plain names and values. The client is generated from them.
- All operations that share the place agree. A page that was not read does not agree.
- After the change, the comparison does not report the finding any more and reports nothing new.
- The evidence marks are still right (`tools.evidence`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from tools.drift.findings import Edit, Finding
from tools.evidence import MARKS, check, operations, pointer
from tools.spec import LOADER

WIDTH = 120  # of new lines, as in the rest of the file
PLAIN = re.compile(r"[\w .:/@+%,-]{0,200}")
Compare = Callable[[dict[str, Any]], list[Finding]]


@dataclass
class Applied:
    """The new text of openapi.yaml, with the findings that it settles and those that it does not."""

    text: str
    settled: list[Finding] = field(default_factory=list)
    questions: list[tuple[Finding, str]] = field(default_factory=list)
    """Each with the reason why a person must decide."""


def apply(text: str, findings: list[Finding], compare: Compare, today: str) -> Applied:
    """Write what is unambiguous. `compare` gives the findings of a spec, and `today` is the date (YYYY-MM-DD) that the
    sources of the changes get."""
    done = Applied(text)
    document: dict[str, Any] = yaml.load(text, LOADER)
    users = _users(document)
    known = {_key(finding) for finding in findings}
    drift = [finding for finding in findings if finding.is_drift]
    pages = {finding.cite: finding for finding in drift if finding.kind.startswith("page-")}
    accepted: list[Finding] = []

    def settle(group: list[Finding]) -> None:
        """Accept these findings together, or else in halves, to find those that cannot be written."""
        nonlocal document
        trial = deepcopy(document)
        why = _change(trial, group, pages, today)
        if not why and (problems := check(trial)):
            why = f"the marks would be wrong: {problems[0]}"
        if not why:
            left = {_key(finding) for finding in compare(trial)}
            if any(_key(finding) in left for finding in group):
                why = "the change would not settle it"
            elif left - known:
                why = f"the change would cause another difference: {min(left - known)[1]}"
        if not why:
            document = trial
            accepted.extend(group)
        elif len(group) == 1:
            done.questions.append((group[0], why))
        else:
            settle(group[: len(group) // 2])
            settle(group[len(group) // 2 :])

    clear = []
    for finding in drift:
        if finding in pages.values():
            continue
        if why := _doubt(finding, drift, users):
            done.questions.append((finding, why))
        else:
            clear.append(finding)
    if clear:
        settle(clear)
    left = {_key(finding) for finding in compare(document)}
    done.settled += [finding for finding in pages.values() if _key(finding) not in left]
    if rest := [finding for finding in pages.values() if _key(finding) in left]:
        settle(rest)
    if accepted:
        done.settled[:0] = accepted
        written = _load(text)
        base = _dump(written)
        _change(written, accepted, pages, today)
        done.text = _merged(text, base, _dump(written))
    return done


def _change(document: Any, group: list[Finding], pages: dict[str, Finding], today: str) -> str:
    """Make the changes of `group` and of the pages that they cite. Returns why they cannot be made, or ""."""
    try:
        for finding in group:
            page = pages.get(finding.cite, finding)
            for edit in (*(page.edits if page not in group else ()), *finding.edits):
                _edit(document, edit)
            if finding.cite in document["x-sources"]:
                document["x-sources"][finding.cite]["retrieved"] = today
        for finding in group:
            if finding is not pages.get(finding.cite):
                _mark(document, finding)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return "openapi.yaml states it in another form"
    return ""


def _key(finding: Finding) -> tuple[str, str]:
    return finding.kind, f"{finding.pointer} {finding.text}"


def _doubt(finding: Finding, findings: Iterable[Finding], users: dict[str, set[str]]) -> str:
    """Why a change needs a person, or ""."""
    if not finding.edits:
        return "it has more than one remedy, or it needs words of ours"
    if not all(_is_plain(edit.key) and _is_plain(edit.value) for edit in finding.edits):
        return "it has a name or a value that is long or has unusual characters"
    agree = {name for each in findings if each.edits == finding.edits for name in each.operations}
    sharing = set[str]().union(*(users.get(_component(edit.pointer), set()) for edit in finding.edits))
    if others := sorted(sharing - agree):
        names = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        return f"the place is shared with {names}, and no page of theirs says the same"
    return ""


def _is_plain(value: Any) -> bool:
    """Whether all names and texts in a value are short, printable and without quotes, brackets and the like."""
    if isinstance(value, dict):
        return all(map(_is_plain, [*value, *value.values()]))
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return not isinstance(value, str) or PLAIN.fullmatch(value) is not None


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
    parent, _, name = edit.pointer.rpartition("/")
    owner = _at(document, parent)
    if name == "properties" and name not in owner:  # the first member
        _set(owner, name, _yaml().map())
    node = _at(document, edit.pointer)
    if edit.value is None:
        del node[edit.key]
    else:
        _set(node, edit.key, _styled(edit.value))


def _set(node: Any, key: str, value: Any) -> None:
    """Set a member. A new one stands before the marks, as in the rest of the file."""
    if key in node or key == "properties" or not hasattr(node, "insert"):
        node[key] = value
    else:
        node.insert(next((i for i, each in enumerate(node) if each in MARKS), len(node)), key, value)


def _edit_list(document: Any, edit: Edit) -> None:
    parent, _, name = edit.pointer.rpartition("/")
    owner = _at(document, parent)
    if edit.value is None:
        owner[name].remove(edit.key)
        if not owner[name]:
            del owner[name]
    elif isinstance(owner, list) or name in owner:
        listed = _at(document, edit.pointer)
        if edit.value not in listed:
            listed.append(_styled(edit.value))
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
        if not any(isinstance(inner, dict) for inner in value.values()) and "x-evidence" not in value:
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
    reader.width = WIDTH
    reader.indent(mapping=2, sequence=2, offset=0)
    reader.brace_single_entry_mapping_in_flow_sequence = True
    return reader


def _load(text: str) -> Any:
    return _yaml().load(text)


def _dump(document: Any) -> str:
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _merged(text: str, base: str, changed: str) -> str:
    """`text` with the changes from `base`, a round trip of it, to `changed`. A round trip writes some lines in another
    way, such as a long text on several lines. These lines stay as they are in `text`, unless the change is in them."""
    ours, old, new = (each.splitlines(keepends=True) for each in (text, base, changed))
    alike = [(0, 0, 0)] + [
        (block.a, block.b, block.size)
        for block in SequenceMatcher(None, old, ours, autojunk=False).get_matching_blocks()
    ]

    def place(line: int) -> int | None:
        """The line of the text for a line of the round trip. None if the two differ there."""
        return next((there + line - here for here, there, size in alike if here <= line <= here + size), None)

    result: list[str] = []
    at = 0
    changes = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    while changes:
        _, first, last, begin, end = changes.pop(0)
        while place(first) is None:
            first, begin = first - 1, begin - 1
        while place(last) is None or (changes and changes[0][1] <= last):
            if changes and changes[0][1] <= last:  # lines that two changes share
                _, _, last, _, end = changes.pop(0)
            else:
                last, end = last + 1, end + 1
        result += ours[at : place(first)] + new[begin:end]
        at = place(last) or 0
    merged = "".join(result + ours[at:])
    return merged if yaml.load(merged, LOADER) == yaml.load(changed, LOADER) else changed
