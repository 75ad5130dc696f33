"""Checks the evidence marks of openapi.yaml, and writes docs/evidence.md, which shows what is known and how well."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

GRADES = ("documented", "example", "field", "inferred")
READ = ("complete", "head", "part", "none")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PUBLIC_CLIENTS = "public clients"
MARKS = ("x-evidence", "x-source")
PARTIAL_MARKS = ("x-security-evidence", "x-style-evidence", "x-description-evidence")
SCHEMAS = "#/components/schemas/"
NOT_CONTRACT = {"example", "examples", "x-sources"}  # data, not statements about the API

Node = dict[str, Any]


def pointer(*parts: str | int) -> str:
    """A JSON pointer in fragment form, so that a problem's place can be found in any editor."""
    return "#/" + "/".join(str(p).replace("~", "~0").replace("/", "~1") for p in parts)


# ---------------------------------------------------------------- walking the document
def operations(spec: Node, root: str = "paths") -> Iterator[tuple[str, str, Node]]:
    """Path (or webhook name), method and operation, in the order of the document."""
    for path, item in (spec.get(root) or {}).items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def carriers(spec: Node) -> Iterator[tuple[str, Node]]:
    """Everything that must carry marks of its own."""
    for root in ("paths", "webhooks"):
        for path, method, operation in operations(spec, root):
            yield pointer(root, path, method), operation
            for index, parameter in enumerate(operation.get("parameters", [])):
                if "$ref" not in parameter:
                    yield pointer(root, path, method, "parameters", index), parameter
            for status, response in operation.get("responses", {}).items():
                if "$ref" not in response:
                    yield pointer(root, path, method, "responses", status), response
    for kind in ("securitySchemes", "parameters", "responses", "schemas"):
        for name, node in spec.get("components", {}).get(kind, {}).items():
            yield pointer("components", kind, name), node
    for code, node in spec.get("x-codes", {}).items():
        yield pointer("x-codes", code), node


def nodes(node: Any, *place: str | int) -> Iterator[tuple[str, Node]]:
    """Every object of the contract with its place. Examples and the source table are left out."""
    if isinstance(node, dict):
        yield pointer(*place), node
        for key, value in node.items():
            if key not in NOT_CONTRACT:
                yield from nodes(value, *place, key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, *place, index)


def lines(node: yaml.Node | None, *place: str) -> Iterator[tuple[str, int]]:
    """The line of every place below a part of the file."""
    if isinstance(node, yaml.MappingNode):
        inner = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inner = [(str(index), value, value) for index, value in enumerate(node.value)]
    else:
        return
    for name, start, value in inner:
        yield pointer(*place, name), start.start_mark.line + 1
        yield from lines(value, *place, name)


# ---------------------------------------------------------------- checks
def check(spec: Node) -> list[str]:
    """All problems of the marks, each with its place and the remedy."""
    sources: Node = spec.get("x-sources", {})
    problems = list(check_sources(sources))
    for place, node in carriers(spec):
        if not any(mark in node for mark in MARKS):
            problems.append(f"{place}: no marks; add x-evidence and x-source, outer ones do not count here")
    cited: set[str] = set()
    for place, node in nodes(spec):
        problems += check_node(place, node, sources)
        if isinstance(node.get("x-source"), list):
            cited.update(str(source) for source in node["x-source"])
    for name, source in sources.items():
        if name not in cited and source.get("read") != "none":
            problems.append(f"{pointer('x-sources', name)}: nothing cites this source; remove it or cite it")
    return problems


def check_sources(sources: Node) -> Iterator[str]:
    """Problems of the source table itself."""
    for name, source in sources.items():
        for member in ("page", "title", "modified", "read"):
            if member not in source:
                yield f"{pointer('x-sources', name)}: {member} is missing; add it, `unknown` is a valid date"
        if source.get("read", "none") not in READ:
            yield f"{pointer('x-sources', name)}: read is {source['read']!r}; use one of {', '.join(READ)}"


