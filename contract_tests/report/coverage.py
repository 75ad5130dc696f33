"""Measures how much of the spec the client's requests and their responses touched."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from contract_tests.report.model import Coverage, Member
from contract_tests.support.spec import OPERATIONS, SPEC, parameters, parts
from tools.spec import Node

Path = tuple[str, ...]
"""Names from the outside inwards; "[]" for the items of a list."""

LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


@dataclass
class Slot:
    """A place for a value in the spec, and the values that were seen there."""

    place: str
    required: bool
    listed: dict[str, bool] = field(default_factory=dict)
    closed: bool = False
    limits: dict[str, bool] = field(default_factory=dict)
    present: int = 0
    values: set[int] = field(default_factory=set)

    def meet(self, value: Any) -> None:
        """Note one value. In a query or path, text may also be a number."""
        self.present += 1
        self.values.add(hash(repr(value)))
        for item in value if isinstance(value, list) else [value]:
            if (text := _text(item)) in self.listed:
                self.listed[text] = True
        for limit in self.limits:
            kind, bound = limit.split()
            self.limits[limit] |= _measure(kind, value) == float(bound)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _measure(kind: str, value: Any) -> float | None:
    """The quantity that the limit applies to: the number, or the length of a text or list."""
    if kind.endswith("Length"):
        return len(value) if isinstance(value, str) else None
    if kind.endswith("Items"):
        return len(value) if isinstance(value, list) else None
    try:
        return None if isinstance(value, bool | list | dict) or value is None else float(value)
    except ValueError:
        return None


def slot_of(schema: Node, place: str, required: bool) -> Slot:
    """An empty slot with the values and limits of the schema. The values of a list's items belong to the list."""
    schemas = [SPEC.resolve(schema)]
    for part in schemas:
        schemas += map(SPEC.resolve, (*part.get("anyOf", ()), *part.get("oneOf", ())))
    own = list(schemas)
    schemas += [SPEC.resolve(part["items"]) for part in own if "items" in part]
    slot = Slot(place, required, closed=any("enum" in part for part in schemas))
    for part in schemas:
        for value in (*part.get("enum", ()), *part.get("x-known-values", ())):
            slot.listed[_text(value)] = False
    for part in own:
        slot.limits |= {f"{limit} {part[limit]}": False for limit in LIMITS if limit in part}
    return slot


def slots(schema: Node, place: str, path: Path = (), inside: tuple[str, ...] = ()) -> Iterator[tuple[Path, Slot]]:
    """Every member below a schema. A member of several variants is returned several times."""
    reference = schema.get("$ref", "")
    if reference in inside:
        return  # a schema inside itself
    inside = (*inside, reference) if reference else inside
    schema = SPEC.resolve(schema)
    for variant in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from slots(variant, place, path, inside)
    required = SPEC.required(schema)
    for name, about in SPEC.properties(schema).items():
        yield (*path, name), slot_of(about, place, name in required)
        yield from slots(about, place, (*path, name), inside)
    if "items" in schema:
        yield from slots(schema["items"], place, (*path, "[]"), inside)


def merged(found: Iterator[tuple[Path, Slot]]) -> dict[Path, Slot]:
    """One slot for each path. It is required if every variant requires it. It has the values and limits of all."""
    result: dict[Path, Slot] = {}
    for path, slot in found:
        known = result.setdefault(path, slot)
        known.required &= slot.required
        known.closed |= slot.closed
        known.listed |= slot.listed
        known.limits |= slot.limits
    return result


class Objects:
    """Slots of JSON documents, and how often the objects that contain them were seen."""

    def __init__(self, found: Iterator[tuple[Path, Slot]]) -> None:
        self.slots = merged(found)
        self.inside = {path[:length] for path in self.slots for length in range(len(path))}
        self.around: Counter[Path] = Counter()
        self.unknown = 0

    def meet(self, document: Any) -> None:
        """Note the members of one document."""
        self.unknown += self._walk(document, ())

    def _walk(self, value: Any, path: Path) -> bool:
        """Whether a part has no slot. Nothing below such a part is read."""
        if path not in self.inside:
            return False
        if isinstance(value, list):
            found = [self._walk(item, (*path, "[]")) for item in value]  # all of them, not until the first
            return any(found)
        if not isinstance(value, dict):
            return False
        self.around[path] += 1
        strange = False
        for name, inner in value.items():
            if (slot := self.slots.get((*path, name))) is None:
                strange = True
                continue
            slot.meet(inner)
            strange |= self._walk(inner, (*path, name))
        return strange

    def members(self) -> list[Member]:
        """The figures, one entry for each member."""
        return [_member(path, slot, self.around[path[:-1]]) for path, slot in self.slots.items()]


