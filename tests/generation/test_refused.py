"""Constructs that cannot be generated: one sentence with the line, before anything is written."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generation.combinations import Combination
from tests.generation.small import (
    ROOT,
    Node,
    body,
    document,
    generated,
    parameter,
    schema,
    success,
    text_of,
    with_schemas,
    write,
)
from tools.constructs import check
from tools.generate import facts, operations_module, samples
from tools.generator import GenerationError
from tools.spec import LOADER, Spec

TEXT: Node = {"type": "string"}


def get(*parameters: Node, **operation: Any) -> Node:
    return document(parameters=list(parameters), **operation)


def post(media_type: str = "application/json", about: Node | None = None, **operation: Any) -> Node:
    spec = document("post", requestBody=body(media_type=media_type), **operation)
    return with_schemas(spec, ThingRequest=about or schema(name=TEXT))


def thing(**members: Any) -> Node:
    return with_schemas(document(), Thing=schema(**members))


def changed(change: Callable[[Node], object], spec: Node | None = None) -> Node:
    spec = spec or document()
    change(spec)
    return spec


def operation_of(spec: Node) -> Node:
    found: Node = next(iter(next(iter(spec["paths"].values())).values()))
    return found


def answering(media: Node, status: str = "200") -> Node:
    return document(responses={status: {"description": "Invented.", "content": media}})


def twice(spec: Node) -> Node:
    spec["paths"]["/more"] = {"get": dict(operation_of(spec))}
    return spec


def media_of(spec: Node) -> Node:
    found: Node = next(iter(operation_of(spec)["requestBody"]["content"].values()))
    return found


def tagged(tag: str) -> Node:
    return {"operationId": f"{tag}.get", "tags": [tag]}


REF = {"$ref": "#/components/schemas/Thing"}
OBJECT = {"type": "object", "properties": {"a": TEXT}}

# What is fed, a part of the line that is named (the last line with it), and what the sentence says.
REFUSED: dict[str, tuple[Node | str, str, str]] = {
    "header of the client": (get(parameter("Content-Type", "header")), "name: Content-Type", "leave the parameter out"),
    "name of a header": (get(parameter("a b", "header")), "name: a b", "cannot be the name of a header"),
    "list in a cookie": (
        get(parameter("x", "cookie", {"type": "array", "items": TEXT})),
        "schema:",
        "A list must be in",
    ),
    "list in the path": (
        document(path="/a/{x}", parameters=[parameter("x", "path", {"type": "array", "items": TEXT})]),
        "schema:",
        "A list must be in",
    ),
    "parameter with content": (
        changed(lambda one: operation_of(one).update(parameters=[{"name": "x", "in": "query", "content": {}}])),
        "content: {}",
        "describe the parameter with schema",
    ),
    "object in the query": (get(parameter("x", "query", OBJECT)), "schema:", "deepObject"),
    "nested deep object": (
        get(parameter("x", "query", {"type": "object", "properties": {"a": REF}}, style="deepObject")),
        "- name: x",
        "plain members",
    ),
    "style of a path": (
        document(path="/a/{x}", parameters=[parameter("x", "path", style="matrix")]),
        "style: matrix",
        "style matrix of a path parameter",
    ),
    "reserved characters": (get(parameter("x", "query", allowReserved=True)), "allowReserved", "percent-encoded"),
    "parameter of the whole path": (
        changed(lambda one: one["paths"]["/things"].update(parameters=[])),
        "parameters: []",
        "at each operation",
    ),
    "parameter timestamp": (get(parameter("timestamp", "query")), "- name: timestamp", "the signature uses it"),
    "parameter twice": (get(parameter("x", "query"), parameter("x", "query")), "- name: x", "occurs twice"),
    "path variable without parameter": (document(path="/a/{x}"), "get:", "the path parameters are []"),
    "unknown keyword of a request": (
        get(parameter("x", "query", {"type": "integer", "multipleOf": 5})),
        "multipleOf",
        "the client would ignore it",
    ),
    "unknown format of a request": (
        get(parameter("x", "query", {"type": "string", "format": "duration"})),
        "format: duration",
        "does not know how to send format 'duration'",
    ),
    "pattern of another language": (
        get(parameter("x", "query", {"type": "string", "pattern": "(?<!a)b"})),
        "pattern:",
        "The pattern cannot be checked",
    ),
    "variants that cannot be told apart": (
        get(
            parameter("x", "query", {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 9}]})
        ),
        "anyOf:",
        "must have different types",
    ),
    "values beside another type": (
        get(parameter("x", "query", {"anyOf": [{"enum": ["a"]}, {"type": "integer"}]})),
        "anyOf:",
        "all list values or none",
    ),
    "keyword beside variants": (
        thing(x={"type": "string", "anyOf": [{"type": "string"}]}),
        "x:",
        "type beside anyOf would be ignored",
    ),
    "keyword beside a reference": (
        thing(x={"$ref": "#/components/schemas/Other", "maxLength": 3}),
        "x:",
        "nothing stands there",
    ),
    "keyword beside a good reference": (thing(x={**REF, "maxLength": 3}), "x:", "maxLength beside $ref"),
    "misspelt reference": (
        changed(lambda one: one["components"]["schemas"]["ThingResponse"].update(allOf=[{"$ref": "#/components/x"}])),
        "- $ref: '#/components/x'",
        "nothing stands there",
    ),
    "another file": (thing(x={"$ref": "other.yaml#/x"}), "x:", "the spec is one file"),
    "type int": (thing(x={"type": "int"}), "type: int", "type is 'int'"),
    "list without items": (thing(x={"type": "array"}), "x:", "The list has no items"),
    "boolean schema": (thing(x=True), "x: true", "write {} if any value fits"),
    "nullable": (thing(x={"type": "string", "nullable": True}), "nullable", "write type: [string, 'null']"),
    "values of several types": (thing(x={"enum": ["a", 1]}), "enum:", "must all be text"),
    "inline object": (thing(x=OBJECT), "x:", "must stand in components.schemas"),
    "pattern of names": (thing(patternProperties_={"a": TEXT}), "patternProperties", "would ignore it"),
    "member in two parts": (
        changed(lambda one: one["components"]["schemas"]["ThingResponse"]["allOf"][1]["properties"].update(code=TEXT)),
        "ThingResponse:",
        "code stands in several parts of allOf",
    ),
    "schemas in a circle": (
        with_schemas(thing(other={"$ref": "#/components/schemas/Other"}), Other=schema(thing=REF)),
        " Thing:",
        "contain each other",
    ),
    "recursive request": (
        post(about=schema(x={"$ref": "#/components/schemas/ThingRequest"})),
        "ThingRequest:",
        "itself",
    ),
    "required member that is none": (thing(required_=["y"]), "required:", "y is required, but is no member"),
    "list as body": (post(about={**schema(), "type": "array", "items": TEXT}), "ThingRequest:", "must be one object"),
    "one of several bodies": (post(about={"oneOf": [REF, REF]}), "ThingRequest:", "must be one object"),
    "two media types": (
        changed(lambda one: operation_of(one)["requestBody"]["content"].update({"text/csv": {"schema": TEXT}}), post()),
        "content:",
        "A body has one media type",
    ),
    "other media type": (post("application/xml"), "content:", "A body has one media type"),
    "body of a GET": (
        with_schemas(document(requestBody=body()), ThingRequest=schema(name=TEXT)),
        "requestBody:",
        "A GET has no body",
    ),
    "optional body": (
        changed(lambda one: operation_of(one)["requestBody"].update(required=False), post()),
        "requestBody:",
        "must have required: true",
    ),
    "encoding of a form": (
        changed(lambda one: media_of(one).update(encoding={}), post("multipart/form-data")),
        "encoding",
        "would ignore it",
    ),
    "object in a form": (post("multipart/form-data", schema(x=REF)), "x:", "must be a plain value"),
    "file in the query": (
        get(parameter("x", "query", {"type": "string", "format": "binary"})),
        "format: binary",
        "only a multipart/form-data body",
    ),
    "file in JSON": (
        post(about=schema(x={"type": "string", "format": "binary"})),
        "format: binary",
        "only a multipart/form-data body",
    ),
    "CSV response": (answering({"text/csv": {"schema": TEXT}}), "content:", "must be application/json"),
    "list as response": (
        answering({"application/json": {"schema": {"type": "array", "items": REF}}}),
        "schema:",
        "must be objects of components.schemas",
    ),
    "no success": (document(responses={"404": success()}), "responses:", "exactly one response"),
    "two successes": (document(responses={"200": success(), "201": success()}), "responses:", "exactly one response"),
    "number as status": (
        document(responses={200: success()}),  # type: ignore[dict-item]
        "200:",
        "must be text",
    ),
    "content of 204": (document(responses={"204": success()}), "content:", "204 has no content"),
    "HEAD": (
        changed(lambda one: one["paths"]["/things"].update(head={})),
        "head: {}",
        "GET, PUT, POST, DELETE and PATCH",
    ),
    "no security": (changed(lambda one: operation_of(one).pop("security")), "get:", "security is missing. Write []"),
    "security that nobody can meet": (get(security=[{"sign": []}]), "- sign: []", "none that the client knows"),
    "operationId without a dot": (get(operationId="replies"), "operationId", "its form is tag.method"),
    "operationId twice": (twice(document()), "operationId", "is also the operationId in line"),
    "operations with one module": (
        changed(
            lambda one: (
                one["tags"].append({"name": "things_get", "description": "Invented."}),
                operation_of(twice(one)).update(operationId="things.get_all"),
                one["paths"]["/more"]["get"].update(operationId="things_get.all", tags=["things_get"]),
            )
        ),
        "operationId: things_get.all",
        "gets the module of things.get_all",
    ),
    "tag of the client": (
        changed(
            lambda one: (
                one["tags"].append({"name": "close", "description": "Invented."}),
                operation_of(one).update(tagged("close")),
            )
        ),
        "operationId",
        "A tag cannot have the name close",
    ),
    "tag that is missing": (get(tags=["others"]), "tags:", "must be the part of the operationId before the dot"),
    "schema Mapping": (with_schemas(document(), Mapping=schema()), "Mapping:", "generated code uses it"),
    "schemas with one name": (
        with_schemas(document(), FooBar=schema(), foo_bar=schema()),
        "foo_bar:",
        "rename one of them",
    ),
    "members with one name": (thing(fooBar=TEXT, foo_bar=TEXT), "Thing:", "Two members get the name"),
    "arguments with one name": (
        get(*(parameter(name, "query") for name in ("fooBar", "foo_bar", "foo-bar"))),
        "operationId",
        "Two arguments get the name foo_bar_query",
    ),
    "schema of both directions": (post(about=schema(x=REF), responses={"200": success()}), "Thing:", "two schemas"),
    "callbacks": (get(callbacks={}), "callbacks", "would ignore it"),
    "several servers": (
        changed(lambda one: one["servers"].append({"url": "https://b.example"})),
        "servers:",
        "one server",
    ),
    "wrong example": (
        get(parameter("x", "query", {"type": "integer"}, example="many")),
        "example: many",
        "does not fit",
    ),
    "key twice": (text_of(document()).replace("  schemas:", "  schemas: {}\n  schemas:"), "schemas:", "keeps only one"),
    "broken YAML": (text_of(document()) + "x: [", "x: [", "not YAML"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_construct_is_refused_in_one_sentence_with_its_line(name: str) -> None:
    spec, at, sentence = REFUSED[name]
    text = spec if isinstance(spec, str) else text_of(spec)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if at in line]
    problems = check(text)
    assert any(sentence in one for one in problems), problems
    first = next(one for one in problems if sentence in one)
    if name != "broken YAML":
        assert int(first.split(":")[1]) in lines, (first, lines)
    assert first.startswith("openapi.yaml:")
    assert "\n" not in first


def test_what_is_refused_writes_nothing_and_shows_no_traceback(tmp_path: Path) -> None:
    write(REFUSED["type int"][0], tmp_path)
    line = [sys.executable, "-m", "tools.generate", "--root", str(tmp_path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert [one.split(": ", 2)[1] for one in done.stderr.splitlines()] == ["components.schemas.Thing.properties.x.type"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "generator-config.yaml",
        "generator-templates",
        "openapi.yaml",
    ]


def test_all_problems_are_told_at_once() -> None:
    spec = thing(x={"type": "int"}, y={"type": "array"})
    with pytest.raises(GenerationError) as caught, generated(spec):
        pass
    assert len(str(caught.value).splitlines()) == 2


def test_the_real_spec_is_not_refused() -> None:
    assert check((ROOT / "openapi.yaml").read_text(encoding="utf-8")) == []


JUNK: list[Any] = ["x", 5, [], {}, None, True, ["a"], {"a": 1}, {"$ref": "#/x"}, -1, "", {"type": "object"}]


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every part of a spec."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*place, key)
        yield from places(value, (*place, key))


def test_a_spec_with_a_broken_part_is_told_in_sentences_and_never_fails_later() -> None:
    for number in range(400):
        choose = random.Random(number)
        spec = yaml.load(text_of(Combination(choose).spec), LOADER)
        *above, last = choose.choice(list(places(spec)))
        part = reduce(getitem, above, spec)
        if choose.random() < 0.3:
            del part[last]
        else:
            part[last] = choose.choice(JUNK)
        text = text_of(spec)
        problems = check(text)
        assert all(re.fullmatch(r"openapi\.yaml:[0-9]+: .*\.", one) for one in problems), problems
        if not problems:
            read = Spec(text.encode())
            operations_module(read, facts(read))
            samples(read)
