"""Writes the API reference from openapi.yaml as Markdown pages, one for each tag. Each statement has its grade."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.docsite.python import class_of, method_of, short
from tools.evidence import credentials, scopes
from tools.spec import Node, Spec

ENVELOPES = ("SuccessResponse", "ErrorResponse")
GRADES = {
    "documented": "the text of a documentation page states it",
    "example": "only an example on a page shows it",
    "field": "known only from public third-party client code",
    "inferred": "our conclusion",
}


@dataclass(frozen=True)
class Marks:
    """The grade and the sources of a statement: its own marks, or the marks of the part that contains it."""

    grade: str
    sources: tuple[str, ...]
    meaning: str = ""
    """The grade of what it is for, if it has its own."""
    form: str = ""
    """The grade of how several values are written, if it has its own."""

    @classmethod
    def of(cls, node: Node, around: "Marks | None" = None) -> "Marks":
        """The marks of `node`. `around` has the marks of the part that contains it."""
        meaning = node.get("x-description-evidence", around.meaning if around else "")
        form = node.get("x-style-evidence", "")
        if "x-evidence" in node:
            return cls(node["x-evidence"], tuple(node["x-source"]), meaning, form)
        assert around is not None, f"no marks around {node}"
        return cls(around.grade, around.sources, meaning, form)

    def __str__(self) -> str:
        parts = {"meaning": self.meaning, "form": self.form}
        less = [f"; {what} {badge(grade)}" for what, grade in parts.items() if grade not in ("", self.grade)]
        return f"{badge(self.grade)} {' '.join(f'[{name}](#source-{name})' for name in self.sources)}{''.join(less)}"


def badge(grade: str) -> str:
    """A grade as the site shows it."""
    return f"[{grade}]{{.evidence .{grade}}}"


def pages(spec: Spec) -> Iterator[tuple[str, str]]:
    """(name, Markdown) of each page. All pages belong in one directory."""
    names = [tag["name"] for tag in spec.document["tags"]]
    yield "index.md", index(spec, names)
    for tag in spec.document["tags"]:
        yield f"{tag['name']}.md", tag_page(spec, tag)
    yield "deliveries.md", deliveries(spec)
    yield "schemas.md", schemas(spec)
    yield "credentials.md", credentials_page(spec)
    yield "codes.md", codes(spec)
    yield "sources.md", sources(spec)


def anchor(operation: Node) -> str:
    """Where an operation's section is, in any page."""
    return f"call-{operation['operationId'].replace('.', '-').replace('_', '-')}"


def index(spec: Spec, tags: list[str]) -> str:
    """All calls in one table, and how to read the marks."""
    rows = [
        [f"[`{operation['operationId']}`](#{anchor(operation)})", operation["summary"], badge(operation["x-evidence"])]
        for _, _, operation in spec.operations()
    ]
    others = ["deliveries", "schemas", "credentials", "codes", "sources"]
    return join(
        "# The API",
        "These pages are written from `openapi.yaml`, which describes the API independently of the vendor. Each "
        "statement has its [sources](sources.md) and a grade, which states how well it is known:",
        "\n".join(f"- {badge(grade)} {meaning}" for grade, meaning in GRADES.items()),
        f"The server is `{spec.document['servers'][0]['url']}`. "
        + spec.document["info"]["description"].split("\n\n")[0],
        "## All calls",
        table(["Call", "What it does", "Path"], rows),
        toctree([*tags, *others]),
    )


ARGUMENTS = (
    "The parameters and the members of a body are the arguments of the Python method, with these names and types. An "
    "argument that is not **required** defaults to None, and is left out of the request."
)


def tag_page(spec: Spec, tag: Node) -> str:
    """The operations of one tag."""
    parts = [f"---\ntocdepth: 2\n---\n\n# {tag['name']}", tag["description"], ARGUMENTS]
    for path, method, operation in spec.operations():
        if tag["name"] in operation["tags"]:
            parts.append(operation_section(spec, path, method, operation))
    return join(*parts)


