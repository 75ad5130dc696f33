"""Compares the facts with the OpenAPI spec, in both directions. Each difference is a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import yaml

from contract_tests.facts.statements import DELIVERY, LIMITS, Member, Node, Place, Statements, stronger, weaker
from tools.spec import LOADER

EVERY = "Every response"
# The part of a response that a part of members.yaml stands for, as the start of an address.
PARTS = {"data": ("response", "data."), "bare": ("response", "")}
KINDS = {"publicToken": "hmac", "oauth2": "bearer", "merchantSession": "merchant-session"}
FORMS = {
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "no-zone": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "unix": r"\d{10}",
}
DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")
EXAMPLE_HOSTS = re.compile(r"(.+\.)?example\.com|localhost|127\.0\.0\.1")


@dataclass(frozen=True)
class Facts:
    """The content of the files beside this module."""

    operations: Node
    members: Node
    meanings: list[Node]
    values: Node
    access: Node
    sources: Node


def load(folder: Path = Path(__file__).parent) -> Facts:
    """Read the facts."""
    files = ("operations", "members", "meanings", "values", "access", "sources")
    return Facts(*(yaml.load((folder / f"{name}.yaml").read_bytes(), LOADER) for name in files))


class Read:
    """The facts, and what a spec states about the same things.

    Attributes:
        calls: operation objects by METHOD and path.
        nodes: the operations and the delivery by the titles of the facts.
        stated: all parameters and members of the spec by their place.
        referred: the best grade of the places that refer to a component, by its identity.
        known: the lines of members.yaml by their place.
    """

    def __init__(self, facts: Facts, spec: Node) -> None:
        statements = Statements(spec)
        self.facts, self.spec = facts, spec
        self.calls = {(method, path): node for method, path, node in statements.operations()}
        titles = {(fact["method"], fact["path"]): title for title, fact in facts.operations.items()}
        self.nodes = {titles.get(call, " ".join(call)): node for call, node in self.calls.items()}
        self.nodes[DELIVERY] = spec["webhooks"]["delivery"]["post"]
        self.stated: dict[Place, Member] = {}
        for title, node in self.nodes.items():
            self.stated |= statements.members(title, node)
        self.referred = statements.referred
        self.known = {
            place: fact
            for title, parts in facts.members.items()
            for part, members in parts.items()
            if part != "one-of"
            for address, fact in members.items()
            for place in self.places(title, part, address)
        }

    def places(self, title: str, part: str, address: str) -> Iterator[Place]:
        """Yield the places that a line of the facts is about."""
        kind, start = PARTS.get(part, (part, ""))
        for each in [one for one in self.nodes if one != DELIVERY] if title == EVERY else [title]:
            yield Place(each, kind, start + address)


def differences(facts: Facts, spec: Node) -> list[str]:
    """Return what the spec states differently from the facts, and what only one of the two states."""
    read = Read(facts, spec)
    return [
        *_operations(read),
        *_members(read),
        *_meanings(read),
        *_topics(read),
        *_oauth(read),
        *_hosts(read),
        *_rest_of_access(read),
        *_sources(read),
        *_dates(read),
    ]


def _same(what: str, stated: object, known: object) -> Iterator[str]:
    if stated == known:
        return
    if isinstance(stated, set) and isinstance(known, set):
        only: tuple[object, object] = (sorted(stated - known), sorted(known - stated))
    elif isinstance(stated, dict) and isinstance(known, dict):
        only = (_beyond(stated, known), _beyond(known, stated))
    else:
        yield f"{what}: the spec states {stated!r}, the facts state {known!r}"
        return
    sides = zip(("only the spec states", "only the facts state"), only, strict=True)
    yield f"{what}: {', '.join(f'{side} {entries}' for side, entries in sides if entries)}"


def _beyond(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    """Return the entries of `one` that `other` lacks, or that have another value there."""
    return {key: value for key, value in one.items() if key not in other or other[key] != value}


# ---------------------------------------------------------------- operations
def _operations(read: Read) -> Iterator[str]:
    known = {(fact["method"], fact["path"]) for fact in read.facts.operations.values()}
    yield from _same("operations without a fact, or facts without an operation", sorted({*read.calls} ^ known), [])
    for title, fact in read.facts.operations.items():
        if title in read.nodes:
            yield from _operation(read, title, fact, read.nodes[title])


def _operation(read: Read, title: str, fact: Node, node: Node) -> Iterator[str]:
    yield from _same(f"{title}: title", node.get("x-title"), None if fact.get("page") == "none" else title)
    yield from _same(f"{title}: grade of the path", node["x-evidence"], fact["path-grade"])
    for status, response in node["responses"].items():
        grade = Statements(read.spec).resolve(response)["x-evidence"]
        known = fact["response"] if status == "200" else "inferred"
        yield from _same(f"{title}: grade of the response {status}", grade, known)
    yield from _same(f"{title}: credentials", _credentials(read, title, node), {*fact["accepts"]})
    grade = node.get("x-security-evidence", node["x-evidence"])
    yield from _same(f"{title}: grade of the credentials", grade, weaker(*fact["accepts"].values()))
    yield from _same(f"{title}: scopes", _scopes(node), fact.get("scopes", {}))
    platform = dict.fromkeys(node.get("x-scopes-platform", ()), node["x-evidence"])
    yield from _same(f"{title}: scopes of the platform", platform, fact.get("platform-scopes", {}))


def _credentials(read: Read, title: str, node: Node) -> set[str]:
    kinds = {KINDS[name] for need in node["security"] for name in need if name in KINDS}
    secrets = {Place(title, part, "client_secret") for part in ("query", "body")}
    return kinds or {"client-secret" if secrets & read.stated.keys() else "none"}


def _scopes(node: Node) -> dict[str, str]:
    graded = dict.fromkeys(node.get("x-scopes-inferred", ()), "inferred")
    graded |= {"by-topic": "inferred"} if "x-scopes-by-topic-inferred" in node else {}
    graded |= {scope: "documented" for need in node["security"] for scope in need.get("oauth2", ())}
    return graded | ({"by-topic": "documented"} if "x-scopes-by-topic" in node else {})


# ---------------------------------------------------------------- parameters and members
def _members(read: Read) -> Iterator[str]:
    checked: set[frozenset[int]] = set()  # a member that several operations share is named once
    for place, fact in read.known.items():
        if place not in read.stated:
            yield f"{place}: the facts know it, the spec does not have it"
        elif (shared := frozenset(read.stated[place].named)) not in checked:
            checked |= {shared} if shared else set()
            yield from _member(read.facts, place, read.stated[place], fact)
    yield from _unknown(read)
    for title, fact in read.facts.members.items():
        if "one-of" in fact and title in read.nodes:
            yield from _one_of(read.spec, title, read.nodes[title], fact["one-of"])


def _meanings(read: Read) -> Iterator[str]:
    stated = read.stated
    known: dict[Place, str] = {}
    for fact in read.facts.meanings:
        for part, addresses in fact.items():
            for address in addresses if isinstance(addresses, list) else ():
                for place in read.places(fact["of"], part, address):
                    known[place] = fact["grade"]
    covered = {identity for place in known if place in stated for identity in stated[place].named}
    for place, member in stated.items():
        if place in known:
            yield from _same(f"{place}: grade of the description", member.meaning, known[place])
        elif member.meaning not in (None, "inferred") and not member.named <= covered:
            covered |= member.named
            yield f"{place}: the spec grades the description {member.meaning}, and no fact states the meaning"
    for place in known.keys() - stated.keys():
        yield f"{place}: meanings.yaml knows it, the spec does not have it"


def _member(facts: Facts, place: Place, member: Member, fact: Node) -> Iterator[str]:
    grade = fact["grade"]
    yield from _same(f"{place}: grade", member.grade, grade)
    if fact.get("required") in (True, False):
        yield from _same(f"{place}: required", member.required, fact["required"])
    elif member.required:
        yield f"{place}: the spec requires it, and no fact does"
    if "type" in fact:
        types = fact["type"] if isinstance(fact["type"], dict) else {fact["type"]: grade}
        # A null beside another type is what clients tolerate, and states nothing about the service.
        stated = {kind: known for kind, known in member.types.items() if kind in types or kind != "null"}
        yield from _same(f"{place}: types", stated, types)
    listed: Node = facts.values[fact["values"]] if "values" in fact else {"open": member.is_open, "values": {}}
    yield from _same(f"{place}: values", member.values, {v: about["grade"] for v, about in listed["values"].items()})
    yield from _same(f"{place}: further values", member.is_open, listed["open"])
    limits = {name: fact[name] for name in LIMITS if name in fact} | fact.get("ours", {})
    defaults = {int(number) for number in re.findall(r"(\d+) if left out", member.described)}
    defaults |= {member.limits["default"]} if "default" in member.limits else set()
    yield from _same(f"{place}: default", defaults, {limits["default"]} if "default" in limits else set())
    yield from _same(f"{place}: limits", _without_default(member.limits), _without_default(limits))
    yield from _same(f"{place}: how an array is written", member.array, fact.get("array", {}))
    yield from _format(place, member, fact)
    if fact.get("says", "") not in " ".join(member.described.split()):
        yield f"{place}: its description does not say {fact['says']!r}"


def _without_default(limits: Node) -> Node:
    return {name: value for name, value in limits.items() if name != "default"}


def _format(place: Place, member: Member, fact: Node) -> Iterator[str]:
    form = fact.get("form")
    if form in ("instant", "no-zone"):
        yield from _same(f"{place}: format", member.formats, {"instant"})
    elif form == "unknown" and place.part == "response":
        # A client may look for a date where none was seen, because it returns the text as well.
        yield from _same(f"{place}: format", member.formats - {"instant"}, set())
    else:
        yield from _same(f"{place}: format", member.formats, {fact["format"]} if "format" in fact else set())


def _unknown(read: Read) -> Iterator[str]:
    """What the spec states without a fact. Inferred names and types need none, but inferred limits and values do."""
    covered = [read.stated[place] for place in read.known if place in read.stated]
    named = {identity for member in covered for identity in member.named}
    bearing = {identity for member in covered for identity in member.bearing}
    for place, member in read.stated.items():
        if place in read.known or (member.named and member.named <= named):
            continue
        if member.named and member.grade != "inferred":
            yield f"{place}: the spec grades it {member.grade}, and no fact is known"
        if member.bearing - bearing:
            yield f"{place}: no fact for {member.values or ''} {member.limits or ''} {member.formats or ''}"
        named |= member.named
    for name, schema in read.spec["components"]["schemas"].items():
        best = read.referred.get(id(schema), "inferred")
        if stronger(schema["x-evidence"], best) != best:
            yield f"{name}: the spec grades it {schema['x-evidence']}, but the places that refer to it {best} at best"


def _one_of(spec: Node, title: str, node: Node, names: list[str]) -> Iterator[str]:
    schema = node["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator(spec | schema)
    bodies: list[tuple[dict[str, str], bool]] = [({name: "a@example.com"}, True) for name in names]
    for body, allowed in [*bodies, (dict.fromkeys(names, "a@example.com"), False), ({}, False)]:
        yield from _same(f"{title}: whether a body with {sorted(body)} is valid", validator.is_valid(body), allowed)


# ---------------------------------------------------------------- access
def _topics(read: Read) -> Iterator[str]:
    topics = {topic: about["scope"] for topic, about in read.facts.values["topic"]["values"].items()}
    for (_, path), node in read.calls.items():
        for mark in ("x-scopes-by-topic", "x-scopes-by-topic-inferred"):
            if mark in node:
                yield from _same(f"{path}: scopes by topic", node[mark], topics)
    text = read.nodes[DELIVERY]["description"]
    yield from _same("topics of deliveries", {*re.findall(r"`(\w+/\w+)`", text)}, {*topics})


def _oauth(read: Read) -> Iterator[str]:
    access = read.facts.access
    flows = read.spec["components"]["securitySchemes"]["oauth2"]["flows"]
    host = next(iter(access["hosts"]["current"]))
    yield from _same("OAuth flows", {*flows}, {*access["oauth"]})
    for flow in flows.keys() & access["oauth"].keys():
        stated = {name: url for name, url in flows[flow].items() if name.endswith("Url")}
        known = {name: host + about["path"] for name, about in access["oauth"][flow].items()}
        yield from _same(f"OAuth flow {flow}: addresses", stated, known)
        yield from _same(f"OAuth flow {flow}: scopes", {*flows[flow]["scopes"]}, {*access["scopes"]})


def _hosts(read: Read) -> Iterator[str]:
    hosts = read.facts.access["hosts"]
    yield from _same("servers", [server["url"] for server in read.spec["servers"]], [*hosts["current"]])
    allowed = {urlsplit(url).hostname for kind in ("current", "documentation") for url in hosts[kind]}
    for text in _texts(read.spec):
        for url in re.findall(r"https?://[^\s'\"`)]+", text):
            host = urlsplit(url).hostname or ""
            if host not in allowed and not EXAMPLE_HOSTS.fullmatch(host):
                yield f"{url}: the facts do not know this host as one that is in use"


def _rest_of_access(read: Read) -> Iterator[str]:
    access, spec = read.facts.access, read.spec
    schemes = spec["components"]["securitySchemes"]
    headers = {name: (about["name"], about["grade"]) for name, about in access["headers"].items()}
    stated = {name: (node.get("name", "Authorization"), node["x-evidence"]) for name, node in schemes.items()}
    yield from _same("headers of credentials", stated, headers)
    codes = {str(code): (about["name"], about["grade"]) for code, about in access["codes"].items()}
    yield from _same("codes", {c: (node["name"], node["x-evidence"]) for c, node in spec["x-codes"].items()}, codes)
    form = dict(spec["x-upload-form"])
    known = {name: value for name, value in access["upload form"].items() if name not in ("grade", "source")}
    yield from _same("upload form", {name: form[name] for name in known}, known)
    yield from _same("upload form: grade", form["x-evidence"], access["upload form"]["grade"])
    fields = [(name, f.get("from"), f.get("x-evidence", form["x-evidence"])) for name, f in form["fields"].items()]
    known_fields = [(name, f.get("from"), f["grade"]) for name, f in access["upload fields"].items()]
    yield from _same("fields of the upload form", fields, known_fields)
    texts = {**read.nodes, **schemes, "signed text": schemes["sign"]["x-signed-text"]}
    for fact in access["phrases"]:
        node = texts[fact["of"]]
        if fact["says"] not in " ".join(node["description"].split()):
            yield f"{fact['of']}: its description does not say {fact['says']!r}"
        yield from _same(f"{fact['of']}: grade", node["x-evidence"], fact["grade"])


def _sources(read: Read) -> Iterator[str]:
    """Both cite the same pages. The number of a page identifies it, because pages have copies on two hosts."""
    cited = {source["page"] for source in read.spec["x-sources"].values() if source["read"] != "none"}
    numbers = {match[0] for page in cited if (match := re.search(r"(api|doc)-\d+$", page))}
    yield from _same("pages", numbers, {name for name in read.facts.sources if re.fullmatch(r"(api|doc)-\d+", name)})


# ---------------------------------------------------------------- examples
def _dates(read: Read) -> Iterator[str]:
    for text in _texts(read.spec):
        if re.match(r"\d{4}-\d\d-\d\d", text) and not _is_date(text):
            yield f"{text!r}: there is no such date, or it has another form than those of the API"
    for title, node in read.nodes.items():
        for part, content in (("body", node.get("requestBody", {})), ("response", node["responses"].get("200", {}))):
            for example in content.get("content", {}).get("application/json", {}).get("examples", {}).values():
                for address, value in _leaves(example["value"]):
                    form = FORMS.get(read.known.get(Place(title, part, address), {}).get("form", ""), "")
                    if form and not re.fullmatch(form, str(value)):
                        yield f"{title}: {part} {address}: the example {value!r} has another form than the facts"


def _is_date(text: str) -> bool:
    for form in DATES:
        try:
            datetime.strptime(text, form)
        except ValueError:
            continue
        return True
    return False


def _leaves(value: Any, address: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{address}.{name}" if address else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{address}[]")
    else:
        yield address, value


def _texts(node: Any) -> Iterator[str]:
    """All texts of the spec."""
    if isinstance(node, dict):
        for inner in node.values():
            yield from _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)
    elif isinstance(node, str):
        yield node