def check_node(place: str, node: Node, sources: Node) -> Iterator[str]:
    """Problems of the marks on one object."""
    if "$ref" in node and not node["$ref"].startswith(SCHEMAS):
        if any(mark in node for mark in MARKS):
            yield f"{place}: marks beside a $ref; put them on {node['$ref']}"
        return
    for mark in ("x-evidence", *PARTIAL_MARKS):
        if mark in node and node[mark] not in GRADES:
            yield f"{place}: {mark} {node[mark]!r} is not a grade; use one of {', '.join(GRADES)}"
    if "x-source" in node and "x-evidence" not in node:
        yield f"{place}: x-source without x-evidence; grade it or remove the source"
    if "x-evidence" not in node:
        return
    cites = node.get("x-source")
    if not isinstance(cites, list) or not cites:
        yield f"{place}: graded without a source; add x-source, a list of ids from x-sources"
        cites = []
    for name in cites:
        if name not in sources:
            yield f"{place}: source {name!r} is unknown; add it to x-sources or correct the id"
        elif sources[name].get("read") == "none":
            yield f"{place}: source {name!r} was never read; cite a source that was"
    pages = [sources[name].get("page") for name in cites if name in sources]
    if node["x-evidence"] == "documented" and pages and set(pages) == {PUBLIC_CLIENTS}:
        yield f"{place}: documented, but only public clients are cited; cite the page or grade it field"
    if node["x-evidence"] == "inferred" and not str(node.get("description", "")).startswith("Inferred"):
        yield f"{place}: inferred, without a reason; begin the description with 'Inferred' and the reason"


# ---------------------------------------------------------------- counting
def resolve(spec: Node, node: Node) -> Node:
    """The object itself, or the component that it refers to."""
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def members(spec: Node, schema: Node, grade: str, skip: frozenset[str] = frozenset()) -> Counter[str]:
    """Grades of all members below a schema. Each component counts once. `skip` lists components to leave out."""
    count: Counter[str] = Counter()
    seen = set(skip)

    def visit(node: Node, inherited: str) -> None:
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[-1]
            if name in seen:
                return
            seen.add(name)
            node = resolve(spec, node)
        inherited = node.get("x-evidence", inherited)
        for member in node.get("properties", {}).values():
            count[member.get("x-evidence", inherited)] += 1
            visit(member, inherited)
        for part in [*node.get("allOf", []), *node.get("anyOf", []), *node.get("oneOf", [])]:
            visit(part, inherited)
        if isinstance(node.get("items"), dict):
            visit(node["items"], inherited)

    visit(schema, grade)
    return count


def json_schema(content: Node) -> Node:
    """The schema of a request body or response, which has one media type. {} if it has no content."""
    return next((media.get("schema", {}) for media in content.get("content", {}).values()), {})


def tally(count: Counter[str]) -> str:
    """Counts in the order of the grades: `3 documented, 1 field`."""
    return ", ".join(f"{count[grade]} {grade}" for grade in GRADES if count[grade]) or "–"


def scopes(operation: Node) -> str:
    """The scopes of an operation with their grades."""
    bearer = [need["oauth2"] for need in operation.get("security", []) if "oauth2" in need]
    graded = [f"{scope} (documented)" for group in bearer for scope in group]
    graded += [f"{scope} (inferred)" for scope in operation.get("x-scopes-inferred", [])]
    graded += [f"{scope} (platform's own)" for scope in operation.get("x-scopes-platform", [])]
    graded += ["by topic (documented)"] if "x-scopes-by-topic" in operation else []
    graded += ["by topic (inferred)"] if "x-scopes-by-topic-inferred" in operation else []
    return ", ".join(graded) or ("unknown" if bearer else "–")