def operation_section(spec: Spec, path: str, method: str, operation: Node) -> str:
    """Everything that the spec states about one operation."""
    name, marks = operation["operationId"], Marks.of(operation)
    tag, method_name = name.split(".")
    facts = [
        f"`{method.upper()} {path}` {marks}",
        f"Python: {{py:meth}}`shop.{name}() <{class_of(tag)}.{method_name}>`",
        f"Credentials: {graded(credentials(spec.document, operation))}",
        f"Scopes: {graded(scopes(operation))}",
    ]
    for key, grade in (("x-scopes-by-topic", "documented"), ("x-scopes-by-topic-inferred", "inferred")):
        if topics := operation.get(key):
            needs = ", ".join(f"`{topic}` needs `{scope}`" for topic, scope in topics.items())
            facts[-1] = f"Scope by topic {badge(grade)}: {needs}"
    parts = [f"({anchor(operation)})=\n## {name}", f"{operation['summary']}. {operation['description']}"]
    parts.append("\n".join(f"- {fact}" for fact in facts))
    types = types_of(spec, name)
    if parameters := [spec.resolve(parameter) for parameter in operation.get("parameters", ())]:
        rows = [parameter_row(spec, parameter, types) for parameter in parameters]
        parts += [heading(operation, "Parameters"), table(["Name", "Type", "What for", "Evidence"], rows)]
    if body := spec.resolve(operation.get("requestBody", {})):
        [(media_type, content)] = body["content"].items()
        schema = content["schema"]
        parts += [heading(operation, "Body"), f"{FORMS[media_type]}: {type_of(spec, schema)}."]
        parts.append(members_table(spec, spec.resolve(schema), marks, types))
        parts += [example(label, value) for label, value in samples(spec, content)[:1]]
    parts += [heading(operation, "Responses"), *answers(spec, operation, marks)]
    return join(*parts)


FORMS = {
    "application/json": "JSON",
    "application/x-www-form-urlencoded": "A form",
    "multipart/form-data": "A form with files",
}
"""The media types of bodies in words."""


def heading(operation: Node, text: str) -> str:
    """A heading inside an operation's section, with an anchor of its own."""
    return f"({anchor(operation)}-{text.lower()})=\n### {text}"


def types_of(spec: Spec, operation: str) -> dict[str, str]:
    """The types that the Python method takes, by argument. Models are links to their schemas."""

    def link(found: re.Match[str]) -> str:
        known = found[0] in spec.document["components"]["schemas"]
        return f"[{found[0]}](#schema-{found[0].lower()})" if known else found[0]

    parameters = inspect.signature(method_of(operation)).parameters
    return {name: re.sub(r"\b[A-Z]\w+", link, short(each.annotation)) for name, each in parameters.items()}


def parameter_row(spec: Spec, parameter: Node, types: Mapping[str, str] = {}) -> list[str]:
    """One line of a table of parameters. `types` has the types of arguments, instead of the spec's."""
    schema = parameter.get("schema", {})
    needed = " **required**" if parameter.get("required") else ""
    place = "" if parameter["in"] == "query" else f" in the {parameter['in']}"
    meaning = [parameter.get("description", ""), allowed(spec, schema), limits(spec, schema)]
    kind = types.get(parameter["name"]) or type_of(spec, schema)
    return [f"`{parameter['name']}`{place}{needed}", kind, text(meaning), str(Marks.of(parameter))]


def answers(spec: Spec, operation: Node, around: Marks) -> Iterator[str]:
    """The responses by status. A success has the members of its `data` and an example."""
    for status, reference in operation["responses"].items():
        response = spec.resolve(reference)
        marks = Marks.of(response, around)
        yield f"**HTTP {status}** {marks}: {response['description']}"
        if "Location" in response.get("headers", {}):
            yield f"`Location`: {spec.resolve(response['headers']['Location'])['description']}"
        content = response.get("content", {}).get("application/json")
        if content is None or status == "4XX":
            continue
        forms = [type_of(spec, form) for form in content["schema"].get("anyOf", [content["schema"]])]
        yield f"One of: {', '.join(forms)}. [Codes](codes.md) of failures."
        for form in content["schema"].get("anyOf", ()):
            yield from data_of(spec, form, marks)
        yield from (example(label, value) for label, value in samples(spec, content)[:1])


def data_of(spec: Spec, form: Node, around: Marks) -> Iterator[str]:
    """The members of a successful response's `data`, if they are known."""
    name = form.get("$ref", "").rsplit("/", 1)[-1]
    data = spec.properties(spec.resolve(form)).get("data")
    if name in ENVELOPES or data is None:
        return
    marks = Marks.of(spec.resolve(form), around)
    yield (
        f"`data` is {type_of(spec, data)}:"
        if spec.properties(item(spec, data))
        else f"`data` is {type_of(spec, data)}."
    )
    if spec.properties(item(spec, data)):
        yield members_table(spec, item(spec, data), marks)


