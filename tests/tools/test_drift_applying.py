"""What the pages leave no choice about is written into the spec, and nothing else: `tools/drift/applying.py`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml

from tests.tools.conftest import API, SPEC, Node, dumped, without_marks
from tests.tools.doc_site import pages_of
from tools import evidence
from tools.drift.applying import Applied, _dump, _load, _merged, apply
from tools.drift.comparing import Comparer
from tools.drift.findings import Finding, tidy
from tools.drift.reading import Published, parse
from tools.evidence import operations
from tools.spec import LOADER

TEXT = SPEC.read_text(encoding="utf-8")
TODAY = "2026-12-01"
LIST = ("orders.list",)


def page_documents(export: Node) -> list[Published]:
    return [document for name, text in pages_of(export).items() for document in parse(text.encode(), f"{name}.md")]


def comparison(documents: list[Published]) -> Callable[[Node], list[Finding]]:
    def compare(spec: Node) -> list[Finding]:
        found, problems = Comparer(spec).compare(documents)
        assert problems == []
        return tidy(found, {})

    return compare


def applied(documents: list[Published], text: str = TEXT) -> Applied:
    compare = comparison(documents)
    return apply(text, compare(yaml.load(text, LOADER)), compare, TODAY)


def published(*names: str, change: Callable[[dict[str, Node]], object] = lambda nodes: None, text: str = TEXT) -> Node:
    """The operations of the spec with these operationIds, as the vendor would export them after a change."""
    document: Node = without_marks(yaml.load(text, LOADER))
    nodes = {node["operationId"]: node for *_, node in operations(document)}
    for name in names:  # a member of a component is changed for this operation, and no other
        nodes[name] |= json.loads(json.dumps(_flat(nodes[name], document)))
        nodes[name]["parameters"] = nodes[name].get("parameters", [])
    change(nodes)
    paths: Node = {}
    for path, method, node in operations(document):
        if node.pop("operationId") in names:
            paths.setdefault(path, {})[method] = node
    return document | {"openapi": "3.1.0", "paths": paths, "webhooks": {}}


def _flat(node: Any, whole: Node) -> Any:
    if isinstance(node, list):
        return [_flat(value, whole) for value in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        target: Any = whole
        for step in node["$ref"][2:].split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        return _flat(target, whole)
    return {key: _flat(value, whole) for key, value in node.items()}


def parameter(nodes: dict[str, Node], operation: str, name: str) -> Node:
    found: Node = next(p for p in nodes[operation]["parameters"] if p["name"] == name)
    return found


def body(nodes: dict[str, Node], operation: str) -> Node:
    found: Node = nodes[operation]["requestBody"]["content"]["application/json"]["schema"]
    return found


CLEAR_PAGES = ("orders.list", "reviews.list", "customers.unsubscribe", "reviews.create")
# A change of a page, with the beginning of what is reported of it.
CLEAR: dict[str, tuple[Callable[[dict[str, Node]], object], str]] = {
    "a new parameter": (
        lambda n: n["orders.list"]["parameters"].append({"name": "email", "in": "query", "schema": {"type": "string"}}),
        "parameter email (query, optional) is new",
    ),
    "a limit": (
        lambda n: parameter(n, "reviews.list", "keyword")["schema"].update(maxLength=50),
        "parameter keyword: maxLength is 50",
    ),
    "a required parameter": (
        lambda n: parameter(n, "reviews.list", "keyword").update(required=True),
        "parameter keyword is required",
    ),
    "a deprecated operation": (
        lambda n: n["orders.list"].update(deprecated=True),
        "the operation is deprecated",
    ),
    "a deprecated parameter": (
        lambda n: parameter(n, "reviews.list", "keyword").update(deprecated=True),
        "parameter keyword: deprecated is true",
    ),
    "a default": (
        lambda n: parameter(n, "reviews.list", "keyword")["schema"].update(default="x"),
        'parameter keyword: default is "x"',
    ),
    "a new member of a body": (
        lambda n: body(n, "customers.unsubscribe")["properties"].update(reason={"type": "string", "maxLength": 9}),
        "body: reason is new, string",
    ),
    "a required member of a body": (
        lambda n: body(n, "reviews.create")["required"].append("title"),
        "body: title is required",
    ),
}


@cache
def clear_documents() -> list[Published]:
    def change(nodes: dict[str, Node]) -> None:
        for each, _ in CLEAR.values():
            each(nodes)

    return page_documents(published(*CLEAR_PAGES, change=change))


@cache
def clear() -> Applied:
    return applied(clear_documents())


@pytest.mark.parametrize("name", CLEAR)
def test_a_clear_change_is_written_with_its_source_and_date(name: str) -> None:
    _, said = CLEAR[name]
    [finding] = [finding for finding in clear().settled if finding.text.startswith(said)]
    document = yaml.load(clear().text, LOADER)
    left = comparison(clear_documents())(document)
    assert not [each for each in left if each.text.startswith(said)]
    assert document["x-sources"][finding.cite]["retrieved"] == TODAY
    assert finding.cite in str(document["paths"]) + str(document["components"])
    assert evidence.check(document) == []


def test_only_the_lines_of_the_changes_are_touched() -> None:
    comments = [line for line in TEXT.splitlines() if line.strip().startswith("#")]
    assert comments == [line for line in clear().text.splitlines() if line.strip().startswith("#")]
    lines = difflib.unified_diff(TEXT.splitlines(), clear().text.splitlines(), n=0, lineterm="")
    removed = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    words = ("schema:", "type:", "x-evidence:", "x-source:", "x-security-evidence:", "page:", "required:", "security:")
    assert [line for line in removed if not any(word in line for word in words)] == []


def test_writing_again_changes_nothing() -> None:
    second = applied(clear_documents(), clear().text)
    assert (second.text, second.settled) == (clear().text, [])
    assert [(f.kind, f.text) for f, _ in second.questions] == [(f.kind, f.text) for f, _ in clear().questions]


UNCLEAR_PAGES = ("orders.list", "reviews.list", "platform.disconnect")
# What is never written, with the beginning of what is reported, and words of the reason.
UNCLEAR: dict[str, tuple[Callable[[dict[str, Node]], object], str, str]] = {
    "a parameter that is gone": (
        lambda n: n["reviews.list"].update(parameters=n["reviews.list"]["parameters"][1:]),
        "parameter product_ids (query) is not published",
        "it has more than one remedy",
    ),
    "other credentials": (
        lambda n: n["platform.disconnect"].update(security=[{"merchantSession": []}]),
        "credentials are merchant session",
        "it has more than one remedy",
    ),
    "a new status": (
        lambda n: n["orders.list"]["responses"].update({"429": {"headers": {"Retry-After": {}}}}),
        "response 429 is new, ours has only 4XX (inferred); headers: retry-after",
        "it has more than one remedy",
    ),
    "a shared parameter of which one page speaks": (
        lambda n: parameter(n, "orders.list", "page_size")["schema"].update(maximum=50),
        "parameter page_size: maximum is 50",
        "the place is shared with customer_events.list, and no page of theirs says the same",
    ),
}


@cache
def unclear() -> Applied:
    def change(nodes: dict[str, Node]) -> None:
        for each, *_ in UNCLEAR.values():
            each(nodes)

    return applied(page_documents(published(*UNCLEAR_PAGES, change=change)))


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_needs_a_person_is_a_question_with_a_reason(name: str) -> None:
    _, said, reason = UNCLEAR[name]
    [why] = [why for finding, why in unclear().questions if finding.text.startswith(said)]
    assert reason in why
    assert not [finding for finding in unclear().settled if finding.text.startswith(said)]


def limits(maximum: dict[str, int]) -> Callable[[dict[str, Node]], None]:
    def change(nodes: dict[str, Node]) -> None:
        for operation, limit in maximum.items():
            parameter(nodes, operation, "page_size")["schema"]["maximum"] = limit

    return change


def test_a_shared_place_is_changed_if_all_pages_agree() -> None:
    names = ("orders.list", "customer_events.list")
    agreed = applied(page_documents(published(*names, change=limits(dict.fromkeys(names, 50)))))
    assert "limit-changed" in {finding.kind for finding in agreed.settled}
    split = applied(page_documents(published(*names, change=limits({names[0]: 50, names[1]: 60}))))
    assert [finding.kind for finding, _ in split.questions].count("limit-changed") == 2
    assert "limit-changed" not in {finding.kind for finding in split.settled}


@cache
def _sorting() -> str:
    """The spec with an open list of values in other forms: an enum among alternatives, in a component of its own."""
    document = yaml.load(TEXT, LOADER)
    listed = {"anyOf": [{"$ref": "#/components/schemas/SortValue"}, {"type": "string"}]}
    document["components"]["schemas"]["SortValue"] = {
        "type": "string", "enum": ["b", "a"], "x-evidence": "documented", "x-source": ["orders-2025"],
    }  # fmt: skip
    nodes = {node["operationId"]: node for *_, node in operations(document)}
    nodes["orders.list"]["parameters"] = [
        {"name": "order", "in": "query", "schema": listed, "x-evidence": "documented", "x-source": ["orders-2025"]}
    ]
    return dumped(document).decode()


def test_a_value_is_added_to_the_list_wherever_it_stands() -> None:
    def change(nodes: dict[str, Node]) -> None:
        parameter(nodes, "orders.list", "order")["schema"] = {"type": "string", "enum": ["a", "b", "c"]}

    done = applied(page_documents(published(*LIST, change=change, text=_sorting())), _sorting())
    assert "values-changed" in {finding.kind for finding in done.settled}, done.questions
    assert yaml.load(done.text, LOADER)["components"]["schemas"]["SortValue"]["enum"] == ["b", "a", "c"]


def test_values_of_a_plain_text_become_a_list_that_stays_open() -> None:
    def change(nodes: dict[str, Node]) -> None:
        parameter(nodes, "reviews.list", "keyword")["schema"] = {"type": "string", "enum": ["a", "b"]}
        parameter(nodes, "reviews.list", "page")["schema"]["enum"] = [1, 2]

    done = applied(page_documents(published("reviews.list", change=change)))
    nodes = {node["operationId"]: node for *_, node in operations(yaml.load(done.text, LOADER))}
    variants = [{"type": "string", "enum": ["a", "b"]}, {"type": "string"}]
    assert parameter(nodes, "reviews.list", "keyword")["schema"]["anyOf"] == variants
    assert "enum" not in parameter(nodes, "reviews.list", "page")["schema"]
    assert "parameter page: listed values changed: new 1, 2" in [finding.text for finding, _ in done.questions]


def test_a_statement_that_we_concluded_needs_words_of_ours() -> None:
    done = applied(page_documents(published("reviews.get", "platform.cancel")))
    inferred = [(finding, why) for finding, why in done.questions if "ours was inferred" in finding.text]
    assert "method and path are documented, ours was inferred" in [finding.text for finding, _ in inferred]
    assert not [finding for finding in done.settled if "was inferred" in finding.text and finding.kind == "documented"]
    assert all("it needs words of ours" in why for _, why in inferred)


@pytest.mark.parametrize(
    ("address", "written"), [("https://rapi.trustoo.io/t", True), ("https://example.com/t", False)]
)
def test_the_address_of_tokens_is_written_if_the_host_stays(address: str, written: bool) -> None:
    export = published("orders.list")
    export["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["tokenUrl"] = address
    done = applied(page_documents(export))
    flows = yaml.load(done.text, LOADER)["components"]["securitySchemes"]["oauth2"]["flows"]
    assert (flows["clientCredentials"]["tokenUrl"] == address) is written
    assert API in flows["authorizationCode"]["tokenUrl"]
    assert ("address-changed" in {finding.kind for finding, _ in done.questions}) is not written


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a\nb", "{{ a }}", "a" * 201, "a\u200bb"])
def test_unusual_names_and_values_need_a_person(name: str) -> None:
    def change(nodes: dict[str, Node]) -> None:
        nodes["orders.list"]["parameters"].append({"name": name, "in": "query", "schema": {"type": "string"}})

    documents = page_documents(published("orders.list", change=change))
    findings = [f for f in comparison(documents)(yaml.load(TEXT, LOADER)) if f.kind == "parameter-added"]
    done = apply(TEXT, findings, comparison(documents), TODAY)
    assert (done.text, done.settled) == (TEXT, [])
    [(_, why)] = done.questions
    assert why == "it has a name or a value that is long or has unusual characters"


def test_a_file_in_another_style_keeps_it() -> None:
    # Long texts over several lines, and a list over several lines, are not what a round trip writes.
    head = "# Made by hand.\ninfo: {title: A,\n       version: '1'}\nlong: A text that is\n  folded.\nplain: 1\n"
    rest = "other: 1\nlist: [a,\n       b]\nlast: 1\n"
    base, changed = _dump(_load(head + rest)), _dump(_load(head + "new: 2\n" + rest.replace("last: 1", "last: 3")))
    assert _merged(head + rest, base, changed) == head + "new: 2\n" + rest.replace("last: 1", "last: 3")
    changed = _dump(_load(head + rest.replace("b]", "b, c]")))
    assert _merged(head + rest, base, changed) == head + "other: 1\nlist: [a, b, c]\nlast: 1\n"
