"""Reads the text of a docs page that was copied from the browser, and converts it to an OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

MAX_LINE = 2000  # characters of a path; longer lines would make matching slow
METHOD = re.compile(r"(GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS)")
PATH = re.compile(r"(?:https?://[^/\s]+)?(/[^\s?#]*)\S*")
SECTION = re.compile(r"(Query|Path|Header|Cookie|Body) Params\b\s*(\S*)", re.IGNORECASE)
STATUS = re.compile(r"\W*(\d{3})\b.*")
NAME = re.compile(r"[A-Za-z_][\w.\-\[\]]*")
SCALARS = "string|integer|number|boolean|object|array|null|any|file|binary"
COUNT = re.compile(r"\{(\d{1,4})\}")
NEED = ("required", "optional", "deprecated", "nullable")
# What a type's line consists of, so that prose which begins with "string" is not taken for one.
TYPE_WORDS = {
    *SCALARS.split("|"), *NEED, "enum", "of", "or", "int32", "int64", "float", "double", "date", "date-time", "uuid",
    "email", "uri", "url",
}  # fmt: skip
END = re.compile(r"Modified at\b|Previous$|Next$|Built with", re.IGNORECASE)
LIMITS = {
    re.compile(r">=\s*(-?\d{1,15})\s*characters?"): "minLength",
    re.compile(r"<=\s*(-?\d{1,15})\s*characters?"): "maxLength",
    re.compile(r">=\s*(-?\d{1,15})\s*items?"): "minItems",
    re.compile(r"<=\s*(-?\d{1,15})\s*items?"): "maxItems",
    re.compile(r">=\s*(-?\d{1,15})"): "minimum",
    re.compile(r"<=\s*(-?\d{1,15})"): "maximum",
}


@dataclass
class Page:
    """What was read from a page."""

    title: str
    document: dict[str, Any]
    whole: bool
    """Whether the request part of the page was copied. Without that part, a missing parameter means nothing."""
    notes: list[str]
    address: str


@dataclass
class _Row:
    """A line of a table of parameters or members, with the lines that belong to it."""

    name: str
    types: str
    need: set[str] = field(default_factory=set)
    schema: dict[str, Any] = field(default_factory=dict)
    prose: list[str] = field(default_factory=list)


def parse(text: str) -> Page | None:
    """The page in `text`. None if no line with a method is followed by a line with a path."""
    lines = [line.strip() for line in text.split("\n")]
    at = _head(lines)
    if at is None:
        return None
    method_at, path_at = at
    path = PATH.fullmatch(lines[path_at])
    assert path is not None
    title = next((line for line in reversed(lines[:method_at]) if line and not METHOD.fullmatch(line)), "")
    end = next((n for n in range(path_at, len(lines)) if END.match(lines[n])), len(lines))
    body = lines[path_at + 1 : end]
    split = next((n for n, line in enumerate(body) if line.rstrip(":") in ("Request", "Responses")), len(body))
    responses_at = next((n for n in range(len(body)) if body[n].rstrip(":") == "Responses"), len(body))
    notes: list[str] = []
    operation: dict[str, Any] = {"summary": title, "description": "\n".join(line for line in body[:split] if line)}
    _request(body[split:responses_at], operation, notes)
    operation["responses"] = _responses(body[responses_at + 1 :], notes)
    document = {"openapi": "3.1.0", "paths": {path[1]: {lines[method_at].lower(): operation}}, "webhooks": {}}
    whole = split < responses_at
    if not whole:
        notes.append("the page has no part named Request, so nothing is concluded from missing parameters")
    if responses_at == len(body):
        notes.append("the page has no part named Responses, so its responses were not compared")
    return Page(title, document, whole, notes, next((line for line in lines if "//" in line and "api-" in line), ""))


def _head(lines: list[str]) -> tuple[int, int] | None:
    """The lines of method and path. The path is below the method, with at most one line between them."""
    filled = [n for n, line in enumerate(lines) if line]
    for here, index in enumerate(filled):
        if METHOD.fullmatch(lines[index]):
            for below in filled[here + 1 : here + 3]:
                if len(lines[below]) < MAX_LINE and PATH.fullmatch(lines[below]):
                    return index, below
    return None


def _request(lines: list[str], operation: dict[str, Any], notes: list[str]) -> None:
    starts = [n for n, line in enumerate(lines) if SECTION.match(line)]
    stop = next((n for n, line in enumerate(lines) if line.startswith("Request Code Samples")), len(lines))
    bounds = [*(n for n in starts if n < stop), stop]
    operation["parameters"] = []
    for start, end in pairwise(bounds):
        head = SECTION.match(lines[start])
        assert head is not None
        place, section = head[1].lower(), lines[start + 1 : end]
        if place != "body":
            operation["parameters"] += [_parameter(row, place) for row in _rows(section)]
            continue
        media: dict[str, Any] = {"schema": _object(_rows(_table(section)), notes, "body")}
        _add_examples(media, section, notes)
        operation["requestBody"] = {"content": {"application/json": media}}


def _responses(lines: list[str], notes: list[str]) -> dict[str, Any]:
    starts, braces = [], 0
    for number, line in enumerate(lines):
        if braces <= 0 and _status(line):  # a number between braces belongs to an example
            starts.append(number)
        braces += sum(map(line.count, "{[")) - sum(map(line.count, "}]"))
    responses: dict[str, Any] = {}
    for start, end in pairwise([*starts, len(lines)]):
        section = lines[start + 1 : end]
        status = _status(lines[start]) or "200"
        media: dict[str, Any] = {"schema": _object(_rows(_table(section)), notes, f"response {status}")}
        _add_examples(media, section, notes)
        responses.setdefault(status, {"content": {"application/json": media}})
    return responses


def _status(line: str) -> str | None:
    """The HTTP status of a line such as "🟢200". A bare number is also a status, unless it is a value."""
    match = STATUS.fullmatch(line) if len(line) < 60 and ":" not in line else None
    return match[1] if match and "1" <= match[1][0] <= "5" else None


def _add_examples(media: dict[str, Any], lines: list[str], notes: list[str]) -> None:
    values = []
    text = "\n".join(lines)
    decoder, at = json.JSONDecoder(), 0
    while match := re.compile(r"^[\[{]", re.MULTILINE).search(text, at):
        try:
            value, at = decoder.raw_decode(text, match.start())
            values.append(value)
        except (ValueError, RecursionError):
            notes.append("an example is not valid JSON and was not compared")
            break
    if values:
        media["examples"] = {str(number): {"value": value} for number, value in enumerate(values)}


def _table(lines: list[str]) -> list[str]:
    """The lines before the first example."""
    return lines[: next((n for n, line in enumerate(lines) if line[:1] in ("{", "[")), len(lines))]


def _rows(lines: list[str]) -> list[_Row]:
    """The rows of a table: a line with only the name, a line with its type, then lines about the name."""
    rows: list[_Row] = []
    filled = [line for line in lines if line]
    index = 0
    while index < len(filled):
        follows = index + 1 < len(filled) and _is_type(filled[index + 1])
        if follows and NAME.fullmatch(filled[index]) and filled[index].lower() not in NEED:
            rows.append(_Row(filled[index], filled[index + 1]))
            index += 1
        elif rows:
            _attribute(rows[-1], filled[index])
        index += 1
    for row in rows:
        _finish(row)
    return rows


def _is_type(line: str) -> bool:
    words = re.findall(r"[a-z][\w-]*", re.sub(r"\([^()]*\)", "", line).lower()) if len(line) < 120 else []
    return words[:1] != [] and words[0] in (*SCALARS.split("|"), "enum") and TYPE_WORDS.issuperset(words)


def _attribute(row: _Row, line: str) -> None:
    if line.lower() in NEED:
        row.need.add(line.lower())
    else:
        row.prose.append(line)


def _finish(row: _Row) -> None:
    """Types, limits and values, from the type's own line and the lines below it."""
    kinds = [kind.lower() for kind in re.findall(SCALARS, row.types.split("(")[0], re.IGNORECASE)]
    row.need |= {word for word in NEED if re.search(rf"\b{word}\b", row.types, re.IGNORECASE)}
    if kinds and kinds[0] == "array":
        row.schema["type"] = ["array"]
        items = [kind for kind in kinds[1:] if kind not in ("any", "null")]
        row.schema["items"] = {"type": items} if items else {}
    else:
        known = [
            {"file": "string", "binary": "string"}.get(kind, kind) for kind in kinds if kind not in ("any", "null")
        ]
        if known:
            row.schema["type"] = known
    if "null" in kinds or "nullable" in row.need:
        row.schema["type"] = [*row.schema.get("type", []), "null"]
    for index, line in enumerate(row.prose):
        if line.lower().startswith("allowed value"):
            inline = line.partition(":")[2]
            words = re.split(r"[\s,|]+", inline) if inline.strip() else row.prose[index + 1 : index + 60]
            values = []
            for word in words:
                if re.match(r"(Default|Example|Match)", word):
                    break
                values += [word.strip("`\"'")] if word else []
            row.schema["enum"] = [_value(value, kinds) for value in values]
        for pattern, keyword in LIMITS.items():
            if limit := pattern.fullmatch(line):
                row.schema[keyword] = int(limit[1])
                break
    row.prose = [line for line in row.prose if not line.lower().startswith("allowed value")]