def _member(path: Path, slot: Slot, around: int) -> Member:
    name = ".".join(path).replace(".[]", "[]").removeprefix("[].")
    return Member(
        name, slot.place, slot.required, slot.present, around - slot.present, len(slot.values),
        dict(slot.listed), slot.closed, dict(slot.limits),
    )  # fmt: skip


class OperationCoverage:
    """The requests to one operation, and its responses. Equal requests or responses count once."""

    def __init__(self, operation: str) -> None:
        _, _, node = parts(operation)
        self.calls = 0
        self.parameters = {
            name: slot_of(about["schema"], about["in"], bool(about.get("required")))
            for name, about in parameters(operation).items()
            if about["in"] in ("path", "query")
        }
        body = _content(node.get("requestBody", {}))
        success = SPEC.success_media(node)
        self.body = Objects(slots(body.get("schema", {}), "body"))
        self.response = Objects(slots(success.get("schema", {}), "response"))
        self.examples = {
            **{f"request: {name}": _canonical(example) for name, example in _examples(body)},
            **{f"response: {name}": _canonical(example) for name, example in _examples(success)},
        }
        self.on_the_wire: set[str] = set()
        # Hashes of what was seen, because many thousand responses would fill the memory.
        self.requests: set[int] = set()
        self.responses: set[int] = set()
        self.codes: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.unknown_queries = 0

    def request(self, path: Mapping[str, str], query: str, content: bytes) -> None:
        """Note a request, with its path parameters, its query as sent, and its body."""
        self.calls += 1
        same = hash((repr(path), query, content))
        if same in self.requests:
            return
        self.requests.add(same)
        given: dict[str, list[str]] = {name: [value] for name, value in path.items()}
        for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
            given.setdefault(name, []).append(value)
        for name, values in given.items():
            if name in self.parameters:
                self.parameters[name].meet(values if len(values) > 1 else values[0])
        body = _loads(content)
        self.body.meet(body)
        self.unknown_queries += bool(given.keys() - self.parameters)
        self.on_the_wire |= self._examples("request", body)

    def received(self, status: int, content: bytes) -> None:
        """Note a response."""
        same = hash((status, content))
        document = None if same in self.responses else _loads(content)
        self.statuses[str(status)] += 1
        if isinstance(document, dict):
            self.response.meet(document)
            self.on_the_wire |= self._examples("response", document)
            code = document.get("code")
            self.codes[str(code)] += isinstance(code, int)
        self.responses.add(same)

    def _examples(self, side: str, document: Any) -> set[str]:
        text = _canonical(document)
        return {name for name, example in self.examples.items() if name.startswith(side) and example == text}

    def result(self) -> Coverage:
        """The figures so far."""
        requests = len(self.requests)
        sent = [_member((name,), slot, requests) for name, slot in self.parameters.items()]
        known = {str(code): self.codes[str(code)] for code in SPEC.codes()}
        return Coverage(
            self.calls, requests, len(self.responses), self.body.unknown + self.unknown_queries, self.response.unknown,
            sent + self.body.members(), self.response.members(), known, dict(sorted(self.statuses.items())),
            {name: name in self.on_the_wire for name in self.examples},
        )  # fmt: skip


def _content(node: Node) -> Node:
    content: Node = SPEC.resolve(node).get("content", {}).get("application/json", {})
    return content


def _examples(content: Node) -> Iterator[tuple[str, Any]]:
    for name, example in content.get("examples", {}).items():
        yield name, SPEC.resolve(example)["value"]


def _canonical(document: Any) -> str:
    return json.dumps(document, sort_keys=True, default=str)


def _loads(content: bytes) -> Any:
    """The JSON document. None if there is none."""
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], list[str], str]]:
    found = []
    for operation in OPERATIONS:
        path, method, _ = parts(operation)
        names = re.findall(r"\{(.+?)\}", path)
        pattern = "([^/]*)".join(map(re.escape, re.split(r"\{.+?\}", path)))
        found.append((method, re.compile(pattern), names, operation))
    return sorted(found, key=lambda entry: len(entry[2]))  # a path without parameters before one that fits it too


def operation_of(method: str, url: str) -> tuple[str, dict[str, str]] | None:
    """(operationId, path parameters) of a request. None if the spec has no such operation."""
    path = urlsplit(url).path
    for known, pattern, names, operation in _patterns():
        if known == method and (match := pattern.fullmatch(path)):
            return operation, dict(zip(names, map(unquote, match.groups()), strict=True))
    return None
