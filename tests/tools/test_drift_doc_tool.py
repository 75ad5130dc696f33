"""What the vendor's documentation tool writes in a way of its own is read as it is meant."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.tools.conftest import API, Node, comparer, lines, said
from tests.tools.doc_site import page
from tools.drift.findings import Finding, tidy
from tools.drift.reading import parse, read

PATH = API + "get_rating"
DOCUMENT: Node = {
    "openapi": "3.0.1",
    "info": {"title": "", "version": "1.0.0"},
    "paths": {
        PATH: {
            "get": {
                "summary": "Get Rating",
                "deprecated": False,
                "description": "",
                "parameters": [],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "object", "properties": {}}}}}
                },
                "x-run-in-apidog": "https://app.apidog.com/web/project/1/apis/api-910000001-run",
            }
        }
    },
    "components": {"schemas": {}, "securitySchemes": {}},
    "servers": [{"url": "", "description": "Cloud Mock"}, {"url": "https://rapi.trustoo.io"}],
    "security": [],
}


def findings(change: Callable[[Node, Node], object]) -> list[Finding]:
    """What is reported of a page, after a change of its document and its operation."""
    document = copy.deepcopy(DOCUMENT)
    change(document, document["paths"][PATH]["get"])
    text = page("Get Rating", document)
    found, problems = comparer().compare(parse(text.encode(), "page.md"))
    assert problems == []
    return tidy(found, lines())


def kinds(found: list[Finding]) -> set[str]:
    return {finding.kind for finding in found}


@pytest.mark.parametrize("name", ["Answer", "Answer Copy", "评论", "评论 Copy", "a/b~c", "100%25"])
@pytest.mark.parametrize("encoded", [True, False])
def test_references_are_followed_whatever_the_name_and_its_spelling(name: str, encoded: bool) -> None:
    plain = name.replace("~", "~0").replace("/", "~1")

    def change(document: Node, operation: Node) -> None:
        schema = {"type": "object", "properties": {"surprise": {"type": "string"}}}
        document["components"]["schemas"][name] = schema
        reference = f"#/components/schemas/{quote(plain, safe='~') if encoded else plain}"
        operation["responses"]["200"]["content"]["application/json"]["schema"] = {"$ref": reference}

    assert ("member-added", "response 200: surprise is new, string") in said(findings(change))


def test_a_fence_in_a_description_does_not_end_the_page() -> None:
    def change(document: Node, operation: Node) -> None:
        operation["description"] = 'How to call it:\n\n```json\n{"page": 1}\n```\n\nMore text.'
        operation["parameters"] = [{"name": "brand_new", "in": "query", "schema": {"type": "string"}}]

    assert "parameter-added" in kinds(findings(change))


def test_a_second_response_of_a_status_is_an_alternative() -> None:
    def change(document: Node, operation: Node) -> None:
        other = {"type": "object", "properties": {"surprise": {"type": "string"}}}
        operation["responses"]["x-200:Failure"] = {"content": {"application/json": {"schema": other}}}

    found = findings(change)
    assert "response-added" not in kinds(found)
    assert ("member-added", "response 200: surprise is new, string") in said(found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [('{"surprise": 1}', "example-member"), ('{\r\n "rating": 5, // stars\r\n}', "not-compared")],
)
def test_an_example_that_somebody_typed_is_read_if_it_is_json(text: str, kind: str) -> None:
    def change(document: Node, operation: Node) -> None:
        operation["responses"]["200"]["content"]["application/json"]["example"] = text

    found = findings(change)
    assert kind in kinds(found)
    assert "example-type" not in kinds(found)


def test_a_path_may_be_shorter_by_the_path_of_the_server() -> None:
    def change(document: Node, operation: Node) -> None:
        document["paths"] = {"/get_rating": document["paths"][PATH]}
        document["servers"] = [{"url": "https://rapi.trustoo.io" + API.rstrip("/")}]

    assert not {"path-changed", "server-changed", "operation-new"} & kinds(findings(change))


def test_the_tools_mock_is_no_server_of_the_vendor() -> None:
    def change(document: Node, operation: Node) -> None:
        document["servers"].append({"url": "https://mock.apidog.com/m1/1", "description": "Cloud Mock"})

    assert "server-changed" not in kinds(findings(change))


BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in ("Public-Token", "Sign", "Timestamp")
]
USE = {"required": True, "schemeGroups": [{"id": "a", "schemeIds": ["bearer"]}], "scopes": {"a": {"bearer": []}}}

# The schemes, the operation's security, its headers, and what is said. None: the page agrees with us, or says nothing.
CREDENTIALS: dict[str, tuple[Node, list[Any], list[Node], str | None]] = {
    "headers beside an empty list": ({}, [], HEADERS, "credentials are HMAC, ours HMAC, OAuth2"),
    "headers beside a bearer token": (BEARER, [{"bearer": []}], HEADERS, None),
    "a type that OpenAPI does not have": (
        {"bearer": {"type": "bearer", "scheme": "bearer"}},
        [{"bearer": [], "x-apidog": USE}],
        [],
        "credentials are bearer token, ours HMAC, OAuth2",
    ),
    "another spelling of the scheme's name": (
        {"api_key": {"type": "apikey", "in": "header", "name": "X-Key"}},
        [{"API Key": [], "x-apidog": {"required": True}}],
        [],
        "credentials are key x-key, ours HMAC, OAuth2",
    ),
    "a scheme that is not defined": ({}, [{"something": []}], [], None),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_in_the_tools_own_words(name: str) -> None:
    schemes, security, headers, expected = CREDENTIALS[name]

    def change(document: Node, operation: Node) -> None:
        document["components"]["securitySchemes"] = schemes
        operation |= {"security": security, "parameters": headers}

    found = [finding for finding in findings(change) if finding.kind == "credentials-changed"]
    if expected is None:
        assert found == []
    else:
        [finding] = found
        assert finding.text.startswith(expected)
        ours = {"publicToken", "sign", "timestamp", "oauth2", "merchantSession", "security", "-"}
        assert set(finding.suggestion.replace(":", " ").replace("[]", " ").split()) <= ours, "only schemes of ours"


@pytest.mark.parametrize(
    "text",
    [
        "# Quick Start\n\nHow to sign.\n\n```bash\ncurl -X GET 'https://rapi.trustoo.io/a'\n```\n",
        "# Review\n\n```yaml\ntype: object\nproperties:\n  id:\n    type: string\nx-apidog-folder: ''\n```\n",
    ],
)
def test_a_page_without_an_operation_is_a_guide(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    inputs = read(tmp_path)
    assert (inputs.documents, inputs.unusable) == ([], [])
    assert [reason for _, reason in inputs.guides] == [
        "describes no operation, so it was not compared; read it yourself"
    ]


def test_several_pages_in_one_file_are_all_read() -> None:
    second = json.loads(json.dumps(DOCUMENT).replace("get_rating", "something_new"))
    both = page("Get Rating", DOCUMENT) + "\n" + page("Something New", second)
    assert [list(document.document["paths"]) for document in parse(both.encode(), "pages.md")] == [
        [PATH],
        [API + "something_new"],
    ]