def item(spec: Spec, schema: Node) -> Node:
    """The items of a list, or the schema itself if it is not a list."""
    resolved = spec.resolve(schema)
    return spec.resolve(resolved["items"]) if "items" in resolved else resolved


def schemas(spec: Spec) -> str:
    """Every schema with its members."""
    parts = ["---\ntocdepth: 2\n---\n\n# Schemas", "Objects are open, so expect unknown members and values."]
    for name, schema in spec.document["components"]["schemas"].items():
        marks = Marks.of(schema)
        parts += [f"(schema-{name.lower()})=\n## {name}", f"{marks}: {schema['description']}"]
        if spec.properties(schema):
            parts.append(members_table(spec, schema, marks))
        else:
            parts.append(f"Type: {type_of(spec, schema)}. {allowed(spec, schema)}".strip())
    return join(*parts)


def members_table(spec: Spec, schema: Node, around: Marks, types: Mapping[str, str] = {}) -> str:
    """The members of an object, each with its grade. `types` has the types of arguments, instead of the spec's."""
    required = spec.required(schema)
    rows = []
    for name, member, marks in graded_members(spec, schema, around):
        meaning = [member.get("description", ""), allowed(spec, member), limits(spec, member)]
        needed = " **required**" if name in required else ""
        rows.append([f"`{name}`{needed}", types.get(name) or type_of(spec, member), text(meaning), str(marks)])
    return table(["Member", "Type", "What for", "Evidence"], rows) if rows else "No member is known."


def graded_members(spec: Spec, schema: Node, around: Marks) -> Iterator[tuple[str, Node, Marks]]:
    """(name, schema, marks) of the members of an object, those of its `allOf` parts included."""
    marks = Marks.of(schema, around)
    for part in schema.get("allOf", ()):
        yield from graded_members(spec, spec.resolve(part), marks)
    for name, member in schema.get("properties", {}).items():
        yield name, member, Marks.of(member, marks)