def credentials(spec: Node, operation: Node) -> str:
    """The accepted kinds of credentials with their grade."""
    names = {"publicToken": "HMAC", "oauth2": "bearer", "merchantSession": "merchant session"}
    kinds = [names[key] for need in operation.get("security", []) for key in need if key in names]
    given = {resolve(spec, parameter)["name"] for parameter in operation.get("parameters", [])}
    given |= resolve(spec, json_schema(operation.get("requestBody", {}))).get("properties", {}).keys()
    grade = operation.get("x-security-evidence", operation["x-evidence"])
    return f"{' or '.join(kinds) or ('client secret' if 'client_secret' in given else 'none')} ({grade})"


# ---------------------------------------------------------------- the overview
def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def operation_row(spec: Node, operation: Node) -> list[str]:
    """One line of the table of operations."""
    parameters = Counter(resolve(spec, p)["x-evidence"] for p in operation.get("parameters", []))
    body = members(spec, json_schema(operation.get("requestBody", {})), operation["x-evidence"])
    response = next(resolve(spec, one) for status, one in operation["responses"].items() if status.startswith("2"))
    shape = members(
        spec, json_schema(response), response["x-evidence"], frozenset({"SuccessResponse", "ErrorResponse"})
    )
    grades = response["x-evidence"] + (f" ({tally(shape)})" if shape else "")
    return [
        f"`{operation['operationId']}`", operation["x-evidence"], credentials(spec, operation),
        scopes(operation), tally(parameters), tally(body), grades,
    ]  # fmt: skip


def unknown(spec: Node) -> list[str]:
    """What is not known. First what can be counted from the marks, then the spec's own list."""
    every = [operation for _, _, operation in operations(spec)]
    schemas = spec["components"]["schemas"]
    closed = ("properties", "maxProperties")
    blank = [n for n, node in schemas.items() if node.get("type") == "object" and not node.keys() & closed]
    facts: dict[str, list[str]] = {
        "Pages known to exist that nobody could read": [
            source["title"] for source in spec["x-sources"].values() if source["read"] == "none"
        ],
        "Calls whose path is a guess": [
            f"`{operation['operationId']}`" for operation in every if operation["x-evidence"] == "inferred"
        ],
        "Calls that take a bearer token and whose scope is unknown": [
            f"`{operation['operationId']}`" for operation in every if scopes(operation) == "unknown"
        ],
        "Objects without a known member": [f"`{name}`" for name in blank],
        "Parameters whose form is a guess, if they have several values": [
            f"`{operation['operationId']}` `{parameter['name']}`"
            for operation in every
            for parameter in operation.get("parameters", ())
            if "x-style-evidence" in parameter
        ],
    }
    lines = [f"{title}: {', '.join(found)}." for title, found in facts.items() if found]
    return lines + [str(line) for line in spec.get("x-unknown", [])]


def read(spec: Node) -> str:
    """How much of the vendor's pages was readable, in a sentence."""
    pages = [source for source in spec["x-sources"].values() if source["page"] != PUBLIC_CLIENTS]
    count = Counter(source["read"] for source in pages)
    said = {"complete": "completely", "part": "in part", "head": "only in their first lines", "none": "not at all"}
    parts = ", ".join(f"{count[extent]} {words}" for extent, words in said.items() if count[extent])
    return f"Of {len(pages)} pages of the vendor, old versions included, it was possible to read {parts}."


def essentials(spec: Node) -> list[str]:
    """What a caller should know first. An entry about a part that the spec does not have is left out."""
    signed = spec["components"]["securitySchemes"].get("sign", {}).get("x-signed-text", {}).get("x-evidence")
    guesses = sum(operation["x-evidence"] == "inferred" for _, _, operation in operations(spec))
    lines = {
        f"**The signature of requests** is `{signed}`: three independent public clients agree on the rule. The page "
        "that states the rule could not be read. The module `trustoo.signing` has the rule.": signed,
        "**The signature of webhook deliveries** is `inferred` from the signature of requests. The rule is one "
        "function that you can replace ([webhooks](webhooks.md)).": True,
        "**Error responses** were never seen. The client checks both the HTTP status and the envelope's `code` "
        "([errors](errors.md)).": True,
        f"**The paths of {guesses} calls** are `inferred` ([unknown](#unknown) lists them). The first call of such an "
        "operation emits a warning. The writes among them require `unverified=True`.": guesses,
        "**Uploads** follow Alibaba's documentation of OSS form uploads. Videos cannot be uploaded, because the "
        "vendor's rules for them are unknown ([uploads](uploads.md)).": True,
    }
    return [line for line, there in lines.items() if there]