def _value(text: str, kinds: list[str]) -> Any:
    numeric = kinds[:1] in (["integer"], ["number"]) and re.fullmatch(r"-?\d{1,15}", text)
    return int(text) if numeric else text


def _parameter(row: _Row, place: str) -> dict[str, Any]:
    return {"name": row.name, "in": place, "required": "required" in row.need, "schema": row.schema}


def _object(rows: list[_Row], notes: list[str], where: str) -> dict[str, Any]:
    """The members as a schema. Copied text has no indentation, but "object {4}" states the number of members."""
    if not rows:
        return {}
    rest = list(rows)
    try:
        schema = _take(rest, None)
    except (IndexError, RecursionError):
        notes.append(f"{where}: members are folded on the page, so only names were compared; copy it unfolded")
        return {"x-unplaced": [row.name for row in rows]}
    return schema


def _take(rest: list[_Row], count: int | None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    while (rest and count is None) or (count is not None and len(schema["properties"]) < count):
        row = rest.pop(0)
        own = dict(row.schema)
        size = COUNT.search(row.types)
        if size and int(size[1]):
            inner = _take(rest, int(size[1]))
            target = own
            if "items" in own:
                target = own["items"] = dict(own["items"])
            target["properties"], target["required"] = inner["properties"], inner["required"]
        if row.name in schema["properties"]:  # the count of its parent was not that of the lines
            raise IndexError(row.name)
        schema["properties"][row.name] = own
        if "required" in row.need:
            schema["required"].append(row.name)
    return schema