def type_of(spec: Spec, schema: Node) -> str:
    """A schema's type in a few words. Named schemas are links."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#schema-{name.lower()})"
    if forms := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(type_of(spec, form) for form in forms))
    if parts := [type_of(spec, part) for part in schema.get("allOf", ()) if "$ref" in part]:
        return " with ".join([*parts, "members of its own"])
    kinds = schema.get("type", "any value")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    if "array" in names:
        names[names.index("array")] = f"list of {type_of(spec, schema.get('items', {}))}"
    return " or ".join(names) + (f" ({schema['format']})" if "format" in schema else "")


def allowed(spec: Spec, schema: Node) -> str:
    """The values that a schema lists, closed or open."""
    inner = schema.get("items", {})
    forms = [schema, inner, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    known = [value for form in forms for value in form.get("x-known-values", ())]
    closed = [
        value for form in forms for value in [*form.get("enum", ()), *([form["const"]] if "const" in form else ())]
    ]
    said = [f"Known values: {values(known)}." if known else "", f"Only {values(closed)}." if closed else ""]
    return " ".join(filter(None, said))


def values(every: Iterable[object]) -> str:
    """Values as code."""
    return ", ".join(f"`{json.dumps(value, ensure_ascii=False)}`" for value in dict.fromkeys(every))


LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "of the form `{}`",
    "default": "default {}",
}


def limits(spec: Spec, schema: Node) -> str:
    """The limits of a value."""
    said = [
        "not empty" if (key, schema[key]) == ("minLength", 1) else sentence.format(schema[key])
        for key, sentence in LIMITS.items()
        if key in schema
    ]
    return f"{', '.join(said).capitalize()}." if said else ""


def samples(spec: Spec, content: Node) -> list[tuple[str, Any]]:
    """(label, value) of the examples of a body or a response, without examples of errors."""
    found = []
    for name, reference in content.get("examples", {}).items():
        sample = spec.resolve(reference)
        if not name.startswith("code-"):
            found.append((sample.get("summary", "Example"), sample["value"]))
    return found


def example(label: str, value: object) -> str:
    """A sample as a block of JSON."""
    return f"{label}:\n\n```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def deliveries(spec: Spec) -> str:
    """What the vendor sends to subscribers."""
    parts = [
        "# Deliveries",
        "The vendor sends deliveries to the addresses of subscriptions. See [receiving webhooks](../docs/webhooks.md).",
    ]
    for name, item in spec.document["webhooks"].items():
        operation = item["post"]
        marks = Marks.of(operation)
        rows = [parameter_row(spec, spec.resolve(parameter)) for parameter in operation["parameters"]]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        parts += [f"## {name}", f"{operation['summary']}. {marks}", operation["description"]]
        parts += ["### Headers", table(["Name", "Type", "What for", "Evidence"], rows), "### Body"]
        parts += [
            f"JSON: {type_of(spec, body)}.",
            members_table(spec, spec.resolve(body), marks),
            "### Expected response",
        ]
        for status, response in operation["responses"].items():
            parts.append(f"**HTTP {status}** {Marks.of(response, marks)}: {response['description']}")
    return join(*parts)


def credentials_page(spec: Spec) -> str:
    """The kinds of credentials, and the scopes with the calls that need them."""
    schemes = spec.document["components"]["securitySchemes"]
    rows = [
        [
            f"`{name}`",
            f"`{scheme['name']}`" if "name" in scheme else scheme["type"],
            " ".join(scheme["description"].split()),
            str(Marks.of(scheme)),
        ]
        for name, scheme in schemes.items()
    ]
    signed = schemes["sign"]["x-signed-text"]
    known: dict[str, str] = {}
    for flow in schemes["oauth2"]["flows"].values():
        known |= flow["scopes"]
    scope_rows = [[f"`{scope}`", meaning, ", ".join(needing(spec, scope)) or "–"] for scope, meaning in known.items()]
    return join(
        "# Credentials and scopes",
        "See [authentication](../docs/authentication.md) for how a program uses credentials.",
        "## Kinds",
        table(["Name", "Header", "What it is", "Evidence"], rows),
        f"## What is signed\n\n{Marks.of(signed)}",
        signed["description"],
        "## Scopes",
        table(["Scope", "What for", "Calls"], scope_rows),
    )


def needing(spec: Spec, scope: str) -> Iterator[str]:
    """Links to the calls that need `scope`, with the grade of that knowledge."""
    for _, _, operation in spec.operations():
        link = f"[`{operation['operationId']}`](#{anchor(operation)})"
        documented = [name for need in operation.get("security", ()) for name in need.get("oauth2", ())]
        documented += operation.get("x-scopes-by-topic", {}).values()
        if scope in documented:
            yield link
        elif scope in (
            *operation.get("x-scopes-inferred", ()),
            *operation.get("x-scopes-by-topic-inferred", {}).values(),
        ):
            yield f"{link} {badge('inferred')}"
        elif scope in operation.get("x-scopes-platform", ()):
            yield f"{link} (platform's own)"


def codes(spec: Spec) -> str:
    """The values of the envelope's `code`."""
    rows = [[code, about["meaning"], str(Marks.of(about))] for code, about in spec.document["x-codes"].items()]
    return join(
        "# Codes",
        "The envelope's `code` decides whether a response is a success, not the HTTP status. No failure was ever seen. "
        "[Errors and retries](../docs/errors.md) lists the error that each code raises.",
        table(["Code", "Meaning", "Evidence"], rows),
    )


def sources(spec: Spec) -> str:
    """Where each statement was read."""
    parts = [
        "---\ntocdepth: 1\n---\n\n# Sources",
        "`Read` states how much of a page was readable: complete, part, head (first lines only) or none.",
    ]
    for name, source in spec.document["x-sources"].items():
        page = source["page"]
        where = f"<{page}>" if page.startswith("http") else page
        about = f"Page: {where}. Modified: {source['modified']}. Read: {source['read']}."
        parts += [f"(source-{name})=\n## {name}", f"{source['title']}. {about}"]
    return join(*parts)


def graded(said: str) -> str:
    """A sentence of tools.evidence. Each grade in parentheses becomes a mark."""
    for grade in GRADES:
        said = said.replace(f"({grade})", badge(grade))
    return said


def text(sentences: Iterable[str]) -> str:
    """Sentences in one line."""
    return " ".join(" ".join(filter(None, sentences)).split())


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def toctree(entries: Iterable[str]) -> str:
    """The pages below this one."""
    return "```{toctree}\n:hidden:\n\n" + "\n".join(entries) + "\n```"


def join(*parts: str) -> str:
    """The parts of a page, with an empty line between them."""
    return "\n\n".join(part for part in parts if part) + "\n"