def report(spec: Node) -> str:
    """The text of docs/evidence.md. The most important parts come first."""
    rows = [operation_row(spec, operation) for _, _, operation in operations(spec)]
    schemas = spec["components"]["schemas"]
    shapes = [
        [f"`{name}`", node["x-evidence"], tally(members(spec, node, node["x-evidence"], frozenset(schemas))),
         ", ".join(node["x-source"])]
        for name, node in schemas.items()
    ]  # fmt: skip
    cited = Counter(name for _, node in nodes(spec) for name in node.get("x-source", []))
    sources = [
        [f"`{name}`", address(source), source["modified"], source["read"], str(cited[name])]
        for name, source in spec["x-sources"].items()
    ]
    grades = Counter(operation["x-evidence"] for _, _, operation in operations(spec))
    parts = [
        "<!-- Written by tools/evidence.py from openapi.yaml. Do not edit. -->",
        "# What is known",
        "Nobody has tried this client against the live service. With your own tokens, [you can](live.md). "
        f"{read(spec)} The [sources](#sources) are listed below. Each statement of the spec has a grade, which states "
        "how well it is known:",
        "- `documented`: The text of a documentation page states it.\n"
        "- `example`: Only an example on a page shows it.\n"
        "- `field`: It is known only from public third-party client code.\n"
        "- `inferred`: It is our conclusion.",
        "A docstring of the client shows the grade of an argument in parentheses. `documented; meaning inferred` "
        "states that the name and the type are documented, and that we concluded what the argument is for. `form "
        "inferred` states that we concluded how several values are written.",
        "## In short",
        "\n".join(f"- {line}" for line in essentials(spec)),
        "## Unknown",
        "\n".join(f"- {line}" for line in unknown(spec)),
        f"## Calls\n\nThe spec has {len(rows)} calls. Grades of method and path: {tally(grades)}. Parameters and "
        "the members of body and response are counted by grade. The first word in the column Response is the "
        "grade of the response itself. The common envelope and errors are left out.",
        table(["Call", "Path", "Credentials", "Scopes", "Parameters", "Body", "Response"], rows),
        "## Schemas\n\nThe members of a schema are counted without the members of other schemas.",
        table(["Schema", "Grade", "Members", "Sources"], shapes),
        "## Sources\n\nThe column Read states how much of a page was readable: complete, part, head (first lines only) "
        "or none. The column Cited counts the statements that are based on the page.",
        table(["Id", "Page", "Modified", "Read", "Cited"], sources),
    ]
    return "\n\n".join(parts) + "\n"


def address(source: Node) -> str:
    """The title of a source, as a link to its page if it is a page."""
    page = source["page"]
    return f"[{source['title']}]({page})" if page.startswith("http") else source["title"]


def main(arguments: list[str] | None = None) -> int:
    """Check the marks. Then write the overview, or compare it with the committed overview."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--write", type=Path, metavar="FILE", help="write the overview")
    target.add_argument("--check", type=Path, metavar="FILE", help="fail if the overview is not up to date")
    options = parser.parse_args(arguments)
    source = options.spec.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # many times faster, where PyYAML has it
    spec = yaml.load(source, loader)
    problems = check(spec)
    if problems:
        known = dict(lines(yaml.compose(source, loader)))
        for problem in problems:
            print(f"{options.spec}:{known.get(problem.partition(': ')[0], 1)}: {problem}", file=sys.stderr)
        return 1
    text = report(spec)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    if options.check and (not options.check.exists() or options.check.read_text(encoding="utf-8") != text):
        remedy = f"run tools/evidence.py {options.spec} --write {options.check}"
        print(f"{options.check}: out of date; {remedy}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
